"""Answers graded by a model behind an endpoint: many at once, each reply kept, no request paid for twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from growloop.errors import EndpointProblem, GrowloopError
from growloop.metrics.metric import Case, Floats, Metric
from growloop.metrics.rubric import Grade, asked_again, grade_in, rubric_messages
from growloop.records.grading import GRADES, Grader, Grading
from growloop.records.progress import Progress
from growloop.records.task import RubricMetric
from growloop.remote import (
    Asked,
    Cache,
    Endpoint,
    Messages,
    Outcome,
    Patience,
    Reply,
    Spending,
    kept_replies,
    request_key,
)

CACHE_FILE = "grader.db"
_PER_ANSWER = pl.Schema({name: dtype for name, dtype in GRADES.items() if name != "id"})
"""What is known of an answer wherever it stands."""


@dataclass
class Purse:
    """Where replies are kept, and what all rubrics of one command may spend together."""

    settings: Grader
    cache: Path
    patience: Patience | None = None
    spending: Spending = field(init=False)

    def __post_init__(self) -> None:
        limits = {"max_tokens": self.settings.max_tokens, "max_cost": self.settings.max_cost}
        self.spending = Spending(self.settings, **limits)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Graded:
    """One request with what came of it."""

    messages: Messages
    grade: Grade
    replies: tuple[Reply, ...] = ()
    """All that were paid for; the last one counts."""

    @property
    def said(self) -> str:
        return self.replies[-1].text if self.replies else ""


def rubric_metric(declared: RubricMetric, purse: Purse) -> Metric:
    """The metric that a model judges by a rubric; no one is asked before it has to score something."""
    grading = RubricGrading(declared, purse)
    cases = tuple(Case(**case.model_dump()) for case in declared.cases)
    about = f"Judged by a model: {' '.join(declared.rubric.split())}"
    return Metric(declared.name, about, grading.score, cases, "task.yaml", by_rule=False, slow=True, grading=grading)


class RubricGrading:
    """One rubric, and the grades that were given by it so far."""

    def __init__(self, declared: RubricMetric, purse: Purse) -> None:
        self._declared, self._purse = declared, purse
        self._graded: dict[str, _Graded] = {}
        self._requests = Counter[str]()

    @cached_property
    def _endpoint(self) -> Endpoint:
        return Endpoint.from_environment(role="grader", model=self._declared.model)

    def ready(self) -> Endpoint:
        """Who grades. Raises EndpointProblem where the environment names nobody."""
        return self._endpoint

    def score(self, rows: pl.DataFrame) -> Floats:
        """The level of each row, worst 0 and best 1; NaN where it has no grade."""
        for _ in self.ask(rows):
            pass
        scores: Floats = self.grades(rows)["score"].fill_null(np.nan).to_numpy().astype(np.float64)
        return scores

    def ask(self, rows: pl.DataFrame) -> Iterator[Progress]:
        """Have the rows graded that are not yet. Raises EndpointProblem, and GrowloopError where the money is spent."""
        wanted = {key: asked for key, asked in self._requests_about(rows).items() if key not in self._graded}
        if not wanted:
            return
        with Cache(self._purse.cache) as cache:
            yield from self._round(wanted, cache)

    def _round(self, wanted: Mapping[str, Messages], cache: Cache) -> Generator[Progress]:
        """Ask, and where a reply holds no grade once more, with what was wrong about it."""
        outcomes = yield from self._outcomes(wanted, cache)
        found = {key: self._read(wanted[key], outcome) for key, outcome in outcomes.items()}
        unread = {key: one for key, one in found.items() if one.grade.level is None and one.said}
        if unread:
            repeated = {key: asked_again(one.messages, one.said, one.grade.reason) for key, one in unread.items()}
            keys = {key: self._key(messages) for key, messages in repeated.items()}
            later = yield from self._outcomes({keys[key]: repeated[key] for key in unread}, cache)
            found |= {key: self._read(repeated[key], later[keys[key]], one.replies) for key, one in unread.items()}
        self._graded |= found

    def _outcomes(self, wanted: Mapping[str, Messages], cache: Cache) -> Generator[Progress, None, dict[str, Outcome]]:
        """What came of each request: a reply, known or new, or a refusal."""
        asked = {key: Asked(key, messages) for key, messages in wanted.items()}
        outcomes = {key: Outcome(asked[key], reply) for key, reply in cache.known(list(wanted)).items()}
        self._requests["cached"] += len(outcomes)
        rest = [one for key, one in asked.items() if key not in outcomes]
        name, purse = f"grade {self._declared.name}", self._purse
        yield Progress(name, len(outcomes), len(wanted))
        for told in kept_replies(self._endpoint, purse.settings, rest, cache, purse.spending, purse.patience):
            self._requests["sent"] += 1
            if isinstance(told, Outcome):
                outcomes[told.asked.key] = told
            yield Progress(name, len(outcomes), len(wanted), _spent(purse.spending, told.reason))
        self._complain(len(wanted), outcomes)
        return outcomes

    def _complain(self, wanted: int, outcomes: Mapping[str, Outcome]) -> None:
        """A run with answers that nobody was asked about, or that got no reply, would never be finished: it waits."""
        kept = "  The grades of the others are kept; the same command goes on from there."
        silent = [one.reason for one in outcomes.values() if one.reply is None and not one.declined]
        if silent:
            count = f"{len(silent):,} of {wanted:,} answers"
            raise EndpointProblem(f"{self._declared.name}: the grader did not reply to {count}: {silent[0]}.\n{kept}")
        if len(outcomes) < wanted:
            told = f"{self._declared.name}: {wanted - len(outcomes):,} of {wanted:,} answers are not graded"
            raise GrowloopError(f"{told}: `grader: max_tokens` or `max_cost` in task.yaml is spent.\n{kept}")

    def _read(self, messages: Messages, outcome: Outcome, before: tuple[Reply, ...] = ()) -> _Graded:
        if outcome.reply is None:
            return _Graded(messages, Grade(None, outcome.reason), before)
        return _Graded(messages, grade_in(outcome.reply, self._declared.levels), (*before, outcome.reply))

    def grades(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Level, score, reason, request and reply of each row; nothing where it was not asked about."""
        best = len(self._declared.levels) - 1
        scores = {level: number / best for number, level in enumerate(self._declared.levels)}
        found = [self._graded[key] for key in self._keys(rows)]
        levels = [one.grade.level for one in found]
        columns = {
            "metric": [self._declared.name] * len(found),
            "model": [self._endpoint.model] * len(found) if found else [],
            "level": levels,
            "score": [None if level is None else scores[level] for level in levels],
            "reason": [one.grade.reason for one in found],
            "request": [json.dumps(one.messages, ensure_ascii=False) for one in found],
            "reply": [one.said for one in found],
        }
        return pl.DataFrame(columns, schema=_PER_ANSWER)

    def told(self, rows: pl.DataFrame) -> Grading:
        """How many were graded and why others were not, and what the grades took."""
        keys = self._keys(rows)
        replies = [reply for key in dict.fromkeys(keys) for reply in self._graded[key].replies]
        spent = sum(reply.tokens_in for reply in replies), sum(reply.tokens_out for reply in replies)
        reasons = (self._graded[key].grade for key in keys)
        return Grading(
            metric=self._declared.name,
            model=self._endpoint.model,
            answers=len(keys),
            ungraded=dict(Counter(grade.reason for grade in reasons if grade.level is None)),
            tokens_in=spent[0],
            tokens_out=spent[1],
            cost=self._purse.settings.cost(*spent),
            requests=self._requests["sent"],
            cached=self._requests["cached"],
        )

    def _requests_about(self, rows: pl.DataFrame) -> dict[str, Messages]:
        messages = (rubric_messages(self._declared, row) for row in rows.iter_rows(named=True))
        return {self._key(asked): asked for asked in messages}

    def _keys(self, rows: pl.DataFrame) -> list[str]:
        return [self._key(rubric_messages(self._declared, row)) for row in rows.iter_rows(named=True)]

    def _key(self, messages: Messages) -> str:
        return request_key(self._endpoint.model, messages, self._purse.settings.request)


def _spent(spending: Spending, told: str) -> str:
    cost = f"cost {spending.cost:.4f}" if spending.cost is not None else ""
    notes = (f"{spending.tokens_in + spending.tokens_out:,} tokens", cost, told)
    return " · ".join(note for note in notes if note)
