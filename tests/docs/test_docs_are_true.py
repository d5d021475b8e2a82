"""What README and docs name exists, and what exists is named in the docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from growloop.cli import app
from growloop.records.grading import Grader
from growloop.records.task import (
    Budgets,
    Lint,
    MinimumScore,
    PatternMetric,
    RubricMetric,
    Scope,
    Split,
    Task,
    Training,
)
from growloop.records.teacher import Teacher
from growloop.records.universe import (
    Contexts,
    Coverage,
    FactTable,
    HeldOut,
    Negative,
    Proposed,
    Slot,
    Target,
    Template,
    Universe,
    Verify,
)

COMMANDS = dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
COMMANDS |= {f"{name} {own}": c for name, of in COMMANDS.items() for own, c in getattr(of, "commands", {}).items()}
REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
PAGES += sorted((REPOSITORY / "examples").rglob("*.md")) + sorted((REPOSITORY / "examples").rglob("*.yaml"))


def options(command: Any) -> set[str]:
    named = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return {option for option in named if option.startswith("-")} | {"--help"}


def calls(page: Path) -> list[str]:
    """The `growloop …` command lines of a page: in code blocks, and between backticks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, flags=re.M | re.S)
    lines = [line.strip().removeprefix("$ ").strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    shell = [line.split("  #")[0] for line in lines + inline]
    return [line for line in shell if re.match(r"growloop( |$)", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_command_and_option_a_page_names_exists(page: Path) -> None:
    wrong = []
    for call in calls(page):
        words = call.split()
        if len(words) < 2 or words[1].startswith("-"):
            continue
        command = COMMANDS.get(" ".join(words[1:3])) or COMMANDS.get(words[1])
        if command is None:
            wrong.append(f"no command: {call}")
            continue
        used = {word.split("=")[0] for word in words[2:] if re.match(r"--?[a-z]", word)}
        wrong += [f"no option {option}: {call}" for option in used - options(command)]

    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert broken == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    named = {
        target
        for page in PAGES
        for target in re.findall(
            r"\bmake ([a-z]+)\b(?=[`\s])", " ".join(re.findall(r"`[^`]*`", page.read_text("utf-8")))
        )
    }

    assert named <= targets


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented_with_all_its_options(name: str) -> None:
    page = (REPOSITORY / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    sections = re.split(r"^## growloop ", page, flags=re.M)
    section = next((s for s in sections if s.split("\n")[0].strip() == name), None)

    assert section is not None, f"docs/reference/commands.md has no section on growloop {name}"
    long_options = {option for option in options(COMMANDS[name]) if option.startswith("--")} - {"--help"}
    assert {option for option in long_options if option not in section} == set()


@pytest.mark.parametrize(
    ("record", "page"),
    [(r, "task.md") for r in (Task, Scope, Budgets, MinimumScore, Split, Training, Lint)]
    + [(r, "metrics.md") for r in (PatternMetric, RubricMetric)]
    + [(Grader, "task.md"), (Teacher, "task.md")]
    + [
        (r, "universe.md")
        for r in (Universe, Contexts, FactTable, Slot, Template, Proposed, Negative, Verify, Coverage, Target, HeldOut)
    ],
)
def test_every_key_of_a_declaration_is_documented(record: type[BaseModel], page: str) -> None:
    text = (REPOSITORY / "docs" / "reference" / page).read_text(encoding="utf-8")

    assert [key for key in record.model_fields if f"`{key}`" not in text] == []
