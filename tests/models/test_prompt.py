from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from growloop.models.catalog import Checkpoint, load_checkpoint  # noqa: E402
from growloop.models.prompt import Prompts, encode  # noqa: E402

Tiny = Callable[[str], Path]
ABSTAIN = "I don't know."


@pytest.fixture(scope="module")
def loaded(tiny: Tiny) -> Callable[[str], Checkpoint]:
    checkpoints: dict[str, Checkpoint] = {}

    def load(name: str) -> Checkpoint:
        return checkpoints.setdefault(name, load_checkpoint(str(tiny(name)), "open_generative"))

    return load


def examples(rows: list[tuple[str, str, list[str]]]) -> pl.DataFrame:
    questions, contexts, answers = zip(*rows, strict=True)
    schema = {"question": pl.String, "context": pl.String, "answers": pl.List(pl.String)}
    return pl.DataFrame({"question": questions, "context": contexts, "answers": answers}, schema=schema)


def encoded(checkpoint: Checkpoint, rows: list[tuple[str, str, list[str]]], longest: int = 24) -> Prompts:
    return encode(examples(rows), checkpoint, max_answer_tokens=longest, with_answers=True, abstain_answer=ABSTAIN)


def read(checkpoint: Checkpoint, tokens: list[int]) -> str:
    return str(checkpoint.tokenizer.decode(tokens, clean_up_tokenization_spaces=False))


DOGS = ("May I bring my dog?", "Dogs are welcome.", ["Yes."])


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("bert", "[CLS] dogs are welcome. [SEP] may i bring my dog? [SEP] yes. [SEP]"),
        ("gpt2", "<bos>Context: Dogs are welcome.\n\nQuestion: May I bring my dog?\nAnswer: Yes.<eos>"),
        ("t5", "Context: Dogs are welcome. Question: May I bring my dog?<eos>Yes.<eos>"),
        ("bart", "<bos>Context: Dogs are welcome. Question: May I bring my dog?<bos>Yes.<eos>"),
    ],
)
def test_the_context_comes_first_then_the_question_then_the_answer(loaded, name: str, whole: str) -> None:
    checkpoint = loaded(name)

    prompts = encoded(checkpoint, [DOGS])

    text = read(checkpoint, prompts.input_tokens(0) + prompts.answer[0])
    assert "".join(text.split()) == "".join(whole.split())
    assert "welcome" in read(checkpoint, prompts.context[0])
    assert "bring" not in read(checkpoint, prompts.context[0])


@pytest.mark.parametrize("name", ["gpt2", "llama", "llama-chat", "t5"])
def test_tokens_are_those_of_the_whole_text(loaded, name: str) -> None:
    checkpoint = loaded(name)

    prompts = encoded(checkpoint, [DOGS])

    tokens = prompts.input_tokens(0)
    special = set(checkpoint.tokenizer.all_special_ids) if name != "llama-chat" else set()
    inner = [token for token in tokens if token not in special]
    text = read(checkpoint, inner)
    assert checkpoint.tokenizer(text, add_special_tokens=False)["input_ids"] == inner


def test_a_chat_is_rendered_as_its_template_says_and_told_what_to_say_when_it_is_not_known(loaded) -> None:
    checkpoint = loaded("llama-chat")
    message = (
        f'Answer the question in as few words as possible. If it is not answered there, say exactly: "{ABSTAIN}"'
        "\n\nContext: Dogs are welcome.\n\nQuestion: May I bring my dog?"
    )

    prompts = encoded(checkpoint, [DOGS])

    rendered = checkpoint.tokenizer.apply_chat_template(
        [{"role": "user", "content": message}], tokenize=False, add_generation_prompt=True
    )
    assert read(checkpoint, prompts.input_tokens(0)) == rendered
    assert read(checkpoint, prompts.answer[0]) == "Yes.<eos>"


def test_unanswerable_examples_teach_the_abstain_answer(loaded) -> None:
    checkpoint = loaded("gpt2")

    prompts = encoded(checkpoint, [(*DOGS[:2], [])])

    assert read(checkpoint, prompts.answer[0]) == f" {ABSTAIN}<eos>"


def test_the_first_answer_is_the_target_and_without_answers_there_is_none(loaded) -> None:
    checkpoint = loaded("gpt2")

    assert read(checkpoint, encoded(checkpoint, [(*DOGS[:2], ["Yes.", "No."])]).answer[0]) == " Yes.<eos>"
    bare = encode(examples([DOGS]).drop("answers"), checkpoint, max_answer_tokens=8, with_answers=False)
    assert bare.answer == [[]]


