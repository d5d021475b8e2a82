from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.models.text_repair import TOKEN, bare, restore


@pytest.mark.parametrize(
    ("generated", "sources", "repaired"),
    [
        ("i don ' t know .", ["Ask away.", "I don't know."], "I don't know."),
        ("i don ' t know .", [], "I don't know."),
        (
            "yes , luigi ' s offers pad thai .",
            ["Reviews of Luigi's. Pad Thai is good."],
            "Yes, Luigi's offers Pad Thai.",
        ),
        ("creme brulee", ["We loved the Crème Brûlée."], "Crème Brûlée"),
        ("it costs $ 5 . 50 ( each ) .", [], "It costs $5.50 (each)."),
        ("from 5 : 30 p . m .", ["Open from 5:30 p.m. on"], "From 5:30 p.m."),
        ("gluten - free", [], "gluten-free"),
        ("fish & chips", [], "fish & chips"),
        ('she said " no thanks " twice', [], 'she said "no thanks" twice'),
        ("東 京 ramen", ["try 東京 Ramen"], "東京 Ramen"),
        ("the owners ' dog", [], "the owners ' dog"),
        ("", ["text"], ""),
    ],
)
def test_answers_read_as_their_sources_write(generated: str, sources: list[str], repaired: str) -> None:
    assert restore(generated, sources) == repaired


def test_a_name_inside_a_sentence_beats_a_capital_that_only_begins_one() -> None:
    assert restore("dogs", ["Dogs bark. We like dogs."]) == "dogs"
    assert restore("kumo", ["A bowl at Kumo."]) == "Kumo"


def test_line_breaks_of_the_source_do_not_come_along() -> None:
    assert restore("pad thai", ["the Pad\r\n  Thai was"]) == "Pad Thai"


def spelled(text: str) -> list[str]:
    return [bare(match.group()) for match in TOKEN.finditer(text)]


WORDS = st.text(alphabet="abAB é'-.,$\"5 \n東ß", max_size=40)


@given(text=WORDS, sources=st.lists(WORDS, max_size=3))
def test_no_word_is_ever_added_lost_or_changed(text: str, sources: list[str]) -> None:
    assert spelled(restore(text, sources)) == spelled(text)


@given(text=WORDS, sources=st.lists(WORDS, max_size=3))
def test_repairing_twice_changes_nothing_more(text: str, sources: list[str]) -> None:
    once = restore(text, sources)

    assert spelled(restore(once, sources)) == spelled(once)


@given(
    source=st.lists(st.sampled_from(["Luigi's", "Crème", "5.50", "pad-thai", "(", "no", ")", "I,"]), min_size=1).map(
        " ".join
    )
)
def test_a_copied_source_is_given_back_as_it_stands(source: str) -> None:
    assert restore(" ".join(spelled(source)), [source]) == source
