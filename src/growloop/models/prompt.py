"""Turns examples into model input: the one place, for training, evaluation and serving alike.

Context first, then question, then answer: questions about one context then begin with the same tokens, and the
work on those is done once. What does not fit the window is left out by sentence, least relevant first, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import polars as pl

from growloop.models.catalog import Checkpoint, quiet
from growloop.models.forms import Form, form_of
from growloop.models.sentences import choose_sentences, split_sentences

QUESTION_SHARE = 0.5
"""The most of the window that a question may take."""


@dataclass(frozen=True)
class Prompts:
    """Examples as tokens, in their order; the model's input is context + question (+ answer)."""

    context: list[list[int]]
    """Rows of one `context_number` hold the same list object."""
    question: list[list[int]]
    answer: list[list[int]]
    """The target with its end token; empty without answers. Encoder-decoders: what the decoder learns to write."""
    cut_tokens: list[int]
    """Tokens of context (or of an overlong question) that were left out."""
    context_number: list[int]
    """Equal numbers: equal context tokens."""
    cut_answer_tokens: list[int]
    """Tokens of the target beyond `max_answer_tokens`, its end token among them."""

    def __len__(self) -> int:
        return len(self.question)

    def input_tokens(self, row: int) -> list[int]:
        """What the model reads before it answers."""
        return self.context[row] + self.question[row]


def encode(
    examples: pl.DataFrame,
    checkpoint: Checkpoint,
    *,
    max_answer_tokens: int,
    with_answers: bool,
    abstain_answer: str = "",
) -> Prompts:
    """Tokens of every example, for generative answers; for extractive ones see `windows.encode_windows`.

    Needs `question`, `context` and, with answers, `answers`: the target is the first answer, or the abstain
    answer where there is none. Closed generative: the context is ignored.
    """
    writer = _Writer(checkpoint, form_of(checkpoint, abstain_answer))
    room = checkpoint.card.window - (0 if checkpoint.role == "encoder-decoder" else max_answer_tokens)
    with quiet():
        questions, cut_questions = writer.questions(examples["question"].to_list(), int(room * QUESTION_SHARE))
        texts = _contexts(examples, checkpoint)
        rooms = [room - len(question) for question in questions]
        contexts, numbers, cut_contexts = writer.contexts(texts, examples["question"].to_list(), rooms)
        answers, cut_answers = writer.answers(_targets(examples, with_answers, abstain_answer), max_answer_tokens)
    cut = [first + second for first, second in zip(cut_contexts, cut_questions, strict=True)]
    return Prompts(contexts, questions, answers, cut, numbers, cut_answers)


def abstain_token(checkpoint: Checkpoint, abstain_answer: str) -> tuple[int, int] | None:
    """The first token of the abstain answer and its place in the answer; None where there are no such words.

    Before it stand at most the marks with which the model begins every answer.
    """
    form = form_of(checkpoint, abstain_answer)
    with quiet():
        [tokens], _ = _Writer(checkpoint, form).answers([abstain_answer], longest=len(form.answer_start_tokens) + 1)
    place = len(form.answer_start_tokens)
    return (tokens[place], place) if abstain_answer.strip() else None


def _contexts(examples: pl.DataFrame, checkpoint: Checkpoint) -> pl.Series:
    if checkpoint.answer_kind == "closed_generative":
        return pl.repeat("", examples.height, dtype=pl.String, eager=True).alias("context")
    return examples["context"].fill_null("")


def _targets(examples: pl.DataFrame, with_answers: bool, abstain_answer: str) -> list[str | None]:
    if not with_answers:
        return [None] * examples.height
    return examples["answers"].list.first().fill_null(abstain_answer).to_list()


