from __future__ import annotations

from growloop.records.version import LeakageProof
from growloop.reporting.card import card
from growloop.reporting.proof import proof_sentences

PROOF = LeakageProof(
    similarity=0.7,
    every_pair=True,
    texts=1204,
    compared=6748,
    near_pairs=31,
    groups=35,
    groups_across=0,
    texts_across=0,
    near_pairs_across=0,
    held_out=2000,
    random_split_leaks=1500,
)


def test_a_proof_that_holds_says_so_and_what_a_random_split_would_have_leaked(made):
    _, kept = made(1)

    [found, random] = proof_sentences(kept["version"].model_copy(update={"proof": PROOF}))

    assert found.startswith("No leakage: 0 of 35 groups, 0 of 1,204 texts, 0 of 31 pairs")
    assert "1,500 of 2,000 held-out examples (75%)" in random


def test_a_proof_that_does_not_hold_is_not_called_one(made):
    _, kept = made(1)
    broken = PROOF.model_copy(update={"near_pairs_across": 3, "every_pair": False, "held_out": 0})

    [found] = proof_sentences(kept["version"].model_copy(update={"proof": broken}))

    assert found.startswith("Leakage: ")
    assert "3 of 31 pairs" in found
    assert "MinHash" in found


def test_versions_of_before_the_proof_have_no_sentences_and_what_was_left_out_is_counted(made):
    _, kept = made(1)

    assert proof_sentences(kept["version"]) == []
    [left_out] = proof_sentences(kept["version"].model_copy(update={"removed": {"repeated": 1200}}))
    assert "1,200 repeated" in left_out


def test_the_card_carries_the_proof(made):
    _, kept = made(1)
    version = kept["version"].model_copy(update={"proof": PROOF})

    assert "No leakage" in card(version, kept["examples"], kept["task"])
