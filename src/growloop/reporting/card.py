"""The card of a dataset version: Markdown that says what is in it, where it came from and what the checks found."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from growloop.records.example import coordinate, coordinate_names, is_answerable
from growloop.records.task import Task
from growloop.records.version import DatasetVersion
from growloop.reporting.figures import NOTHING
from growloop.reporting.proof import proof_sentences

_VALUES_SHOWN = 20
_SAMPLE = 4
_MARKDOWN = re.compile(r"([\\`*\[\]<>|]|(?<!\w)_|_(?!\w))")


def card(version: DatasetVersion, examples: pl.DataFrame, task: Task) -> str:
    """The card of a version with its `examples`; the same version has the same card."""
    parts = [
        f"# {_plain(task.name)}: dataset version {version.id}",
        _plain(task.purpose),
        _facts(version, task),
        "## Examples",
        _counts(version),
        *_lengths(examples),
        *_coordinates(examples, task),
        "## Origin",
        _table(("Origin", "Examples"), [(_plain(name), f"{count:,}") for name, count in version.origins.items()]),
        "## What the checks found",
        _findings(version),
        *_scope(task),
        *_samples(examples),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(version: DatasetVersion, task: Task) -> str:
    facts = {
        "Answer kind": task.answer_kind.replace("_", " "),
        "Language": task.language,
        "Says when it does not know": task.abstain_answer or "nothing (the empty answer)",
        "Made from version": version.parent or "none; it is the first",
        "Frozen": version.created,
    }
    return "\n".join(f"- {name}: {_plain(value)}" for name, value in facts.items())


def _counts(version: DatasetVersion) -> str:
    rows = []
    for split, count in version.counts.items():
        able = version.answerable.get(split, 0)
        rows.append((split, f"{count:,}", f"{able:,}", f"{count - able:,}", f"{version.groups.get(split, 0):,}"))
    told = "All examples of one group are on one side, so that no context is seen in training and in the test."
    sentences = " ".join([told, *(_plain(sentence) for sentence in proof_sentences(version))])
    return _table(("Split", "Examples", "Answerable", "Unanswerable", "Groups"), rows) + f"\n\n{sentences}"


def _lengths(examples: pl.DataFrame) -> list[str]:
    if examples.is_empty():
        return []
    contexts = examples.select(text="context")
    once = contexts.unique().with_columns(words=_words())  # most stand with several questions
    answers = examples.select(text=pl.col("answers").explode()).drop_nulls()
    measured = {
        "Question": examples.select(text="question").select(_words()),
        "Context": contexts.join(once, on="text").select("words"),
        "Answer": answers.select(_words()),
    }
    rows = []
    for name, counted in measured.items():
        words = counted.to_series()
        spread = [words.quantile(share, "nearest") for share in (0.05, 0.5, 0.95)]
        rows.append((name, *(NOTHING if value is None else f"{value:,.0f}" for value in spread)))
    return [_table(("Words", "5 % have fewer", "Median", "5 % have more"), rows)]


def _words() -> pl.Expr:
    return (pl.col("text").str.count_matches(" ", literal=True) + 1).alias("words")


def _coordinates(examples: pl.DataFrame, task: Task) -> list[str]:
    """How the examples spread over each coordinate the task slices by; the others in one line."""
    names = coordinate_names(examples)
    shown = [name for name in task.slices if name in names]
    parts = [_spread(examples, name) for name in shown]
    others = [name for name in names if name not in shown]
    if others:
        counted = (
            f"{_plain(name)} ({examples.select(coordinate(name)).to_series().n_unique():,} values)" for name in others
        )
        parts.append(f"Other coordinates: {', '.join(counted)}.")
    return parts


def _spread(examples: pl.DataFrame, name: str) -> str:
    counts = examples.select(coordinate(name).fill_null("(none)").alias("value")).to_series().value_counts()
    ranked = counts.sort(["count", "value"], descending=[True, False])
    rows = [(_plain(value), f"{count:,}") for value, count in ranked.head(_VALUES_SHOWN).iter_rows()]
    hidden = ranked.height - _VALUES_SHOWN
    more = f"\n\n{hidden:,} more values are not listed." if hidden > 0 else ""
    return _table((_plain(name), "Examples"), rows) + more


def _findings(version: DatasetVersion) -> str:
    if not version.findings:
        return "Nothing."
    lines = [f"- **{found.severity}** ({found.check}): {_plain(found.message)}" for found in version.findings]
    return "\n".join(lines)


def _scope(task: Task) -> list[str]:
    sides = {"Inside": task.scope.inside, "Outside": task.scope.outside}
    lines = [f"- {name}: {_plain('; '.join(said))}" for name, said in sides.items() if said]
    return ["## Scope", "\n".join(lines)] if lines else []


def _samples(examples: pl.DataFrame) -> list[str]:
    """A few examples, answerable ones first; the same for the same examples."""
    halves = [
        examples.filter(condition).bottom_k(_SAMPLE // 2, by="id").sort("id")
        for condition in (is_answerable(), ~is_answerable())
    ]
    rows = pl.concat(halves).select("question", "context", "answers").to_dicts()
    if not rows:
        return []
    told = []
    for row in rows:
        answers = " / ".join(_plain(answer) for answer in row["answers"]) or "(the context does not say)"
        told.append(f"**{_plain(row['question'])}**\n\n> {_plain(_short(row['context']))}\n\nAnswer: {answers}")
    return ["## Sample", *told]


def _short(text: str, at_most: int = 600) -> str:
    return text if len(text) <= at_most else text[:at_most].rsplit(" ", 1)[0] + " …"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def _plain(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
