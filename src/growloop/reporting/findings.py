"""What the checks found, for the terminal. Every function returns a Rich renderable; nothing is printed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from growloop.records.version import Finding

SEVERITY = {"error": "red", "warning": "yellow", "info": "dim"}
EXCERPT = 90
"""Characters that are shown of an example's question and of its context."""
SHORTLY = 4
"""Findings that are told where a version is shown; `growloop lint` tells the rest."""


def findings_table(findings: Iterable[Finding], first: Mapping[str, Mapping[str, str]]) -> Table:
    """Each finding with what to do about it and the first example concerned."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Check", no_wrap=True)
    table.add_column("Count", justify="right")
    table.add_column("What, and what to do", overflow="fold")
    for found in findings:
        name = Text.assemble((found.check, "bold"), "\n", (found.severity, SEVERITY[found.severity]))
        table.add_row(name, f"{found.count:,}", _told(found, first))
    return table


def _told(found: Finding, first: Mapping[str, Mapping[str, str]]) -> Text:
    told = Text(found.message)
    if found.remedy:
        told.append(f"\n{found.remedy}", "dim")
    example = first.get(found.examples[0]) if found.examples else None
    if example:
        told.append(f"\n  {_short(example['question'])}", "cyan")
        if example["context"].strip():
            told.append(f"\n  {_short(example['context'])}", "dim cyan")
    return told


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= EXCERPT else f"{plain[:EXCERPT]}…"


def fixed_table(repaired: Mapping[str, int], left_alone: Mapping[str, int]) -> RenderableType:
    """What the safe remedies did, and what they left alone."""
    if not repaired and not left_alone:
        return Text("Nothing to fix.", style="dim")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Fixed")
    table.add_column("Examples", justify="right")
    for name, count in repaired.items():
        table.add_row(name, f"{count:,}")
    notes = [Text(f"Left alone: {count:,} examples: {reason}.", style="dim") for reason, count in left_alone.items()]
    return Group(*([table] if repaired else []), *notes)


def verdict(findings: Sequence[Finding], examples: int) -> Text:
    """One line: how many findings of each severity."""
    counts: Counter[str] = Counter(finding.severity for finding in findings)
    parts = [f"{counts[name]} {name}{'s' if counts[name] != 1 else ''}" for name in ("error", "warning")]
    parts.append(f"{counts['info']} note{'s' if counts['info'] != 1 else ''}")
    worst = next((severity for severity in ("error", "warning") if counts[severity]), None)
    return Text(f"{examples:,} examples: {', '.join(parts)}.", style=SEVERITY[worst] if worst else "green")


def findings_shortly(findings: Sequence[Finding]) -> Group:
    """The gravest findings, a line each, and where to read the rest."""
    ranked = sorted(findings, key=lambda finding: list(SEVERITY).index(finding.severity))
    lines = [Text.assemble((f"{f.severity}: ", SEVERITY[f.severity]), f.message) for f in ranked[:SHORTLY]]
    if any(finding.severity != "info" for finding in findings):
        more = len(ranked) - SHORTLY
        told = f"{more} more, and what to do:  growloop lint" if more > 0 else "What to do:  growloop lint"
        lines.append(Text(told, style="dim"))
    return Group(*lines)
