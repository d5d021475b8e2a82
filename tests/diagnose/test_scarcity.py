from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from growloop.diagnose.scarcity import scarce_slices
from growloop.records.example import examples_frame


def examples(kinds: Sequence[str], *, groups: int = 10) -> pl.DataFrame:
    """A question of each of these kinds, of so many groups; every other answer to it is wrong."""
    rows = range(len(kinds))
    asked = examples_frame(
        {
            "question": [f"Question {number}?" for number in rows],
            "context": ["A text."] * len(kinds),
            "group": [f"group {number % groups}" for number in rows],
            "where": [{"source": kind} for kind in kinds],
        }
    )
    return asked.with_columns(is_wrong=pl.Series([bool(number // groups % 2) for number in rows], dtype=pl.Boolean))


ASKED = examples(["forum"] * 100 + ["mail"] * 100)
TRAINED = examples(["forum"] * 180 + ["mail"] * 20)


def test_what_training_has_too_little_of_is_found_although_it_fails_no_more_than_the_rest() -> None:
    [found] = scarce_slices(ASKED, TRAINED, ASKED)

    assert (found.where, found.words) == ({"source": "mail"}, "questions where source is mail")
    assert (found.n, found.wrong, found.rate.value, found.elsewhere.value) == (100, 50, 0.5, 0.5)
    assert len(found.evidence) == 8


def test_what_training_has_enough_of_or_nobody_waits_for_is_not_scarce() -> None:
    assert scarce_slices(ASKED, ASKED, ASKED) == []
    assert scarce_slices(ASKED, TRAINED, examples(["forum"] * 10)) == []
    assert scarce_slices(ASKED, TRAINED, ASKED.clear()) == []
    assert scarce_slices(ASKED.clear(), TRAINED, ASKED) == []


def test_what_is_told_already_or_never_wrong_or_of_one_group_alone_is_left_out() -> None:
    right = ASKED.with_columns(is_wrong=pl.lit(False))

    assert scarce_slices(ASKED, TRAINED, ASKED, but=[{"source": "mail"}]) == []
    assert scarce_slices(right, TRAINED, ASKED) == []
    assert scarce_slices(examples(["forum"] * 100 + ["mail"] * 100, groups=2), TRAINED, ASKED) == []


def test_before_anything_is_trained_nothing_is_scarcer_than_the_rest() -> None:
    assert scarce_slices(ASKED, TRAINED.clear(), ASKED) == []
