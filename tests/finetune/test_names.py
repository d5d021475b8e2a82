from __future__ import annotations

from random import Random

import pytest

from growloop.finetune.inputs import Texts
from growloop.finetune.names import names_of
from growloop.models.catalog import load_checkpoint


@pytest.fixture
def tokenizer(tiny):
    return load_checkpoint(str(tiny("bert")), "open_generative").tokenizer


def tokens(tokenizer, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


@pytest.fixture
def texts(tokenizer) -> Texts:
    context = tokens(tokenizer, "the waiter at ramen was slow")
    questions = [tokens(tokenizer, text) for text in ("does it serve ramen", "may i bring my dog")]
    answers = [tokens(tokenizer, text) for text in ("yes ramen", "no")]
    return Texts([context, context], questions, answers)


def test_a_name_is_replaced_everywhere_in_its_row_by_the_same_other_tokens(tokenizer, texts):
    names = names_of(tokenizer, [*texts.answer, *[tokens(tokenizer, "yes")] * 60])
    ramen = tokens(tokenizer, "ramen")

    varied = names.varied([0, 1], texts, Random(1))

    place = texts.context[0].index(ramen[0])
    other = varied.context[0][place : place + len(ramen)]
    assert other != ramen
    assert varied.question[0][-len(ramen) :] == other
    assert varied.answer[0][-len(ramen) :] == other


def test_the_tasks_own_words_and_what_stands_in_no_answer_stay(tokenizer, texts):
    names = names_of(tokenizer, [*texts.answer, *[tokens(tokenizer, "yes")] * 60])

    varied = names.varied([0, 1], texts, Random(1))

    yes = tokens(tokenizer, "yes")
    assert varied.answer[0][: len(yes)] == yes
    assert varied.question[1] == texts.question[1]
    assert [len(part) for part in varied.answer] == [len(part) for part in texts.answer]


def test_the_texts_given_stay_as_they_are(tokenizer, texts):
    before = [list(part) for part in texts.answer], list(texts.context[0])

    names_of(tokenizer, texts.answer).varied([0, 1], texts, Random(0))

    assert before == ([list(part) for part in texts.answer], texts.context[0])


def test_vocabularies_without_marked_word_pieces_have_no_names(tiny):
    tokenizer = load_checkpoint(str(tiny("llama")), "open_generative").tokenizer

    assert names_of(tokenizer, [[1, 2]]) is None
