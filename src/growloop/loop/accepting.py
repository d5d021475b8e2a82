"""What the next version is made of: the accepted examples of the pool, as people corrected them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from growloop.dataset.fixes import as_cleaned
from growloop.errors import NothingToDo
from growloop.loop.last_read import LastRead
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import matches

_LAST = LastRead()


def accepted(project: Project) -> pl.DataFrame:
    """The accepted examples as people corrected them."""
    with Pool.open(project.pool_url) as pool:
        drawn, annotations = _drawn(pool), pool.waiting_annotations()
        known = judgeable(pool) if annotations else drawn
    if not annotations:
        return drawn
    parent = project.latest_version()
    before = project.examples(parent.id) if parent else None
    from growloop.loop.folding import corrected  # most pools have none to fold: what it rests on loads slowly

    return corrected(project, known, as_cleaned(annotations, drawn), before)


def gathered(project: Project) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """The accepted examples as people corrected them, and the rows of the latest version."""
    parent = project.latest_version()
    before = project.examples(parent.id) if parent else None
    examples = accepted(project)
    if examples.is_empty():
        raise NothingToDo(_nothing_accepted(project))
    return examples, before


def _nothing_accepted(project: Project) -> str:
    with Pool.open(project.pool_url) as pool:
        drafts = pool.counts().get("draft", 0)
    if drafts:
        return f"Nothing is accepted yet: {drafts:,} drafts wait for a person:  growloop queue"
    return "The pool is empty. Fill it:  growloop draw 11400   or   growloop import FILE"


def judgeable(pool: Pool) -> pl.DataFrame:
    """What people may have judged: the accepted examples, then the drafts."""
    return pl.concat([_drawn(pool), pool.examples("draft")])


def _drawn(pool: Pool) -> pl.DataFrame:
    """The accepted examples; what was read last is not read again while nothing was written to the pool."""
    stamp = pool.stamp()
    known = _LAST.get(stamp) if stamp else None
    if known is None:
        known = pool.examples()
        if stamp:
            _LAST.keep(stamp, known)
    return known


def matching(where: Mapping[str, str]) -> pl.Expr:
    """The examples at some coordinates; `split` counts as one."""
    coordinates = {key: value for key, value in where.items() if key != "split"}
    side = pl.col("split") == where["split"] if "split" in where else pl.lit(True)
    return matches(coordinates) & side
