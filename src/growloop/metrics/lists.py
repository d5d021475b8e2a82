"""Answers that list things: "what are the options", in whatever order they are named."""

from __future__ import annotations

import re

import numpy as np

from growloop.metrics.answers import normalise_all
from growloop.metrics.metric import Case, Floats, Metric
from growloop.metrics.nearest import nearest

_LEAD_IN = re.compile(r"^[^:\n]*:(?=\s)")
_BETWEEN = re.compile(r"\s*(?:[,;\n•·、，]|(?:^|\n)\s*(?:[-*]|\d+[.)])\s|\b(?:and|or)\b|&)\s*")


def items_of(texts: list[str]) -> list[frozenset[str]]:
    """The things each text lists, normalised; what stands before a colon introduces them.

    >>> sorted(items_of(["The options are: Gyoza, ramen and a tofu curry."])[0])
    ['gyoza', 'ramen', 'tofu curry']
    """
    parts = [_BETWEEN.split(_LEAD_IN.sub("", text)) for text in texts]
    plain = iter(normalise_all([item for row in parts for item in row]))
    return [frozenset(item for item in (next(plain) for _ in row) if item) for row in parts]


def list_f1_pairs(said: list[str], wanted: list[str]) -> Floats:
    """Harmonic mean of the share of listed things that are right and the share of right things listed."""
    pairs = zip(items_of(said), items_of(wanted), strict=True)
    shares = [2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0 for one, other in pairs]
    return np.array(shares, dtype=np.float64)


LIST_F1 = Metric(
    "list_f1",
    "Overlap of the things listed with those of the nearest accepted answer, in any order.",
    nearest(list_f1_pairs),
    (
        Case("high", "ramen, the gyoza and tofu curry", ("Tofu curry, ramen and gyoza.",)),
        Case("high", "The options are: b; a", ("a, b",)),
        Case("low", "pizza", ("ramen, gyoza",)),
        Case("low", "", ("ramen, gyoza",)),
        Case("near_miss", "ramen, pizza", ("ramen, gyoza",)),
        Case("near_miss", "ramen gyoza", ("ramen, gyoza",)),
    ),
    "Dice 1945 over the sets of normalised items; commas, semicolons, lines, bullets, and, or part them",
)
