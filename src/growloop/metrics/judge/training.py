"""A judge learns from people's verdicts and from made answers, and is measured on questions it has not seen.

The questions are dealt into folds, and each answer is judged by trees grown without its question. On these judgements
the probabilities are calibrated and the limits of "cannot tell" chosen; what agreement is stated is over them too,
each with limits chosen on the other folds. The judge that is kept then learns from all.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import NothingToDo
from growloop.metrics import contingency
from growloop.metrics.intervals import NONE, bootstrap_mean
from growloop.metrics.judge.construction import MADE
from growloop.metrics.judge.features import Table, features
from growloop.metrics.judge.judge import Judge, outside_range, probabilities
from growloop.metrics.judge.limits import chosen_limits, fitted
from growloop.metrics.judge.trees import grown
from growloop.metrics.judged import is_decided, is_right, judged_answers
from growloop.metrics.metric import Floats
from growloop.metrics.question_bootstrap import QuestionBootstrap, kappa_estimate, share_estimate
from growloop.metrics.semantic import Cosines
from growloop.records.estimate import Estimate
from growloop.records.example import coordinate
from growloop.records.judge import JudgeCard, UnseenAgreement
from growloop.records.progress import Progress

Booleans = NDArray[np.bool_]
FOLDS = 5
WANTED = 0.95
"""The accuracy wanted of a verdict, unless told otherwise."""
ENOUGH = 100
"""With fewer of people's verdicts, or with all alike, made answers decide on calibration and limits."""
MADE_SHARE = 0.1
"""What all made answers weigh beside all of people's verdicts, where there are enough of these."""
_RANGE = (0.001, 0.999)
"""Quantiles between which a figure is in the range that was learned from."""
_USUAL = 0.99
"""This share of answers to unseen questions is taken to be in range."""
_SETTINGS: dict[str, Any] = {
    "max_iter": 250,
    "learning_rate": 0.035,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "l2_regularization": 3.0,
    "max_features": 0.4,
}


@dataclass(frozen=True)
class _Lessons:
    """Answers with what is right about them."""

    table: Table
    right: Booleans
    made: Booleans
    asked: NDArray[np.int64]
    """The number of each answer's question."""
    kinds: list[str]

    def weights(self) -> Floats:
        """One for each of people's answers; the made ones together a share of them."""
        people = int((~self.made).sum())
        share = MADE_SHARE * people / max(1, int(self.made.sum())) if self.enough else 1.0
        return np.where(self.made, min(1.0, share), 1.0)

    @property
    def enough(self) -> bool:
        """True where people's verdicts alone can decide on calibration and limits."""
        right = self.right[~self.made]
        return right.size >= ENOUGH and 0 < right.mean() < 1


def trained(
    verdicts: pl.DataFrame,
    made: pl.DataFrame,
    cosines: Cosines,
    *,
    wanted: float = WANTED,
    seed: int = 0,
    created: str = "",
) -> Generator[Progress, None, Judge]:
    """A judge that has learned from people's and from made VERDICTS. Raises NothingToDo where all are alike."""
    yield Progress("judge", 0, FOLDS + 2, "reading the answers")
    lessons = _lessons(verdicts, made, cosines)
    fold = np.random.default_rng(seed).permutation(int(lessons.asked.max()) + 1)[lessons.asked] % FOLDS
    unseen = np.zeros(lessons.right.size)
    for number in range(FOLDS):
        yield Progress("judge", number + 1, FOLDS + 2, f"measuring on fold {number + 1} of {FOLDS}")
        held = fold == number
        if held.any():
            unseen[held] = _grown(lessons, ~held, seed).log_odds(lessons.table.values[held])
    yield Progress("judge", FOLDS + 1, FOLDS + 2, "learning from all")
    judge = _finished(lessons, unseen, fold, wanted, seed, created)
    yield Progress("judge", FOLDS + 2, FOLDS + 2, "")
    return judge


# what it learns from


def _lessons(verdicts: pl.DataFrame, made: pl.DataFrame, cosines: Cosines) -> _Lessons:
    parts = [_answers(frame, is_made) for frame, is_made in ((verdicts, False), (made, True)) if frame.height]
    if not parts:
        raise NothingToDo("There is nothing for a judge to learn from: no verdicts, and no accepted answers.")
    answers = pl.concat(parts)
    right = answers.select(is_right()).to_series().to_numpy()
    if right.all() or not right.any():
        raise NothingToDo(
            f"All {right.size:,} answers to learn from are {'right' if right.all() else 'wrong'}: a judge has to see "
            "both.\n  Have answers judged that are not, or bring a file of verdicts:  growloop judge train VERDICTS"
        )
    return _Lessons(
        table=features(answers, cosines),
        right=right,
        made=answers["made"].to_numpy(),
        asked=answers["question"].str.to_lowercase().rank("dense").to_numpy().astype(np.int64) - 1,
        kinds=answers.select(coordinate(MADE).fill_null("")).to_series().to_list(),
    )


