"""Drafts answered by a teacher, reviewed by a person, frozen: and nothing asked twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.remote.server import School

from growloop import loop
from growloop.errors import BadData, EndpointProblem, NothingToDo
from growloop.pool import Pool
from growloop.project import Project, now
from growloop.records.annotation import Annotation
from growloop.remote import Endpoint

from .conftest import write_drafts


def drafts_of(project: Project) -> list[dict[str, Any]]:
    with Pool.open(project.pool_url) as pool:
        return pool.examples("draft").rows(named=True)


@pytest.mark.parametrize("n", [0, 1, 120])
def test_every_draft_gets_an_answer_that_is_a_draft(
    drafted: Callable[..., Project], taught: Callable[..., Any], school: School, n: int
) -> None:
    project = drafted(n)

    found = taught(project)

    assert (found.drafts, found.answered, found.left, len(school.asked)) == (n, n, 0, n)
    assert (found.tokens_in, found.tokens_out) == (100 * n, 10 * n)
    assert found.cost == pytest.approx(0.0003 * n)
    answered = [row for row in drafts_of(project) if row["origin"] == "teacher:tutor-1"]
    assert [row["answers"] for row in answered] == [[row["context"].partition(".")[0]] for row in answered]
    by_id = {row["id"]: row for row in drafts_of(project)}
    assert all(by_id[row["parent"]]["question"] == row["question"] for row in answered)
    assert all(len(row["source_id"]) == 32 for row in answered)
    assert loop.queue(project)["reason"].to_list() == ["answered by tutor-1; no fact decides it"] * n


def test_a_second_run_sends_nothing(
    drafted: Callable[..., Project], taught: Callable[..., Any], school: School
) -> None:
    project = drafted(9)
    school.answer = lambda question, context: "" if "Café 3" in question else "Yes."
    first = taught(project)
    school.asked.clear()

    again = taught(project)

    assert (first.answered, first.unusable) == (8, {"empty": 1})
    assert (again.drafts, again.cached, again.requests, again.unusable) == (1, 1, 0, {"empty": 1})
    assert school.asked == []


def test_another_teacher_is_asked_about_all_of_them_and_the_last_answer_waits(
    drafted: Callable[..., Project], taught: Callable[..., Any], endpoint: Endpoint, school: School
) -> None:
    project = drafted(2)
    taught(project)
    school.model, school.answer = "tutor-2", lambda question, context: "I don't know."

    for _ in loop.teach(project, Endpoint(endpoint.url, "tutor-2", endpoint.key)):
        pass

    queue = loop.queue(project)
    assert queue["origin"].to_list() == ["teacher:tutor-2"] * 2
    assert queue.select("answers", "proposed").rows() == [([], True)] * 2
    assert len(school.asked) == 4


def test_so_many_are_asked_about_as_the_limit_says_and_the_next_run_goes_on(
    drafted: Callable[..., Project], taught: Callable[..., Any], school: School
) -> None:
    project = drafted(10)

    first, second = taught(project, limit=4), taught(project, limit=4)

    assert (first.answered, first.left, second.answered, second.left) == (4, 6, 4, 2)
    assert len({str(body) for body in school.asked}) == len(school.asked) == 8


def test_a_budget_of_money_is_kept(drafted: Callable[..., Project], taught: Callable[..., Any], school: School) -> None:
    found = taught(drafted(40), max_cost=0.006)

    assert 0 < found.answered < 40
    assert found.cost <= 0.006


def test_failures_are_counted_by_reason_and_asked_again_by_the_next_run(
    drafted: Callable[..., Project], taught: Callable[..., Any], school: School
) -> None:
    project = drafted(6)
    school.faults = ["400 too long", "400 too long"]

    first, second = taught(project), taught(project)

    assert (first.answered, list(first.failed.values())) == (4, [2])
    assert (second.drafts, second.answered, second.failed) == (2, 2, {})


def test_what_came_back_before_the_key_was_refused_is_in_the_pool(
    drafted: Callable[..., Project], taught: Callable[..., Any], school: School
) -> None:
    project = drafted(30)

    def answer(question: str, context: str) -> str:
        if len(school.asked) >= 10:
            school.key = "revoked"
        return "Yes."

    school.answer = answer
    with pytest.raises(EndpointProblem, match="refuses the key"):
        taught(project)

    answered = sum(row["origin"].startswith("teacher:") for row in drafts_of(project))
    assert answered >= 6
    school.key, school.answer = "sk-secret-7d1f", lambda question, context: "Yes."
    assert taught(project).answered == 30 - answered


def test_an_extractive_answer_that_the_context_does_not_hold_is_left_to_people(
    drafted: Callable[..., Project], taught: Callable[..., Any], school: School
) -> None:
    project = drafted(4, kind="extractive")
    school.answer = lambda question, context: "in the cellar" if "Café 1" in question else "DOGS sleep"

    found = taught(project)

    assert (found.answered, found.unusable) == (3, {"not in the context": 1})
    queue = loop.queue(project)
    assert queue["answers"].to_list() == [["dogs sleep"]] * 3 + [[]]
    assert queue["proposed"].to_list() == [True] * 3 + [False]


# review


def test_nothing_counts_before_a_person_has_looked(drafted: Callable[..., Project], taught: Callable[..., Any]) -> None:
    project = drafted(3)
    taught(project)

    with pytest.raises(NothingToDo, match="drafts wait for a person"):
        loop.freeze(project)


def test_each_verdict_does_what_it_says(
    drafted: Callable[..., Project], taught: Callable[..., Any], school: School
) -> None:
    project = drafted(6)
    school.answer = lambda question, context: "I don't know." if "Café 3" in question else "Yes, they may."
    taught(project)
    waiting = {row["question"]: row["id"] for row in loop.queue(project).iter_rows(named=True)}
    ids = [waiting[f"May dogs enter Café {number}?"] for number in range(6)]

    loop.judge(project, ids[0], "correct")
    loop.judge(project, ids[1], "wrong", answers=["No „Hunde“."])
    loop.judge(project, ids[2], "unanswerable")
    loop.judge(project, ids[3], "correct")
    loop.judge(project, ids[4], "bad_question")
    loop.take_off(project, ids[5])

    assert loop.queue(project).is_empty()
    rows = project.examples(loop.freeze(project).id)
    answers = dict(rows.select("question", "answers").iter_rows())
    assert answers == {
        "May dogs enter Café 0?": ["Yes, they may."],
        "May dogs enter Café 1?": ["No „Hunde“."],
        "May dogs enter Café 2?": [],
        "May dogs enter Café 3?": [],
    }
    assert rows["group"].to_list() == [row["question"].removeprefix("May dogs enter ")[:-1] for row in rows.to_dicts()]
    assert all({"key": "template", "value": "dogs"} in where for where in rows["where"])
    assert not any(pair["key"] == "doubt" for where in rows["where"] for pair in where)


def test_a_verdict_that_is_taken_back_puts_the_draft_in_the_queue_again(drafted: Callable[..., Project]) -> None:
    project = drafted(1)
    [id] = loop.queue(project)["id"]

    given = loop.judge(project, id, "unanswerable")
    assert loop.queue(project).is_empty()
    loop.undo(project, given.id)

    assert loop.queue(project)["id"].to_list() == [id]


def test_an_answer_that_nobody_gave_cannot_be_accepted(drafted: Callable[..., Project]) -> None:
    project = drafted(1)

    with pytest.raises(BadData, match="nothing to accept"):
        loop.judge(project, loop.queue(project)["id"][0], "correct")


def test_a_draft_that_a_person_has_judged_is_not_sent(
    drafted: Callable[..., Project], taught: Callable[..., Any], school: School
) -> None:
    project = drafted(2)
    first = loop.queue(project).row(0, named=True)
    said = {"question": first["question"], "context": first["context"], "shown_answer": "", "example": first["id"]}
    loop.correct(project, Annotation(**said, verdict="unanswerable", at=now()))

    assert taught(project).drafts == 1
    assert first["question"] not in str(school.asked)


def test_what_would_be_sent_can_be_seen_before(
    drafted: Callable[..., Project], endpoint: Endpoint, school: School
) -> None:
    plan = loop.teaching(drafted(3), endpoint)

    assert (plan.drafts, plan.cached, school.asked) == (3, 0, [])
    assert "Question: May dogs enter Café 0?" in plan.first[-1]["content"]
    assert (plan.cost_at_most or 0) > 0


def test_the_teacher_is_shown_the_forms_that_answers_have(
    drafted: Callable[..., Project], endpoint: Endpoint, school: School
) -> None:
    where = {"template": "dogs", "restaurant": "Café 0"}
    project = drafted(1, where=where)
    (project.folder / "universe.yaml").write_text(
        "contexts: {file: c.jsonl}\ntemplates:\n"
        '  - {name: dogs, fact: dogs, ask: ["Dogs?"], answer: {yes: "Yes, at {restaurant}.", text: "{value}!"}}\n',
        encoding="utf-8",
    )

    content = loop.teaching(Project.open(project.folder), endpoint).first[-1]["content"]

    assert content.endswith("Answers here have one of these forms:\n- Yes, at Café 0.\n- …!")


# killed

RUN = "import sys; from growloop import loop; from growloop.project import Project; " + (
    "any(False for _ in loop.teach(Project.open(sys.argv[1]), loop.teacher()))"
)


def test_killed_in_the_middle_it_goes_on_and_asks_nothing_twice(
    tmp_path: Path, endpoint: Endpoint, school: School, taught: Callable[..., Any], repository: Path
) -> None:
    project = write_drafts(tmp_path / "killed", 60)
    school.pause = 0.05
    named = {"URL": endpoint.url, "MODEL": endpoint.model, "KEY": endpoint.key}
    environment = {**os.environ, "PYTHONPATH": str(repository / "src")}
    environment |= {f"GROWLOOP_TEACHER_{name}": value for name, value in named.items()}
    process = subprocess.Popen([sys.executable, "-c", RUN, str(project.folder)], env=environment)
    while len(school.asked) < 20 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(school.asked)

    found = taught(project)

    assert 20 <= before < 60
    assert found.drafts == found.answered == 60
    assert found.cached >= before - 2 * 4  # those that were under way, and those on their way to the disk
    assert len(school.asked) == before + found.requests
    assert found.requests == 60 - found.cached


# in other words


def accepted(project: Project) -> Project:
    """Its drafts, accepted as they are, with an answer each but the last."""
    with Pool.open(project.pool_url) as pool:
        drafts = pool.examples("draft")
        pool.replace(drafts.clear(), dict.fromkeys(drafts["id"], "accepted"))
    return project


def run(stage: Any) -> Any:
    while True:
        try:
            next(stage)
        except StopIteration as end:
            return end.value


def test_a_question_in_other_words_is_a_draft_bound_to_the_question(
    drafted: Callable[..., Project], endpoint: Endpoint, school: School
) -> None:
    project = accepted(drafted(3, where={"template": "dogs", "negative": "none", "variation": "none"}))
    school.answer = lambda question, context: question.replace("May dogs enter", "Do dogs get into")

    found = run(loop.paraphrase(project, 2, endpoint))
    again = run(loop.paraphrase(project, 2, endpoint))

    assert (found.paraphrased, again.paraphrased, len(school.asked)) == (2, 1, 3)
    with Pool.open(project.pool_url) as pool:
        parents = {row["id"]: row for row in pool.examples().rows(named=True)}
    for draft in drafts_of(project):
        parent = parents[draft["parent"]]
        assert draft["question"] == parent["question"].replace("May dogs enter", "Do dogs get into")
        assert [draft[name] for name in ("context", "answers", "group")] == [
            parent[name] for name in ("context", "answers", "group")
        ]
        assert {"key": "variation", "value": "paraphrase"} in draft["where"]
    assert set(loop.queue(project)["reason"]) == {"put in other words by tutor-1"}
    assert run(loop.teach(project, endpoint)).drafts == 0


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("May dogs enter Cafe X?", "a name is lost"),
        ("may dogs enter café 0", "in the same words"),
        ("", "empty"),
        ("Café 0 " + "x" * 500, "longer than 500 characters"),
    ],
)
def test_a_rewording_that_is_none_is_not_used(
    drafted: Callable[..., Project], endpoint: Endpoint, school: School, said: str, problem: str
) -> None:
    project = accepted(drafted(1, where={"template": "dogs", "restaurant": "Café 0"}))
    school.answer = lambda question, context: said

    assert run(loop.paraphrase(project, 5, endpoint)).unusable == {problem: 1}


def test_an_accepted_rewording_is_frozen_with_the_answer_of_its_question(
    drafted: Callable[..., Project], endpoint: Endpoint, school: School
) -> None:
    project = accepted(drafted(1, answers=["Yes."]))
    school.answer = lambda question, context: "Café 0, dogs?"
    run(loop.paraphrase(project, 1, endpoint))

    loop.judge(project, loop.queue(project)["id"][0], "correct")

    rows = project.examples(loop.freeze(project).id)
    assert sorted(rows.select("question", "answers", "group").rows()) == [
        ("Café 0, dogs?", ["Yes."], "Café 0"),
        ("May dogs enter Café 0?", ["Yes."], "Café 0"),
    ]
