from __future__ import annotations

import numpy as np
import polars as pl

from growloop.diagnose.clusters import question_clusters


def test_questions_that_mean_alike_share_a_name_which_is_one_of_them() -> None:
    vectors = np.repeat(np.eye(2, dtype=np.float32), 30, axis=0)
    questions = pl.Series([f"May my dog come in, {number}?" for number in range(30)] + ["Is there ramen?"] * 30)

    found = question_clusters(questions, vectors)

    assert found[:30].n_unique() == found[30:].n_unique() == 1
    assert found[0] in questions.to_list()
    assert found[59] == "Is there ramen?"


def test_few_questions_make_no_clusters() -> None:
    few = pl.Series(["Is there ramen?"] * 49)

    assert question_clusters(few, np.ones((49, 2), dtype=np.float32)).to_list() == [None] * 49
    assert question_clusters(few[:0], np.ones((0, 2), dtype=np.float32)).is_empty()
