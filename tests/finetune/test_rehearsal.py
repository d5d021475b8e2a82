from __future__ import annotations

import polars as pl
import pytest

from growloop.finetune.rehearsal import rehearsed


def rows(ids: list[str], origin: str = "drawn") -> pl.DataFrame:
    return pl.DataFrame({"id": ids, "origin": [origin] * len(ids)}, schema={"id": pl.String, "origin": pl.String})


OLD = rows([f"old-{number}" for number in range(1_000)])
NEW = rows([f"new-{number}" for number in range(10)])


def test_all_that_is_new_is_shown_and_a_share_of_the_old() -> None:
    shown = rehearsed(pl.concat([OLD, NEW]), OLD, 0.3, seed=0)

    assert shown.height == 310
    assert shown["id"].to_list()[-10:] == NEW["id"].to_list()


def test_every_correction_is_shown_again() -> None:
    corrections = rows(["correction"], "annotation")
    learned = pl.concat([OLD, corrections])

    shown = rehearsed(pl.concat([learned, NEW]), learned, 0.0, seed=0)

    assert shown["id"].to_list() == ["correction", *NEW["id"].to_list()]


def test_which_of_the_old_are_shown_depends_on_the_seed_and_not_on_their_order() -> None:
    both = pl.concat([OLD, NEW])

    first, again, other = (
        set(rehearsed(train, OLD, 0.3, seed=seed)["id"]) for train, seed in ((both, 1), (both.reverse(), 1), (both, 2))
    )

    assert first == again
    assert first != other


@pytest.mark.parametrize("learned", [OLD, rows([])])
def test_where_nothing_is_new_or_nothing_was_learned_all_are_shown(learned: pl.DataFrame) -> None:
    assert rehearsed(OLD, learned, 0.3, seed=0).equals(OLD)
