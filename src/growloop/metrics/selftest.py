"""Metrics put to the test: on cases whose score is known, and on attacks made from a dataset."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.metrics import measured
from growloop.metrics.attacks import ATTACKS, Attack, attacked, gold
from growloop.metrics.metric import ROWS, Floats, Metric
from growloop.records.example import is_answerable
from growloop.records.selftest import AttackScore, FailedCase, MetricProof, SelfTest

FOOLED = 0.5
"""An attack that reaches this share of what the accepted answers score has fooled the metric."""


def failed_cases(metric: Metric) -> tuple[FailedCase, ...]:
    """The metric's own cases whose score is not what it must be."""
    if not metric.cases:
        return ()
    columns = {name: [getattr(case, name) for case in metric.cases] for name in ("question", "context", "prediction")}
    rows = pl.DataFrame({**columns, "answers": [list(case.answers) for case in metric.cases]}, schema_overrides=ROWS)
    rows = rows.with_columns(abstained=pl.col("prediction") == "").select(list(ROWS))
    scores = measured(rows, [metric])[metric.name].tolist()
    reasons = metric.grading.grades(rows)["reason"].to_list() if metric.grading else [""] * rows.height
    return tuple(
        FailedCase(
            expect=case.expect, prediction=case.prediction, answers=case.answers, score=_known(score), reason=reason
        )
        for case, score, reason in zip(metric.cases, scores, reasons, strict=True)
        if not case.holds(score)
    )


def self_test(
    metrics: Sequence[Metric],
    examples: pl.DataFrame,
    abstain_answer: str,
    levels: Mapping[str, float] | None = None,
    *,
    counted: Collection[str] | None = None,
    paid: bool = False,
    seed: int = 0,
) -> SelfTest:
    """Every metric's cases and, where there are examples, what each attack reaches on them.

    `levels` is what the model evaluated last scores by metric, over all examples. `counted` names the metrics that
    the trick is looked for in; without, all. Metrics that ask somebody for money are attacked where `paid` says so.
    """
    free = [metric for metric in metrics if paid or not metric.grading]
    attacks = list(_put(free, examples, abstain_answer, seed)) if examples.height else []
    right = measured(_right(examples), free) if examples.height else {}
    answerable = examples.select(is_answerable()).to_series().to_numpy()
    proofs = tuple(_proof(metric, right, answerable, attacks, levels or {}) for metric in metrics)
    unanswerable = int((~answerable).sum())
    return SelfTest(
        proofs=proofs,
        examples=examples.height,
        unanswerable=unanswerable,
        trick=winning_trick(_counted(proofs, counted, right, answerable), examples.height, unanswerable),
    )


def _counted(
    proofs: Sequence[MetricProof],
    counted: Collection[str] | None,
    right: Mapping[str, Floats],
    answerable: NDArray[np.bool_],
) -> list[MetricProof]:
    """The metrics that count here, but for those that say nothing about any accepted answer."""
    names = {name for name, column in right.items() if not answerable.any() or _measured(column[answerable]).size}
    return [proof for proof in proofs if proof.metric in names and (counted is None or proof.metric in counted)]


_Put = tuple[Attack, dict[str, float | None], dict[str, int]]
"""An attack with its mean score and the examples measured, by metric."""


def _put(metrics: Sequence[Metric], examples: pl.DataFrame, abstain_answer: str, seed: int) -> Iterator[_Put]:
    for attack in ATTACKS:
        scores = measured(attacked(attack, examples, abstain_answer, seed), metrics)
        known = {name: column[~np.isnan(column)] for name, column in scores.items()}
        yield attack, {name: _mean(column) for name, column in known.items()}, {n: c.size for n, c in known.items()}


def _right(examples: pl.DataFrame) -> pl.DataFrame:
    said = gold(examples).alias("prediction")
    return examples.select("question", "context", "answers", said).with_columns(
        abstained=~is_answerable().fill_null(False)
    )


def _proof(
    metric: Metric,
    right: Mapping[str, Floats],
    answerable: NDArray[np.bool_],
    attacks: Sequence[_Put],
    levels: Mapping[str, float],
) -> MetricProof:
    name = metric.name
    whole = right.get(name, np.full(answerable.size, np.nan))
    best = {knows: _mean(_measured(whole[answerable] if knows else whole)) for knows in (False, True)}
    model = levels.get(name)
    scored = tuple(
        AttackScore(
            attack=attack.name,
            score=means[name],
            n=sizes[name],
            fooled=_fooled(means[name], best[attack.knows_gold], None if attack.knows_gold else model),
        )
        for attack, means, sizes in attacks
        if name in means
    )
    return MetricProof(
        metric=name,
        about=metric.about,
        source=metric.source,
        cases=len(metric.cases),
        failed=failed_cases(metric),
        gold=best[False],
        model=model,
        attacks=scored,
    )


def _fooled(score: float | None, right: float | None, model: float | None) -> bool:
    if not score:
        return False
    return (right is not None and score >= FOOLED * right) or (model is not None and score >= model)


def winning_trick(proofs: Sequence[MetricProof], examples: int, unanswerable: int) -> str:
    """The trick a model could do that scores highest, in a sentence; "" where there is nothing to attack."""
    tricks = {attack.name: attack.about for attack in ATTACKS if not attack.knows_gold and attack.name != "empty"}
    tried = [
        (score.score, proof, score)
        for proof in proofs
        for score in proof.attacks
        if score.attack in tricks and score.score is not None
    ]
    if not tried:
        return ""
    points, proof, score = max(tried, key=lambda found: (found[2].fooled, found[0]))
    about = tricks[score.attack]
    reached = f"{points:.0%} {proof.metric.replace('_', ' ')}".replace("%", " %")
    if not score.fooled:
        return f"No trick wins here: the best, {about}, scores {reached}."
    why = f", since {unanswerable:,} of {examples:,} questions have no answer" if score.attack == "abstain" else ""
    beside = f"; the model scores {proof.model:.0%}".replace("%", " %") if proof.model is not None else ""
    return f"A trick would win: {about} scores {reached} here{why}{beside}."


def _measured(column: Floats) -> Floats:
    return column[~np.isnan(column)]


def _mean(column: Floats) -> float | None:
    return float(column.mean()) if column.size else None


def _known(score: float) -> float | None:
    return None if np.isnan(score) else score
