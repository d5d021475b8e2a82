from __future__ import annotations

import numpy as np
import polars as pl

from growloop.diagnose.clusters import middle_questions, question_clusters

TWO = np.eye(2, dtype=np.float32)


def test_questions_that_mean_alike_share_a_name_which_is_one_of_them() -> None:
    vectors = np.repeat(TWO, 30, axis=0)
    questions = pl.Series([f"May my dog come in, {number}?" for number in range(30)] + ["Is there ramen?"] * 30)

    middles = middle_questions(questions, vectors)
    found = question_clusters(vectors, middles, vectors[[questions.to_list().index(middle) for middle in middles]])

    assert found[:30].n_unique() == found[30:].n_unique() == 1
    assert found[0] in questions.to_list()
    assert found[59] == "Is there ramen?"


def test_a_question_that_had_no_part_in_finding_them_belongs_to_the_nearest() -> None:
    new = np.array([[0.8, 0.6]], dtype=np.float32)

    assert question_clusters(new, ["May my dog come in?", "Is there ramen?"], TWO).to_list() == ["May my dog come in?"]


def test_few_questions_make_no_clusters() -> None:
    few = pl.Series(["Is there ramen?"] * 49)

    assert middle_questions(few, np.ones((49, 2), dtype=np.float32)) == []
    assert question_clusters(np.ones((49, 2), dtype=np.float32), [], TWO[:0]).to_list() == [None] * 49
    assert question_clusters(TWO[:0], ["Is there ramen?"], TWO[:1]).is_empty()
