from __future__ import annotations

import pytest

from growloop.universe.variations.negation import negation


@pytest.mark.parametrize(
    ("question", "negated"),
    [
        ("Does {bar} offer {food}?", "Is it true that {bar} does not offer {food}?"),
        ("Can I park at {bar}?", "Is it true that I cannot park at {bar}?"),
        ("Is the {product} waterproof?", "Is it true that the {product} is not waterproof?"),
        ("Are there any steps at {bar}?", "Is it true that there are no steps at {bar}?"),
        ("Do they sell beer?", "Is it true that they do not sell beer?"),
    ],
)
def test_the_contrary_is_asked_for(question: str, negated: str) -> None:
    assert negation(question) == negated


@pytest.mark.parametrize(
    "question",
    [
        "What is open?",
        "Are dogs allowed at {bar}?",
        "{bar}: dogs?",
        "Is {bar} open or closed?",
        "Is {bar} ok. Dogs?",
        "",
    ],
)
def test_where_the_subject_is_not_certain_nothing_is_changed(question: str) -> None:
    assert negation(question) == question
