from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.kinship import Texts
from growloop.dataset.split import split_by_group
from growloop.errors import BadDeclaration, Leakage
from growloop.records.example import EXAMPLES, coordinate, examples_frame

SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def toy(groups: str, contexts: str | None = None, splits: list[str | None] | None = None) -> pl.DataFrame:
    numbers = [str(number) for number in range(len(groups))]
    columns = {
        "question": numbers,
        "context": list(contexts or groups),
        "group": list(groups),
        "answers": [["a"]] * len(groups),
    }
    return examples_frame({**columns, "split": splits or [None] * len(groups)})


def test_groups_move_whole_and_the_largest_first() -> None:
    dealt = split_by_group(toy("AAAAAABBBC"), {"train": 0.6, "test": 0.4}, seed=0)

    assert dict(dealt.select("group", "split").unique().iter_rows()) == {"A": "train", "B": "test", "C": "test"}


def test_shares_are_met_when_groups_are_small() -> None:
    dealt = split_by_group(examples_frame({"question": [str(n) for n in range(1000)]}), SHARES, seed=3)

    assert dict(dealt.group_by("split").len().iter_rows()) == {"train": 800, "validation": 100, "test": 100}


def test_unanswerable_questions_are_dealt_evenly_too() -> None:
    answers = [["a"] if n % 2 else [] for n in range(200)]
    groups = [f"{n % 2}-{n // 10}" for n in range(200)]  # whole groups are answerable, or not

    dealt = split_by_group(
        examples_frame({"question": [str(n) for n in range(200)], "answers": answers, "group": groups}), SHARES, seed=0
    )

    test = dealt.filter(pl.col("split") == "test")
    assert (test["answers"].list.len() == 0).mean() == pytest.approx(0.5)


def test_slices_are_dealt_evenly_where_many_groups_share_in_them() -> None:
    kinds = ["common"] * 900 + ["rare"] * 100
    examples = examples_frame({"question": [str(n) for n in range(1000)], "where": [{"kind": kind} for kind in kinds]})

    dealt = split_by_group(examples, SHARES, seed=0, slices=["kind", "unknown"])

    counts = dealt.with_columns(coordinate("kind")).group_by("kind", "split").len()
    assert dict(counts.filter(pl.col("kind") == "rare").select("split", "len").iter_rows()) == {
        "train": 80,
        "validation": 10,
        "test": 10,
    }


def test_a_slice_in_few_groups_does_not_pull_them_all_to_one_side() -> None:
    names = [f"article {n // 20}" for n in range(400)]
    examples = examples_frame(
        {"question": [str(n) for n in range(400)], "group": names, "where": [{"article": name} for name in names]}
    )

    dealt = split_by_group(examples, SHARES, seed=0, slices=["article"])

    assert dict(dealt.group_by("split").len().iter_rows()) == {"train": 320, "validation": 40, "test": 40}


def test_a_newcomer_joins_the_side_of_a_text_it_nearly_repeats() -> None:
    garden = "The garden behind the house is open to {} in summer and in winter."
    examples = toy("ABC", splits=["test", None, None]).with_columns(
        context=pl.Series([garden.format("dogs"), garden.format("cats"), "Another text."])
    )

    dealt = split_by_group(examples, {"train": 1.0}, seed=0, texts=Texts.of(examples, 0.7))

    assert dealt["split"].to_list() == ["test", "test", "train"]


def test_texts_that_are_only_alike_stay_where_they_are_bound() -> None:
    examples = toy("AB", contexts="xy", splits=["test", "train"]).with_columns(
        context=pl.Series(["a b c d", "d c b a"])
    )

    dealt = split_by_group(examples, SHARES, seed=0, texts=Texts.of(examples, 0.7))

    assert dealt["split"].to_list() == ["test", "train"]


def test_the_seed_decides_and_file_order_does_not() -> None:
    examples = toy("AABBCCDDEEFFGGHH")

    first = split_by_group(examples, SHARES, seed=1)
    again = split_by_group(examples.reverse(), SHARES, seed=1)
    other = split_by_group(examples, SHARES, seed=5)

    assert first.sort("id").equals(again.sort("id"))
    assert not first.equals(other)


def test_groups_that_share_a_text_stay_together_through_any_number_of_links() -> None:
    dealt = split_by_group(toy("ABBCDDE", contexts="xxyyzwW"), {"train": 0.5, "test": 0.5}, seed=0)

    sides = dict(dealt.select("group", "split").unique().iter_rows())
    assert sides["A"] == sides["B"] == sides["C"]
    assert sides["D"] == sides["E"]  # the same text in another case


def test_a_bound_example_takes_its_group_along() -> None:
    dealt = split_by_group(toy("AABB", splits=["test", None, None, None]), SHARES, seed=0)

    assert dealt["split"].to_list() == ["test", "test", "train", "train"]


def test_what_is_bound_does_not_change_the_shares_of_the_rest() -> None:
    bound = toy("ABC", splits=["test"] * 3).with_columns(pl.col("group", "context") + " bound")
    rest = examples_frame({"question": [f"rest {n}" for n in range(10)]})

    dealt = split_by_group(pl.concat([bound, rest]), SHARES, seed=0)

    assert dealt.tail(10)["split"].value_counts().sort("split")["count"].to_list() == [1, 8, 1]


def test_a_group_bound_to_two_sides_is_refused() -> None:
    with pytest.raises(Leakage, match='first: "A": test, train'):
        split_by_group(toy("AAB", splits=["test", "train", None]), SHARES, seed=0)


def test_a_side_without_share_gets_nothing_unless_bound_to_it() -> None:
    dealt = split_by_group(toy("AAB", splits=["test", None, None]), {"train": 1.0, "test": 0.0}, seed=0)

    assert dealt["split"].to_list() == ["test", "test", "train"]


def test_no_share_at_all_is_a_bad_declaration() -> None:
    with pytest.raises(BadDeclaration):
        split_by_group(toy("A"), {"train": 0.0}, seed=0)


def test_nothing_and_a_hundred_thousand_rows_are_dealt() -> None:
    assert split_by_group(EXAMPLES.to_frame(), SHARES, seed=0).schema == EXAMPLES
    numbers = pl.int_range(100_000, eager=True)
    many = examples_frame(pl.DataFrame({"question": numbers.cast(pl.String), "group": (numbers // 4).cast(pl.String)}))

    dealt = split_by_group(many, SHARES, seed=0)

    assert dealt.filter(pl.col("split") == "test").height == 10_000


rows = st.lists(
    st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(["", "x", "y", "z", "u", "v"]), st.booleans()), max_size=30
)


@settings(max_examples=150, deadline=None)
@given(rows, st.integers(0, 5))
def test_no_group_and_no_text_ever_straddles_and_no_row_is_lost(rows: list[tuple[str, str, bool]], seed: int) -> None:
    examples = examples_frame(
        {
            "question": [str(n) for n in range(len(rows))],
            "context": [context for _, context, _ in rows],
            "group": [group for group, _, _ in rows],
            "answers": [["a"] if answerable else [] for _, _, answerable in rows],
        }
    )

    dealt = split_by_group(examples, {"train": 0.5, "validation": 0.2, "test": 0.3}, seed=seed)

    assert dealt.drop("split").equals(examples.drop("split"))
    assert set(dealt["split"]) <= {"train", "validation", "test"}
    assert dealt.group_by("group").agg(pl.col("split").n_unique())["split"].max() in (1, None)
    with_context = dealt.filter(pl.col("context") != "")
    assert with_context.group_by("context").agg(pl.col("split").n_unique())["split"].max() in (1, None)
