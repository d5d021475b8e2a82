"""The worst answers first, and what kind of mistake each is."""

from __future__ import annotations

import polars as pl

from growloop.diagnose.worst import worst_examples
from growloop.metrics import score
from growloop.records.example import EXAMPLES, examples_frame
from growloop.records.run import PREDICTIONS, SCORES

SAID = {
    "right": "cat",
    "partly": "cat",
    "wrong": "dog",
    "surely wrong": "cow",
    "refused": "",
    "unanswerable": "cat",
    "abstained": "",
}
CONFIDENCE = {"wrong": 0.2, "surely wrong": 0.9, "unanswerable": None}


def frames(metrics: tuple[str, ...] = ("exact_match", "token_f1")) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """One example for each way an answer can come out; the question says which."""
    answers = {"partly": ["black cat"], "unanswerable": [], "abstained": []}
    examples = examples_frame({"question": list(SAID), "answers": [answers.get(name, ["cat"]) for name in SAID]})
    predictions = pl.DataFrame(
        {
            "id": examples["id"],
            "prediction": list(SAID.values()),
            "abstained": [not said for said in SAID.values()],
            "confidence": [CONFIDENCE.get(name, 0.5) for name in SAID],
            "seconds": [0.1] * len(SAID),
            "cut_tokens": [0] * len(SAID),
        },
        schema=PREDICTIONS,
    )
    return examples, predictions, score(examples, predictions, metrics)


def test_the_lowest_scores_come_first_the_most_confident_of_them_before_the_others() -> None:
    found = worst_examples(*frames(), 10)

    assert found["question"].to_list() == ["surely wrong", "refused", "wrong", "unanswerable", "partly"]


def test_each_mistake_has_its_kind() -> None:
    found = worst_examples(*frames(), 10)

    kinds = dict(found.select("question", "mistake").iter_rows())
    assert kinds == {
        "surely wrong": "wrong",
        "wrong": "wrong",
        "refused": "refused",
        "unanswerable": "answered_unanswerable",
        "partly": "partly",
    }


def test_only_as_many_as_asked_for_are_given_with_all_that_is_known_of_them() -> None:
    found = worst_examples(*frames(), 2)

    assert found.height == 2
    assert {"context", "answers", "where", "prediction", "token_f1", "abstained", "seconds"} <= set(found.columns)


def test_without_token_f1_the_first_metric_ranks() -> None:
    assert worst_examples(*frames(("exact_match",)), 10).height == 5


def test_nothing_is_worst_where_nothing_is_wrong_or_asked() -> None:
    nothing = pl.DataFrame(schema={**SCORES, "token_f1": pl.Float64})

    assert worst_examples(pl.DataFrame(schema=EXAMPLES), pl.DataFrame(schema=PREDICTIONS), nothing, 5).is_empty()
