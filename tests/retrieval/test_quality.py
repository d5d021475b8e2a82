from math import log2

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.records.example import examples_frame
from growloop.retrieval import build_index
from growloop.retrieval.quality import gold_passages, measure, mrr, ndcg, recall_at_k, wilson


def found(*rows):
    schema = {"question": pl.Int64, "rank": pl.Int64, "id": pl.String}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def gold(*passages):
    return pl.DataFrame(
        {"question": [f"q{number}" for number in range(len(passages))], "passages": list(passages)},
        schema={"question": pl.String, "passages": pl.List(pl.String)},
    )


def test_recall_counts_questions_with_a_right_passage_among_the_first_k():
    ranked = found((0, 1, "x"), (0, 2, "a"), (1, 1, "b"), (2, 1, "x"))
    right = gold(["a"], ["b"], ["c"])

    assert recall_at_k(ranked, right, 1).value == pytest.approx(1 / 3)
    assert recall_at_k(ranked, right, 2).value == pytest.approx(2 / 3)
    assert recall_at_k(ranked, right, 2).n == 3


def test_one_of_several_right_passages_is_enough_and_counts_once():
    ranked = found((0, 1, "a"), (0, 2, "b"))

    assert recall_at_k(ranked, gold(["a", "b", "c"]), 2).value == 1


def test_mrr_is_the_mean_of_reciprocal_first_ranks():
    ranked = found((0, 2, "a"), (0, 3, "z"), (1, 1, "b"))

    estimate = mrr(ranked, gold(["a", "z"], ["b"], ["c"]))

    assert estimate.value == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert estimate.low <= estimate.value <= estimate.high


def test_ndcg_discounts_right_passages_by_their_rank_and_divides_by_the_best_ranking():
    ranked = found((0, 1, "x"), (0, 2, "a"), (0, 3, "b"), (1, 1, "c"))

    estimate = ndcg(ranked, gold(["a", "b"], ["c"], ["d"]), 3)

    first = (1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3))
    assert estimate.value == pytest.approx((first + 1 + 0) / 3)
    assert ndcg(ranked, gold(["a", "b"], ["c"], ["d"]), 1).value == pytest.approx(1 / 3)


def test_without_questions_there_is_no_figure():
    assert ndcg(found(), gold(), 3).n == 0
    assert recall_at_k(found(), gold(), 1).value is None
    assert mrr(found(), gold()).n == 0


def test_questions_whose_right_passage_is_unknown_count_as_missed():
    assert recall_at_k(found((0, 1, "a")), gold([]), 1).value == 0


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_wilson_interval_holds_its_share_and_stays_within_0_and_1(counts):
    estimate = wilson(*counts)

    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high


def test_wilson_gives_the_published_figure():
    # Newcombe 1998, table I: 81 of 263
    estimate = wilson(81, 263)

    assert (estimate.low, estimate.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_gold_passages_join_the_contexts_of_one_question_and_leave_out_negatives(qa):
    rows = [
        qa("Dogs?", "yes", context="dogs welcome"),
        qa("Dogs?", "yes", context="pets are fine"),
        qa("Beer?", context="dogs welcome"),
        qa("Wine?", "yes", context="not indexed"),
    ]
    examples = examples_frame({name: [row[name] for row in rows] for name in rows[0]})
    passages = pl.DataFrame({"id": ["p1", "p2"], "text": ["dogs welcome", "pets are fine"]})

    right = gold_passages(examples, passages)

    assert dict(right.iter_rows()) == {"Dogs?": ["p1", "p2"], "Wine?": []}


def test_measuring_an_index_leaves_out_and_counts_what_is_not_indexed(qa, tmp_path, finished):
    pytest.importorskip("bm25s")
    rows = [qa("dogs?", "yes", context="dogs welcome"), qa("beer?", "yes", context="elsewhere")]
    examples = examples_frame({name: [row[name] for row in rows] for name in rows[0]})
    passages = pl.DataFrame({"id": ["p1", "p2"], "text": ["dogs welcome", "pets are fine"]})
    index = finished(build_index(passages, tmp_path, "bm25"))

    quality = measure(index, examples)

    assert quality.not_indexed == 1
    assert {name: estimate.value for name, estimate in quality.estimates().items()} == {
        "recall@1": 1, "recall@3": 1, "recall@5": 1, "mrr": 1, "ndcg": 1,
    }  # fmt: skip


def test_measuring_without_positives_gives_no_figures(qa, tmp_path, finished):
    pytest.importorskip("bm25s")
    examples = examples_frame({name: [value] for name, value in qa("dogs?").items()})
    index = finished(build_index(pl.DataFrame({"id": ["p"], "text": ["dogs"]}), tmp_path, "bm25"))

    assert measure(index, examples).mrr.value is None
