import numpy as np
import pytest

from growloop.retrieval.bm25 import Bm25, words

pytest.importorskip("bm25s")


def test_words_are_folded_and_lose_plural_and_possessive():
    assert words("Joe’s DOGS love Crème-brûlée, glass") == ["joe", "dog", "love", "crème", "brûlée", "glass"]
    assert words("ＶＥＧＡＮ Straße") == ["vegan", "strasse"]
    assert words("?! …") == []


def test_the_passage_that_shares_the_rare_word_scores_highest():
    index = Bm25.build(["the dog and the cat", "the dog and the hen", "the cat and the cow"])

    [scores] = index.scores(["where is the hen?"])

    assert np.argmax(scores) == 1


def test_a_question_without_known_words_scores_nothing():
    index = Bm25.build(["dogs", "cats"])

    assert index.scores(["zebra", "", "?"]).tolist() == [[0, 0], [0, 0], [0, 0]]
    assert index.scores([]).shape == (0, 2)


def test_passages_without_any_word_can_be_indexed():
    assert Bm25.build(["?!", "…"]).scores(["?!"]).tolist() == [[0, 0]]


def test_a_saved_index_scores_the_same(tmp_path):
    index = Bm25.build(["one dog", "two cats", "dög café"])
    index.save(tmp_path / "bm25")

    again = Bm25.load(tmp_path / "bm25")

    assert np.array_equal(again.scores(["a dog", "café"]), index.scores(["a dog", "café"]))
    assert not list((tmp_path / "bm25").glob("*.pkl"))


def test_scores_follow_the_lucene_formula():
    index = Bm25.build(["dog dog cat", "cat", "cow cow"])

    [scores] = index.scores(["dog"])

    inverse_frequency = np.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    saturated = 2 / (2 + 1.5 * (1 - 0.75 + 0.75 * 3 / 2))
    assert scores[0] == pytest.approx(inverse_frequency * saturated, rel=1e-5)
