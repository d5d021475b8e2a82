from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.records.example import coordinate
from growloop.records.universe import Template
from growloop.universe import Space
from growloop.universe.pairs import subjects
from growloop.universe.verification import PAIRS, doubts
from growloop.universe.wording import words, words_of

from .conftest import DECLARED


def pair(context: str, **known: Any) -> dict[str, Any]:
    blank = {"entity": [], "other_entity": False, "value": [], "subject": [], "answers": []}
    return {"question": "Does Kumo House offer it?", "context": context, **blank, **known}


def doubt(context: str, **known: Any) -> str | None:
    return doubts(pl.DataFrame([pair(context, **known)], schema=PAIRS))[0]


@pytest.mark.parametrize(
    ("context", "known", "reason"),
    [
        ("We had miso soup.", {"value": ["miso soup"]}, 'mentions "miso soup"'),
        ("Two MISO SOUPS, please.", {"value": ["miso soup"]}, 'mentions "miso soup"'),
        ("Good pot stickers.", {"value": ["gyoza", "pot sticker"]}, 'mentions "pot sticker"'),
        ("The soups are good. The one with miso!", {"value": ["miso soup"]}, None),
        ("The soups, the one with miso above all.", {"value": ["miso soup"]}, 'has the words of "miso soup"'),
        ("They do udon.", {"value": ["ramen"]}, None),
        ("Magpies everywhere.", {"value": ["pie"]}, None),
        ("A doggy bag.", {"subject": ["dog"]}, 'speaks of "dog"'),
        ("The alcoholic drinks list.", {"subject": ["alcohol"]}, 'speaks of "alcohol"'),
        ("Nice walls.", {"subject": ["alcohol"]}, None),
        ("Within 30 days, money back.", {"answers": ["30 days"]}, 'holds the answer "30 days"'),
        ("No.", {"answers": ["no"]}, None),
        ("Luna Bar has it.", {"entity": ["Kumo House"], "other_entity": True, "value": ["it"]}, None),
        ("Luna Bar, not Kumo House.", {"entity": ["Kumo House"], "other_entity": True}, 'names "Kumo House"'),
        ("", {"value": ["ramen"]}, None),
    ],
)
def test_a_context_is_cleared_or_doubted(context: str, known: dict[str, Any], reason: str | None) -> None:
    assert doubt(context, **known) == reason


def test_where_nothing_is_known_a_sentence_with_half_of_the_words_is_a_doubt() -> None:
    pairs = pl.DataFrame(
        [
            {
                **pair("Founded in 1900. On Sundays the shop opens at eleven."),
                "question": "When does the shop open on Sundays?",
            },
            {**pair("Founded by two sisters."), "question": "When does the shop open on Sundays?"},
        ],
        schema=PAIRS,
    )

    assert [reason is not None for reason in doubts(pairs)] == [True, False]


def test_a_sentence_that_means_nearly_the_same_is_a_doubt_where_embeddings_are_given() -> None:
    pairs = pl.DataFrame([pair("A beagle slept here. Nice.", subject=["dog"])], schema=PAIRS)

    def similarity(left: pl.Series, right: pl.Series) -> pl.Series:
        return right.str.contains("beagle").cast(pl.Float64)

    assert doubts(pairs)[0] is None
    assert doubts(pairs, similarity=similarity, threshold=0.5)[0] == 'means nearly "A beagle slept here"'


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x24F), max_size=20), min_size=1, max_size=5
    )
)
def test_a_column_of_words_is_the_words_of_each_row(texts: list[str]) -> None:
    plain = [text for text in texts if text.casefold() == text.lower()]

    bare = pl.DataFrame({"text": pl.Series(plain, dtype=pl.String)}).select(words_of(pl.col("text")))["literal"]

    assert [" ".join(text.split()) for text in bare] == [" ".join(words(text).split()) for text in plain]


@given(st.lists(st.sampled_from(["We had miso soup.", "Udon.", ""]), max_size=6))
def test_pairs_are_judged_row_by_row(contexts: list[str]) -> None:
    rows = [pair(context, value=["miso soup"]) for context in contexts]

    assert doubts(pl.DataFrame(rows, schema=PAIRS)).to_list() == [
        doubt(context, value=["miso soup"]) for context in contexts
    ]


def test_the_subject_of_a_template_is_what_its_phrasings_share_and_no_other_template_says() -> None:
    ask = {
        "dogs": ("Dogs at {x}?", "My dog at {x}?", "Open to dogs?"),
        "cats": ("Cats at {x}?", "Open to cats?", "Cat?"),
    }
    templates = [Template(name=name, ask=texts, fact=name, answer={"yes": "y"}) for name, texts in ask.items()]

    assert subjects(templates) == {"dogs": ["dog"], "cats": ["cat"]}


# in a draw


def test_a_negative_that_may_be_answered_is_a_draft_with_its_reason(space: Callable[..., Space]) -> None:
    rows = [{"entity": f"E{n}", "text": "A dog barked outside.", "facts": {"vegetarian": ["pie"]}} for n in range(6)]
    rows += [{"entity": f"F{n}", "text": "Dogs welcome.", "facts": {"dogs": "yes"}} for n in range(6)]
    templates = [template for template in DECLARED["templates"] if template["name"] == "dogs"]
    negatives = [{"kind": "wrong_topic", "share": 0.5}]

    drawn = space(lines=rows, templates=templates, negatives=negatives, variations=[], verify={"by": "wording"}).draw(
        20
    )

    by_kind = drawn.select(coordinate("negative"), "status", coordinate("doubt")).unique()
    assert sorted(by_kind.rows()) == [("none", "accepted", None), ("wrong_topic", "draft", 'speaks of "dog"')]


def test_by_facts_everything_drawn_is_accepted_and_carries_no_doubt(space: Callable[..., Space]) -> None:
    drawn = space().draw(100)

    assert drawn["status"].unique().to_list() == ["accepted"]
    assert drawn.select(coordinate("doubt")).to_series().null_count() == 100


def test_what_a_fact_denies_needs_no_other_proof(space: Callable[..., Space]) -> None:
    templates = [
        *DECLARED["templates"],
        {
            **DECLARED["templates"][0],
            "name": "how",
            "fact": "dogs",
            "ask": ["Why dogs at {restaurant}?"],
            "answer": {"yes": "y"},
            "presumes": {"vegetarian": "x"},
        },
    ]
    universe = space(templates=templates, negatives=[{"kind": "wrong_topic", "share": 0.2}], verify={"by": "wording"})

    assert universe.draw(50).height == 50
