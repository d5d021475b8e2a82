"""The universe as a map: how many examples each combination of two coordinates has, and how well they are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from growloop.errors import BadData, did_you_mean
from growloop.loop.browsing import last_evaluation
from growloop.loop.declaring import space_of
from growloop.loop.gathering import accepted
from growloop.loop.measuring import answered_examples
from growloop.metrics import metric_columns
from growloop.metrics.intervals import wilson
from growloop.project import Project
from growloop.records.coverage import Charted, UniverseMap
from growloop.records.example import coordinate, coordinate_names
from growloop.records.run import Estimate, Run
from growloop.records.universe import Coverage
from growloop.universe.patterns import Pattern

MOST_VALUES = 40
"""A map shows so many values of a coordinate: those that need most."""
_COUNTED = pl.Schema({"row": pl.String, "column": pl.String, "have": pl.Int64, "possible": pl.Boolean})


def map_coordinates(project: Project) -> list[str]:
    """The coordinates that a map can have as its sides: those of the universe, without one those of the pool."""
    if project.universe is None:
        return coordinate_names(accepted(project))
    known = space_of(project).coordinates
    return [name for name, values in known.items() if name != "split" and not isinstance(values, Pattern)]


def universe_map(project: Project, rows: str, columns: str) -> UniverseMap:
    """Coverage by the pool's accepted examples, and the scores of the last evaluation, by two coordinates.

    Raises BadData where there is no such coordinate.
    """
    known = map_coordinates(project)
    for name in (rows, columns):
        if name not in known:
            raise BadData(f'There is no coordinate "{name}" to be drawn on a map. {did_you_mean(name, known)}')
    if rows == columns:
        raise BadData(f'A map needs two different coordinates; both are "{rows}".')
    run = last_evaluation(project)
    metric = _metric(project, run) if run else ""
    cells = _counted(project, rows, columns)
    scored = _scored(project, run, metric, rows, columns) if run else None
    if scored is not None:
        cells = cells.join(scored, on=["row", "column"], how="full", coalesce=True, maintain_order="left_right")
        cells = cells.with_columns(pl.col("have").fill_null(0), pl.col("possible").fill_null(value=False))
    names = [_worth_showing(cells, side) for side in ("row", "column")]
    shown = cells.filter(pl.col("row").is_in(names[0]), pl.col("column").is_in(names[1]))
    return UniverseMap(
        rows=rows,
        columns=columns,
        row_names=tuple(names[0]),
        column_names=tuple(names[1]),
        row_values=cells["row"].n_unique(),
        column_values=cells["column"].n_unique(),
        at_least=_wanted(project),
        metric=metric,
        run=run.id if run else None,
        cells=_charted(shown),
    )


def _wanted(project: Project) -> int:
    declared = project.universe.coverage if project.universe else None
    return (declared or Coverage()).at_least


def _metric(project: Project, run: Run) -> str:
    """Token F1, or the first metric where that is not measured."""
    metrics = metric_columns(project.run_frame(run.id, "scores"))
    return "token_f1" if "token_f1" in metrics else next(iter(metrics), "")


def _counted(project: Project, rows: str, columns: str) -> pl.DataFrame:
    """How many accepted examples every combination has that the universe has, or that any of them has."""
    examples = accepted(project)
    had = _placed(examples, rows, columns).group_by("row", "column", maintain_order=True).agg(have=pl.len())
    had = had.with_columns(pl.col("have").cast(pl.Int64), possible=pl.lit(value=True))
    if project.universe is None:
        return had.sort("row", "column").select(list(_COUNTED))
    crossed = space_of(project).crossed(examples, rows, columns)
    declared = [(*cell, True) for cell in crossed.counts]
    if not declared:  # of two slots, whose combinations nobody lists
        return had.sort("row", "column").select(list(_COUNTED))
    found = pl.DataFrame(declared, schema=_COUNTED, orient="row")
    others = had.join(found, on=["row", "column"], how="anti").with_columns(possible=pl.lit(value=False))
    return pl.concat([found, others.select(list(_COUNTED))])


def _scored(project: Project, run: Run, metric: str, rows: str, columns: str) -> pl.DataFrame | None:
    """Mean score, how many questions it is the mean of, and how many were not wholly right."""
    if not metric:
        return None
    scores = project.run_frame(run.id, "scores").select("id", score=metric)
    placed = _placed(answered_examples(project, run), rows, columns).join(scores, on="id")
    wrong = (pl.col("score") < 1).sum().alias("wrong")
    means = placed.group_by("row", "column", maintain_order=True)
    return means.agg(pl.col("score").mean(), pl.col("score").count().alias("n"), wrong)


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
