"""Is the accepted answer in what was said: for answers that say more than they must."""

from __future__ import annotations

from collections import Counter

import numpy as np

from growloop.metrics.answers import normalise_all
from growloop.metrics.metric import Case, Floats, Metric
from growloop.metrics.nearest import nearest


def contains_pairs(said: list[str], wanted: list[str]) -> Floats:
    """1.0 where the words of the answer stand in a row in the prediction, both normalised; else 0.0."""
    pairs = zip(normalise_all(said), normalise_all(wanted), strict=True)
    return np.array([bool(gold) and f" {gold} " in f" {text} " for text, gold in pairs], dtype=np.float64)


def recall_pairs(said: list[str], wanted: list[str]) -> Floats:
    """Share of the answer's words, counted with repetition, that the prediction says."""
    pairs = zip(normalise_all(said), normalise_all(wanted), strict=True)
    return np.array([_recall(text.split(), gold.split()) for text, gold in pairs], dtype=np.float64)


def _recall(said: list[str], wanted: list[str]) -> float:
    return (Counter(said) & Counter(wanted)).total() / len(wanted) if wanted else 0.0


CONTAINS = Metric(
    "contains",
    "The words of an accepted answer stand in a row in what was said.",
    nearest(contains_pairs),
    (
        Case("high", "It is Paris, of course.", ("Paris",)),
        Case("high", "the Eiffel Tower!", ("Eiffel tower",)),
        Case("low", "It is Rome.", ("Paris",)),
        Case("low", "", ("Paris",)),
        Case("near_miss", "It costs 120 euros.", ("12 euros",)),
        Case("near_miss", "Tower of Eiffel", ("Eiffel tower",)),
    ),
    "Substring accuracy over words, as in Mallen et al. 2023 (PopQA), after SQuAD's normalising",
)
GOLD_RECALL = Metric(
    "gold_recall",
    "Share of an accepted answer's words that were said.",
    nearest(recall_pairs),
    (
        Case("high", "It closes at ten in the evening, on Sundays too.", ("ten in the evening",)),
        Case("low", "No idea at all.", ("ten in the evening",)),
        Case("low", "", ("ten",)),
        Case("near_miss", "nine in the morning", ("ten in the evening",)),
    ),
    "Recall over SQuAD's tokens: Adlakha et al. 2023, arXiv:2307.16877",
)
