"""Looking at a finished split again: does any side know another, and what would a random split have leaked?"""

from __future__ import annotations

import numpy as np
import polars as pl

from growloop.dataset.duplicates import with_keys
from growloop.dataset.duplicates.words import Ints
from growloop.dataset.kinship import Texts, count_across
from growloop.dataset.removal import without_held_out
from growloop.records.version import Finding, LeakageProof


def prove(examples: pl.DataFrame, texts: Texts, *, seed: int) -> LeakageProof:
    """Count what stands on two sides; nothing is taken over from how the examples were dealt."""
    keyed = with_keys(examples)
    near_pairs, across = count_across(texts, texts.sides(keyed))
    return LeakageProof(
        similarity=texts.similarity,
        every_pair=texts.alike.every_pair,
        texts=keyed["place_key"].n_unique(),
        compared=texts.alike.compared,
        near_pairs=near_pairs,
        groups=keyed["group"].n_unique(),
        groups_across=_across(keyed.filter(pl.col("group") != ""), "group"),
        texts_across=_across(keyed, "place_key"),
        near_pairs_across=across,
        held_out=keyed.filter(pl.col("split") != "train").height,
        random_split_leaks=random_split_leaks(keyed, texts, seed=seed),
    )


def _across(keyed: pl.DataFrame, key: str) -> int:
    """How many groups, or texts, stand on more than one side."""
    sides = keyed.group_by(key).agg(pl.col("split").n_unique())
    return sides.filter(pl.col("split") > 1).height


def random_split_leaks(examples: pl.DataFrame, texts: Texts, *, seed: int) -> int:
    """How many held-out examples had their text, or nearly the same, in train, were the sides dealt at random.

    As many examples go to each side as there are; each is dealt by itself, as `train_test_split` does.
    """
    keyed = with_keys(examples).select("id", "place_key", "split").sort("id")
    order = np.random.Generator(np.random.PCG64(seed)).permutation(keyed.height)
    dealt = keyed.select("place_key", keyed["split"].sort().gather(order))
    placed = dealt.join(texts.keys, on="place_key", how="left")
    trained, held_out = placed.filter(pl.col("split") == "train"), placed.filter(pl.col("split") != "train")
    near = pl.Series(_near_to(trained.filter(pl.col("set") >= 0)["set"].to_numpy(), texts))
    same_text = pl.col("place_key").is_in(trained["place_key"].unique().implode())
    return held_out.filter(same_text | pl.col("set").is_in(near.implode())).height


def _near_to(sets: Ints, texts: Texts) -> Ints:
    """The word sets among some, or alike to one of them."""
    among = np.zeros(len(texts.alike.texts_per_set), np.bool)
    among[sets] = True
    near = among.copy()
    near[texts.alike.left] |= among[texts.alike.right]
    near[texts.alike.right] |= among[texts.alike.left]
    return np.flatnonzero(near)


def bound_apart(proof: LeakageProof, examples: pl.DataFrame, texts: Texts) -> list[Finding]:
    """A warning where near repetitions were bound to two sides."""
    if not proof.near_pairs_across:
        return []
    _, concerned = without_held_out(examples, texts)
    first = concerned.row(0, named=True)
    return [
        Finding(
            check="leakage",
            severity="warning",
            examples=tuple(concerned["id"].head(5)),
            count=concerned.height,
            message=f"{concerned.height:,} examples are bound to a side though their text nearly repeats a held-out "
            f"one (first: {first['id']} repeats {first['repeats']}, similarity {first['jaccard']:.2f}). Scores may "
            "look better than they are.",
            remedy="Leave them out with `split: {near_duplicates: drop}` in task.yaml, or leave their `split` empty.",
        )
    ]
