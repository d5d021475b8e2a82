"""Cells as examples: rendered, with coordinates, parents, and a doubt where a negative is not shown to be one."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from growloop.records.example import EXAMPLES, content_ids, examples_frame, where_of
from growloop.universe.cells import NONE, Cell
from growloop.universe.material import Material
from growloop.universe.pairs import pairs_of
from growloop.universe.variations import SURFACE
from growloop.universe.verification import DOUBT, Similarity, doubts
from growloop.universe.wording import words_of_name

UNDECIDED = "no fact decides it"
"""Why a question whose answer is not known is a draft."""


def examples_of(cells: Sequence[Cell], material: Material, similarity: Similarity | None = None) -> pl.DataFrame:
    """An EXAMPLES frame with a row for each cell."""
    shown = [material.shown(cell.context, cell.beside) if cell.reads_context else "" for cell in cells]
    frame = pl.DataFrame(
        {
            "question": [cell.question for cell in cells],
            "context": shown,
            "answers": [list(cell.answers) for cell in cells],
            "negative": [None if cell.negative == NONE else cell.negative for cell in cells],
            "group": [_group(cell, material) for cell in cells],
            "split": [cell.side for cell in cells],
        },
        schema_overrides={"answers": pl.List(pl.String), "negative": pl.String, "split": pl.String},
    )
    doubt = _doubts(cells, material, similarity)
    where = _coordinates(cells, doubt)
    status = pl.when(doubt.is_not_null()).then(pl.lit("draft")).otherwise(pl.lit("accepted"))
    more = (where.alias("where"), _parents(cells, frame, material), status.alias("status"))
    return examples_frame(frame.with_columns(*more, pl.lit("universe").alias("origin")))


def _group(cell: Cell, material: Material) -> str:
    """What stands together: all about one entity; a closed question with its variations."""
    if cell.closed:
        return cell.plain.plain_question
    context = material.contexts[cell.context]
    return context.entity or context.id


def _coordinates(cells: Sequence[Cell], doubt: pl.Series) -> pl.Series:
    if not cells:
        return pl.Series("where", [], dtype=EXAMPLES["where"])
    wheres = [cell.where for cell in cells]
    names = sorted({name for where in wheres for name in where})
    columns = {name: [where.get(name) for where in wheres] for name in names}
    keys = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    if doubt.null_count() < len(doubt):
        keys, names = keys.with_columns(doubt.alias(DOUBT)), [*names, DOUBT]
    return keys.select(where_of(names)).to_series()


def _doubts(cells: Sequence[Cell], material: Material, similarity: Similarity | None) -> pl.Series:
    """Why a question has no sure answer: null where facts decide it, or where it is shown to be unanswerable.

    That a question presumes what its context denies is shown by the fact that denies it.
    """
    if material.universe.verify.by == "facts":  # what facts tell is in no negative to begin with
        reason = UNDECIDED if material.universe.unknown == "draft" else None
        reasons = [reason if _rests_on_silence(cell, material) else None for cell in cells]
        return pl.Series(DOUBT, reasons, dtype=pl.String)
    threshold = material.universe.verify.similarity
    found = doubts(pairs_of(cells, material), similarity=similarity, threshold=threshold)
    negatives = pl.Series([cell.negative not in (NONE, "contradicted") for cell in cells], dtype=pl.Boolean)
    undecided = pl.Series([cell.is_undecided for cell in cells], dtype=pl.Boolean)
    doubt = pl.when(negatives).then(found).when(undecided).then(pl.lit(UNDECIDED))
    return pl.select(doubt.alias(DOUBT)).to_series()


def _rests_on_silence(cell: Cell, material: Material) -> bool:
    """True where nothing but an absent fact says that a context does not answer a question."""
    if cell.is_undecided or cell.negative in ("wrong_topic", "near_miss"):
        return True
    if cell.closed:
        return False
    slot = material.entity_slot
    own = slot is None or words_of_name(cell.filling[slot]) == words_of_name(material.contexts[cell.context].entity)
    return cell.negative == "retrieved" and own


def _parents(cells: Sequence[Cell], frame: pl.DataFrame, material: Material) -> pl.Series:
    """The id of the plain question each variation was made from.

    Variations of case and punctuation alone name it only where they are drawn in pairs.
    """
    without = {NONE} if material.universe.variation_pairs else {NONE, *SURFACE}
    bound = pl.Series([cell.variation not in without for cell in cells], dtype=pl.Boolean)
    if not bound.any():
        return pl.Series("parent", [None] * len(cells), dtype=pl.String)
    parents = [cell.changes or cell for cell in cells]
    plain = frame.with_columns(
        pl.Series("question", [parent.plain_question for parent in parents], dtype=pl.String),
        pl.Series("answers", [list(parent.answers) for parent in parents], dtype=pl.List(pl.String)),
    )
    return pl.select(pl.when(bound).then(content_ids(plain)).alias("parent")).to_series()
