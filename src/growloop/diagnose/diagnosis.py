"""What fails in the answers of one run: slices, tested and in words, and the kinds of failure in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, repeat
from typing import TypedDict

import numpy as np
import polars as pl

from growloop.diagnose.confirmation import Tested, confirm, halves
from growloop.diagnose.discovery import DEPTH, LEAST_N, LEAST_WRONG, Flags, Ints, encoded, least_rows, search
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
_WRONG, _INSIDE = "text.:wrong", "text.:inside"
"""Columns beside features, whose names no feature has."""
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
    slices: list[FailingSlice] = []
    notes = [f"Left out, because they have no {metric}: {missing:,} of {examples.height:,} answers."] if missing else []
    if wrong.any() and not wrong.all():
        known = features(scored, predictions, clusters=scored["cluster"] if clusters is not None else None)
        family, more = _family(known, wrong, scored["group"], _coordinates(scored, known, declared))
        notes += more
        told = _failing(family, known, wrong)
        slices = [_slice(found, inside, inside & wrong, scored, faults, entity) for found, inside in told]
    else:
        notes.append(_why_none(wrong))
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
    test: Tested
    q_value: float = 1.0


def _family(
    known: pl.DataFrame, wrong: Flags, groups: pl.Series, names: Sequence[Sequence[str]]
) -> tuple[list[_Hypothesis], list[str]]:
    """Everything that is tested: the values of the coordinates `names`, and what is found; and what to say about it."""
    declared, n, bad = _declared(known, wrong, names)
    family = [_Hypothesis(*one) for one in zip(declared, repeat(True), confirm(n, bad, wrong, groups), strict=False)]
    first = halves(groups)
    if min(int(wrong[half].sum()) for half in (first, ~first)) < LEAST_WRONG:
        few = "There are too few wrong answers in each half of the groups to search for slices"
        return _with_q(family), [f"{few}: only the coordinates were tested."]
    found = [where for where in _found(known.filter(pl.Series(first)), wrong[first]) if where not in declared]
    rest, failed = known.filter(pl.Series(~first)), wrong[~first]
    inside = [_rows_of(rest, where) for where in found]
    n, bad = _sums(inside), _sums([rows & failed for rows in inside])
    tests = confirm(n, bad, failed, groups.filter(pl.Series(~first)))
    return _with_q([*family, *(_Hypothesis(*one) for one in zip(found, repeat(False), tests, strict=False))]), []


def _coordinates(scored: pl.DataFrame, known: pl.DataFrame, paired: Sequence[str]) -> list[tuple[str, ...]]:
    """Every coordinate, and every pair of those that are named."""
    single = [name for name in coordinate_names(scored) if name in known.columns]
    pairs = combinations([name for name in dict.fromkeys(paired) if name in single], 2)
    return [*((name,) for name in single), *pairs]


def _declared(known: pl.DataFrame, wrong: Flags, names: Sequence[Sequence[str]]) -> tuple[list[Where], Ints, Ints]:
    """The values of coordinates that enough examples have, with their rows and wrong rows."""
    rows = known.with_columns(pl.Series(_WRONG, wrong))
    counted = [
        rows.drop_nulls(keys).group_by(keys).agg(pl.len().alias("n"), pl.sum(_WRONG)).sort(keys) for keys in names
    ]
    enough = (pl.col("n") >= LEAST_N) & (pl.col("n") < known.height)
    kept = [counts.filter(enough) for counts in counted]
    wheres = [where for counts, keys in zip(kept, names, strict=True) for where in counts.select(keys).to_dicts()]
    n, bad = (np.array([count for counts in kept for count in counts[name]], dtype=np.int64) for name in ("n", _WRONG))
    return wheres, n, bad


def _rows_of(known: pl.DataFrame, where: Where) -> Flags:
    return known.with_columns(matches_slice(where).alias(_INSIDE))[_INSIDE].to_numpy()


def _sums(flags: Sequence[Flags]) -> Ints:
    return np.array([int(rows.sum()) for rows in flags], dtype=np.int64)


def _with_q(family: list[_Hypothesis]) -> list[_Hypothesis]:
    q_values = adjusted([found.test.p_value for found in family]).tolist()
    return [replace(found, q_value=q) for found, q in zip(family, q_values, strict=True)]


def _found(known: pl.DataFrame, wrong: Flags) -> list[Where]:
    """What the search finds that says something of its own, the clearest first."""
    least = least_rows(known.height)
    slices = search(encoded(known, wrong, least), wrong, depth=DEPTH, least=least)
    most = min(len(slices), MOST_SEARCHED)
    conditions = np.array([len(slices.features[place]) for place in range(most)])
    chosen = distinct(map(slices.inside, range(most)), wrong, conditions, most=MOST_FOUND, least_gain=LEAST_GAIN)
    return [slices.where(place) for place in chosen]


# what is told


def _failing(family: list[_Hypothesis], known: pl.DataFrame, wrong: Flags) -> list[tuple[_Hypothesis, Flags]]:
    """What fails beyond chance, and says something that no clearer one says; with its rows."""
    sure = [found for found in family if found.q_value <= FALSE_DISCOVERY_RATE]
    conditions = np.array([len(found.where) for found in sure])
    gain = LEAST_GAIN + float(np.log(max(len(sure), 1)))
    inside = (_rows_of(known, found.where) for found in sure)
    chosen = distinct(inside, wrong, conditions, most=len(sure), least_gain=gain)
    return [(sure[place], _rows_of(known, sure[place].where)) for place in chosen]


def _slice(
    found: _Hypothesis, inside: Flags, failures: Flags, scored: pl.DataFrame, faults: pl.Series, entity: str
) -> FailingSlice:
    worst = scored.select("id", "score").filter(pl.Series(failures)).sort("score", "id")["id"].head(MOST_EVIDENCE)
    excess = (found.test.rate.value or 0.0) - (found.test.elsewhere.value or 0.0)
    return FailingSlice(
        where=found.where,
        words=in_words(found.where, entity=entity),
        declared=found.declared,
        n=int(inside.sum()),
        wrong=int(failures.sum()),
        rate=found.test.rate,
        elsewhere=found.test.elsewhere,
        recoverable=max(0.0, excess * int(inside.sum())),
        q_value=found.q_value,
        kinds=_counts(faults, failures),
        evidence=tuple(worst),
    )
