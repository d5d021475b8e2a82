"""What is measured of each way of choosing data, and with which intervals.

Every figure is a weighted mean over test questions, so it follows from two sums for each restaurant. The 95 % intervals
come from drawing anew, a few thousand times and with replacement, both the seeds and the restaurants of the test: all
questions about a restaurant go together, and so do the choices, whose differences are thereby paired. From three seeds
an interval shows what another draw and training would change only roughly, and on the low side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from choices import EASY, HARD
from numpy.typing import NDArray

from growloop.metrics import normalise, score
from growloop.metrics.answers import normalise_all
from growloop.records.example import coordinate
from growloop.records.run import Estimate

Floats = NDArray[np.float64]
RESAMPLES = 4_000

PLAIN = pl.col("variation") == "none"
TYPED = pl.col("variation") == "typos"
VARIED = ~PLAIN & ~TYPED
ANSWERABLE = pl.col("answerable")
ABSTAINED = pl.col("abstained")


@dataclass(frozen=True)
class Figure:
    """The mean of `value` over the questions that count; where `counts` is a number, that often."""

    label: str
    value: pl.Expr
    counts: pl.Expr


def _recall(label: str, *kinds: str) -> Figure:
    return Figure(label, ABSTAINED, PLAIN & pl.col("negative").is_in(kinds))


CHANGE = pl.col("token_f1") - pl.col("token_f1_plain")
ALIKE = pl.col("said") == pl.col("said_plain")
HIT = ABSTAINED & ~ANSWERABLE
ABOUT_A_FOOD = pl.col("template") == "offers-food"
FIGURES = {
    "token_f1": Figure("Token F1, answerable", pl.col("token_f1"), PLAIN & ANSWERABLE),
    "exact_match": Figure("Exact match, answerable", pl.col("exact_match"), PLAIN & ANSWERABLE),
    "over_refusal": Figure("Over-refusal", ABSTAINED, PLAIN & ANSWERABLE),
    "abstention_precision": Figure("Abstention precision", ~ANSWERABLE, PLAIN & ABSTAINED),
    "abstention_recall": Figure("Abstention recall", ABSTAINED, PLAIN & ~ANSWERABLE),
    "abstention_f1": Figure("Abstention F1", HIT, PLAIN * (ABSTAINED.cast(pl.Int64) + (~ANSWERABLE).cast(pl.Int64))),
    "recall_easy": _recall("  recall, easy negatives", *EASY),
    "recall_hard": _recall("  recall, hard negatives", *HARD),
    **{f"recall_{kind}": _recall(f"    {kind}", kind) for kind in (*EASY, *HARD)},
    "varied_change": Figure("Token F1, varied − plain", CHANGE, VARIED & ANSWERABLE),
    "varied_alike": Figure("  pairs answered alike", ALIKE, VARIED),
    "typos_change": Figure("Token F1, typos − plain", CHANGE, TYPED & ANSWERABLE),
    "typos_alike": Figure("  pairs answered alike", ALIKE, TYPED),
    "unseen_foods": Figure(
        "Unseen food named exactly",
        pl.col("names_food"),
        ANSWERABLE & ~ABSTAINED & (pl.col("template") == "offers-food"),
    ),
}
"""In the order of the table. Answering and abstaining on plain questions, wording on pairs of a varied question and
its plain twin, the food in every wording of an offers-food question that was answered. F1 is 2·hits / (abstentions +
unanswerable), so a hit counts twice."""


def answered(test: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    """A row for each test question: scores, coordinates, what was said, and the same of its plain twin."""
    scores = score(test, predictions, ("exact_match", "token_f1"))
    said = test.select("id").join(predictions.select("id", "prediction"), on="id", how="left", maintain_order="left")
    coordinates = test.select(
        "parent", "group", *(coordinate(name) for name in ("template", "negative", "variation", "food"))
    )
    words = pl.Series("said", normalise_all(said["prediction"]))
    rows = pl.concat([scores, coordinates], how="horizontal").with_columns(words)
    rows = rows.with_columns(said=pl.when(ABSTAINED).then(pl.lit("")).otherwise("said"), names_food=_names_food(rows))
    twins = rows.select("id", "said", "token_f1")
    return rows.join(twins, left_on="parent", right_on="id", how="left", suffix="_plain", maintain_order="left")


def _names_food(rows: pl.DataFrame) -> pl.Series:
    """Where what was said ends on exactly the food asked for."""
    foods = pl.Series([normalise(food or "") for food in rows["food"]], dtype=pl.String)
    ending = pl.concat_str(pl.lit(r"\boffers? "), pl.col("food").str.escape_regex(), pl.lit("$"))
    return rows.with_columns(food=foods).select(pl.col("said").str.contains(ending))["said"]


def sums(rows: pl.DataFrame) -> Floats:
    """For each figure and restaurant: the sum of what counts, and how much counts."""
    parts = []
    for name, figure in FIGURES.items():
        counts = figure.counts.cast(pl.Float64)
        value = pl.when(counts > 0).then(figure.value.cast(pl.Float64) * counts).otherwise(0.0)
        parts += [value.sum().alias(f"{name} sum"), counts.sum().alias(f"{name} of")]
    grouped = rows.group_by("group").agg(parts).sort("group").drop("group")
    return grouped.to_numpy().reshape(grouped.height, len(FIGURES), 2).transpose(1, 0, 2)


def figures(rows: pl.DataFrame) -> dict[str, float | None]:
    """Every figure of one model; None where nothing counts."""
    values = _shares(sums(rows).sum(axis=1))
    return {name: None if np.isnan(value) else float(value) for name, value in zip(FIGURES, values, strict=True)}


def estimates(
    mine: Sequence[Floats], whole: Sequence[Floats] | None = None, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """Every figure over the seeds, or how far it is from another choice's under the same seeds, with intervals.

    `mine` and `whole` hold the `sums` of one model for each seed; `n` is the number of seeds.
    """
    weights, seeds = _drawn_anew(len(mine), mine[0].shape[1], resamples)
    value, drawn = _over_seeds(mine, weights, seeds)
    if whole is not None:
        other, other_drawn = _over_seeds(whole, weights, seeds)
        value, drawn = value - other, drawn - other_drawn
    return {name: _estimate(value[at], drawn[at], len(mine)) for at, name in enumerate(FIGURES)}


def _drawn_anew(seeds: int, restaurants: int, resamples: int) -> tuple[Floats, Floats]:
    """How often each restaurant and each seed is drawn, in every resample; always the same."""
    random = np.random.default_rng(0)
    weights = random.multinomial(restaurants, np.full(restaurants, 1 / restaurants), size=resamples)
    shares = random.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples) / seeds
    return weights.astype(np.float64), shares


def _over_seeds(tallies: Sequence[Floats], weights: Floats, seeds: Floats) -> tuple[Floats, Floats]:
    """The mean over the seeds as they are, figure by figure, and in every resample."""
    values = np.stack([_shares(tally.sum(axis=1)) for tally in tallies])
    drawn = np.stack([_shares(np.einsum("rg,fgk->frk", weights, tally)) for tally in tallies])
    return values.mean(axis=0), np.einsum("rs,sfr->fr", seeds, drawn)


def _shares(tallies: Floats) -> Floats:
    """Sum by count, the two being last; NaN where nothing counts."""
    total, counts = tallies[..., 0], tallies[..., 1]
    found: Floats = np.divide(total, counts, out=np.full(total.shape, np.nan), where=counts > 0)
    return found


def _estimate(value: float, drawn: Floats, n: int) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not known.size:
        return Estimate(value=None, low=None, high=None, n=0)
    low, high = np.quantile(known, [0.025, 0.975])
    return Estimate(value=float(value), low=min(float(low), float(value)), high=max(float(high), float(value)), n=n)


def told(estimate: Estimate, *, signed: bool) -> str:
    """`0.81 [0.78, 0.84]`; with signs where it is a difference."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "–"
    form = "{:+.2f}" if signed else "{:.2f}"
    value, low, high = (form.format(number + 0.0) for number in (estimate.value, estimate.low, estimate.high))
    return f"{value} [{low}, {high}]"


def by_choice(tallies: Mapping[str, Mapping[int, Floats]], first: str) -> dict[str, dict[str, dict[str, Estimate]]]:
    """Choice → figure → estimate: `means`, and `differences` to the first choice under the seeds both have."""
    means = {choice: estimates([*of.values()]) for choice, of in tallies.items()}
    apart = {}
    for choice, of in tallies.items():
        shared = [seed for seed in of if seed in tallies[first]]
        if choice != first and shared:
            apart[choice] = estimates([of[seed] for seed in shared], [tallies[first][seed] for seed in shared])
    return {"means": means, "differences": apart}
