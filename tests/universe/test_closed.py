"""Questions that are asked without any context."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from growloop.errors import BadDeclaration
from growloop.records.example import coordinate
from growloop.records.universe import Universe
from growloop.universe import Space

CLOSED: dict[str, Any] = {
    "slots": {"place": {"values": ["Bern", "Rome", "Oslo", "Riga"]}, "ticket": {"pattern": "[A-Z]{3}[1-9][0-9]{11}"}},
    "templates": [
        {"name": "hours", "ask": ["When do you open?", "{ticket}: opening hours?"], "answer": "At {ticket}, eight."},
        {
            "name": "ship",
            "by": "place",
            "ask": ["Do you ship to {place}?"],
            "answer": {"oslo": "No.", "text": "To {value}!"},
        },
    ],
}


def test_a_universe_of_closed_questions_needs_no_contexts(tmp_path: Path) -> None:
    space = Space.open(Universe.model_validate(CLOSED), tmp_path)

    drawn = space.draw(30)

    assert space.size > 10**15
    assert set(drawn["context"]) == {""}
    shipped = drawn.filter(coordinate("template") == "ship")
    assert dict(zip(shipped["question"], shipped["answers"].list.first(), strict=True)) == {
        "Do you ship to Bern?": "To Bern!",
        "Do you ship to Rome?": "To Rome!",
        "Do you ship to Oslo?": "No.",
        "Do you ship to Riga?": "To Riga!",
    }
    assert drawn["id"].is_unique().all()


def test_what_is_out_of_scope_can_be_asked_without_contexts_too(tmp_path: Path) -> None:
    negatives = [{"kind": "out_of_scope", "share": 0.5, "ask": ["Who wins in {place}?"]}]

    drawn = Space.open(Universe.model_validate({**CLOSED, "negatives": negatives}), tmp_path).draw(8)

    asked = drawn.filter(drawn["negative"] == "out_of_scope")
    assert asked.height == 4
    assert asked["answers"].list.len().sum() == 0


def test_closed_questions_stand_beside_those_with_a_context(space: Callable[..., Space]) -> None:
    templates = [{"name": "dogs", "ask": ["Dogs at {restaurant}?"], "fact": "dogs", "answer": {"yes": "y", "no": "n"}}]
    mixed = space(
        templates=[*templates, CLOSED["templates"][1]], slots={"restaurant": {"entities": True}, **CLOSED["slots"]}
    )

    drawn = mixed.draw(60)

    assert set(drawn.select(coordinate("template")).to_series()) == {"dogs", "ship"}
    closed = drawn.filter(coordinate("template") == "ship")
    assert set(closed["context"]) == {""}
    assert set(closed["negative"]) == {None}
    assert (closed["group"].str.starts_with("Do you ship to")).all()
    assert mixed.passages().height == 48


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ({"answer": {"yes": "y", "no": "n"}}, "has no `fact`, so it is asked without a context"),
        ({"by": "plce", "answer": "x"}, "there is no such slot"),
        ({"by": "place", "answer": {"Paris": "x"}}, 'answers for "Paris", and the slot "place" has no such value'),
        (
            {"by": "ticket", "ask": ["{ticket}?"], "answer": "x"},
            "nothing can be looked up by a pattern of 15,818,400,000,000,000 values",
        ),
        ({"answer": "x", "presumes": {"a": "b"}}, "`presumes` needs one"),
        ({"fact": "dogs", "answer": "x"}, "needs the fact of a context, and no `contexts` are declared"),
    ],
)
def test_what_a_closed_question_cannot_be_is_told(tmp_path: Path, template: dict[str, Any], problem: str) -> None:
    declared = {**CLOSED, "templates": [{"name": "t", "ask": ["{place}?"], **template}]}

    with pytest.raises(BadDeclaration, match=problem):
        Space.open(Universe.model_validate(declared), tmp_path)
