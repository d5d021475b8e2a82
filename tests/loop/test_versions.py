"""Versions from the user's side: listed, compared, gone back to."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import growloop
from growloop import loop
from growloop.errors import NotFound, NothingToDo
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame

TASK = "name: t\npurpose: p\nanswer_kind: open_generative\nabstain_answer: I don't know.\nslices: [topic]\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "task.yaml").write_text(TASK, encoding="utf-8")
    return Project.open(tmp_path)


def questions(start: int, end: int) -> pl.DataFrame:
    numbers = range(start, end)
    return examples_frame(
        {
            "question": [f"Question {n}?" for n in numbers],
            "context": [f"Text {n // 2}, about this and that." for n in numbers],
            "answers": [[f"answer {n}"] if n % 3 else [] for n in numbers],
            "where": [{"topic": f"t{n % 2}"} for n in numbers],
        }
    )


def put(project: Project, rows: pl.DataFrame) -> None:
    with Pool.open(project.pool_url) as pool:
        pool.add(rows)


def say(project: Project, number: int, verdict: str = "wrong", answer: str | None = None) -> Annotation:
    row = questions(number, number + 1).row(0, named=True)
    answers = () if answer is None else (answer,)
    asked = {"question": row["question"], "context": row["context"], "shown_answer": " / ".join(row["answers"])}
    return growloop.correct(
        project,
        Annotation(**asked, verdict=verdict, answers=answers, at="2026-01-01T00:00:00Z"),  # type: ignore[arg-type]
    )


def test_without_versions_the_list_is_empty_and_a_difference_names_the_step_before(project: Project) -> None:
    assert growloop.versions(project) == []
    with pytest.raises(NothingToDo, match="growloop freeze"):
        growloop.diff(project)


def test_a_first_version_has_nothing_to_be_compared_with(project: Project) -> None:
    put(project, questions(0, 20))
    growloop.freeze(project)

    with pytest.raises(NothingToDo, match="is the first"):
        growloop.diff(project)


def test_a_version_tells_what_it_changed_since_its_parent(project: Project) -> None:
    put(project, questions(0, 20))
    first = growloop.freeze(project)
    put(project, questions(20, 26))
    say(project, 1, answer="corrected")
    say(project, 2, "bad_question")
    second = growloop.freeze(project)

    found = growloop.diff(project)

    assert (found.before, found.after) == (first.id, second.id)
    assert found.counts == {"added": 6, "removed": 1, "relabelled": 1, "moved": 0, "changed": 0}
    assert second.changes == found.counts
    assert first.changes == {}
    [relabelled] = found.changes.filter(change="relabelled").to_dicts()
    assert (relabelled["answers_before"], relabelled["answers"]) == (["answer 1"], ["corrected"])


def test_a_difference_can_be_asked_for_at_some_coordinates_and_either_way_round(project: Project) -> None:
    put(project, questions(0, 20))
    first = growloop.freeze(project)
    put(project, questions(20, 26))
    second = growloop.freeze(project)

    odd = growloop.diff(project, first.id, second.id, where={"topic": "t1"})
    back = growloop.diff(project, second.id, first.id)

    assert odd.counts["added"] == 3
    assert odd.slices.filter(name="topic")["value"].to_list() == ["t1"]
    assert (back.counts["added"], back.counts["removed"]) == (0, 6)


def test_a_version_beside_itself_has_changed_in_nothing(project: Project) -> None:
    put(project, questions(0, 20))
    version = growloop.freeze(project)

    found = growloop.diff(project, version.id, version.id)

    assert set(found.counts.values()) == {0}
    assert found.slices.is_empty()


def test_freezing_again_gives_the_version_that_is_there(project: Project) -> None:
    put(project, questions(0, 20))
    first = growloop.freeze(project)

    assert growloop.freeze(project) == first
    assert len(growloop.versions(project)) == 1


def test_a_version_restored_is_frozen_as_the_same_version_again(project: Project) -> None:
    put(project, questions(0, 20))
    say(project, 1, answer="corrected")
    say(project, 3, "correct")
    say(project, 2, "bad_question")
    first = growloop.freeze(project)
    put(project, questions(20, 30))
    say(project, 4, answer="corrected later")
    second = growloop.freeze(project)

    restored = growloop.restore(project, first.id)

    assert restored.accepted == sum(first.counts.values())
    assert restored.set_aside == 12  # the ten that came later, the corrected and the bad question
    assert growloop.freeze(project) == first
    assert project.latest_version() == first
    assert growloop.status(project).waiting == 0

    growloop.restore(project, second.id)
    assert growloop.freeze(project) == second
    assert [used.version for used in growloop.versions(project)] == [first, second]


def test_what_comes_after_a_restored_version_goes_on_from_it(project: Project) -> None:
    put(project, questions(0, 20))
    say(project, 1, answer="corrected")
    first = growloop.freeze(project)
    say(project, 5, answer="forgotten")
    growloop.freeze(project)
    growloop.restore(project, first.id)

    again = say(project, 1, answer="corrected twice")
    third = growloop.freeze(project)

    assert third.parent == first.id
    found = growloop.diff(project)
    assert found.counts == {"added": 0, "removed": 0, "relabelled": 1, "moved": 0, "changed": 0}
    [row] = found.changes.to_dicts()
    assert (row["answers"], row["where"]) == (["corrected twice"], [{"key": "topic", "value": "t1"}])
    growloop.undo(project, again.id)
    assert growloop.freeze(project).id == first.id


def test_taking_back_a_correction_that_was_restored_takes_its_example_away(project: Project) -> None:
    put(project, questions(0, 20))
    said = say(project, 1, answer="corrected")
    first = growloop.freeze(project)
    growloop.restore(project, first.id)

    growloop.undo(project, said.id)

    assert growloop.status(project).waiting == 1
    growloop.freeze(project)
    assert growloop.diff(project).counts["removed"] == 1


def test_nothing_is_erased_by_a_restoration(project: Project) -> None:
    put(project, questions(0, 20))
    first = growloop.freeze(project)
    put(project, questions(20, 30))
    growloop.freeze(project)

    growloop.restore(project, first.id)

    with Pool.open(project.pool_url) as pool:
        assert pool.examples(None).height == 30
        assert pool.counts() == {"accepted": 20, "set_aside": 10}
    assert growloop.examples(project, status="set_aside", text="question 2*").count == 10


def test_an_unknown_version_is_not_restored(project: Project) -> None:
    put(project, questions(0, 4))
    growloop.freeze(project)

    with pytest.raises(NotFound, match="no version v-nothing"):
        growloop.restore(project, "v-nothing")


def test_versions_are_listed_with_the_iterations_that_used_them(project: Project) -> None:
    put(project, questions(0, 20))
    version = growloop.freeze(project)

    [used] = loop.versions(project)

    assert (used.version, used.iterations) == (version, ())


def test_a_version_lost_by_hand_does_not_stop_the_next_freeze(project: Project) -> None:
    import shutil

    put(project, questions(0, 20))
    first = growloop.freeze(project)
    put(project, questions(20, 30))
    second = growloop.freeze(project)
    shutil.rmtree(project.version_folder(first.id))

    put(project, questions(30, 32))

    assert project.examples(second.id).height == 30
    assert growloop.freeze(project).parent == second.id
