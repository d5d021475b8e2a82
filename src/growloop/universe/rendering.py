"""Cells rendered by the million: questions, contexts, answers and coordinates, a column at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from growloop.records.example import EXAMPLES
from growloop.universe.cells import NONE
from growloop.universe.columns import Places
from growloop.universe.material import Material
from growloop.universe.numbering import KNOWN, Numbering, Rows, answer_of, column_of
from growloop.universe.texts import Phrases, TextNumbers
from growloop.universe.variations import in_bulk

FIXED = {"origin": "universe", "parent": None, "source_id": None, "status": "accepted"}
"""What is the same of all examples that are rendered in columns."""


class Rendering:
    """Makes examples of numbered cells."""

    def __init__(self, numbering: Numbering, material: Material, *, varied: bool) -> None:
        """`varied`: only of those that their variation changes."""
        self._texts, self._first_wording, self._varied_only = numbering.texts, numbering.wording, varied
        strata, texts, contexts = numbering.strata, numbering.texts, material.contexts
        columns = [column_of(kind, material.entity_slot) for kind in material.kinds]
        of_strata = [columns[stratum.common.kind.number] for stratum in strata]
        asked = [
            (text, columns[kind.number]) for kind in material.kinds for text in material.templates[kind.number].ask
        ]
        self._ask = Phrases(asked, texts)
        self._answers = Phrases([*zip(map(answer_of, strata), of_strata, strict=True)], texts)
        self._where = Where(of_strata)
        self._wordings = pl.Series([NONE, *material.universe.variations], dtype=pl.String)
        self._shown = pl.Series([*(context.shown for context in contexts), ""], dtype=pl.String)
        self._groups = pl.Series([*(context.entity or context.id for context in contexts), ""], dtype=pl.String)
        common = [stratum.common for stratum in strata]
        negatives = [None if each.negative == NONE else each.negative for each in common]
        self._negatives = pl.Series(negatives, dtype=pl.String)
        self._sides = pl.Series([each.side for each in common], dtype=pl.String)
        self._kinds = np.array([each.kind.number for each in common], dtype=np.int64)
        self._closed = np.array([each.kind.closed for each in common], dtype=np.bool_)
        self._reads = np.array([each.reads_context for each in common], dtype=np.bool_)

    def examples(self, rows: Rows, made: Sequence[str]) -> pl.DataFrame:
        """An example a row, without its id; beside it its `turn` and the number of its template, `kind`.

        `made` are the texts that were made when the rows were numbered.
        """
        texts, of = self._texts.listed(made), pl.Series(rows.strata)
        plain = self._ask.filled(rows.phrasings, rows.known, texts)
        question, varied = in_bulk(plain, self._wordings.gather(pl.Series(rows.wordings)))
        known = rows.known.copy()
        known[~varied, KNOWN.index("variation")] = self._first_wording
        answer = self._answers.filled(rows.strata, known, texts)
        frame = pl.DataFrame(
            {
                "question": question,
                "context": self._shown.gather(np.where(self._reads[rows.strata], rows.contexts, len(self._shown) - 1)),
                "answers": answer.reshape((len(answer), 1)).arr.to_list(),
                "negative": self._negatives.gather(of),
                "where": self._where.of(rows.strata, known, texts),
                "group": self._group(rows, plain),
                "split": self._sides.gather(of),
                "turn": rows.turns,
                "kind": self._kinds[rows.strata],
            }
        )
        return _examples(frame.filter(varied) if self._varied_only else frame)

    def _group(self, rows: Rows, plain: pl.Series) -> pl.Series:
        """What stands together: all about one entity; a closed question with its variations."""
        own = np.arange(len(plain)) + len(self._groups)
        place = np.where(self._closed[rows.strata], own, rows.contexts)
        return pl.concat([self._groups, plain], rechunk=True).gather(place)


def _examples(frame: pl.DataFrame) -> pl.DataFrame:
    """Examples without ids from the columns that differ from row to row."""
    none = pl.lit([], dtype=EXAMPLES["answers"])
    answers = pl.when(pl.col("negative").is_null()).then("answers").otherwise(none).alias("answers")
    fixed = [pl.lit(value, dtype=pl.String).alias(name) for name, value in FIXED.items()]
    return frame.with_columns(answers, *fixed).select(*(name for name in EXAMPLES if name != "id"), "turn", "kind")


class Where:
    """The coordinates of rows, those of each by name; rows of different templates have different ones."""

    def __init__(self, columns: Sequence[Mapping[str, int]]) -> None:
        """Where in `Rows.known` the rows of each stratum have what is known of them."""
        names = [sorted(set(known) - {"", "value"}) for known in columns]
        most = max(map(len, names), default=0)
        padded = [each + [""] * (most - len(each)) for each in names]
        every = sorted({name for each in padded for name in each})
        self._counts = np.array([len(each) for each in names], dtype=np.int64)
        self._columns = np.array([[of[name] for name in each] for of, each in zip(columns, padded, strict=True)])
        self._keys = np.array([[every.index(name) for name in each] for each in padded], dtype=np.uint32)
        self._names = pl.Series(every, dtype=pl.String)

    def of(self, strata: Places, known: TextNumbers, texts: pl.Series) -> pl.Series:
        """The coordinates of rows of some strata, given what is known of them."""
        values = np.take_along_axis(known, self._columns[strata], axis=1)
        pairs = {"key": self._names.gather(self._keys[strata].ravel()), "value": texts.gather(values.ravel())}
        lists = pl.DataFrame(pairs).to_struct().reshape(values.shape).arr.to_list()
        counts = self._counts[strata]
        if (counts == values.shape[1]).all():
            return lists
        return pl.DataFrame({"where": lists, "n": counts}).select(pl.col("where").list.head(pl.col("n"))).to_series()
