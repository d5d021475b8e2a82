"""Examples drawn from the universe, searched in the pool, and what of them the next version is made of."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from growloop.asking import finder, make_index, similarity
from growloop.errors import BadData
from growloop.loop.accepting import accepted, matching
from growloop.loop.declaring import passages_of, space_of
from growloop.pool import Found, Pool
from growloop.project import Project
from growloop.records.coverage import CoverageReport, Size
from growloop.records.example import Status as ExampleStatus
from growloop.records.progress import Progress
from growloop.records.universe import Coverage
from growloop.row_stream import write_stream
from growloop.universe import Space


@dataclass(frozen=True)
class Drawn:
    """What a draw brought into the pool."""

    accepted: int
    drafts: int
    """Questions without a sure answer: they wait for a person, or first for a teacher."""
    duplicates: int = 0


Keep = Callable[[pl.DataFrame], pl.DataFrame]
"""Of some drawn examples those that are wanted, perhaps bound to a side."""
MOST_PASSED_OVER = 50
"""A draw gives up where it has passed over so many times what was wanted."""


def draw(
    project: Project,
    n: int,
    *,
    seed: int | None = None,
    where: Mapping[str, str] | None = None,
    keep: Keep | None = None,
    source: str | None = None,
) -> Drawn:
    """Draw `n` examples from the universe that the pool does not hold yet, and add them to it.

    The same seed always draws in the same order, so drawing again goes on where it stopped. What has no sure
    answer becomes a draft: a negative that may be answerable after all, a question that no fact decides. Only what
    `keep` leaves is added; `source` is what they are drawn for, kept as their `source_id`.
    """
    with Pool.open(project.pool_url) as pool:
        fresh = _not_drawn_yet(project, pool, n, seed, dict(where or {}), keep)
        added = pool.add(fresh.with_columns(source_id=pl.lit(source)) if source else fresh)
    drafts = fresh.filter(pl.col("status") == "draft").height
    return Drawn(accepted=added.accepted - drafts, drafts=drafts, duplicates=added.duplicates)


def preview_draw(
    project: Project, n: int, *, seed: int | None = None, where: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """What `draw` would add to the pool as it is now, an EXAMPLES frame; nothing is changed."""
    with Pool.open(project.pool_url) as pool:
        return _not_drawn_yet(project, pool, n, seed, dict(where or {}))


def _not_drawn_yet(
    project: Project,
    pool: Pool,
    n: int,
    seed: int | None,
    where: dict[str, str],
    keep: Keep | None = None,
) -> pl.DataFrame:
    """The next `n` examples of the universe, in the order of the seed, that the pool lacks and `keep` leaves."""
    space = space_of(project)
    # a drawn example that a person confirmed is its own parent in a restored version
    drawn_before = (pl.col("origin") == "universe") | (pl.col("parent") == pl.col("id"))
    pooled = pool.examples(status=None)
    had = pooled.filter(drawn_before, matching(where)).height
    shares = project.task.split.shares if project.universe and project.universe.held_out.test else None
    seed = project.task.seed if seed is None else seed
    helpers = _helpers(project, space)
    asked, most = had + n, had + MOST_PASSED_OVER * n
    while True:
        drawn = space.draw(asked, seed=seed, where=where, splits_share=shares, **helpers)
        fresh = drawn.join(pooled, on="id", how="anti", maintain_order="left")
        fresh = (keep(fresh) if keep else fresh).head(n)
        if fresh.height == n or drawn.height < asked or asked > most:
            return fresh
        asked *= 2  # other coordinates may read the same: those in the pool already are passed over


def drawable(project: Project, where: Mapping[str, str]) -> dict[str, str] | None:
    """What of some coordinates the universe can draw for training; None where that is nothing.

    Phrasings belong to a side, and entities and slot values often do: where training has none, they are let go.
    """
    if project.universe is None:
        return None
    space = space_of(project)
    named = {key: value for key, value in where.items() if key in space.coordinates}
    general = {key: value for key, value in named.items() if key not in ("phrasing", "split", *space.slots)}
    side = {"split": "train"} if "split" in space.coordinates else {}
    for coordinates in (named, general):
        if coordinates and space.has({**coordinates, **side}):
            return coordinates
    return None


def draw_to(
    project: Project,
    n: int,
    path: Path | str,
    *,
    seed: int | None = None,
    where: Mapping[str, str] | None = None,
    force: bool = False,
) -> int:
    """Write `n` examples of the universe to a Parquet file, past the pool, in constant memory; how many there were.

    The file is there when it is whole. Raises BadData where one is there already, unless `force`.
    """
    target = Path(path)
    if target.suffix != ".parquet":
        raise BadData(f"{target}: examples are streamed to Parquet alone; name the file  {target.stem}.parquet")
    if target.exists() and not force:
        raise BadData(f"{target} exists; nothing was written. Choose another name, or replace it with  --force.")
    space = space_of(project)
    shares = project.task.split.shares if project.universe and project.universe.held_out.test else None
    seed = project.task.seed if seed is None else seed
    return write_stream(space.stream(n, seed=seed, where=where, splits_share=shares), target)


def _helpers(project: Project, space: Space) -> dict[str, Any]:
    """What a universe needs from other rooms to be drawn from: the task's retriever, embeddings."""
    helpers: dict[str, Any] = {}
    if space.retrieves:
        for _ in make_index(project.folder, project.task, passages_of(project)):
            pass  # the same contexts are not indexed twice
        helpers["retrieve"] = finder(project.folder)
    if project.universe and project.universe.verify.similarity:
        helpers["similarity"] = similarity()
    return helpers


