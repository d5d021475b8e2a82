"""What a correction may be true of as well: what is offered, saved for all at once, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from growloop import loop
from growloop.errors import BadData, NotAllowed, NotFound, Overtaken
from growloop.loop.accepting import gathered
from growloop.pool import Pool
from growloop.project import Project, now
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame

DOGS = {"template": "dogs", "place": "Lupo"}


def correct(project: Project, question: str, *, example: str | None = None, **more: Any) -> Annotation:
    said = {"question": question, "context": "Some text.", "shown_answer": "no", "verdict": "wrong", "answers": ["yes"]}
    return loop.correct(project, Annotation.model_validate({**said, "example": example, "at": now(), **more}))


def offered(project: Project, said: Annotation) -> set[str]:
    return set(loop.like(project, said.id).examples["question"])


def test_at_the_same_coordinates_what_asks_nearly_the_same_or_has_the_same_wrong_answer_is_like_it(
    project: Project, add: Callable[..., str]
) -> None:
    id = add("May I bring my dog to Lupo?", "no", "Dogs are welcome.", where={**DOGS, "phrasing": "0"})
    add("May I bring my dog to Lupo ?", "perhaps", "Dogs may come.", where={**DOGS, "phrasing": "1"})
    add("Are dogs allowed?", "no", "Dogs, yes.", where=DOGS, status="draft")
    add("Are dogs allowed at all?", "never", "Dogs, yes.", where=DOGS)  # another question, another answer
    add("Are dogs welcome?", "no", "Dogs, yes.", where={**DOGS, "place": "Nori"})
    add("Are big dogs allowed?", "no", "Dogs, yes.", where=DOGS, status="rejected")
    add("Are dogs let in?", "no", "Dogs, yes.", where=DOGS, negative="wrong_topic")
    add("May I bring my dog to Lupo!", "yes", "Dogs sit outside.", where=DOGS)  # labelled so already

    said = correct(project, "May I bring my dog to Lupo?", context="Dogs are welcome.", example=id)

    assert offered(project, said) == {"May I bring my dog to Lupo ?", "Are dogs allowed?"}


def test_drafts_and_the_same_wrong_label_are_found_behind_thousands_of_others(
    project: Project, qa: Callable[..., dict[str, Any]], add: Callable[..., str]
) -> None:
    rows = [qa(f"Is number {n} open?", "never", where=DOGS) for n in range(1_100)]
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame({name: [row[name] for row in rows] for name in rows[0]}))
    add("Are dogs let in?", "no", where=DOGS)
    add("May I bring my dog?", "perhaps", where=DOGS, status="draft")

    said = correct(project, "May I bring my dog?", context="Dogs are welcome.", example=add("Q?", "no", where=DOGS))

    assert offered(project, said) == {"Are dogs let in?", "May I bring my dog?"}


def test_without_coordinates_the_context_has_to_be_the_same(project: Project, add: Callable[..., str]) -> None:
    add("Are dogs allowed at Lupo?", "no")
    add("Are dogs allowed at Lupo, please?", "never")
    add("Are dogs allowed at Lupo?", "no", "Some other text.")

    said = correct(project, "At Lupo, are dogs allowed?")

    assert offered(project, said) == {"Are dogs allowed at Lupo?", "Are dogs allowed at Lupo, please?"}


def test_what_somebody_has_judged_is_not_offered(project: Project, add: Callable[..., str]) -> None:
    judged, taken_back = add("Dogs?", "no"), add("Cats?", "no")
    add("Mice?", "no")
    correct(project, "Dogs?", example=judged)
    loop.undo(project, correct(project, "Cats?", example=taken_back).id)
    correct(project, "Mice ?")  # the same question, asked on the page Ask

    assert offered(project, correct(project, "Birds?")) == {"Mice?", "Cats?"}
    correct(project, "Mice?")
    assert offered(project, correct(project, "Birds?")) == {"Cats?"}


def test_an_answer_that_is_marked_in_the_text_is_for_texts_that_hold_it(
    tmp_path: Path, qa: Callable[..., dict[str, Any]]
) -> None:
    project = loop.new(tmp_path / "spans", template="blank")
    task = project.folder / "task.yaml"
    kind = f"answer_kind: {project.task.answer_kind}"
    assert kind in task.read_text(encoding="utf-8")
    task.write_text(task.read_text(encoding="utf-8").replace(kind, "answer_kind: extractive"), encoding="utf-8")
    project = Project.open(project.folder)
    rows = [qa(f"Dogs at {n}?", "no", text, where=DOGS) for n, text in enumerate(["no or yes", "no, never"])]
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame({name: [row[name] for row in rows] for name in rows[0]}))
        [first, _] = pool.examples()["id"]

    said = correct(project, "Dogs at 0?", context="no or yes", example=first)
    assert offered(project, said) == set()
    loop.undo(project, said.id)
    assert offered(project, correct(project, "Dogs at 0?", example=first, answers=[], verdict="unanswerable")) == {
        "Dogs at 1?"
    }


def test_a_verdict_that_corrects_nothing_is_like_nothing(project: Project, add: Callable[..., str]) -> None:
    add("Dogs?", "no")

    for verdict in ("correct", "bad_question"):
        assert offered(project, correct(project, "Cats?", verdict=verdict)) == set()
    with pytest.raises(NotFound):
        loop.like(project, 99)


def test_it_is_saved_for_all_that_were_chosen_and_the_next_version_follows(
    project: Project, add: Callable[..., str]
) -> None:
    ids = [add(question, "no") for question in ("Dogs?", "Cats?", "Mice?")]
    said = correct(project, "Dogs?", example=ids[0], by="Ada", answers=["yes", "of course"])

    saved = loop.repeat(project, said.id, ids[1:2], by="Ada")

    [one] = saved
    told = (one.question, one.shown_answer, one.verdict, one.answers, one.by, one.example, one.note)
    assert told == ("Cats?", "no", "wrong", ("yes", "of course"), "Ada", ids[1], f"like verdict {said.id}")
    assert loop.like(project, said.id).saved == (one.id,)
    right = ["yes", "of course"]
    assert sorted(gathered(project)[0].select("question", "answers").rows()) == [
        ("Cats?", right),
        ("Dogs?", right),
        ("Mice?", ["no"]),
    ]

    assert loop.undo_repeats(project, said.id, by="Ada") == [one.id]
    assert offered(project, said) == {"Cats?", "Mice?"}


def test_what_is_not_like_it_or_not_ones_own_is_refused_and_nothing_is_saved(
    project: Project, add: Callable[..., str]
) -> None:
    like, unlike = add("Dogs?", "no"), add("Cats?", "no", "Some other text.")
    said = correct(project, "Birds?", by="Ada")

    with pytest.raises(BadData, match=unlike):
        loop.repeat(project, said.id, [like, unlike])
    with pytest.raises(NotAllowed, match="Ada's"):
        loop.repeat(project, said.id, [like], by="Bo")
    correct(project, "Dogs?", example=like, by="Bo")
    with pytest.raises(Overtaken, match="“Dogs\\?”"):
        loop.repeat(project, said.id, [like], by="Ada")

    assert loop.like(project, said.id).saved == ()
