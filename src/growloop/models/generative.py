"""Answers written token by token: batched greedy decoding over whole columns of questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Literal

import polars as pl
import torch

from growloop.models.answers import CHOICES, Spoken, predictions_frame
from growloop.models.catalog import Checkpoint, quiet
from growloop.models.decoding import EncodedInputs, Heard, Reluctance, SharedContexts, Written, write
from growloop.models.masks import reads_both_ways
from growloop.models.precision import autocast
from growloop.models.prompt import Prompts, abstain_token, encode
from growloop.models.sharing import can_share, end_tokens, needs_generate, write_plainly
from growloop.models.side_by_side import pays_at_once, side_by_side
from growloop.models.text_repair import needs_repair, read_back, restore

MOST_ROWS = 64
"""Answers written at once on a CPU: 16 took 27 ms of one core each, 32 took 23, 64 and more 21 (embedded model)."""
BATCH_TOKENS = 16_384
"""Prompt and answer tokens held at once, padding included: bounds the memory of the key-value cache."""
ON_GPU = 8
"""A GPU gets this many times more at once."""


@dataclass(frozen=True)
class Batch:
    """Prompts that are answered together."""

    contexts: list[list[int]]
    questions: list[list[int]]
    context_of: list[int]
    """Which of `contexts` each question is about."""
    rows: list[list[int]]
    """Which examples each answer is for: equal prompts are answered once."""


@dataclass
class GenerativeAnswerer:
    """Answers by greedy decoding; questions of one context share the work on it where the model allows."""

    name: str
    checkpoint: Checkpoint
    max_answer_tokens: int
    abstain_answer: str = ""
    null_threshold: float | None = None
    """By how many logits abstaining must be likelier than the best answer; None: by nothing, without a look at it."""
    precision: Literal["fp32", "bf16"] = "fp32"
    batch_tokens: int = BATCH_TOKENS
    most_rows: int = MOST_ROWS
    """Answers written at once, at most."""
    way: Literal["shared", "encoded", "plain"] = field(init=False)
    at_once: int = field(init=False)
    """Batches written at the same time."""

    def __post_init__(self) -> None:
        self.checkpoint.model.eval()
        if self.checkpoint.model.device.type == "cuda":
            self.batch_tokens, self.most_rows = self.batch_tokens * ON_GPU, self.most_rows * ON_GPU
        self._repair = needs_repair(self.checkpoint.tokenizer)
        self._abstaining = abstain_token(self.checkpoint, self.abstain_answer)
        with quiet():
            self.way = self._best_way()
        card = self.checkpoint.card
        self.at_once = 1 if self.way == "plain" else pays_at_once(self.checkpoint.model.device.type, card.parameters)

    def answer(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """PREDICTIONS in parts, shortest contexts first; every id once."""
        for said in self._said(examples, self._usual_reluctance()):
            yield self._predicted(said)

    def speak(self, asked: pl.DataFrame, hear: Callable[[str], None]) -> Spoken:
        """The answer to one question; `hear` is told the text so far with every token."""

        def heard(tokens: list[int]) -> None:
            [text] = self._texts([tokens], asked)
            hear(text.rstrip("\ufffd"))  # a letter of which only a part is written

        [said] = self._said(asked, self._usual_reluctance(), heard)
        return Spoken(self._predicted(said).row(0, named=True))

    def _predicted(self, said: pl.DataFrame) -> pl.DataFrame:
        return predictions_frame(
            said["id"],
            said["text"].to_list(),
            abstain_answer=self.abstain_answer,
            confidence=said["confidence"].to_list(),
            seconds=float(said["seconds"].sum()),
            cut_tokens=said["cut_tokens"].to_list(),
        )

    def _usual_reluctance(self) -> Reluctance | None:
        return None if self.null_threshold is None else self._reluctance(self.null_threshold)

    @property
    def chooses(self) -> bool:
        """Whether abstaining can be told from answering by a token: there is an abstain answer."""
        return self._abstaining is not None

    def choices(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """CHOICES in parts: what it writes where it may not abstain, beside how much it would rather have."""
        for said in self._said(examples, self._reluctance(inf)):
            scored = said.with_columns(answer_score=pl.lit(0.0), null_score=pl.col("lead"))
            yield scored.select(CHOICES.names()).cast(CHOICES)

    def _reluctance(self, threshold: float) -> Reluctance | None:
        if self._abstaining is None:
            return None
        token, position = self._abstaining
        return Reluctance(token, threshold, position)

    def _said(
        self, examples: pl.DataFrame, reluctance: Reluctance | None, heard: Heard | None = None
    ) -> Iterator[pl.DataFrame]:
        """What it writes, in parts: id, text, confidence, lead, cut_tokens, seconds."""
        if examples.is_empty():
            return
        self.checkpoint.model.eval()
        prompts = encode(
            examples,
            self.checkpoint,
            max_answer_tokens=self.max_answer_tokens,
            with_answers=False,
            abstain_answer=self.abstain_answer,
        )
        split = list(batches(prompts, self.max_answer_tokens, self.batch_tokens // self.at_once, self.most_rows))
        at_once = min(self.at_once, len(split))

        def said(batch: Batch) -> pl.DataFrame:
            began = time.perf_counter()
            with self._autocast():
                written = self._write(batch, reluctance, heard)
            return self._answered(batch, prompts, examples, written, (time.perf_counter() - began) / at_once)

        with quiet():
            yield from side_by_side(said, split, at_once)

    def _answered(
        self, batch: Batch, prompts: Prompts, examples: pl.DataFrame, written: Written, seconds: float
    ) -> pl.DataFrame:
        rows = [row for shared in batch.rows for row in shared]
        number = [place for place, shared in enumerate(batch.rows) for _ in shared]
        asked = examples[rows]
        said = self._texts([written.tokens[place] for place in number], asked)
        return pl.DataFrame(
            {
                "id": asked["id"],
                "text": said,
                "confidence": [written.confidence[place] for place in number],
                "lead": [written.lead[place] for place in number],
                "cut_tokens": [prompts.cut_tokens[row] for row in rows],
                "seconds": [seconds / len(rows)] * len(rows),
            },
            schema_overrides={"text": pl.String},
        )

    def _texts(self, tokens: Sequence[Sequence[int]], asked: pl.DataFrame) -> list[str]:
        texts = read_back(self.checkpoint.tokenizer, tokens)
        return self._restored(texts, asked) if self._repair else texts

    def _restored(self, texts: Sequence[str], asked: pl.DataFrame) -> list[str]:
        columns = zip(texts, asked["context"].to_list(), asked["question"].to_list(), strict=True)
        return [restore(text, [context or "", question, self.abstain_answer]) for text, context, question in columns]

    def _write(self, batch: Batch, reluctance: Reluctance | None, heard: Heard | None = None) -> Written:
        model, longest = self.checkpoint.model, self.max_answer_tokens
        if self.way == "shared":
            told = {"both_ways": reads_both_ways(self.checkpoint)}
            stream = SharedContexts(model, batch.contexts, batch.questions, batch.context_of, longest, **told)
            return write(stream, self._ends, longest, reluctance, heard)
        asked = zip(batch.context_of, batch.questions, strict=True)
        inputs = [batch.contexts[number] + question for number, question in asked]
        if self.way == "encoded":
            return write(EncodedInputs(model, inputs), self._ends, longest, reluctance, heard)
        return write_plainly(model, inputs, self._ends, longest, reluctance, heard)

    def _best_way(self) -> Literal["shared", "encoded", "plain"]:
        model = self.checkpoint.model
        self._ends = end_tokens(self.checkpoint)
        if needs_generate(model):
            return "plain"
        if self.checkpoint.role == "encoder-decoder":
            return "encoded"
        return "shared" if can_share(model, both_ways=reads_both_ways(self.checkpoint)) else "plain"

    def _autocast(self) -> torch.autocast:
        cast: torch.autocast = autocast(self.precision, str(self.checkpoint.model.device))
        return cast


def batches(prompts: Prompts, longest: int, batch_tokens: int, most_rows: int) -> Iterator[Batch]:
    """Prompts in groups of like length, those of one context together, equal ones merged."""
    merged: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for row, (number, question) in enumerate(zip(prompts.context_number, prompts.question, strict=True)):
        merged.setdefault((number, tuple(question)), []).append(row)
    group: list[list[int]] = []
    width = 0
    for shared in sorted(merged.values(), key=lambda rows: _place(prompts, rows[0])):
        needed = len(prompts.context[shared[0]]) + len(prompts.question[shared[0]]) + longest
        too_many = (len(group) + 1) * max(width, needed) > batch_tokens
        if group and (len(group) == most_rows or too_many):
            yield _batch(prompts, group)
            group, width = [], 0
        group.append(shared)
        width = max(width, needed)
    if group:
        yield _batch(prompts, group)


def _place(prompts: Prompts, row: int) -> tuple[int, int, int]:
    return len(prompts.context[row]), prompts.context_number[row], len(prompts.question[row])


def _batch(prompts: Prompts, group: list[list[int]]) -> Batch:
    numbers = list(dict.fromkeys(prompts.context_number[shared[0]] for shared in group))
    places = {number: place for place, number in enumerate(numbers)}
    first = {prompts.context_number[shared[0]]: shared[0] for shared in group}
    return Batch(
        contexts=[prompts.context[first[number]] for number in numbers],
        questions=[prompts.question[shared[0]] for shared in group],
        context_of=[places[prompts.context_number[shared[0]]] for shared in group],
        rows=group,
    )
