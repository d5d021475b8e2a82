"""Do the numbers agree: prices, counts, dates and times, whatever is said around them."""

from __future__ import annotations

import re

import numpy as np

from growloop.metrics.metric import Case, Floats, Metric
from growloop.metrics.nearest import nearest

_NUMBER = re.compile(r"(?:(?<![\w.,\-−])[-−])?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?")


def numbers_in(text: str) -> frozenset[float]:
    """The distinct numbers of a text written in digits of any script; 1,000 is 1000 and 5.0 is 5.

    >>> sorted(numbers_in("From 9:30 to 17, about 1,000.50 euros"))
    [9.0, 17.0, 30.0, 1000.5]
    """
    found = _NUMBER.findall(text)
    return frozenset(float(number.replace(",", "").replace("−", "-")) for number in found)


def numeric_pairs(said: list[str], wanted: list[str]) -> Floats:
    """1.0 where both say the same numbers, else 0.0; NaN where the answer has no number."""
    pairs = zip(map(numbers_in, said), map(numbers_in, wanted), strict=True)
    return np.array([float(found == gold) if gold else np.nan for found, gold in pairs], dtype=np.float64)


NUMERIC_MATCH = Metric(
    "numeric_match",
    "Says exactly the numbers of an accepted answer; not measured where no accepted answer has one.",
    nearest(numeric_pairs),
    (
        Case("high", "That would be 1,200 euros.", ("1200 euros",)),
        Case("high", "It opens at 9.0", ("9",)),
        Case("low", "It opens soon.", ("9",)),
        Case("low", "10 or 12", ("12",)),
        Case("near_miss", "21 euros", ("12 euros",)),
        Case("near_miss", "-5 degrees", ("5 degrees",)),
    ),
    "Set equality of the numbers; words such as twelve and decimal commas are not read",
)
