from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.kinship import SHORTEST, Texts
from growloop.dataset.proof import bound_apart, prove, random_split_leaks
from growloop.dataset.split import split_by_group
from growloop.records.example import examples_frame
from growloop.records.version import LeakageProof

GARDEN = "The garden behind the house is open to dogs in summer and in winter."
NEARLY = "The garden behind our house is open to dogs in summer and in winter."


def toy(contexts: list[str], splits: list[str | None], **more: Any) -> pl.DataFrame:
    questions = [f"q{number}" for number in range(len(contexts))]
    return examples_frame({"question": questions, "context": contexts, "split": splits, **more})


def proof_of(examples: pl.DataFrame) -> LeakageProof:
    return prove(examples, Texts.of(examples, 0.7), seed=0)


def test_a_clean_split_holds() -> None:
    proof = proof_of(toy([GARDEN, NEARLY, "Leave the dog at home."], ["train", "train", "test"]))

    assert proof.holds
    assert (proof.texts, proof.groups, proof.near_pairs, proof.held_out) == (3, 3, 1, 1)
    assert proof.every_pair


def test_near_texts_on_two_sides_are_counted_and_told() -> None:
    examples = toy([GARDEN, NEARLY, " ".join(reversed(GARDEN.split()))], ["train", "test", "train"])

    proof = proof_of(examples)
    [finding] = bound_apart(proof, examples, Texts.of(examples, 0.7))

    assert (proof.near_pairs, proof.near_pairs_across) == (3, 2)
    assert not proof.holds
    assert finding.severity == "warning"
    assert finding.count == 2
    assert examples["id"][1] in finding.message
    assert "near_duplicates: drop" in finding.remedy


def test_a_group_and_a_text_on_two_sides_are_counted() -> None:
    proof = proof_of(toy([GARDEN, GARDEN.upper(), "x"], ["train", "test", "test"], group=["A", "B", "A"]))

    assert (proof.groups_across, proof.texts_across) == (1, 1)


def test_examples_without_a_group_are_not_one_group() -> None:
    assert proof_of(toy(["a", "b"], ["train", "test"], group=["", ""])).groups_across == 0


def test_a_random_split_leaks_where_texts_repeat_and_not_where_they_differ() -> None:
    repeated = toy(
        [f"text {number // 10} of {number // 10}" for number in range(1000)], ["train"] * 800 + ["test"] * 200
    )
    different = toy([f"x{number} y{number} z{number}" for number in range(1000)], ["train"] * 800 + ["test"] * 200)

    assert random_split_leaks(repeated, Texts.of(repeated, 0.7), seed=0) > 190
    assert random_split_leaks(different, Texts.of(different, 0.7), seed=0) == 0


def test_near_texts_count_as_leaks_of_a_random_split() -> None:
    near = toy([GARDEN.replace("dogs", f"dogs{number}") for number in range(100)], ["train"] * 80 + ["test"] * 20)

    assert random_split_leaks(near, Texts.of(near, 0.7), seed=0) == 20


words = st.lists(st.sampled_from([letter * SHORTEST for letter in "abcdefg"]), min_size=1, max_size=7).map(" ".join)
rows = st.lists(
    st.tuples(words, st.sampled_from("ABCDE"), st.sampled_from([None, None, "train", "test"])), min_size=1, max_size=14
)


@settings(max_examples=150, deadline=None)
@given(rows, st.integers(0, 3))
def test_no_unbound_text_ever_straddles_by_any_pair(rows: list[tuple[str, str, str | None]], seed: int) -> None:
    contexts, groups = [row[0] for row in rows], [row[1] for row in rows]
    free = toy(contexts, [None] * len(rows), group=groups)
    texts = Texts.of(free, 0.6)

    dealt = split_by_group(free, {"train": 0.5, "test": 0.5}, seed=seed, texts=texts)

    assert prove(dealt, texts, seed=seed).holds
    sides = dict(zip(contexts, dealt["split"], strict=True))
    sets = {context: set(context.split()) for context in contexts}
    for one in contexts:
        for other in contexts:
            if len(sets[one] & sets[other]) / len(sets[one] | sets[other]) >= 0.6:
                assert sides[one] == sides[other]