@dataclass(frozen=True)
class _Writer:
    """One checkpoint's tokenizer and form at work on whole columns."""

    checkpoint: Checkpoint
    form: Form

    def questions(self, texts: Sequence[str], longest: int) -> tuple[list[list[int]], list[int]]:
        form = self.form
        asked = [f"{form.gap}{text.strip()}{form.after_question}" for text in texts]
        tail = len(form.question_end_tokens) + len(self._tokens([form.after_question])[0])
        whole = [tokens + list(form.question_end_tokens) for tokens in self._tokens_after(form.before_question, asked)]
        cut = [max(0, len(tokens) - longest) for tokens in whole]
        kept = [_without_middle(tokens, longest, tail) for tokens in whole]
        return kept, cut

    def answers(self, texts: Sequence[str | None], longest: int) -> tuple[list[list[int]], list[int]]:
        form = self.form
        if not any(text is not None for text in texts):
            return [[] for _ in texts], [0] * len(texts)
        spoken = [f"{form.before_answer}{text.strip()}" if text and text.strip() else "" for text in texts]
        whole = [
            [*form.answer_start_tokens, *tokens, *form.answer_end_tokens]
            for tokens in self._tokens_after(form.after_question, spoken)
        ]
        return [tokens[:longest] for tokens in whole], [max(0, len(tokens) - longest) for tokens in whole]

    def contexts(
        self, texts: pl.Series, questions: Sequence[str], rooms: Sequence[int]
    ) -> tuple[list[list[int]], list[int], list[int]]:
        """Tokens of the contexts, distinct ones worked on once; those too long are fitted to their question."""
        distinct = texts.unique(maintain_order=True)
        numbers = _positions(texts, distinct)
        once = self._context_tokens(distinct.to_list())
        contexts = [once[number] for number in numbers]
        cut = [0] * len(contexts)
        long = [row for row, (tokens, room) in enumerate(zip(contexts, rooms, strict=True)) if len(tokens) > room]
        if long:
            fitted = self._fitted([(texts[row], questions[row], rooms[row]) for row in long])
            for row, tokens in zip(long, fitted, strict=True):
                cut[row] = len(contexts[row]) - len(tokens)
                contexts[row] = tokens
            contexts, numbers = _renumbered(contexts)
        return contexts, numbers, cut

    def _fitted(self, rows: Sequence[tuple[str, str, int]]) -> list[list[int]]:
        """Context tokens of (context, question, room) after leaving out what matters least."""
        pieces = {text: split_sentences(text) for text, _, _ in rows}
        lengths = self._lengths(pieces)
        frame = len(self._context_tokens(["."])[0])
        kept = []
        for text, question, room in rows:
            chosen = choose_sentences(question, pieces[text], lengths[text], room - frame)
            kept.append("".join(pieces[text][number] for number in chosen))
        tokens = self._context_tokens(kept)
        return [self._shortened(text, found, row[2]) for text, found, row in zip(kept, tokens, rows, strict=True)]

    def _lengths(self, pieces: Mapping[str, list[str]]) -> dict[str, list[int]]:
        """The length in tokens of each piece of each text."""
        found = iter(self._tokens([piece for parts in pieces.values() for piece in parts]))
        return {text: [len(tokens) for tokens in islice(found, len(parts))] for text, parts in pieces.items()}

    def _shortened(self, text: str, tokens: list[int], room: int) -> list[int]:
        """Last resort where the sentences together take more tokens than each alone: words go from the end."""
        while len(tokens) > room and text:
            text = text.rstrip().rpartition(" ")[0]
            tokens = self._context_tokens([text])[0]
        return tokens

    def _context_tokens(self, texts: Sequence[str]) -> list[list[int]]:
        form = self.form
        found = self._tokens([form.context_text(text) for text in texts])
        return [[*form.start_tokens, *tokens, *form.context_end_tokens] for tokens in found]

    def _tokens_after(self, before: str, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of texts as they stand after other text, which decides about spaces and word starts."""
        if not before:
            return self._tokens(texts)
        lead = self._tokens([before])[0]
        whole = self._tokens([before + text for text in texts])
        return [
            tokens[len(lead) :] if tokens[: len(lead)] == lead else self._tokens([text])[0]
            for tokens, text in zip(whole, texts, strict=True)
        ]

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        options: dict[str, Any] = {"return_attention_mask": False, "return_token_type_ids": False}
        encoded = self.checkpoint.tokenizer(list(texts), add_special_tokens=False, verbose=False, **options)
        return [list(tokens) for tokens in encoded["input_ids"]]


def _positions(texts: pl.Series, distinct: pl.Series) -> list[int]:
    table = distinct.alias("text").to_frame().with_row_index("number")
    return texts.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left")["number"].to_list()


def _renumbered(contexts: list[list[int]]) -> tuple[list[list[int]], list[int]]:
    first: dict[tuple[int, ...], int] = {}
    kept: list[list[int]] = []
    numbers = []
    for tokens in contexts:
        number = first.setdefault(tuple(tokens), len(first))
        if number == len(kept):
            kept.append(tokens)
        numbers.append(number)
    return [kept[number] for number in numbers], numbers


def _without_middle(tokens: list[int], longest: int, tail: int) -> list[int]:
    if len(tokens) <= longest:
        return tokens
    return tokens[: max(0, longest - tail)] + tokens[len(tokens) - tail :]
