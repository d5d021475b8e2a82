from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from growloop.errors import BadDeclaration
from growloop.records.suggestion import Suggestion
from growloop.records.universe import Universe
from growloop.universe import Space
from growloop.universe.frames import frames_of, tokens_of
from growloop.universe.proposals import with_proposal
from growloop.universe.wordings import Naming

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
FREEZE = [f"can i freeze {thing} overnight" for thing in ("lasagna", "apple pie", "cheese", "milk", "bread", "stew")]


def test_what_varies_within_a_cluster_becomes_a_slot(space: Callable[..., Space], by_words: Encode) -> None:
    found = space().suggest(pl.Series([*FREEZE, "Does Kumo House offer ramen?", "who are you"]), by_words)

    [one] = found.suggestions
    assert one.ask == ("Can i freeze {thing} overnight",)
    assert set(one.slots["thing"]) == {"lasagna", "apple pie", "cheese", "milk", "bread", "stew"}
    assert (found.questions, found.fitting, found.clustered, found.alone) == (8, 1, 7, 1)
    assert (one.size, one.fitting) == (6, 6)
    assert one.resembles in ("offers", "dogs", "vegetarian")


def test_values_of_a_declared_slot_keep_its_name(space: Callable[..., Space], by_words: Encode) -> None:
    places = ("Kumo House", "Luna Bar", "Olive Bar", "Poppy Garden", "the new place")
    asked = pl.Series([f"is it noisy at {place} usually" for place in places])

    [one] = space().suggest(asked, by_words).suggestions

    assert one.ask == ("Is it noisy at {restaurant} usually",)
    assert one.slots == {}
    assert one.new_values == {"restaurant": ("the new place",)}


@pytest.mark.parametrize("questions", [[], ["Is it loud?"], ["Is it loud?"] * 9, ["日本語？"] * 3])
def test_few_or_repeated_questions_make_no_template(
    space: Callable[..., Space], by_words: Encode, questions: list[str]
) -> None:
    assert space().suggest(pl.Series(questions, dtype=pl.String), by_words).suggestions == ()


def test_one_template_stands_for_wordings_that_have_no_words_in_common(space: Callable[..., Space]) -> None:
    parking = ["Where can I leave the car?", "Is there parking?", "Got a garage nearby?", "Spaces for vehicles?"]
    noise = ["Will we hear each other?", "Does music play loudly?", "Quiet enough to talk?", "How noisy does it get?"]
    near = {text: number / 9 for number, text in enumerate(parking)} | {
        text: 1.2 + number / 9 for number, text in enumerate(noise)
    }

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        angles = np.array([near.get(text, 2.8) for text in texts], dtype=np.float32)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)

    found = space().suggest(pl.Series([*parking, *noise]), encode, smallest=4)

    assert sorted(map(sorted, (one.ask for one in found.suggestions))) == sorted([sorted(parking), sorted(noise)])
    assert not found.by_words


def test_without_a_model_questions_are_compared_by_their_words(space: Callable[..., Space]) -> None:
    loud = [f"is it loud {when}" for when in ("today", "tonight", "on sundays", "at noon", "in summer", "usually")]

    found = space().suggest(pl.Series([*FREEZE, *loud]))

    assert found.by_words
    assert [set(one.ask) for one in found.suggestions] != []
    assert {one.size for one in found.suggestions} == {6}


def test_frames_need_several_values() -> None:
    tokens = [tokens_of(text, {}, 1) for text in ("can i freeze soup", "can i freeze pie")]

    assert frames_of(tokens, 5) == []


SUGGESTION = Suggestion(
    name="freeze", ask=("Can I freeze {thing}?",), slots={"thing": ("pie", "yes")}, questions=("x",), size=6, fitting=6
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "there",
    [
        "",
        "\nproposed:\n  - name: a\n    ask: [Why?]   # kept\n\n# the end\nseed: 3\n",
        "proposed:\n- {name: a, ask: [b]}\n",
    ],
)
def test_a_proposal_is_added_and_every_other_line_stays(repository: Path, there: str, end: str) -> None:
    text = (repository / "examples" / "blank" / "universe.yaml").read_text(encoding="utf-8").rstrip("\n") + "\n" + there
    text = text.replace("\n", end)
    if "- {name: a" in there:
        with pytest.raises(BadDeclaration):
            with_proposal(text, SUGGESTION)
        return

    twice = with_proposal(with_proposal(text, SUGGESTION), SUGGESTION.model_copy(update={"name": "freeze-2"}))

    assert "freeze-2" in twice
    assert [line for line in text.split(end) if line and line not in twice.split(end)] == []
    assert ("\r\n" in twice) == (end == "\r\n")


def test_the_text_of_a_proposal_reads_back(space: Callable[..., Space], repository: Path) -> None:
    from growloop.records.declaration import load_yaml_text, plain

    text = (repository / "examples" / "food_qa" / "universe.yaml").read_text(encoding="utf-8")

    universe = Universe.model_validate(plain(load_yaml_text(with_proposal(text, SUGGESTION), "universe.yaml")))

    assert universe.proposed[0].slots == {"thing": ("pie", "yes")}


def test_of_words_that_come_up_equally_often_the_first_make_the_name() -> None:
    questions = [tokens_of(f"rent bicycles cheaply tonight number {number}", {}, 1) for number in range(3)]

    assert Naming([]).name(questions) == "rent-bicycles"
    assert Naming(["rent-bicycles"]).name(questions) == "rent-bicycles-2"
