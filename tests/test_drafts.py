"""Which drafts wait for a person, which for a teacher, and what becomes of them in the pool."""

from __future__ import annotations

from typing import Any

import polars as pl

from growloop import drafts
from growloop.annotate import fold
from growloop.pool import Pool
from growloop.records.annotation import QUEUED, Annotation
from growloop.records.example import EXAMPLES, examples_frame

DOUBTED = {"template": "dogs", "negative": "wrong_topic", "doubt": 'speaks of "dog"'}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    blank = {"context": "Text.", "answers": [], "where": {}, "origin": "universe", "negative": None}
    columns = {name: [{**blank, **row}[name] for row in rows] for name in ("question", *blank)}
    return examples_frame({**columns, "status": ["draft"] * len(rows)})


def test_a_person_sees_each_question_once_what_a_teacher_answered_first() -> None:
    found = drafts.to_review(
        frame(
            {"question": "a", "where": {"doubt": "no fact decides it"}},
            {"question": "b", "where": DOUBTED, "negative": "wrong_topic"},
            {"question": "c", "where": {"doubt": "no fact decides it"}},
            {"question": "c", "answers": ["old"], "origin": "teacher:m"},
            {"question": "c", "answers": ["new"], "origin": "teacher:n"},
            {"question": "d", "answers": ["given"], "origin": "import:x.csv"},
        )
    )

    assert found.schema == QUEUED
    assert found.select("question", "answers", "proposed", "reason").rows() == [
        ("c", ["new"], True, "answered by n"),
        ("b", [], True, 'speaks of "dog"'),
        ("d", ["given"], True, "imported as a draft"),
        ("a", [], False, "no fact decides it"),
    ]


def test_of_no_drafts_none_wait() -> None:
    assert drafts.to_review(EXAMPLES.to_frame()).schema == QUEUED
    assert drafts.to_answer(EXAMPLES.to_frame(), "m").is_empty()


def test_a_teacher_is_asked_what_it_has_not_answered_itself() -> None:
    given = frame(
        {"question": "a"},
        {"question": "b"},
        {"question": "b", "answers": ["yes"], "origin": "teacher:m"},
        {"question": "c", "origin": "teacher:n"},
    )

    assert drafts.to_answer(given, "m")["question"].to_list() == ["a", "c"]
    assert drafts.to_answer(given, "n")["question"].to_list() == ["a", "b"]


def test_an_answer_names_its_teacher_its_draft_and_what_was_asked() -> None:
    [draft] = frame({"question": "a", "where": DOUBTED, "negative": "wrong_topic"}).rows(named=True)

    said = drafts.answered(draft, ["Yes."], model="m", request="k")
    silent = drafts.answered(draft, [], model="m", request="k")
    again = drafts.answered(said, ["No."], model="n", request="l")

    assert (said["origin"], said["parent"], said["source_id"], said["status"]) == (
        "teacher:m",
        draft["id"],
        "k",
        "draft",
    )
    assert (said["negative"], silent["negative"]) == (None, "wrong_topic")
    assert (silent["id"], silent["parent"]) == (draft["id"], draft["id"])
    assert again["parent"] == draft["id"]


def test_a_proposal_replaces_a_draft_and_nothing_else(pool_url: str) -> None:
    given = frame({"question": "a"}, {"question": "b"})
    proposed = given.with_columns(origin=pl.lit("teacher:m"))
    with Pool.open(pool_url) as pool:
        pool.add(given)
        pool.replace(EXAMPLES.to_frame(), {given["id"][1]: "accepted"})

        pool.propose(pl.concat([proposed, frame({"question": "c", "answers": ["ç"], "origin": "teacher:m"})]))

        assert pool.examples(None).select("question", "origin", "status").rows() == [
            ("a", "teacher:m", "draft"),
            ("b", "universe", "accepted"),
            ("c", "teacher:m", "draft"),
        ]


def test_what_a_person_decided_is_in_doubt_no_longer_and_no_negative_if_it_is_answered() -> None:
    given = frame(*({"question": question, "where": DOUBTED, "negative": "wrong_topic"} for question in "ab"))
    said = {"context": "Text.", "shown_answer": "", "at": "2026-01-01T00:00:00Z"}
    verdicts = [
        Annotation(id=1, question="a", example=given["id"][0], verdict="wrong", answers=("Yes.",), **said),
        Annotation(id=2, question="b", example=given["id"][1], verdict="correct", **said),
    ]

    folded = fold(verdicts, given)

    wheres = [{pair["key"]: pair["value"] for pair in where} for where in folded["where"]]
    assert wheres == [{"template": "dogs", "negative": "none"}, {"template": "dogs", "negative": "wrong_topic"}]
    assert folded.select("negative", "status").rows() == [(None, "accepted"), ("wrong_topic", "accepted")]
