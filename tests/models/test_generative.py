from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path

import polars as pl
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from growloop.models import answerer_of  # noqa: E402
from growloop.models.answers import CHOICES  # noqa: E402
from growloop.models.catalog import Checkpoint, load_checkpoint, quiet  # noqa: E402
from growloop.models.generative import GenerativeAnswerer, batches  # noqa: E402
from growloop.models.masks import prefix_mask  # noqa: E402
from growloop.models.prompt import abstain_token, encode  # noqa: E402
from growloop.models.sharing import end_tokens, write_plainly  # noqa: E402
from growloop.models.trained import Trained  # noqa: E402
from growloop.records.run import PREDICTIONS  # noqa: E402
from growloop.records.task import Task, Training  # noqa: E402

Tiny = Callable[[str], Path]
LONGEST = 12
WAYS = {
    "llama": "shared",
    "llama-chat": "shared",
    "qwen-chat": "shared",
    "gpt2": "shared",
    "bert": "shared",
    "mistral": "plain",
    "bloom": "plain",
    "t5": "encoded",
    "bart": "plain",
}


def task() -> Task:
    training = Training(max_answer_tokens=LONGEST)
    return Task(name="t", purpose="p", answer_kind="open_generative", abstain_answer="I don't know.", training=training)


def questions(count: int = 5) -> pl.DataFrame:
    contexts = [
        "Luigi's Trattoria serves pad thai.",
        "The waiter was slow but the tiramisu made up for it! We paid $12.50 each; dogs are welcome.",
        "It opens at 6 p.m. " * 3,
    ]
    asked = [
        "May I bring my dog?",
        "Does it serve ramen?",
        "When does it open?",
        "Gnocchi",
        "Is the waiter creamy or slow?",
    ]
    rows = [(question, context) for context in contexts for question in asked[:count]]
    columns = {"question": [question for question, _ in rows], "context": [context for _, context in rows]}
    return pl.DataFrame({"id": [f"e{number}" for number in range(len(rows))], **columns})


def generated_one_by_one(checkpoint: Checkpoint, examples: pl.DataFrame) -> list[list[int]]:
    """What the library's `generate` says to each prompt alone, without padding."""
    prompts = encode(
        examples, checkpoint, max_answer_tokens=LONGEST, with_answers=False, abstain_answer="I don't know."
    )
    ends = end_tokens(checkpoint)
    inputs = [prompts.input_tokens(row) for row in range(len(prompts))]
    with quiet():
        return [write_plainly(checkpoint.model, [tokens], ends, LONGEST).tokens[0] for tokens in inputs]


def computed_anew_at_every_token(checkpoint: Checkpoint, examples: pl.DataFrame) -> list[list[int]]:
    """Greedy answers under the prefix mask, each prompt alone, without a cache: what `generate` cannot do."""
    prompts = encode(
        examples, checkpoint, max_answer_tokens=LONGEST, with_answers=False, abstain_answer="I don't know."
    )
    ends, answers = end_tokens(checkpoint), []
    for context, question in zip(prompts.context, prompts.question, strict=True):
        answer: list[int] = []
        while len(answer) < LONGEST and not set(answer) & set(ends):
            mask = prefix_mask(len(context), len(question), len(answer))[None, None]
            with torch.inference_mode():
                logits = checkpoint.model(torch.tensor([context + question + answer]), attention_mask=mask).logits
            answer.append(int(logits[0, -1].argmax()))
        answers.append(answer)
    return answers


def written(answerer: GenerativeAnswerer, examples: pl.DataFrame, at: float | None = None) -> list[list[int]]:
    """The tokens of each answer, at a null threshold."""
    reluctance = None if at is None else answerer._reluctance(at)
    prompts = encode(
        examples, answerer.checkpoint, max_answer_tokens=LONGEST, with_answers=False, abstain_answer="I don't know."
    )
    tokens: dict[int, list[int]] = {}
    for batch in batches(prompts, LONGEST, answerer.batch_tokens, answerer.most_rows):
        for rows, answer in zip(batch.rows, answerer._write(batch, reluctance).tokens, strict=True):
            tokens.update(dict.fromkeys(rows, answer))
    return [tokens[row] for row in range(examples.height)]


