"""Which questions of a pool to ask labels for: at random, by doubt, by spread, by recommendation, by knowing it all.

Each strategy sees the unlabelled questions, what is labelled so far, and the current model; the oracle alone sees the
hidden labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from label_pools import Pool
from numpy.typing import NDArray

from growloop.diagnose.diagnosis import diagnose
from growloop.diagnose.failures import failure_kinds
from growloop.diagnose.features import in_slices
from growloop.diagnose.scarcity import scarce_slices
from growloop.metrics import score
from growloop.recommender import EVERYTHING, RANDOM_SHARE, Growth, SliceFacts, kind_of, most_useful, ranked
from growloop.records.diagnosis import Diagnosis, FailingSlice
from growloop.records.recommendation import Recommendation

METRIC, RIGHT_FROM = "token_f1", 0.75
"""By which an answer is right: a yes for a no is not, a slip in a name is; so small a model is seldom exact."""
MOST_SLICES, FOLLOWED = 12, 3
"""Failing slices for which something is recommended, and recommendations followed at once, as in `growloop run`."""
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Turn:
    """How the answers to the validation questions stood when so much was labelled."""

    labelled: pl.DataFrame
    wrong: pl.Series


@dataclass(frozen=True)
class Standing:
    """Where a run of rounds stands when it asks for labels."""

    pool: Pool
    truth: pl.DataFrame
    """All its questions with their hidden labels."""
    labelled: pl.DataFrame
    validation: pl.DataFrame
    predictions: pl.DataFrame
    """Of the current model, on the validation questions."""
    answer: Callable[[pl.DataFrame], pl.DataFrame]
    embeddings: Callable[[], Floats]
    """A row of length 1 for each question of the pool."""
    turns: Sequence[Turn]
    """All rounds so far, this one last."""
    most_answered: int
    """Questions of the pool that the model answers in one round, at most."""
    seed: int

    @property
    def waiting(self) -> pl.DataFrame:
        """The questions that have no label yet, as they are found."""
        return self.pool.unlabelled(self.truth.join(self.labelled, on="id", how="anti", maintain_order="left"))


Strategy = Callable[[Standing, int], list[str]]
"""The ids of so many questions to label next."""


def at_random(standing: Standing, wanted: int) -> list[str]:
    return _sampled(standing.waiting, wanted, standing.seed)["id"].to_list()


def by_uncertainty(standing: Standing, wanted: int) -> list[str]:
    """Those of a random part in whose answers the model has the least confidence."""
    asked = _sampled(standing.waiting, standing.most_answered, standing.seed)
    return standing.answer(asked).sort("confidence", "id").head(wanted)["id"].to_list()


def by_spread(standing: Standing, wanted: int) -> list[str]:
    """Those farthest from all that is labelled, one after the other: the greedy cover of k-center."""
    vectors = standing.embeddings()
    ids = standing.truth["id"]
    known = ids.is_in(standing.labelled["id"].implode()).to_numpy()
    return ids[farthest_first(vectors, np.flatnonzero(known), wanted)].to_list()


def farthest_first(vectors: Floats, known: NDArray[np.intp], wanted: int) -> list[int]:
    """The rows that are each farthest from those known and those before them; vectors have length 1."""
    nearness = np.full(len(vectors), -np.inf, dtype=np.float32)
    for block in np.array_split(known, max(1, len(known) // 256)):
        nearness = np.maximum(nearness, (vectors @ vectors[block].T).max(axis=1, initial=-np.inf))
    nearness[known] = np.inf
    chosen = []
    for _ in range(min(wanted, len(vectors) - len(known))):
        place = int(nearness.argmin())
        nearness = np.maximum(nearness, vectors @ vectors[place])
        nearness[place] = np.inf
        chosen.append(place)
    return chosen


def by_oracle(standing: Standing, wanted: int) -> list[str]:
    """Those of a random part that the model answers wrongly, at random; where they are too few, any others."""
    asked = _sampled(standing.waiting, 2 * standing.most_answered, standing.seed)
    wrong: list[str] = []
    for part in asked.iter_slices(standing.most_answered):
        judged = score(part.select("id").join(standing.truth, on="id"), standing.answer(part), [METRIC])
        wrong += judged.filter(pl.col(METRIC) < RIGHT_FROM)["id"].sort().to_list()
        if len(wrong) >= wanted:
            break
    chosen = pl.Series(wrong, dtype=pl.String).sample(min(wanted, len(wrong)), seed=standing.seed, shuffle=True)
    return _filled_up(standing, chosen.to_list(), wanted)


def by_recommendation(standing: Standing, wanted: int) -> list[str]:
    """What falls into the slices that growloop recommends to annotate, the most useful first; 15 % at random."""
    items, waiting = recommended(standing), standing.waiting
    directed = wanted - round(RANDOM_SHARE * wanted)
    asked = _sampled(_inside(waiting, items), standing.most_answered, standing.seed)
    asked = asked.join(standing.answer(asked).select("id", "confidence"), on="id", how="left", maintain_order="left")
    chosen: list[str] = []
    shared_out = zip(items[:FOLLOWED], _shared_out(items[:FOLLOWED], directed), strict=True)
    for item, most in [*shared_out, *((item, directed) for item in items)]:
        left = asked.filter(~pl.col("id").is_in(chosen))
        chosen += _useful(standing, left, item, min(most, directed - len(chosen)))
    return _filled_up(standing, chosen, wanted)


STRATEGIES: dict[str, Strategy] = {
    "random": at_random,
    "growloop": by_recommendation,
    "uncertainty": by_uncertainty,
    "k-center": by_spread,
    "oracle-greedy": by_oracle,
}


# growloop's recommendations


def recommended(standing: Standing) -> list[Recommendation]:
    """What growloop would have a person annotate, the best first: all it knows of are questions without answers."""
    found = diagnosed(standing)
    labelled, waiting = standing.pool.as_told(standing.labelled), standing.waiting
    slices = [*found.slices[:MOST_SLICES], *_scarce(standing, found, labelled, waiting)]
    wheres = [failing.where for failing in slices]
    facts = [
        SliceFacts(
            slice=failing,
            trained_on=int(inside.sum()),
            share=failing.n / max(found.n, 1),
            training=labelled.height,
            drafts=int(drafts.sum()),
        )
        for failing, inside, drafts in zip(slices, in_slices(labelled, wheres), in_slices(waiting, wheres), strict=True)
    ]
    items = ranked(
        found, facts, _growths(standing, slices), trained_on=labelled.height, has_universe=False, drafts=waiting.height
    )
    return [item for item in items if item.action == "annotate"]


def diagnosed(standing: Standing) -> Diagnosis:
    """What fails in the answers to the validation questions, told apart by what is known before anybody answers.

    A slice by the right answer's length, say, could not be found among questions that have none.
    """
    scores = score(standing.validation, standing.predictions, [METRIC])
    by = {"metric": METRIC, "right_from": RIGHT_FROM}
    kinds = failure_kinds(standing.validation, standing.predictions, scores, **by)
    asked = standing.pool.unlabelled(standing.validation)
    pool = standing.pool
    return diagnose(asked, scores, standing.predictions, **by, declared=pool.told, kinds=kinds, entity=pool.entity)


def _scarce(standing: Standing, found: Diagnosis, labelled: pl.DataFrame, waiting: pl.DataFrame) -> list[FailingSlice]:
    """What is asked more often than it is labelled."""
    asked = standing.pool.as_told(standing.validation).with_columns(is_wrong=standing.turns[-1].wrong)
    failing = [slice.where for slice in found.slices]
    return scarce_slices(asked, labelled, waiting, entity=standing.pool.entity, but=failing)


def _growths(standing: Standing, slices: Sequence[FailingSlice]) -> list[Growth]:
    """What came of more labels in each failing slice, and over all, from round to round."""
    wheres: Mapping[str, Mapping[str, str]] = {
        EVERYTHING: {},
        **{failing.words: failing.where for failing in slices},
    }
    members = in_slices(standing.pool.unlabelled(standing.validation), list(wheres.values()))
    trained_on = [in_slices(standing.pool.as_told(turn.labelled), list(wheres.values())) for turn in standing.turns]
    rounds = [*zip(standing.turns, trained_on, strict=True)]
    return [
        Growth(
            slice=words,
            trained_on=int(trained_before[place].sum()),
            wrong=int((before.wrong & members[place]).sum()),
            n=int(members[place].sum()),
            trained_on_after=int(trained_after[place].sum()),
            wrong_after=int((after.wrong & members[place]).sum()),
            n_after=int(members[place].sum()),
        )
        for (before, trained_before), (after, trained_after) in pairwise(rounds)
        for place, words in enumerate(wheres)
    ]


def _inside(waiting: pl.DataFrame, items: Sequence[Recommendation]) -> pl.DataFrame:
    inside = in_slices(waiting, [item.where for item in items])
    return waiting.filter(pl.any_horizontal(pl.lit(False), *inside))


def _shared_out(items: Sequence[Recommendation], directed: int) -> list[int]:
    """How many labels each recommendation gets: as they ask."""
    asked = max(1, sum(item.how_many for item in items))
    return [directed * item.how_many // asked for item in items]


def _useful(standing: Standing, asked: pl.DataFrame, item: Recommendation, most: int) -> list[str]:
    inside = asked.filter(in_slices(asked, [item.where])[0])
    if inside.is_empty() or most <= 0:
        return []
    gain = (item.expected_gain.value if item.expected_gain else None) or 0.0
    trained_on = standing.pool.as_told(standing.labelled).group_by(kind_of()).len("trained_on")
    twins = inside["question"].str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars()
    candidates = inside.with_columns(kind_of(), gain=pl.lit(gain), twin_of=twins)
    candidates = candidates.join(trained_on, on="kind", how="left", maintain_order="left")
    return most_useful(candidates, most, seed=standing.seed, random_share=0.0)["id"].to_list()


# at random


def _sampled(examples: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    """Some of the examples, the same each time."""
    return examples.sort("id").sample(min(most, examples.height), seed=seed, shuffle=True)


def _filled_up(standing: Standing, chosen: list[str], wanted: int) -> list[str]:
    """So many as are wanted, what is missing drawn at random from the whole pool."""
    others = standing.waiting.filter(~pl.col("id").is_in(chosen))
    return chosen + _sampled(others, wanted - len(chosen), standing.seed)["id"].to_list()
