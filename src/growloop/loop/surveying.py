"""The universe as a map: how many examples each combination of two coordinates has, and how well they are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from growloop.errors import BadData, NothingToDo, did_you_mean
from growloop.loop.accepting import accepted
from growloop.loop.asked import answered_examples
from growloop.loop.browsing import last_evaluation
from growloop.loop.declaring import space_of
from growloop.metrics import metric_columns
from growloop.metrics.intervals import wilson
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.coverage import Charted, UniverseMap
from growloop.records.example import coordinate, coordinate_names
from growloop.records.run import Estimate, Run
from growloop.records.universe import Coverage
from growloop.universe import Space
from growloop.universe.patterns import Pattern

MOST_VALUES = 40
"""A map shows so many values of a coordinate: those that need most."""
_USUAL = ("template", "negative")
_COUNTED = pl.Schema({"row": pl.String, "column": pl.String, "have": pl.Int64, "possible": pl.Boolean})


def map_coordinates(project: Project) -> list[str]:
    """The coordinates that a map can have as its sides: those of the universe, without one those of the pool."""
    return _sides(space_of(project)) if project.universe else coordinate_names(accepted(project))


def universe_map(project: Project, rows: str = "", columns: str = "") -> UniverseMap:
    """Coverage by the pool's accepted examples, and the scores of the last evaluation, by two coordinates.

    Where none are named, by template and kind of negative, or the first two there are. Raises BadData where there is
    no such coordinate, NothingToDo where there are not two.
    """
    space, examples = space_of(project) if project.universe else None, accepted(project)
    known = _sides(space) if space else coordinate_names(examples)
    rows, columns = _chosen(rows, columns, known)
    run = last_evaluation(project)
    metric = _metric(project, run) if run else ""
    cells = _counted(space, examples, rows, columns)
    if run and metric:
        cells = _with_scores(cells, _scored(project, run, metric, rows, columns))
    row_names, column_names = (_worth_showing(cells, side) for side in ("row", "column"))
    return UniverseMap(
        rows=rows,
        columns=columns,
        known=tuple(known),
        row_names=tuple(row_names),
        column_names=tuple(column_names),
        row_values=cells["row"].n_unique(),
        column_values=cells["column"].n_unique(),
        at_least=_wanted(project),
        metric=metric,
        run=run.id if run else None,
        cells=_charted(cells.filter(pl.col("row").is_in(row_names), pl.col("column").is_in(column_names))),
    )


def map_state(project: Project) -> tuple[object, ...]:
    """Differs whenever a map may differ: quick to find out, where a map of many examples is not."""
    with Pool.open(project.pool_url) as pool:
        held = pool.state()
    run = last_evaluation(project)
    return project.task_hash, held, run.id if run else None


def _sides(space: Space) -> list[str]:
    return [name for name, values in space.coordinates.items() if name != "split" and not isinstance(values, Pattern)]


def _chosen(rows: str, columns: str, known: Sequence[str]) -> tuple[str, str]:
    if len(known) < 2:
        raise NothingToDo(
            "A map needs two coordinates. Declare a universe, or import examples with coordinates:\n"
            "  growloop import FILE --where topic=COLUMN"
        )
    for name in filter(None, (rows, columns)):
        if name not in known:
            raise BadData(f'There is no coordinate "{name}" to be drawn on a map. {did_you_mean(name, known)}')
    if rows and rows == columns:
        raise BadData(f'A map needs two different coordinates; both are "{rows}".')
    usual = [name for name in (*_USUAL, *known) if name in known and name not in (rows, columns)]
    return rows or usual.pop(0), columns or usual.pop(0)


def _wanted(project: Project) -> int:
    declared = project.universe.coverage if project.universe else None
    return (declared or Coverage()).at_least


def _metric(project: Project, run: Run) -> str:
    """Token F1, or the first metric where that is not measured."""
    metrics = metric_columns(project.run_frame(run.id, "scores"))
    return "token_f1" if "token_f1" in metrics else next(iter(metrics), "")


def _counted(space: Space | None, examples: pl.DataFrame, rows: str, columns: str) -> pl.DataFrame:
    """How many of some examples every combination has that the universe has, or that any of them has."""
    had = _placed(examples, rows, columns).group_by("row", "column").agg(have=pl.len().cast(pl.Int64))
    had = had.sort("row", "column")
    crossed = space.crossed(examples, (rows, columns))[0].counts if space else ()
    if not crossed:  # no universe, or two slots of it, whose combinations nobody lists
        return had.with_columns(possible=pl.lit(value=True))
    declared = pl.DataFrame([(*cell, True) for cell in crossed], schema=_COUNTED, orient="row")
    others = had.join(declared, on=["row", "column"], how="anti").with_columns(possible=pl.lit(value=False))
    return pl.concat([declared, others])


def _scored(project: Project, run: Run, metric: str, rows: str, columns: str) -> pl.DataFrame:
    """Mean score, how many questions it is the mean of, and how many were not wholly right."""
    scores = project.run_frame(run.id, "scores").select("id", score=metric)
    placed = _placed(answered_examples(project, run), rows, columns).join(scores, on="id")
    wrong = (pl.col("score") < 1).sum().alias("wrong")
    return placed.group_by("row", "column").agg(pl.col("score").mean(), pl.col("score").count().alias("n"), wrong)


def _with_scores(cells: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    both = cells.join(scored.sort("row", "column"), on=["row", "column"], how="full", coalesce=True)
    known = both.with_columns(pl.col("have").fill_null(0), pl.col("possible").fill_null(value=False))
    order = pl.concat([cells, known.select(list(_COUNTED))]).select("row", "column").unique(maintain_order=True)
    return order.join(known, on=["row", "column"], how="left", maintain_order="left")


def _placed(examples: pl.DataFrame, rows: str, columns: str) -> pl.DataFrame:
    sides = [coordinate(rows).alias("row"), coordinate(columns).alias("column")]
    return examples.select("id", *sides).drop_nulls(["row", "column"])


def _worth_showing(cells: pl.DataFrame, side: str) -> list[str]:
    """The values of a side in their order; of too many those with most wrong answers, then with fewest examples."""
    order = cells[side].unique(maintain_order=True).to_list()
    if len(order) <= MOST_VALUES:
        return order
    wrong = pl.col("wrong").sum() if "wrong" in cells.columns else pl.lit(0)
    needs = cells.group_by(side, maintain_order=True).agg(wrong=wrong, have=pl.col("have").sum())
    chosen = set(needs.sort("wrong", "have", descending=[True, False], maintain_order=True)[side].head(MOST_VALUES))
    return [value for value in order if value in chosen]


def _charted(cells: pl.DataFrame) -> tuple[Charted, ...]:
    listed = cells.to_dicts()
    scores = _estimates(listed)
    return tuple(
        Charted(
            row=cell["row"],
            column=cell["column"],
            have=cell["have"],
            possible=cell["possible"],
            score=score,
            wrong=cell.get("wrong") or 0,
        )
        for cell, score in zip(listed, scores, strict=True)
    )


def _estimates(cells: Sequence[Mapping[str, float | None]]) -> list[Estimate | None]:
    known = [(float(cell.get("score") or 0.0), int(cell.get("n") or 0)) for cell in cells]
    low, high = wilson([mean for mean, _ in known], [max(n, 1) for _, n in known])
    return [
        Estimate(value=mean, low=float(under), high=float(over), n=n) if n else None
        for (mean, n), under, over in zip(known, low, high, strict=True)
    ]
