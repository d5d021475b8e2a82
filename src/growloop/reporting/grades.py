"""What a model said of answers by a rubric: of each answer, and what asking took."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from growloop.records.grading import Grading
from growloop.reporting.figures import metric_label


@dataclass(frozen=True)
class SaidGrade:
    """One rubric's grade of one answer, in words."""

    rubric: str
    level: str
    reason: str

    @property
    def text(self) -> str:
        """All of it on one line."""
        return f"{self.rubric}: {self.level}{'. ' + self.reason if self.reason else ''}"


def grades_by_example(grades: pl.DataFrame | None, ids: Collection[str]) -> dict[str, list[SaidGrade]]:
    """What was said of these examples, by id, from a frame of GRADES."""
    found: dict[str, list[SaidGrade]] = {}
    if grades is not None:
        for row in grades.filter(pl.col("id").is_in(list(ids))).iter_rows(named=True):
            said = SaidGrade(metric_label(row["metric"]), row["level"] or "no grade", row["reason"] or "")
            found.setdefault(row["id"], []).append(said)
    return found


def grading_lines(grading: Grading) -> list[str]:
    """Who graded how much by a rubric and what it took; and where answers have no grade, why."""
    cost = "cost unknown, no price is given" if grading.cost is None else f"cost {grading.cost:,.4f}"
    took = f"{grading.tokens_in:,} tokens sent, {grading.tokens_out:,} received, {cost}"
    asked = f"{grading.requests:,} requests now, {grading.cached:,} replies known already"
    graded = grading.answers - sum(grading.ungraded.values())
    lines = [f"{metric_label(grading.metric)}: {graded:,} answers graded by {grading.model}; {took}; {asked}."]
    if grading.ungraded:
        reasons = "; ".join(f"{reason} {count:,}" for reason, count in sorted(grading.ungraded.items()))
        lines.append(f"  {sum(grading.ungraded.values()):,} have no grade and are left out: {reasons}")
    return lines