@pytest.mark.parametrize("name", ["llama", "mistral", "t5", "bert"])
def test_one_answer_is_heard_token_by_token_and_is_the_one_that_is_given(tiny: Tiny, name: str) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny(name)), "open_generative"), task())
    asked = questions()[:1]
    heard: list[str] = []

    spoken = answerer.speak(asked, heard.append)

    [given] = [part.row(0, named=True) for part in answerer.answer(asked)]
    assert {**spoken.prediction, "seconds": 0} == {**given, "seconds": 0}
    assert heard[-1] == given["prediction"]
    assert spoken.span is None
    assert len(heard) > 1


def test_an_answer_ends_where_nobody_listens_any_more(tiny: Tiny) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny("llama")), "open_generative"), task())
    heard: list[str] = []

    def leave(text: str) -> None:
        heard.append(text)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        answerer.speak(questions()[:1], leave)
    assert len(heard) == 1


@pytest.mark.parametrize("name", WAYS)
def test_the_tokens_are_those_that_generate_gives_to_each_prompt_alone(tiny: Tiny, name: str) -> None:
    checkpoint = load_checkpoint(str(tiny(name)), "open_generative")
    answerer = answerer_of(checkpoint, task())

    found = written(answerer, questions())

    assert answerer.way == WAYS[name]
    plainly = computed_anew_at_every_token if name == "bert" else generated_one_by_one
    assert found == plainly(checkpoint, questions())
    assert len({tuple(answer) for answer in found}) > 3


@pytest.mark.parametrize("name", WAYS)
def test_a_model_abstains_exactly_where_abstaining_leads_by_more_than_the_null_threshold(tiny: Tiny, name: str) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny(name)), "open_generative"), task())
    token, place = abstain_token(answerer.checkpoint, "I don't know.")
    choices = pl.concat(answerer.choices(questions())).sort(pl.col("id").str.slice(1).cast(pl.Int32))
    leads = choices["null_score"].to_list()
    threshold = sorted(leads)[len(leads) // 2] + 1e-4

    abstained = [answer[place] == token for answer in written(answerer, questions(), threshold)]

    assert dict(choices.schema) == dict(CHOICES)
    assert abstained == [lead > threshold for lead in leads]
    assert 0 < sum(abstained) < len(abstained)
    assert not any(answer[place] == token for answer in written(answerer, questions(), inf))


@pytest.mark.parametrize("name", ["llama", "mistral", "t5", "bart"])
def test_at_a_threshold_of_nothing_a_model_says_what_it_would_have_said(tiny: Tiny, name: str) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny(name)), "open_generative"), task())

    assert written(answerer, questions(), 0.0) == written(answerer, questions())


def test_a_trained_model_answers_at_its_own_null_threshold_unless_told(tiny: Tiny) -> None:
    checkpoint = load_checkpoint(str(tiny("llama")), "open_generative")
    trained = replace(checkpoint, trained=Trained(answer_kind="open_generative", base="llama", null_threshold=2.5))

    assert answerer_of(trained, task()).null_threshold == 2.5
    assert answerer_of(trained, task(), null_threshold=0.0).null_threshold == 0.0
    assert answerer_of(checkpoint, task()).null_threshold is None


def test_without_words_for_not_knowing_there_is_nothing_to_be_reluctant_about(tiny: Tiny) -> None:
    wordless = task().model_copy(update={"abstain_answer": ""})
    answerer = answerer_of(load_checkpoint(str(tiny("llama")), "open_generative"), wordless, null_threshold=1.0)

    assert not answerer.chooses
    assert pl.concat(answerer.answer(questions())).height == questions().height


