"""The learned judge in the terminal: what it is worth, and what it says of answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import polars as pl
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from growloop.records.judge import JudgeCard, JudgeVerdict, UnseenAgreement
from growloop.records.run import Estimate
from growloop.reporting.figures import interval_text, plural, value_text
from growloop.reporting.text import table_of

_CUT = 60
"""Characters of a text that are shown."""


def card_tables(card: JudgeCard) -> Iterator[RenderableType]:
    """The sentence, agreement on unseen answers, and how it does on each kind of made answer."""
    yield Text(worth(card))
    yield _agreement_table(card)
    if card.kinds:
        yield _kinds_table(card)
    wrong, right = card.limits
    yield Text(
        f"Wrong up to {value_text(max(0.0, wrong))}, right from {value_text(min(1.0, right))} on; between them, and on "
        f"answers unlike all it learned from, it cannot tell. Trained {card.created or 'just now'}.",
        style="dim",
    )


def worth(card: JudgeCard) -> str:
    """What a judge's word is worth, in one sentence."""
    people = card.people
    if not people.answers:
        return (
            f"Learned from {plural(card.made, 'made answer')} alone: nobody's verdict stands behind it. Judge some "
            "answers (growloop serve) or bring a file of verdicts before you trust it."
        )
    return (
        f"On answers to questions it has not seen it agrees with people on {_cell(people.accuracy)} of "
        f"{plural(people.answers, 'answer')}, kappa {_cell(people.kappa)}. It gives a verdict on "
        f"{_cell(people.decided)} of them, and is right about {_cell(people.accuracy_decided)} of these."
    )


def _agreement_table(card: JudgeCard) -> Table:
    table = table_of("", "Answers", "Questions", "Right", "Accuracy", "Kappa", "Decided", "Accuracy of these")
    table.title = "On questions it has not seen"
    for name, found in (("People's verdicts", card.people), ("Made answers", card.constructed)):
        if found.answers:
            table.add_row(name, *_agreement_cells(found))
    return table


def _agreement_cells(found: UnseenAgreement) -> list[str]:
    counts = [f"{found.answers:,}", f"{found.questions:,}", value_text(found.correct)]
    return counts + [_cell(one) for one in (found.accuracy, found.kappa, found.decided, found.accuracy_decided)]


def _kinds_table(card: JudgeCard) -> Table:
    table = table_of("Made how", "Answers", "Judged as made", title="Made answers to questions it has not seen")
    for kind, found in card.kinds.items():
        table.add_row(kind.replace("_", " "), f"{found.n:,}", _cell(found))
    return table


def _cell(estimate: Estimate) -> str:
    return f"{value_text(estimate.value)} {interval_text(estimate)}".strip()


# answers


def verdict_counts(found: pl.DataFrame) -> dict[str, int]:
    """How many answers the judge calls right, wrong, and cannot tell."""
    return {verdict: found.filter(pl.col("verdict") == verdict).height for verdict in get_args(JudgeVerdict)}


def judged_tables(found: pl.DataFrame, most: int) -> Iterator[RenderableType]:
    """How many are right, how that fits verdicts given, and the answers likeliest to be wrong."""
    counts = verdict_counts(found)
    outside = found["outside"].sum()
    told = f"{counts['right']:,} right, {counts['wrong']:,} wrong, {counts['cannot_tell']:,} cannot tell"
    unlike = f" ({outside:,} of them unlike all it learned from)" if outside else ""
    yield Text(f"{plural(found.height, 'answer')}: {told}{unlike}.")
    given = found.filter(pl.col("given").is_not_null() & (pl.col("given") != 0.5))
    if given.height:
        alike = given.select(((pl.col("probability") >= 0.5) == (pl.col("given") > 0.5)).mean()).item()
        yield Text(
            f"People's verdicts stand beside {given.height:,}; it takes the likelier side as they do on {alike:.1%}."
        )
    if most and found.height:
        yield _answers_table(found.sort("probability").head(most))


def _answers_table(found: pl.DataFrame) -> Table:
    table = table_of("Question", "Accepted", "Said", "Right with", "Verdict", title="Likeliest to be wrong")
    for column in table.columns[1:3]:
        column.justify = "left"
    for row in found.iter_rows(named=True):
        texts = (row["question"], " | ".join(row["answers"]), row["prediction"])
        verdict = str(row["verdict"]).replace("_", " ")
        table.add_row(*(escape(_shortly(text)) for text in texts), value_text(row["probability"]), verdict)
    return table


def _shortly(text: str) -> str:
    return text if len(text) <= _CUT else text[: _CUT - 1] + "…"
