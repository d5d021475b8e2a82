import numpy as np
import pytest

from growloop.errors import ModelProblem
from growloop.retrieval.dense import Dense, Encoder


@pytest.fixture(scope="module")
def encoder(encoder_folder):
    return Encoder(encoder_folder)


def test_the_passage_that_means_the_same_is_nearest_without_sharing_a_word(encoder, tmp_path, finished):
    texts = ["Pets are welcome on our terrace.", "We pour craft beer until midnight."]
    dense = finished(Dense.build(texts, encoder, tmp_path))

    [scores] = dense.scores(encoder.encode(["May my dog come along?"]))

    assert scores[0] > scores[1]


def test_the_end_of_a_passage_longer_than_the_window_is_found_too(encoder, tmp_path, finished):
    filler = "The waiter talked about the weather and the traffic for a while. " * 60
    dense = finished(Dense.build([filler, filler + "Dogs are welcome on the terrace."], encoder, tmp_path))

    [scores] = dense.scores(encoder.encode(["Are dogs welcome on the terrace?"]))

    assert scores[1] > scores[0] + 0.2


def test_pieces_cover_a_long_text_and_leave_a_short_one_whole(encoder):
    text = "word " * 1000 + "last"

    pieces = encoder.pieces(text)

    assert encoder.pieces("short") == ["short"]
    assert len(pieces) > 3
    assert pieces[0].startswith("word word")
    assert pieces[-1].endswith("last")
    assert all(encoder.pieces(piece) == [piece] for piece in pieces)


def test_a_build_goes_on_from_the_parts_it_finds(encoder, tmp_path, finished):
    first = finished(Dense.build(["one dog", "two cats"], encoder, tmp_path))

    class NeverEncodes(Encoder):
        def __init__(self):
            self._model = encoder._model

        def encode(self, texts):
            raise AssertionError("the part was there already")

    again = finished(Dense.build(["one dog", "two cats"], NeverEncodes(), tmp_path))
    question = encoder.encode(["dog"])
    assert np.array_equal(again.scores(question), first.scores(question))


def test_a_folder_without_a_model_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(ModelProblem, match="retriever: bm25"):
        Encoder(tmp_path)
