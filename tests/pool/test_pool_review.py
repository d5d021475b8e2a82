"""Verdicts of several people on the same example: what is saved, what is refused, what settles."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest

from growloop.annotate import shared_queue
from growloop.errors import NotAllowed, Overtaken
from growloop.loop.auditing import queued_in
from growloop.loop.reviewing import SharedQueue
from growloop.pool import Pool
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame


@pytest.fixture
def pool(pool_url: str) -> Iterator[Pool]:
    """Three drafts."""
    drafts = {
        "question": ["a?", "b?", "c?"],
        "context": ["text"] * 3,
        "answers": [["yes"]] * 3,
        "status": ["draft"] * 3,
    }
    with Pool.open(pool_url) as opened:
        opened.add(examples_frame(drafts))
        yield opened


def said(pool: Pool, by: str, question: str = "a?", verdict: Any = "correct", **more: Any) -> Annotation:
    ids = dict(pool.examples(None).select("question", "id").iter_rows())
    at = "2026-01-01T00:00:00Z"
    asked = {"question": question, "context": "text", "shown_answer": "yes", "example": ids[question], "at": at}
    return Annotation(**{**asked, "verdict": verdict, "by": by, **more})


def test_a_second_verdict_on_the_same_is_refused_and_nothing_is_overwritten(pool: Pool) -> None:
    pool.annotate(said(pool, "Ada"), people=1)

    with pytest.raises(Overtaken, match="Ada judged this while you had it open"):
        pool.annotate(said(pool, "Bo", verdict="unanswerable"), people=1)
    with pytest.raises(Overtaken, match="You have judged this already"):
        pool.annotate(said(pool, "Ada", verdict="unanswerable"), people=1)

    assert [(kept.by, kept.verdict) for kept in pool.annotations()] == [("Ada", "correct")]


def test_what_was_taken_back_may_be_judged_again(pool: Pool) -> None:
    given = pool.annotate(said(pool, "Ada"), people=1)
    pool.withdraw(given.id)

    assert pool.annotate(said(pool, "Bo"), people=1).id > given.id


def test_what_is_wanted_from_two_is_taken_from_two(pool: Pool) -> None:
    for by in ("Ada", "Bo"):
        pool.annotate(said(pool, by), people=2)

    with pytest.raises(Overtaken, match="Ada and Bo judged this"):
        pool.annotate(said(pool, "Cy"), people=2)


def test_a_correction_is_repeated_for_all_that_are_like_it_or_for_none(pool: Pool) -> None:
    source = pool.annotate(said(pool, "Ada", verdict="unanswerable"), people=1)
    like = [said(pool, "Ada", question, verdict="unanswerable") for question in ("b?", "c?")]
    others = pool.annotate(said(pool, "Bo", "c?"), people=1)

    with pytest.raises(Overtaken, match="1 of these 2 were judged or replaced meanwhile: “c\\?”"):
        pool.repeat(source.id, like)
    assert [kept.id for kept in pool.annotations()] == [source.id, others.id]

    pool.withdraw(others.id)
    saved = pool.repeat(source.id, like)
    assert [one.id for one in saved] == pool.repeats(source.id)
    assert [kept.question for kept in pool.annotations()] == ["a?", "b?", "c?"]


def test_what_was_repeated_is_taken_back_at_once_by_who_said_it(pool: Pool) -> None:
    source = pool.annotate(said(pool, "Ada", verdict="unanswerable"), people=1)
    saved = pool.repeat(source.id, [said(pool, "Ada", question, verdict="unanswerable") for question in ("b?", "c?")])

    with pytest.raises(NotAllowed, match="Ada's"):
        pool.withdraw_repeats(source.id, by="Bo")
    assert pool.withdraw_repeats(source.id, by="Ada") == [one.id for one in saved]

    assert pool.withdraw_repeats(source.id) == pool.repeats(source.id) == []
    assert [kept.id for kept in pool.annotations()] == [source.id]


def test_of_two_who_repeat_for_the_same_at_once_one_is_saved(pool: Pool) -> None:
    sources = [pool.annotate(said(pool, by, "a?"), people=2) for by in ("Ada", "Bo")]

    def repeat(source: Annotation) -> bool:
        order = ("b?", "c?") if source.by == "Ada" else ("c?", "b?")
        try:
            return bool(pool.repeat(source.id, [said(pool, source.by, question) for question in order]))
        except Overtaken:
            return False

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(repeat, sources))

    assert done.count(True) == 1
    assert len(pool.annotations()) == 4


def test_of_many_who_judge_the_same_at_once_one_is_saved(pool: Pool) -> None:
    def judge(number: int) -> bool:
        try:
            return bool(pool.annotate(said(pool, f"P{number}"), people=1))
        except Overtaken:
            return False

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(judge, range(24)))

    assert done.count(True) == len(pool.annotations()) == 1


def test_what_was_replaced_meanwhile_is_not_judged(pool: Pool) -> None:
    stale = said(pool, "Ada")
    pool.replace(pool.examples("draft").clear(), {str(stale.example): "rejected"})

    with pytest.raises(Overtaken, match="was replaced"):
        pool.annotate(stale, people=1)


def test_a_disagreement_is_settled_once(pool: Pool) -> None:
    word = pool.settle(said(pool, "Cy", verdict="unanswerable"))

    with pytest.raises(Overtaken, match="Cy has settled this already"):
        pool.settle(said(pool, "Di"))
    assert pool.settlements() == [word.id]
    pool.withdraw(word.id)
    assert pool.settle(said(pool, "Di")).id > word.id


def test_somebody_elses_verdict_is_not_taken_back(pool: Pool) -> None:
    given = pool.annotate(said(pool, "Ada"))

    with pytest.raises(NotAllowed, match="Ada's"):
        pool.withdraw(given.id, by="Bo")
    pool.withdraw(given.id, by="Ada")

    assert pool.annotations() == []


@pytest.mark.parametrize("people", [1, 2])
def test_the_queue_one_verdict_later_is_what_the_whole_queue_says(pool: Pool, people: int) -> None:
    queue, before = queued_in(pool), [said(pool, "Ada", id=1), said(pool, "Bo", "b?", id=2)]
    after = said(pool, "Bo", example=None, id=3)
    kept = SharedQueue(queue, before, people)

    kept.judged(after)

    judges = {"a?": ["Ada", "Bo"], "b?": ["Bo"], "c?": []}
    left = {question: people - len(names) for question, names in judges.items() if len(names) < people}
    whole = shared_queue(queue, [*before, after], people)
    assert dict(whole.select("question", people - pl.col("judges").list.len().cast(pl.Int64)).iter_rows()) == left
    questions = dict(queue.select("id", "question").iter_rows())
    assert {questions[id]: wanted for id, wanted in kept.waiting_for().items()} == left
    for person in ("Ada", "Bo", "Cy"):
        waiting = kept.waiting_for(person)
        assert [questions[id] for id in waiting] == [one for one in left if person not in judges[one]]
        assert len(waiting) == len(list(waiting))


def test_a_verdict_that_is_taken_back_puts_it_where_it_was(pool: Pool) -> None:
    kept = SharedQueue(queued_in(pool), [])
    before = list(kept.waiting_for("Ada"))
    for number, question in enumerate(("a?", "b?"), start=1):
        kept.judged(said(pool, "Ada", question, id=number))
        kept.judged(said(pool, "Ada", question, id=number))
    assert len(kept.waiting_for("Ada")) == 1

    kept.taken_back(1)
    kept.taken_back(1)

    assert list(kept.waiting_for("Ada")) == [before[0], before[2]]
    assert [row["question"] for row in kept.slice(0, 5)] == ["a?", "c?"]
