from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from growloop.models.catalog import Checkpoint, load_checkpoint  # noqa: E402
from growloop.models.windows import NULL, Windows, encode_windows  # noqa: E402

Tiny = Callable[[str], Path]
LONG = "The waiter was slow. " * 40 + "Dogs are welcome on the terrace. " + "It opens at 6 p.m. " * 40


@pytest.fixture(scope="module")
def reader(tiny: Tiny) -> Callable[[str], Checkpoint]:
    checkpoints: dict[str, Checkpoint] = {}

    def load(name: str) -> Checkpoint:
        return checkpoints.setdefault(name, load_checkpoint(str(tiny(name)), "extractive"))

    return load


def windows_of(checkpoint: Checkpoint, question: str, context: str, *answers: str) -> Windows:
    rows = {"question": [question], "context": [context], "answers": [list(answers)]}
    frame = pl.DataFrame(rows, schema_overrides={"answers": pl.List(pl.String)})
    return encode_windows(frame, checkpoint, with_answers=True, overlap=64)


@pytest.mark.parametrize("name", ["bert", "llama", "gpt2"])
def test_a_short_example_is_one_window_with_its_answer_marked(reader, name: str) -> None:
    checkpoint = reader(name)

    windows = windows_of(checkpoint, "May I bring my dog?", "Yes. Dogs are welcome, always.", "Dogs are welcome")

    [start], [end] = windows.start, windows.end
    marked = checkpoint.tokenizer.decode(windows.input_ids[0][start : end + 1]).strip().lower()
    assert marked == "dogs are welcome"


def test_bert_reads_the_question_before_the_context_as_published_readers_do(reader) -> None:
    checkpoint = reader("bert")

    windows = windows_of(checkpoint, "May I?", "Yes.")

    assert windows.input_ids == [checkpoint.tokenizer("May I?", "Yes.")["input_ids"]]
    assert windows.token_type_ids == [checkpoint.tokenizer("May I?", "Yes.")["token_type_ids"]]
    assert (windows.start, windows.end) == ([NULL], [NULL])


@pytest.mark.parametrize("name", ["bert", "gpt2"])
def test_windows_of_a_long_context_overlap_and_only_those_holding_the_answer_mark_it(reader, name: str) -> None:
    checkpoint = reader(name)

    windows = windows_of(checkpoint, "May I bring my dog?", LONG, "welcome on the terrace")

    place = LONG.index("welcome on the terrace")
    for offsets, start, ids in zip(windows.offsets, windows.start, windows.input_ids, strict=True):
        holds = offsets[0, 0] <= place and offsets[-1, 1] >= place + len("welcome on the terrace")
        assert (start != NULL) == holds
        assert len(ids) <= checkpoint.card.window
    assert any(start != NULL for start in windows.start)
    for before, after in zip(windows.offsets, windows.offsets[1:], strict=False):
        assert after[0, 0] < before[-1, 1]


@settings(max_examples=40, deadline=None)
@given(context=st.text(alphabet="ab é.\n東\u200b", max_size=600), question=st.text(max_size=20))
def test_every_character_of_the_context_is_in_some_window(reader, context: str, question: str) -> None:
    checkpoint = reader("gpt2")

    windows = windows_of(checkpoint, question, context)

    seen = {place for offsets in windows.offsets for start, end in offsets.tolist() for place in range(start, end)}
    assert seen >= {place for place, letter in enumerate(context) if not letter.isspace()}


def test_an_overlong_question_is_cut_and_counted(reader) -> None:
    windows = windows_of(reader("bert"), "why " * 500, "Because.", "Because")

    assert windows.cut_tokens[0] > 0
    assert len(windows.input_ids[0]) <= reader("bert").card.window
    assert windows.start[0] != NULL


def test_no_examples_make_no_windows(reader) -> None:
    empty = pl.DataFrame(schema={"question": pl.String, "context": pl.String, "answers": pl.List(pl.String)})

    assert len(encode_windows(empty, reader("bert"), with_answers=True)) == 0
