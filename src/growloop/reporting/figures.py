"""How figures and names are put, the same in the terminal, on the report page and on the card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from growloop.records.comparison import Comparison
from growloop.records.report import BudgetCheck, Iteration
from growloop.records.run import Estimate

HEADLINE = ("token_f1", "exact_match", "abstention_precision", "abstention_recall", "abstention_f1", "over_refusal")
"""The metrics that are always shown, in this order."""
LOWER_IS_BETTER = frozenset({"over_refusal", "hallucination_rate"})
_LABELS = {
    "exact_match": "Exact match",
    "token_f1": "Token F1",
    "abstention_precision": "Abstention precision",
    "abstention_recall": "Abstention recall",
    "abstention_f1": "Abstention F1",
    "over_refusal": "Over-refusal",
    "rouge_l": "ROUGE-L",
    "chrf": "chrF",
    "list_f1": "List F1",
    "mrr": "Mean reciprocal rank",
    "ndcg": "nDCG",
}
MEANINGS = {
    "exact_match": "share of answers equal to an accepted one, after the official normalisation",
    "token_f1": "mean overlap of words with the nearest accepted answer",
    "abstention_precision": "of the times it abstained, how often that was right",
    "abstention_recall": "of the unanswerable questions, how many it abstained on",
    "abstention_f1": "harmonic mean of abstention precision and recall",
    "over_refusal": "of the answerable questions, how many it refused to answer; lower is better",
    "hallucination_rate": "of the unanswerable questions, how many it answered all the same; lower is better",
    "consistency": "share of the families of differently put questions that are answered alike",
}
OPERATING_POINT_COLUMNS = ("Answered", "Answerable", "Unanswerable", "All")
NOTHING = "–"


def metric_label(name: str) -> str:
    """A metric's name for people.

    >>> metric_label("token_f1_answerable")
    'Token F1, answerable'
    """
    for side in ("_answerable", "_unanswerable"):
        if name.endswith(side):
            return f"{metric_label(name.removesuffix(side))}, {side[1:]}"
    return _LABELS.get(name) or name.replace("_", " ").replace("@", " at ").capitalize()


def metric_order(names: Iterable[str]) -> list[str]:
    """The headline metrics first, the others behind them as they come."""
    unique = list(dict.fromkeys(names))
    return [*(name for name in HEADLINE if name in unique), *(name for name in unique if name not in HEADLINE)]


def estimate_text(estimate: Estimate | None) -> str:
    """A figure with its interval and the number of examples behind it.

    >>> estimate_text(Estimate(value=0.871, low=0.84, high=0.9, n=400))
    '0.87 [0.84, 0.90] n=400'
    """
    if estimate is None:
        return NOTHING
    interval = interval_text(estimate)
    return " ".join(part for part in (value_text(estimate.value), interval, f"n={estimate.n:,}") if part)


def interval_text(estimate: Estimate) -> str:
    """The 95 % interval in brackets; empty where there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"[{estimate.low:.2f}, {estimate.high:.2f}]"


def value_text(value: float | None) -> str:
    """A share or score with two decimals."""
    return NOTHING if value is None else f"{value:.2f}"


def difference_text(estimate: Estimate) -> str:
    """A difference with its sign, and a true minus.

    >>> difference_text(Estimate(value=-0.05, low=-0.1, high=0.01, n=40))
    '−0.05 [−0.10, +0.01]'
    """
    if estimate.value is None:
        return NOTHING
    interval = (
        "" if estimate.low is None or estimate.high is None else f" [{_sign(estimate.low)}, {_sign(estimate.high)}]"
    )
    return _sign(estimate.value) + interval


def _sign(value: float) -> str:
    rounded = round(value, 2)
    return f"{abs(rounded):.2f}" if rounded == 0 else f"{'−' if rounded < 0 else '+'}{abs(rounded):.2f}"


def p_value_text(p_value: float | None) -> str:
    """A p-value with three decimals, as "< 0.001" below that.

    >>> p_value_text(0.00009), p_value_text(0.04)
    ('< 0.001', '0.040')
    """
    if p_value is None:
        return NOTHING
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def rounded(count: int) -> int:
    """A count of which only the size is known, at two digits.

    >>> rounded(277_371), rounded(87)
    (280000, 87)
    """
    return round(count, min(0, 2 - len(str(count))))


def verdict_text(comparison: Comparison) -> str:
    """What can be said about a difference, and how many more examples would tell.

    "cannot tell, about 240 more would": with so many the difference that was seen would show in four cases of five.
    """
    more = f", about {rounded(comparison.needed):,} more would" if comparison.needed else ""
    return f"{comparison.verdict}{more}"


def seconds_text(seconds: float | None) -> str:
    """Seconds with as many digits as they deserve; milliseconds below a tenth.

    >>> seconds_text(0.0123), seconds_text(1.5), seconds_text(412.3)
    ('12 ms', '1.50 s', '412 s')
    """
    if seconds is None:
        return NOTHING
    if seconds < 0.1:
        milliseconds = seconds * 1000
        return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:,.0f} s"


def megabytes_text(size_bytes: float | None) -> str:
    """Bytes in megabytes (10^6)."""
    if size_bytes is None:
        return NOTHING
    megabytes = size_bytes / 1e6
    return f"{megabytes:.1f} MB" if megabytes < 10 else f"{megabytes:,.0f} MB"


def count_text(count: float | None) -> str:
    """A count with thousands separators, large ones in millions or billions.

    >>> count_text(4000), count_text(22_713_216)
    ('4,000', '22.7 M')
    """
    if count is None:
        return NOTHING
    if count >= 1e9:
        return f"{count / 1e9:.1f} B"
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count:,.0f}"


def where_text(where: Mapping[str, str]) -> str:
    """Coordinates in one line.

    >>> where_text({"template": "dogs", "negative": "none"})
    'template=dogs · negative=none'
    """
    return " · ".join(f"{key}={value}" for key, value in where.items()) or "all"


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "example"), plural(4000, "example")
    ('1 example', '4,000 examples')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def capitalise(text: str) -> str:
    """The text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def iteration_label(turn: Iteration) -> str:
    """What a turn of the loop is called in a heading."""
    return f"{turn.number} · {'tuned' if turn.trained_by else 'zero-shot'}"


def met_text(check: BudgetCheck) -> str:
    """Whether a budget is met; of a cost just above it, that timing cannot tell."""
    return "met, within the noise" if check.is_near else "met" if check.met else "missed"


def budget_figures(check: BudgetCheck) -> tuple[str, str]:
    """What a budget wants and what was measured, with their direction and unit."""
    if check.minimum is not None:
        sign = "≥" if check.minimum.at_most is None else "≤"
        return f"{sign} {check.budget:.2f}", value_text(check.measured)
    if "second" in check.name:
        return f"≤ {seconds_text(check.budget)}", seconds_text(check.measured)
    measured = NOTHING if check.measured is None else f"{check.measured:,.0f} MB"
    return f"≤ {check.budget:,.0f} MB", measured
