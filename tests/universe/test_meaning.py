from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from growloop.errors import MissingExtra
from growloop.records.example import examples_frame
from growloop.records.universe import Coverage
from growloop.universe import Space
from growloop.universe.clusters import unit
from growloop.universe.meaning import LEAST, nearness, phrasing_named

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
STRANGE = "At Kumo House, is my puppy a problem?"
TOPICS = (("dog", "puppy"), ("veg", "meat"), ("food",), ("restaurant",))


def by_topic(texts: Sequence[str]) -> NDArray[np.float32]:
    """An axis for each topic that a text speaks of, and one for all else."""
    told = [[any(word in text.casefold() for word in words) for words in TOPICS] for text in texts]
    vectors = np.array([[*row, not any(row)] for row in told], dtype=np.float32)
    return unit(vectors)


@pytest.fixture
def meaning(written: Callable[..., tuple[object, object]]) -> Space:
    return Space.open(*written(), "I do not know.", encode=by_topic)  # type: ignore[arg-type]


def test_a_question_that_fits_no_phrasing_is_mapped_to_the_template_it_means(meaning: Space) -> None:
    [strange, other, plain] = meaning.map(pl.Series([STRANGE, "What time is it?", "Dogs?"])).to_dicts()

    assert (strange["template"], strange["how"], strange["outside"]) == ("dogs", "meaning", False)
    assert strange["filling"] == [{"key": "restaurant", "value": "Kumo House"}]
    assert LEAST <= strange["similarity"] <= 1
    assert (other["template"], other["how"], other["similarity"]) == (None, "none", None)
    assert (plain["template"], plain["how"], plain["similarity"]) == ("dogs", "exact", None)


def test_nothing_to_read_is_outside_and_asks_no_model(meaning: Space) -> None:
    assert meaning.map(pl.Series([None, "", "???"], dtype=pl.String))["outside"].to_list() == [True] * 3


def test_coverage_counts_what_is_meant_and_tells_it_apart(meaning: Space) -> None:
    asked = examples_frame({"question": [STRANGE, "What time is it?"], "answers": [["No."], ["Noon."]]})
    over = Coverage(over=("template", "answer"))

    found = meaning.coverage(asked, over)

    assert (found.mapped, found.by_meaning, found.outside) == (1, 1, 1)
    assert [(one.question, one.template) for one in found.meant] == [(STRANGE, "dogs")]
    assert meaning.coverage(asked, over, by_meaning=False).by_meaning is None


def test_without_the_model_what_fits_no_words_stays_outside_and_coverage_says_so(
    written: Callable[..., tuple[object, object]],
) -> None:
    def missing(texts: Sequence[str]) -> NDArray[np.float32]:
        raise MissingExtra("sentence-transformers", "retrieve")

    small = Space.open(*written(), encode=missing)  # type: ignore[arg-type]
    asked = examples_frame({"question": [STRANGE, "Dogs?"], "answers": [["No."], ["No."]]})

    found = small.coverage(asked, Coverage(over=("template", "answer")))

    assert (found.mapped, found.by_meaning, found.outside) == (1, None, 1)


def test_a_paraphrase_counts_where_its_question_stands(space: Callable[..., Space]) -> None:
    small, over = space(), Coverage(over=("template", "variation"))
    other_words = {"variation": "paraphrase"}
    columns = {"id": ["i", "p"], "question": ["Dogs at Luna Bar?", "Four legs fine there?"], "parent": [None, "i"]}
    imported = examples_frame({**columns, "answers": [["No."]] * 2, "where": [{}, other_words]})
    drawn = examples_frame({**columns, "answers": [["No."]] * 2, "where": [{}, {"template": "dogs", **other_words}]})

    both, alone = small.coverage(imported, over), small.coverage(drawn.tail(1), over)

    assert (both.mapped, both.outside, both.covered) == (2, 0, 1)
    assert (alone.mapped, alone.outside, alone.covered) == (0, 0, 1)


def test_how_near_is_near_enough_follows_from_the_phrasings() -> None:
    angles = np.array([0.0, 0.2, 1.5, 1.7, 3.0, 3.2])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    assert nearness(vectors, np.array([0, 0, 1, 1, 2, 2])) == pytest.approx(np.cos(0.2), abs=1e-5)


def test_a_phrasing_is_read_with_the_names_of_its_slots() -> None:
    assert phrasing_named("{thing}, {other-thing} or {a.free_day}?") == "thing, other thing or free day?"
