from __future__ import annotations

import torch

from growloop.finetune.inputs import Texts, attention_mask, pack

TEXTS = Texts(context=[[1, 2, 3]] * 2, question=[[4, 5], [6]], answer=[[7, 8], [9]])


def test_each_question_goes_on_where_the_context_ended():
    packed = pack([[0, 1]], TEXTS)

    assert packed.tokens.tolist() == [[1, 2, 3, 4, 5, 7, 6]]
    assert packed.positions.tolist() == [[0, 1, 2, 3, 4, 5, 3]]
    assert packed.blocks.tolist() == [[0, 0, 0, 1, 1, 1, 2]]


def test_the_tokens_before_an_answers_tokens_are_wanted_and_nothing_else():
    packed = pack([[0, 1]], TEXTS)

    assert packed.wanted.tolist() == [[False, False, False, False, True, True, True]]
    assert packed.targets.tolist() == [7, 8, 9]


def test_shorter_rows_are_padded_and_their_padding_is_never_wanted():
    packed = pack([[0], [1]], TEXTS)

    assert packed.tokens.tolist() == [[1, 2, 3, 4, 5, 7], [1, 2, 3, 6, 0, 0]]
    assert packed.blocks.tolist()[1] == [0, 0, 0, 1, -1, -1]
    assert int(packed.wanted.sum()) == len(packed.targets) == 3


def test_a_token_sees_the_context_and_its_own_past_but_no_other_question():
    mask = attention_mask(torch.tensor([[0, 0, 1, 1, 2, 2, -1]]))[0, 0]

    seen = [row.nonzero().flatten().tolist() for row in mask]
    assert seen[:6] == [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 4], [0, 1, 4, 5]]
    assert 6 in seen[6]


def test_read_both_ways_a_context_sees_all_of_itself_and_a_question_all_of_itself_and_the_context():
    packed = pack([[0, 1]], TEXTS)

    mask = attention_mask(packed.blocks, packed.asked)[0, 0]

    seen = [row.nonzero().flatten().tolist() for row in mask]
    assert seen[:3] == [[0, 1, 2]] * 3
    assert seen[3:5] == [[0, 1, 2, 3, 4]] * 2
    assert seen[5] == [0, 1, 2, 3, 4, 5]
    assert seen[6] == [0, 1, 2, 6]
