"""What of the queue still waits for a person, told by what people said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import polars as pl

from growloop.annotate.identity import as_compared, asked, matched
from growloop.annotate.verdict_frame import verdict_frame
from growloop.records.annotation import Annotation


def still_queued(queue: pl.DataFrame, annotations: Iterable[Annotation]) -> pl.DataFrame:
    """What of a queue nobody has judged: a verdict on an example, or on its question and context, takes it off.

    A verdict that is taken back puts it in the queue again.
    """
    return shared_queue(queue, annotations).drop("judges")


def shared_queue(queue: pl.DataFrame, annotations: Iterable[Annotation], people: int = 1) -> pl.DataFrame:
    """What of a queue fewer than so many people have judged, with their names in the column `judges`."""
    said = Queued(queue).about([one for one in annotations if not one.withdrawn])
    judges = said.select("id", "by").unique().sort("by").group_by("id").agg(judges="by")
    found = queue.join(judges, on="id", how="left", maintain_order="left")
    return found.with_columns(pl.col("judges").fill_null([])).filter(pl.col("judges").list.len() < people)


class Queued:
    """A queue whose examples are found by what verdicts are about."""

    def __init__(self, queue: pl.DataFrame) -> None:
        self._queue = queue.select("id", "question", "context")

    @cached_property
    def _matched(self) -> pl.DataFrame:
        return self._queue.with_columns(matched=matched("question"))

    @cached_property
    def rows_by_question(self) -> dict[str, tuple[int, ...]]:
        """Which rows ask each question, as it is compared."""
        asking = self._matched.select("matched").with_row_index("row")
        several = asking.filter(pl.col("matched").is_duplicated()).group_by("matched").agg("row")
        one_each = zip(asking["matched"].to_list(), zip(asking["row"].to_list(), strict=True), strict=True)
        return dict(one_each) | {question: tuple(rows) for question, rows in several.iter_rows()}

    def rows_asked(self, question: str, context: str) -> list[int]:
        """The rows that ask a question about a context, however many wait."""
        alike, context = self.rows_by_question.get(as_compared(question), ()), as_compared(context)
        return [row for row in alike if as_compared(self._queue["context"][row]) == context]

    def about(self, annotations: Sequence[Annotation]) -> pl.DataFrame:
        """Which `verdict` is about which example (`id`), and `by` whom: it names the example, or asks the same."""
        by = pl.Series([one.by for one in annotations], dtype=pl.String)
        verdicts = verdict_frame(annotations).with_columns(asked(), matched("question"), verdict="id", by=by)
        named = verdicts.select("verdict", "by", id="example").drop_nulls("id")
        if verdicts.is_empty():
            return named
        alike = self._matched.filter(pl.col("matched").is_in(verdicts["question"].implode()))
        unnamed = alike.select("id", asked()).join(verdicts.drop("id"), on="asked")
        return pl.concat([named, unnamed.select("verdict", "by", "id")])