def _answers(verdicts: pl.DataFrame, made: bool) -> pl.DataFrame:
    found = judged_answers(verdicts, ()).answers.filter(is_decided())
    return found.select("question", "context", "answers", "prediction", "verdict", "where", made=pl.lit(made))


def _grown(lessons: _Lessons, chosen: Booleans, seed: int) -> Any:
    return grown(lessons.table.values[chosen], lessons.right[chosen], lessons.weights()[chosen], seed, **_SETTINGS)


# what comes of it


def _finished(
    lessons: _Lessons, unseen: Floats, fold: NDArray[np.int64], wanted: float, seed: int, created: str
) -> Judge:
    counted = ~lessons.made if lessons.enough else np.ones_like(lessons.made)
    calibration = fitted(unseen[counted], lessons.right[counted])
    probability = probabilities(unseen, calibration)
    verdict = _verdicts_unseen(probability, lessons, counted, fold, wanted)
    lowest, highest = _ranges(lessons)
    outside = outside_range(lessons.table.values, lowest, highest)
    card = JudgeCard(
        verdicts=int((~lessons.made).sum()),
        made=int(lessons.made.sum()),
        kinds=_by_kind(lessons, probability),
        people=_agreement(lessons, ~lessons.made, probability, verdict, seed),
        constructed=_agreement(lessons, lessons.made, probability, verdict, seed),
        wanted=wanted,
        limits=chosen_limits(probability[counted], lessons.right[counted], wanted),
        most_outside=int(np.quantile(outside[counted], _USUAL, method="higher")),
        seed=seed,
        created=created,
    )
    every = np.ones_like(lessons.made)
    return Judge(card, lessons.table.names, _grown(lessons, every, seed), calibration, lowest, highest)


def _ranges(lessons: _Lessons) -> tuple[Floats, Floats]:
    """Where nearly all of each figure lies; infinite where it was never measured."""
    unknown = np.isnan(lessons.table.values).all(axis=0)
    lowest, highest = np.nanquantile(np.where(unknown, 0.0, lessons.table.values), _RANGE, axis=0)
    return np.where(unknown, -np.inf, lowest), np.where(unknown, np.inf, highest)


def _verdicts_unseen(
    probability: Floats, lessons: _Lessons, counted: Booleans, fold: NDArray[np.int64], wanted: float
) -> NDArray[np.int64]:
    """1 right, 0 wrong, -1 cannot tell, by limits chosen on the other folds."""
    verdict = np.full(probability.size, -1)
    for number in range(FOLDS):
        held, others = fold == number, counted & (fold != number)
        wrong_to, right_from = chosen_limits(probability[others], lessons.right[others], wanted)
        verdict[held & (probability <= wrong_to)] = 0
        verdict[held & (probability >= right_from)] = 1
    return verdict


def _by_kind(lessons: _Lessons, probability: Floats) -> dict[str, Estimate]:
    as_made = (probability >= 0.5) == lessons.right
    kinds = np.array(lessons.kinds)
    return {kind: bootstrap_mean(as_made[kinds == kind]) for kind in sorted({*lessons.kinds} - {""})}


def _agreement(
    lessons: _Lessons, part: Booleans, probability: Floats, verdict: NDArray[np.int64], seed: int
) -> UnseenAgreement:
    right, asked, n = lessons.right[part], lessons.asked[part], int(part.sum())
    if not n:
        return UnseenAgreement(
            answers=0, questions=0, correct=None, accuracy=NONE, kappa=NONE, decided=NONE, accuracy_decided=NONE
        )
    bootstrap = QuestionBootstrap(asked, seed=seed)
    said, settled = probability[part] >= 0.5, verdict[part] >= 0
    tables = bootstrap.tables(np.arange(n), (2 * said + right).astype(np.int64), (2, 2))
    chosen = np.flatnonzero(settled)
    decided = bootstrap.tables(chosen, 2 * verdict[part][chosen] + right[chosen], (2, 2))
    share = bootstrap.tables(np.arange(n), (3 * settled).astype(np.int64), (2, 2))
    return UnseenAgreement(
        answers=n,
        questions=int(np.unique(asked).size),
        correct=float(right.mean()),
        accuracy=share_estimate(contingency.accuracy(tables), n),
        kappa=NONE if right.all() or not right.any() else kappa_estimate(tables, n),
        decided=share_estimate(share[..., 1, 1] / share.sum((-2, -1)), n),
        accuracy_decided=share_estimate(contingency.accuracy(decided), chosen.size),
    )
