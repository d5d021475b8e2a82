"""The gate before a new model: it takes over only where nothing that was good got worse beyond chance.

Against it speak, each with its figures:

    a fall over all shared questions beyond chance (one-sided approximate randomisation, p < 0.05);
    a fall at a value of a declared coordinate (the same, by Holm's correction over all of them);
    any question that a person corrected, answered rightly before and wrongly now, whatever chance says: whoever
    corrected an answer sees it wrong again;
    a budget that was met before and is missed now; one that was missed before too, where it got worse.

What cannot be told does not speak against it: with few questions a real fall can pass, and the reasons say how many
there were. No two measurements of time agree to the last digit: a cost that was within its budget is missed where it
is over the budget beyond that noise, as everywhere, and grew by more than a tenth. A budget that neither model meets
is no reason to keep the old one, which misses it as well; but it must not drift away: a cost may not grow by more than
a tenth; a minimum score may not fall below the interval that it had before on the same questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from growloop.diagnose.compare import LEVEL, Paired, everywhere, membership, paired
from growloop.errors import NothingToDo
from growloop.metrics import summarise
from growloop.records.comparison import Promotion
from growloop.records.example import matches
from growloop.records.report import BudgetCheck

COSTLIER = 1.1
"""A cost counts as worse from this many times what it was: below that, measuring it again may give the other order."""
_NAMED = 5
"""How many corrections a reason names before it only counts them."""


def promotion(
    before: pl.DataFrame,
    after: pl.DataFrame,
    examples: pl.DataFrame,
    *,
    metric: str,
    right_from: float = 0.5,
    slices: Sequence[str] = (),
    budgets_before: Sequence[BudgetCheck] = (),
    budgets_after: Sequence[BudgetCheck] = (),
    seed: int = 0,
) -> Promotion:
    """Whether the model with the scores `after` takes the place of the one with the scores `before`, and why.

    `slices` are the declared coordinates. Rows whose example is bound to the train side, corrections that were asked
    again, count as corrections only. An answer is right where `metric` is at least `right_from`.
    """
    held_out = examples.filter(pl.col("split").fill_null("test") != "train")
    against = list(_falls(before, after, held_out, metric, slices, seed))
    broken, kept = _corrections(before, after, examples, metric, right_from)
    against += _broken_reason(broken, kept)
    against += _budget_reasons(before, after, held_out, budgets_before, budgets_after)
    if against:
        return Promotion(promoted=False, reasons=tuple(against), broken=tuple(broken))
    return Promotion(promoted=True, reasons=tuple(_for(before, after, held_out, metric, slices, kept, budgets_after)))


def _falls(
    before: pl.DataFrame, after: pl.DataFrame, examples: pl.DataFrame, metric: str, slices: Sequence[str], seed: int
) -> Iterator[str]:
    """What fell beyond chance: over all, then at each declared coordinate."""
    try:
        pairs = _shared(before, after, examples, metric)
    except NothingToDo:
        yield (
            f"The two models share no question that {metric} scores, so nothing shows that the new one is no worse. "
            "Have the one before answer the new questions:  growloop evaluate --model RUN"
        )
        return
    whole = Paired(pairs, everywhere(pairs), seed=seed)
    if whole.chances.fall[0] < LEVEL:
        yield f"{metric} fell over all: {_figures(whole, 0, float(whole.chances.fall[0]))}."
    places, members = membership(pairs, examples, slices, others=False)
    if not places:
        return
    measured = Paired(pairs, members, seed=seed)
    adjusted = measured.adjusted(measured.chances.fall)
    for part, p_value in adjusted.items():
        if p_value < LEVEL:
            at = ", ".join(f"{key}={value}" for key, value in places[part].items())
            yield f"{metric} fell at {at}: {_figures(measured, part, p_value)} after Holm's correction."


def _shared(before: pl.DataFrame, after: pl.DataFrame, examples: pl.DataFrame, metric: str) -> pl.DataFrame:
    asked = [scores.join(examples, on="id", how="semi") for scores in (before, after)]
    return paired(asked[0], asked[1], metric, examples)


def _figures(measured: Paired, part: int, p_value: float) -> str:
    one, other, n = measured.means(part)
    p_text = "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"
    return f"{one:.3f} before, {other:.3f} now, on {n:,} shared questions, p {p_text}"


def _corrections(
    before: pl.DataFrame, after: pl.DataFrame, examples: pl.DataFrame, metric: str, right_from: float
) -> tuple[list[str], int]:
    """Ids of corrected questions that were right and are wrong, and how many were right."""
    corrected = examples.filter(pl.col("origin") == "annotation").select("id")
    right = before.filter(pl.col(metric) >= right_from).join(corrected, on="id", how="semi")
    now = right.select("id").join(after.select("id", metric), on="id").drop_nulls(metric).sort("id")
    return now.filter(pl.col(metric) < right_from)["id"].to_list(), now.height


def _broken_reason(broken: Sequence[str], kept: int) -> list[str]:
    if not broken:
        return []
    more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
    named = ", ".join(broken[:_NAMED])
    return [f"{len(broken)} of {kept} corrections by people that were answered rightly are wrong again: {named}{more}."]


def _budget_reasons(
    before: pl.DataFrame,
    after: pl.DataFrame,
    examples: pl.DataFrame,
    checks_before: Sequence[BudgetCheck],
    checks_after: Sequence[BudgetCheck],
) -> Iterator[str]:
    earlier = {check.name: check for check in checks_before}
    for check in checks_after:
        if check.met:
            continue
        was = earlier.get(check.name)
        now = "nothing could be measured now" if check.measured is None else f"{check.measured:.4g} now"
        if _hardly_grew(was, check):
            continue
        if was is None or was.met:
            had = "" if was is None or was.measured is None else f" (before: {was.measured:.4g})"
            yield f"Budget {check.name} is missed: {now}{had}, wanted {check.budget:g}."
        elif _is_worse(was, check, before, after, examples):
            had = f"{was.measured:.4g} before" if was.measured is not None else "not measured before"
            yield f"Budget {check.name}, missed before too, got worse: {had}, {now}, wanted {check.budget:g}."


def _hardly_grew(was: BudgetCheck | None, now: BudgetCheck) -> bool:
    """True of a cost that was within its budget and is hardly more now than measuring it again might have given."""
    if now.minimum is not None or now.measured is None or was is None or was.measured is None:
        return False
    return was.met and now.measured <= COSTLIER * was.measured


def _is_worse(
    was: BudgetCheck, now: BudgetCheck, before: pl.DataFrame, after: pl.DataFrame, examples: pl.DataFrame
) -> bool:
    """Whether a budget that is missed before and after is missed by more, beyond what measuring it again would do."""
    if was.measured is None or now.measured is None:
        return was.measured is not None
    if now.minimum is None:
        return now.measured > COSTLIER * was.measured
    asked = (
        examples.filter(matches(now.minimum.where)).join(before, on="id", how="semi").join(after, on="id", how="semi")
    )
    one, other = (summarise(scores.join(asked, on="id", how="semi")) for scores in (before, after))
    low, value = one[now.minimum.metric].low, other[now.minimum.metric].value
    return low is not None and value is not None and value < low


def _for(
    before: pl.DataFrame,
    after: pl.DataFrame,
    examples: pl.DataFrame,
    metric: str,
    slices: Sequence[str],
    kept: int,
    budgets: Sequence[BudgetCheck],
) -> Iterator[str]:
    """What was looked at, where nothing speaks against the new model."""
    pairs = _shared(before, after, examples, metric)
    one, other = (float(np.mean(pairs[name].to_numpy())) for name in ("before", "after"))
    yield f"{metric} {one:.3f} before, {other:.3f} now, on {pairs.height:,} shared questions: no fall beyond chance."
    places, _ = membership(pairs, examples, slices, others=False)
    if places:
        yield f"None of {len(places):,} declared slices fell beyond chance."
    if kept:
        yield f"All {kept:,} corrections by people that were answered rightly still are."
    missed = [check.name for check in budgets if not check.met]
    if budgets:
        over = f"; {', '.join(missed)} missed by no more than before, or than measuring again may give"
        yield f"{len(budgets) - len(missed)} of {len(budgets)} budgets are met{over if missed else ''}."
