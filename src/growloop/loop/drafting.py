"""Drafts answered by a teacher model, for people to review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from growloop import annotate, drafts
from growloop.loop.accepting import matching
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import EXAMPLES
from growloop.records.progress import Progress
from growloop.records.task import Task
from growloop.records.teacher import Taught
from growloop.remote import (
    Asked,
    Cache,
    Endpoint,
    Messages,
    Outcome,
    Patience,
    Reply,
    Retried,
    Spending,
    kept_replies,
    request_key,
    tokens_at_most,
)
from growloop.teacher import messages_about, reworded, rewording_of, usable
from growloop.universe.wording import filled, placeholders

CACHE_FILE = "teacher.db"
SAVED_AT_ONCE = 50
"""Answers go into the pool by so many: a person can review the first while the last are asked for."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Teaching:
    """What `teach` would do: whom it would ask how much, and the first question as it would be sent."""

    model: str
    url: str
    warning: str
    drafts: int
    cached: int
    tokens_at_most: int
    """Of all that is not cached, estimated on the high side."""
    cost_at_most: float | None
    first: Messages


def teacher(environment: Mapping[str, str] | None = None) -> Endpoint:
    """The teacher that the environment names. Raises EndpointProblem where it names none."""
    return Endpoint.from_environment(environment)


def teaching(project: Project, endpoint: Endpoint, *, where: Mapping[str, str] | None = None) -> Teaching:
    """What asking the teacher would send and cost; nothing is sent."""
    settings = project.task.teacher
    asked = _asked(project, endpoint, _waiting(project, endpoint, where))
    with Cache(project.folder / CACHE_FILE) as cache:
        known = cache.known(list(asked))
    costs = [tokens_at_most(one.messages, settings) for key, (one, _) in asked.items() if key not in known]
    sent, back = sum(cost[0] for cost in costs), sum(cost[1] for cost in costs)
    first = next(iter(asked.values()))[0].messages if asked else []
    total = settings.cost(sent, back)
    return Teaching(endpoint.model, endpoint.url, endpoint.warning, len(asked), len(known), sent + back, total, first)


def teach(
    project: Project,
    endpoint: Endpoint | None = None,
    *,
    where: Mapping[str, str] | None = None,
    limit: int | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    patience: Patience | None = None,
) -> Generator[Progress, None, Taught]:
    """Ask a teacher about the drafts at some coordinates; its answers go into the pool as drafts of its own.

    Each reply is on disk before it is used, so nothing is asked twice, whenever this is killed. At most `limit`
    questions are sent, and no more than the tokens and the cost given. Without an endpoint the environment names it.
    Raises EndpointProblem where it cannot go on.
    """
    endpoint = endpoint or teacher()
    asked = _asked(project, endpoint, _waiting(project, endpoint, where))
    spending = Spending(project.task.teacher, limit=limit, max_tokens=max_tokens, max_cost=max_cost)
    return (yield from _lesson(project, endpoint, asked, _answering(project.task, endpoint.model), spending, patience))


def paraphrase(
    project: Project,
    n: int,
    endpoint: Endpoint | None = None,
    *,
    where: Mapping[str, str] | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    patience: Patience | None = None,
) -> Generator[Progress, None, Taught]:
    """Have a teacher put `n` accepted questions in other words: drafts, bound to the question they come from.

    Their answers, context, group and side are that question's, their variation is `paraphrase`. Otherwise as `teach`.
    """
    endpoint, task = endpoint or teacher(), project.task
    with Pool.open(project.pool_url) as pool:
        plain = drafts.to_paraphrase(pool.examples(None), endpoint.model).filter(matching(where or {})).head(n)
    asked = {}
    for example in plain.iter_rows(named=True):
        messages = rewording_of(example["question"], drafts.values_in(example))
        key = request_key(endpoint.model, messages, task.teacher.request)
        asked[key] = (Asked(key, messages), example)
    spending = Spending(task.teacher, max_tokens=max_tokens, max_cost=max_cost)
    return (yield from _lesson(project, endpoint, asked, _rewording(task, endpoint.model), spending, patience))


Make = Callable[[Reply, Row, str], tuple[Row | None, str]]
"""A reply, what it is about and the key of its request → a draft and how it counts, or none and what is wrong."""


def _answering(task: Task, model: str) -> Make:
    def make(reply: Reply, draft: Row, key: str) -> tuple[Row | None, str]:
        answers, problem = usable(reply, draft["context"], task)
        if problem:
            return None, problem
        return drafts.answered(draft, answers, model=model, request=key), "answered" if answers else "abstained"

    return make


def _rewording(task: Task, model: str) -> Make:
    def make(reply: Reply, example: Row, key: str) -> tuple[Row | None, str]:
        question, problem = reworded(reply, example["question"], drafts.values_in(example), task)
        if problem:
            return None, problem
        return drafts.paraphrased(example, question, model=model, request=key), "paraphrased"

    return make