@pytest.mark.parametrize("name", ["llama", "t5"])
def test_small_batches_and_rows_that_end_early_change_no_token(tiny: Tiny, name: str) -> None:
    checkpoint = load_checkpoint(str(tiny(name)), "open_generative")
    answerer = answerer_of(checkpoint, task())
    common = max(token for answer in written(answerer, questions()) for token in answer[1:4])
    answerer._ends = [*answerer._ends, common]
    whole = written(answerer, questions())

    answerer.most_rows = 2

    assert written(answerer, questions()) == whole
    assert len({len(answer) for answer in whole}) > 1


@pytest.mark.parametrize("name", ["llama", "bert", "t5"])
def test_batches_written_at_the_same_time_are_those_written_one_by_one(tiny: Tiny, name: str) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny(name)), "open_generative"), task())
    answerer.most_rows, answerer.at_once = 2, 1
    alone = pl.concat(answerer.answer(questions())).drop("seconds", "confidence")

    answerer.at_once = 2

    assert pl.concat(answerer.answer(questions())).drop("seconds", "confidence").equals(alone)


def test_every_example_is_answered_once_and_equal_ones_alike(tiny: Tiny) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny("llama")), "open_generative"), task(), batch_tokens=400)
    examples = pl.concat([questions(), questions(3).with_columns(("again-" + pl.col("id")).alias("id"))])

    parts = list(answerer.answer(examples))

    predictions = pl.concat(parts)
    assert len(parts) > 1
    assert dict(predictions.schema) == dict(PREDICTIONS)
    assert sorted(predictions["id"]) == sorted(examples["id"])
    said = dict(zip(predictions["id"], predictions["prediction"], strict=True))
    assert said["again-e0"] == said["e0"]
    assert predictions["confidence"].is_between(0, 1).all()


def test_no_examples_give_no_parts(tiny: Tiny) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny("gpt2")), "open_generative"), task())

    assert list(answerer.answer(questions().clear())) == []


@pytest.mark.parametrize("context", ["", "é 東京 \r\n[SEP] <eos> \u200b", "word " * 700])
def test_odd_contexts_are_answered_and_what_was_cut_is_counted(tiny: Tiny, context: str) -> None:
    examples = pl.DataFrame({"id": ["a"], "question": ["What is it?"], "context": [context]})
    for name in ("bert", "gpt2", "t5"):
        answerer = answerer_of(load_checkpoint(str(tiny(name)), "open_generative"), task())

        [predictions] = answerer.answer(examples)

        assert (predictions["cut_tokens"][0] > 0) == (len(context) > 1000)


@pytest.mark.parametrize("name", ["bert", "llama", "t5"])
def test_a_task_may_have_less_read_at_once_than_the_checkpoint_could(tiny: Tiny, name: str) -> None:
    checkpoint = load_checkpoint(str(tiny(name)), "open_generative")
    examples = pl.DataFrame({"id": ["a"], "question": ["Is it open?"], "context": ["It is open at six. " * 12]})
    narrow = task().model_copy(update={"training": Training(max_answer_tokens=LONGEST, window=64)})
    wide = task().model_copy(update={"training": Training(max_answer_tokens=LONGEST, window=100_000)})

    cut = {
        width: pl.concat(answerer_of(checkpoint, told).answer(examples))["cut_tokens"][0]
        for width, told in {"own": task(), "narrow": narrow, "wide": wide}.items()
    }

    assert cut["own"] == cut["wide"] == 0
    assert cut["narrow"] > 0


def test_confidence_is_the_mean_probability_of_the_tokens_whichever_way_is_taken(tiny: Tiny) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny("llama")), "open_generative"), task())
    shared = pl.concat(answerer.answer(questions())).sort("id")

    answerer.way = "plain"

    plain = pl.concat(answerer.answer(questions())).sort("id")
    assert shared["prediction"].to_list() == plain["prediction"].to_list()
    assert shared["confidence"].to_list() == pytest.approx(plain["confidence"].to_list(), rel=1e-4)


def test_bf16_answers_too(tiny: Tiny) -> None:
    answerer = answerer_of(load_checkpoint(str(tiny("llama")), "open_generative"), task(), precision="bf16")

    assert answerer.way == "shared"
    assert pl.concat(answerer.answer(questions())).height == questions().height