def universe(project: Project) -> Size:
    """How many questions the universe holds, by template and kind of negative, without listing any."""
    return space_of(project).summed_up


def coverage(
    project: Project,
    *,
    strength: int | None = None,
    at_least: int | None = None,
    over: Sequence[str] | None = None,
    by_meaning: bool = True,
) -> CoverageReport:
    """How far the pool's accepted examples cover the universe, and the shortest list of draws that fills the gaps.

    Examples that were imported or corrected count where their questions belong: by their words, or else by what they
    mean, where the embedded model is installed. What is not given is taken from `coverage` in universe.yaml.
    """
    space = space_of(project)
    declared = project.universe.coverage if project.universe else None
    given = {"strength": strength, "at_least": at_least, "over": tuple(over) if over else None}
    wanted = (declared or Coverage()).model_copy(update={key: value for key, value in given.items() if value})
    return space.coverage(accepted(project), wanted, by_meaning=by_meaning)


def examples(
    project: Project,
    *,
    where: Mapping[str, str] | None = None,
    status: ExampleStatus | None = None,
    origin: str | None = None,
    text: str = "",
    limit: int = 50,
    after: int = 0,
    before: int = 0,
    patient: bool = True,
) -> Found:
    """A page of the pool's examples: at some coordinates, of a status and origin, with all words of a text.

    Unless it is `patient`, it raises NotIndexed where so many examples are not indexed yet that it would take long.
    """
    asked: dict[str, Any] = {"where": where, "status": status, "origin": origin, "text": text, "patient": patient}
    with Pool.open(project.pool_url) as pool:
        return pool.search(limit=limit, after=after, before=before, **asked)


def is_searchable(project: Project) -> bool:
    """True where no search for examples would have to wait for `index_examples`."""
    with Pool.open(project.pool_url) as pool:
        return pool.is_indexed()


def index_examples(project: Project) -> Generator[Progress, None, None]:
    """Index the pool for searching, in parts between which others can write; what is indexed is not indexed again."""
    with Pool.open(project.pool_url) as pool:
        for made_of, done, total in pool.indexing():
            yield Progress(f"index {made_of}", done, total)
