"""Metrics held against people: which of them to trust for this task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from growloop.annotate import judged_predictions
from growloop.dataset.verdicts import read_verdicts
from growloop.errors import BadData, BadDeclaration, NothingToDo, did_you_mean
from growloop.loop.proving import known_metrics
from growloop.metrics.agreement import agreement as measure
from growloop.metrics.metric import Metric
from growloop.metrics.thresholds import Halving
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.agreement import Agreement

ABSTAIN_ANSWER = "I don't know."
"""What counts as an abstention where no project says."""


def agreement(
    verdicts: Path | str | Iterable[Mapping[str, Any]] | None = None,
    *,
    project: Project | None = None,
    metrics: Sequence[str] | None = None,
    separator: str = "",
    halves: int = 5,
    seed: int = 0,
    chosen_on: Mapping[str, str] | None = None,
) -> Agreement:
    """How far each metric agrees with people's verdicts: those of a file or of rows, or the annotations of a project.

    Thresholds are chosen on half of the questions and measured on the other, `halves` times; or chosen at the
    coordinates `chosen_on` and measured everywhere else.
    """
    if halves < 1:
        raise BadData(f"halves: {halves}. The questions have to be halved once at least.")
    return measure(
        _annotated(project) if verdicts is None else read_verdicts(verdicts, separator=separator),
        _chosen(project, metrics),
        abstain_answer=project.task.abstain_answer if project else ABSTAIN_ANSWER,
        halving=Halving(halves, seed, chosen_on or {}),
    )


def _chosen(project: Project | None, names: Sequence[str] | None) -> list[Metric]:
    """The metrics of these names; without names all but those that run a model."""
    known = {metric.name: metric for metric in known_metrics(project)}
    unknown = next((name for name in names or () if name not in known), None)
    if unknown is not None:
        raise BadDeclaration(f'There is no metric "{unknown}". {did_you_mean(unknown, known)}')
    return [known[name] for name in names] if names else [metric for metric in known.values() if not metric.slow]


def _annotated(project: Project | None) -> pl.DataFrame:
    if project is None:
        raise NothingToDo("No verdicts: name a file of them, or a project whose pool holds annotations.")
    with Pool.open(project.pool_url) as pool:
        found = judged_predictions(pool.annotations(), pool.examples(None), abstain_answer=project.task.abstain_answer)
    if found.is_empty():
        raise NothingToDo(
            "Nobody has judged an answer to a question of the pool yet, so no metric can be held against people.\n"
            "  Judge some on the page:  growloop serve     or name a file:  growloop metrics agree VERDICTS"
        )
    return found
