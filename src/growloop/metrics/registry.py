"""Every metric that growloop has, by name."""

from __future__ import annotations

from growloop.metrics.chrf import CHRF
from growloop.metrics.containment import CONTAINS, GOLD_RECALL
from growloop.metrics.groundedness import GROUNDEDNESS
from growloop.metrics.lists import LIST_F1
from growloop.metrics.metric import Case, Metric
from growloop.metrics.numeric import NUMERIC_MATCH
from growloop.metrics.rouge import ROUGE_L
from growloop.metrics.semantic import SEMANTIC_SIMILARITY
from growloop.metrics.text_overlap import exact_match, token_f1

_SQUAD = "Rajpurkar et al. 2018, SQuAD 2.0: the official script, bit by bit"
EXACT_MATCH = Metric(
    "exact_match",
    "Equal to an accepted answer but for case, punctuation and articles.",
    lambda rows: exact_match(rows["prediction"], rows["answers"]),
    (
        Case("high", "The Eiffel Tower!", ("eiffel tower",)),
        Case("high", "", ()),
        Case("low", "Big Ben", ("Eiffel Tower",)),
        Case("low", "Paris", ()),
        Case("near_miss", "Eiffel Towers", ("Eiffel Tower",)),
        Case("near_miss", "No, dogs are not allowed.", ("No, dogs are allowed.",)),
    ),
    _SQUAD,
)
TOKEN_F1 = Metric(
    "token_f1",
    "Overlap of words with the nearest accepted answer.",
    lambda rows: token_f1(rows["prediction"], rows["answers"]),
    (
        Case("high", "tower of Eiffel", ("Eiffel Tower of",)),
        Case("high", "", ()),
        Case("low", "Big Ben", ("Eiffel Tower",)),
        Case("low", "Paris", ()),
        Case("near_miss", "No, Kumo House does not offer ramen.", ("Yes, Kumo House offers ramen.",)),
    ),
    _SQUAD,
)
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        EXACT_MATCH,
        TOKEN_F1,
        CONTAINS,
        GOLD_RECALL,
        ROUGE_L,
        CHRF,
        NUMERIC_MATCH,
        LIST_F1,
        GROUNDEDNESS,
    )
}
"""Those that need nothing but the text at hand."""
JUDGE = "judge"
BUILT_IN = (*METRICS, SEMANTIC_SIMILARITY, JUDGE)
"""The names of all, with the one that has to be given its embeddings and the one that has to be trained."""
