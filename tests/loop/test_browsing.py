"""The pool looked through, edited, and decided on many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from growloop import loop
from growloop.errors import BadData, NotFound, NothingToDo, Overtaken
from growloop.loop.accepting import gathered
from growloop.pool import Pool
from growloop.project import Project


def statuses(project: Project) -> dict[str, str]:
    with Pool.open(project.pool_url) as pool:
        return dict(pool.examples(None).select("question", "status").iter_rows())


def next_version(project: Project) -> list[tuple[str, list[str]]]:
    """What the next freeze would take: questions and answers."""
    return gathered(project)[0].select("question", "answers").rows()


def test_other_answers_are_a_verdict_that_the_next_version_follows(project: Project, add: Callable[..., str]) -> None:
    id = add("Dogs?", "no", where={"template": "dogs"})

    found = loop.edit(project, id, question="Dogs?", answers=["yes", " ", "yes"], note="the sign says so", by="ada")

    [said] = found.verdicts
    assert (said.verdict, said.answers, said.note, said.by) == ("wrong", ("yes",), "the sign says so", "ada")
    assert found.example["answers"] == ["no"]  # nothing is erased
    assert next_version(project) == [("Dogs?", ["yes"])]


def test_a_second_edit_takes_the_place_of_the_first_and_nobody_elses_is_touched(
    project: Project, add: Callable[..., str]
) -> None:
    id = add("Dogs?", "no")
    for answer in ("yes", "perhaps"):
        loop.edit(project, id, question="Dogs?", answers=[answer], by="ada")

    with pytest.raises(Overtaken):
        loop.edit(project, id, question="Dogs?", answers=["never"], by="bob")

    assert next_version(project) == [("Dogs?", ["perhaps"])]
    said = loop.example_in_full(project, id).verdicts
    assert [(each.answers, each.withdrawn) for each in said] == [(("yes",), True), (("perhaps",), False)]


def test_no_answers_make_it_unanswerable(project: Project, add: Callable[..., str]) -> None:
    id = add("Dogs?", "no")

    loop.edit(project, id, question="Dogs?", answers=[])

    assert next_version(project) == [("Dogs?", [])]


def test_another_question_makes_a_new_example_in_its_place(project: Project, add: Callable[..., str]) -> None:
    id = add("Dogs?", "no", where={"template": "dogs"}, group="lupo", split="test")

    fresh = loop.edit(project, id, question="Are dogs allowed?", answers=["no"], note="clearer", by="ada")

    assert fresh.example["id"] != id
    assert [fresh.example[name] for name in ("parent", "origin", "group", "split")] == [id, "edit", "lupo", "test"]
    former = loop.example_in_full(project, id)
    [change] = former.status_changes
    assert (change["before"], change["after"], change["by"]) == ("accepted", "rejected", "ada")
    assert change["because"] == f"reworded as {fresh.example['id']}: clearer"
    assert [child["id"] for child in former.children] == [fresh.example["id"]]
    assert fresh.parent
    assert fresh.parent["id"] == id
    assert next_version(project) == [("Are dogs allowed?", ["no"])]


def test_a_reworded_negative_that_is_answered_now_is_no_negative(project: Project, add: Callable[..., str]) -> None:
    doubted = {"negative": "wrong_topic", "doubt": "the text may tell it"}
    id = add("Dogs?", None, negative="wrong_topic", where=doubted, status="draft")

    fresh = loop.edit(project, id, question="Are dogs allowed?", answers=["yes"])

    assert fresh.example["negative"] is None
    assert fresh.example["where"] == [{"key": "negative", "value": "none"}]
    assert fresh.example["status"] == "accepted"


@pytest.mark.parametrize(
    ("question", "answers", "error"),
    [("Dogs?", ["no"], NothingToDo), (" ", ["no"], BadData), ("Cats?", ["no"], BadData)],
)
def test_what_would_change_nothing_or_too_much_is_refused(
    project: Project, add: Callable[..., str], question: str, answers: list[str], error: type[Exception]
) -> None:
    id = add("Dogs?", "no")
    add("Cats?", "no")

    with pytest.raises(error):
        loop.edit(project, id, question=question, answers=answers)

    assert statuses(project) == {"Dogs?": "accepted", "Cats?": "accepted"}


def test_what_counts_for_nothing_is_not_edited(project: Project, add: Callable[..., str]) -> None:
    with pytest.raises(BadData, match="Accept it first"):
        loop.edit(project, add("Dogs?", "no", status="rejected"), question="Dogs?", answers=["yes"])
    with pytest.raises(NotFound):
        loop.edit(project, "nothing", question="Dogs?", answers=["yes"])


def test_many_are_rejected_and_accepted_again_with_who_did_it(project: Project, add: Callable[..., str]) -> None:
    ids = [add("Dogs?", "no"), add("Cats?", "no"), add("Fish?", "no")]

    assert loop.decide(project, ids[:2], "reject", by="ada").changed == 2
    assert loop.decide(project, ids[:2], "reject", by="ada").changed == 0
    assert statuses(project) == {"Dogs?": "rejected", "Cats?": "rejected", "Fish?": "accepted"}
    assert loop.decide(project, ids, "accept", by="bob").changed == 2

    assert set(statuses(project).values()) == {"accepted"}
    changes = loop.example_in_full(project, ids[0]).status_changes
    assert [(change["after"], change["by"]) for change in changes] == [("rejected", "ada"), ("accepted", "bob")]


def test_an_accepted_draft_is_a_verdict_and_one_that_nobody_answered_is_left(
    project: Project, add: Callable[..., str]
) -> None:
    answered = add("Dogs?", "no", status="draft")
    negative = add("Cats?", None, status="draft", negative="wrong_topic")
    unknown = add("Fish?", None, status="draft")

    decided = loop.decide(project, [answered, negative, unknown], "accept", by="ada")

    assert (decided.changed, decided.unanswered) == (2, 1)
    assert next_version(project) == [("Dogs?", ["no"]), ("Cats?", [])]
    assert loop.queue(project)["question"].to_list() == ["Fish?"]
    assert {said.by for said in loop.standing_verdicts(project, [answered, negative]).values()} == {"ada"}


def test_a_rejected_draft_takes_the_others_on_its_question_along(project: Project, add: Callable[..., str]) -> None:
    drawn = add("Dogs?", None, status="draft")
    add("Dogs?", "no", status="draft", origin="teacher:m")

    loop.decide(project, [drawn], "reject")

    assert loop.queue(project).is_empty()


def test_accepting_takes_back_what_was_called_a_bad_question(project: Project, add: Callable[..., str]) -> None:
    id = add("Dogs?", "no")
    loop.correct(project, loop_annotation(id))
    loop.decide(project, [id], "reject")

    loop.decide(project, [id], "accept")

    assert next_version(project) == [("Dogs?", ["no"])]


def loop_annotation(id: str) -> Any:
    from growloop.records.annotation import Annotation

    said = {"question": "Dogs?", "context": "Some text.", "shown_answer": "no", "at": "2026-01-01T00:00:00Z"}
    return Annotation(**said, verdict="bad_question", example=id)


def test_what_the_pool_can_be_filtered_by(project: Project, add: Callable[..., str]) -> None:
    add("Dogs?", "no", where={"template": "dogs"}, origin="universe")
    add("Cats?", "no", where={"template": "cats", "food": "pho"}, origin="import:menu.csv")

    origins, coordinates = loop.filters(project)

    assert origins == ["import:menu.csv", "universe"]
    assert coordinates == {"food": ["pho"], "template": ["cats", "dogs"]}


def test_a_preview_of_a_draw_is_what_is_drawn(desk: Project) -> None:
    loop.draw(desk, 3)

    shown = loop.preview_draw(desk, 2, where={"template": "open"})
    assert loop.status(desk).pool == {"accepted": 3}
    loop.draw(desk, 2, where={"template": "open"})

    with Pool.open(desk.pool_url) as pool:
        assert pool.of_ids(shown["id"].to_list()).filter(pl.col("status") == "accepted").height == 2
        assert pool.counts() == {"accepted": 5}