def _lesson(
    project: Project,
    endpoint: Endpoint,
    asked: Mapping[str, tuple[Asked, Row]],
    make: Make,
    spending: Spending,
    patience: Patience | None,
) -> Generator[Progress, None, Taught]:
    """Ask, keep, check, and put into the pool what passes."""
    settings = project.task.teacher
    with Cache(project.folder / CACHE_FILE) as cache, Pool.open(project.pool_url) as pool:
        known = cache.known(list(asked))
        lesson = _Lesson(make, endpoint.model, pool, drafts=len(asked), cached=len(known))
        try:
            for key, reply in known.items():
                lesson.use(reply, asked[key][1], key)
            yield lesson.progress(spending)
            questions = [one for key, (one, _) in asked.items() if key not in known]
            for told in kept_replies(endpoint, settings, questions, cache, spending, patience):
                lesson.note(told, asked[told.asked.key][1])
                yield lesson.progress(spending, told.reason)
        finally:
            lesson.save()
        return lesson.taught(spending)


def _waiting(project: Project, endpoint: Endpoint, where: Mapping[str, str] | None) -> pl.DataFrame:
    """The drafts that neither a person nor this teacher has answered."""
    with Pool.open(project.pool_url) as pool:
        found = pool.examples("draft").filter(matching(where or {}))
        return drafts.to_answer(annotate.still_queued(found, pool.annotations()), endpoint.model)


def _asked(project: Project, endpoint: Endpoint, waiting: pl.DataFrame) -> dict[str, tuple[Asked, Row]]:
    """By its key the question to be sent about each draft, and the draft."""
    task, forms = project.task, _forms(project)
    asked = {}
    for draft in waiting.iter_rows(named=True):
        where = {pair["key"]: pair["value"] for pair in draft["where"]}
        shapes = [_form(text, where) for text in forms.get(where.get("template", ""), ())]
        messages = messages_about(draft["question"], draft["context"], task, shapes)
        key = request_key(endpoint.model, messages, task.teacher.request)
        asked[key] = (Asked(key, messages), draft)
    return asked


def _forms(project: Project) -> dict[str, Sequence[str]]:
    """The forms that answers have, by template: a teacher that keeps to them answers as the rest of the data does."""
    if project.universe is None or project.task.answer_kind == "extractive":
        return {}
    return {template.name: tuple(template.answer.values()) for template in project.universe.templates}


def _form(text: str, where: Mapping[str, str]) -> str:
    return filled(text, {name: where.get(name, "…") for name in placeholders(text)})


class _Lesson:
    """What has come back so far: checked, counted, and put into the pool."""

    def __init__(self, make: Make, model: str, pool: Pool, *, drafts: int, cached: int) -> None:
        self._make, self._model, self._pool = make, model, pool
        self._drafts, self._cached = drafts, cached
        self._used, self._unusable, self._failed = Counter[str](), Counter[str](), Counter[str]()
        self._again = 0
        self._rows: list[Row] = []

    def note(self, told: Outcome | Retried, draft: Row) -> None:
        """Count what came of a question, and use the reply if there is one."""
        if isinstance(told, Retried):
            self._again += 1
        elif told.reply is None:
            self._failed[told.reason] += 1
        else:
            self.use(told.reply, draft, told.asked.key)

    def use(self, reply: Reply, draft: Row, key: str) -> None:
        """Make a draft of a reply, if its answer passes the checks."""
        row, told = self._make(reply, draft, key)
        if row is None:
            self._unusable[told] += 1
            return
        self._used[told] += 1
        self._rows.append(row)
        if len(self._rows) >= SAVED_AT_ONCE:
            self.save()

    def save(self) -> None:
        """Put the answers that are not in the pool yet into it; those of other teachers give way."""
        rows, self._rows = self._rows, []
        if rows:
            fresh = pl.DataFrame(rows, schema=EXAMPLES)
            before = drafts.superseded(self._pool.examples("draft"), fresh)
            self._pool.propose(fresh)
            self._pool.replace(EXAMPLES.to_frame(), dict.fromkeys(before, "rejected"))

    def progress(self, spending: Spending, told: str = "") -> Progress:
        """How far it is, what it has cost, and what holds it up."""
        taught = self.taught(spending)
        total = min(self._drafts, self._cached + spending.limit) if spending.limit else self._drafts
        cost = f"cost {taught.cost:.4f}" if taught.cost is not None else ""
        failed = f"{sum(self._failed.values())} failed" if self._failed else ""
        notes = (f"{taught.tokens_in + taught.tokens_out:,} tokens", cost, failed, told)
        return Progress("teach", self._drafts - taught.left, total, " · ".join(note for note in notes if note))

    def taught(self, spending: Spending) -> Taught:
        """All of it, counted."""
        return Taught(
            model=self._model,
            drafts=self._drafts,
            answered=self._used["answered"],
            abstained=self._used["abstained"],
            paraphrased=self._used["paraphrased"],
            unusable=dict(self._unusable),
            failed=dict(self._failed),
            requests=spending.asked + self._again,
            cached=self._cached,
            tokens_in=spending.tokens_in,
            tokens_out=spending.tokens_out,
            cost=spending.cost,
        )