def test_examples_of_one_context_share_its_tokens(loaded) -> None:
    for name in ("bert", "gpt2", "llama-chat"):
        prompts = encoded(loaded(name), [DOGS, ("Any ramen?", DOGS[1], []), ("Any ramen?", "Other.", [])])

        assert prompts.context[0] is prompts.context[1]
        assert prompts.context_number[0] == prompts.context_number[1] != prompts.context_number[2]


def test_closed_generative_reads_no_context(loaded) -> None:
    from dataclasses import replace

    for name in ("bert", "gpt2", "llama-chat", "t5"):
        checkpoint = replace(loaded(name), answer_kind="closed_generative")

        prompts = encoded(checkpoint, [DOGS])

        assert "welcome" not in read(checkpoint, prompts.input_tokens(0)).lower()
        assert "bring my dog" in read(checkpoint, prompts.input_tokens(0)).lower()


def test_a_long_answer_loses_its_end_and_that_is_counted(loaded) -> None:
    prompts = encoded(loaded("gpt2"), [(*DOGS[:2], ["Yes. " * 50])], longest=10)

    assert len(prompts.answer[0]) == 10
    assert prompts.cut_answer_tokens[0] > 0
    assert prompts.answer[0][-1] != loaded("gpt2").tokenizer.eos_token_id


def test_of_a_context_too_long_the_sentences_that_matter_stay_in_order(loaded) -> None:
    for name in ("bert", "gpt2", "llama-chat", "t5"):
        checkpoint = loaded(name)
        context = "The waiter was slow. " * 60 + "Dogs are welcome on the terrace. " + "The waiter was slow. " * 60

        prompts = encoded(checkpoint, [("May I bring my dogs?", context, [])])

        text = read(checkpoint, prompts.context[0])
        room = 0 if name == "t5" else 24
        assert "are welcome on the terrace" in text
        assert prompts.cut_tokens[0] > 0
        assert len(prompts.input_tokens(0)) + room <= checkpoint.card.window


def test_questions_of_one_long_context_each_keep_what_matters_to_them(loaded) -> None:
    context = "The waiter was slow. " * 60 + "Dogs are welcome. " + "Ramen is served. " + "It opens at 6 p.m. " * 60
    checkpoint = loaded("bert")

    prompts = encoded(checkpoint, [("Are dogs welcome?", context, []), ("Is ramen served?", context, [])])

    assert "dogs are" in read(checkpoint, prompts.context[0])
    assert "ramen is" in read(checkpoint, prompts.context[1])


SENTENCES = st.lists(
    st.sampled_from(["Dogs are welcome. ", "It opens at 6 p.m. ", "é東京ß! ", "no stop here ", "x" * 400 + " ", "\n"]),
    max_size=120,
).map("".join)


@settings(max_examples=40, deadline=None)
@given(context=SENTENCES, question=st.sampled_from(["Are dogs welcome?", "x", "When? " * 200, ""]))
def test_every_prompt_fits_and_keeps_its_question(loaded, context: str, question: str) -> None:
    for name in ("bert", "gpt2", "t5"):
        checkpoint = loaded(name)

        prompts = encoded(checkpoint, [(question, context, [])])
        alone = encoded(checkpoint, [(question, "", [])])

        room = 0 if name == "t5" else 24
        assert len(prompts.input_tokens(0)) + room <= checkpoint.card.window
        assert prompts.question == alone.question
        assert prompts.cut_tokens[0] >= alone.cut_tokens[0] >= 0


@settings(max_examples=30, deadline=None)
@given(context=SENTENCES)
def test_every_kept_word_is_in_the_original(loaded, context: str) -> None:
    checkpoint = loaded("gpt2")

    prompts = encoded(checkpoint, [("Are dogs welcome?", context, [])])

    kept = read(checkpoint, prompts.context[0]).removeprefix("<bos>").removeprefix("Context: ")
    kept = kept.removesuffix("Question:").removesuffix("\n\n")
    words = iter(context.split())
    assert all(any(word == original or original.startswith(word) for original in words) for word in kept.split())


def test_no_examples_make_no_prompts(loaded) -> None:
    prompts = encode(examples([DOGS]).clear(), loaded("bert"), max_answer_tokens=8, with_answers=True)

    assert len(prompts) == 0
