"""What fails in the answers of one run: slices, tested and in words, and the kinds of failure in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypedDict

import numpy as np
import polars as pl

from growloop.diagnose.confirmation import Tested, confirm, halves
from growloop.diagnose.discovery import DEPTH, LEAST_N, LEAST_WRONG, Flags, encoded, least_rows, search
from growloop.diagnose.distinct import distinct
from growloop.diagnose.features import features, matches_slice
from growloop.diagnose.words import in_words
from growloop.metrics.significance import adjusted
from growloop.records.diagnosis import Diagnosis, FailingSlice, FailureKind
from growloop.records.example import coordinate_names

FALSE_DISCOVERY_RATE = 0.1
MOST_SEARCHED, MOST_FOUND = 1000, 24
"""So many of the slices counted are compared with each other, and so many of those tested."""
LEAST_GAIN = 2.0
"""By how much a slice must make the answers likelier beyond clearer ones, in logarithms; of many, more (Bonferroni)."""
MOST_EVIDENCE = 8
Where = dict[str, str]


class Named(TypedDict):
    """What was diagnosed."""

    run: str
    version: str
    split: str
    metric: str
    right_from: float


def diagnose(
    examples: pl.DataFrame,
    scores: pl.DataFrame,
    predictions: pl.DataFrame | None = None,
    *,
    metric: str,
    right_from: float,
    run: str = "",
    version: str = "",
    split: str = "",
    declared: Sequence[str] = (),
    kinds: pl.DataFrame | None = None,
    entity: str = "entity",
    clusters: pl.Series | None = None,
) -> Diagnosis:
    """The slices that fail more often than the rest, by recoverable errors, and the kinds of failure (`id`, `kind`).

    An answer is wrong where `metric` is below `right_from`; those without a score are left out and counted. Every
    coordinate is tested, and every pair of the `declared` ones, on all examples; what is found by search on half of
    the groups is tested on the other half. `entity` is what the contexts are about, for the words.
    """
    named = Named(run=run, version=version, split=split, metric=metric, right_from=right_from)
    scored, missing = _scored(examples, scores, metric, clusters)
    wrong = (scored["score"] < right_from).to_numpy()
    faults = _kinds_of(scored, wrong, kinds)
    family: list[_Hypothesis] = []
    notes = [f"{missing:,} answers have no {metric}, and are left out."] if missing else []
    if wrong.any() and not wrong.all():
        known = features(scored, predictions, clusters=scored["cluster"] if clusters is not None else None)
        family, more = _family(known, wrong, scored["group"], _declared(known, scored, declared))
        notes += more
    else:
        notes.append(_why_none(wrong))
    slices = [_slice(found, scored, faults, wrong, entity) for found in _failing(family, wrong)]
    return Diagnosis(
        **named,
        n=len(wrong),
        wrong=int(wrong.sum()),
        tested=len(family),
        false_discovery_rate=FALSE_DISCOVERY_RATE,
        kinds=_counts(faults, wrong),
        slices=tuple(sorted(slices, key=lambda found: -found.recoverable)),
        notes=tuple(notes),
    )


def _scored(
    examples: pl.DataFrame, scores: pl.DataFrame, metric: str, clusters: pl.Series | None
) -> tuple[pl.DataFrame, int]:
    """The examples with their `score`, each once, and how many more have none."""
    clustered = examples if clusters is None else examples.with_columns(clusters.alias("cluster"))
    given = scores.select("id", score=pl.col(metric).cast(pl.Float64)).unique("id", keep="first")
    answered = clustered.unique("id", keep="first", maintain_order=True).join(given, on="id", maintain_order="left")
    scored = answered.filter(pl.col("score").is_finite())
    return scored, answered.height - scored.height


def _why_none(wrong: Flags) -> str:
    if not len(wrong):
        return "Nothing was scored."
    return "Every answer is wrong, so no slice fails more than the rest." if wrong.all() else "No answer is wrong."


def _kinds_of(scored: pl.DataFrame, wrong: Flags, kinds: pl.DataFrame | None) -> pl.Series:
    """The kind of failure of each wrong answer, in row order; null where none is told."""
    if kinds is None:
        return pl.Series("kind", [None] * scored.height, dtype=pl.String)
    known = kinds.select("id", "kind").unique("id", keep="first")
    found = scored.select("id", wrong=pl.Series(wrong)).join(known, on="id", how="left", maintain_order="left")
    return found.select(pl.when("wrong").then("kind").alias("kind"))["kind"]


def _counts(faults: pl.Series, inside: Flags) -> dict[FailureKind, int]:
    """How many failures of each kind, the most frequent first."""
    counts = faults.filter(pl.Series(inside)).drop_nulls().value_counts(name="n")
    return dict(counts.sort("n", "kind", descending=[True, False]).iter_rows())


# what is tested


@dataclass(frozen=True)
class _Hypothesis:
    """A slice that was tested, and what the test gave."""

    where: Where
    declared: bool
    inside: Flags
    test: Tested
    q_value: float = 1.0


def _declared(known: pl.DataFrame, scored: pl.DataFrame, names: Sequence[str]) -> list[Where]:
    """Every value of every coordinate, and of every pair of those that are named, with enough examples."""
    coordinates = [name for name in coordinate_names(scored) if name in known.columns]
    pairs = combinations([name for name in dict.fromkeys(names) if name in coordinates], 2)
    return [where for keys in (*((name,) for name in coordinates), *pairs) for where in _values(known, keys)]


def _values(known: pl.DataFrame, keys: tuple[str, ...]) -> list[Where]:
    counts = known.select(keys).drop_nulls().group_by(keys).len().sort(keys)
    many = counts.filter((pl.col("len") >= LEAST_N) & (pl.col("len") < known.height))
    return many.select(keys).to_dicts()


def _family(
    known: pl.DataFrame, wrong: Flags, groups: pl.Series, declared: list[Where]
) -> tuple[list[_Hypothesis], list[str]]:
    """Everything that is tested, and what is to be said about it."""
    stated = [known.select(matches_slice(where).alias("inside"))["inside"].to_numpy() for where in declared]
    results = confirm(stated, wrong, groups)
    family = [_Hypothesis(*found) for found in zip(declared, [True] * len(declared), stated, results, strict=True)]
    first = halves(groups)
    if min(int(wrong[half].sum()) for half in (first, ~first)) < LEAST_WRONG:
        few = "There are too few wrong answers in each half of the groups to search for slices"
        return _with_q(family), [f"{few}: only the coordinates were tested."]
    found = [where for where in _found(known.filter(pl.Series(first)), wrong[first]) if where not in declared]
    inside = [known.select(matches_slice(where).alias("inside"))["inside"].to_numpy() for where in found]
    second = confirm([rows[~first] for rows in inside], wrong[~first], groups.filter(pl.Series(~first)))
    family += [_Hypothesis(*one) for one in zip(found, [False] * len(found), inside, second, strict=True)]
    return _with_q(family), []


def _with_q(family: list[_Hypothesis]) -> list[_Hypothesis]:
    q_values = adjusted([found.test.p_value for found in family]).tolist()
    return [
        _Hypothesis(found.where, found.declared, found.inside, found.test, q)
        for found, q in zip(family, q_values, strict=True)
    ]


def _found(known: pl.DataFrame, wrong: Flags) -> list[Where]:
    """What the search finds that says something of its own, the clearest first."""
    least = least_rows(known.height)
    slices = search(encoded(known, wrong, least), wrong, depth=DEPTH, least=least)
    most = min(len(slices), MOST_SEARCHED)
    conditions = np.array([len(slices.features[place]) for place in range(most)])
    chosen = distinct(map(slices.inside, range(most)), wrong, conditions, most=MOST_FOUND, least_gain=LEAST_GAIN)
    return [slices.where(place) for place in chosen]


# what is told


def _failing(family: list[_Hypothesis], wrong: Flags) -> list[_Hypothesis]:
    """What fails beyond chance, and says something that no clearer one says."""
    sure = [found for found in family if found.q_value <= FALSE_DISCOVERY_RATE]
    conditions = np.array([len(found.where) for found in sure])
    gain = LEAST_GAIN + float(np.log(max(len(sure), 1)))
    chosen = distinct((found.inside for found in sure), wrong, conditions, most=len(sure), least_gain=gain)
    return [sure[place] for place in chosen]


def _slice(found: _Hypothesis, scored: pl.DataFrame, faults: pl.Series, wrong: Flags, entity: str) -> FailingSlice:
    failures = found.inside & wrong
    worst = scored.select("id", "score").filter(pl.Series(failures)).sort("score", "id")["id"].head(MOST_EVIDENCE)
    excess = (found.test.rate.value or 0.0) - (found.test.elsewhere.value or 0.0)
    return FailingSlice(
        where=found.where,
        words=in_words(found.where, entity=entity),
        declared=found.declared,
        n=int(found.inside.sum()),
        wrong=int(failures.sum()),
        rate=found.test.rate,
        elsewhere=found.test.elsewhere,
        recoverable=max(0.0, excess * int(found.inside.sum())),
        q_value=found.q_value,
        kinds=_counts(faults, failures),
        evidence=tuple(worst),
    )
