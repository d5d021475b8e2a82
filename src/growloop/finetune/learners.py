"""What a model learns from, by its way of answering: batches of examples in, the loss of their answers out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any, Literal, Protocol

import polars as pl
import torch
from torch.nn.functional import cross_entropy

from growloop.errors import NothingToDo
from growloop.finetune.answer_loss import abilities, answer_logits, each_loss, summed_loss
from growloop.finetune.batches import Batch, Sizes
from growloop.finetune.inputs import NOTHING, PackedBatch, Texts, attention_mask, pack
from growloop.finetune.names import Names, names_of
from growloop.finetune.sampled_softmax import can_sample, naming_only, sample
from growloop.finetune.settings import Settings
from growloop.models.catalog import Checkpoint
from growloop.models.decoding import decoder_start, padded
from growloop.models.masks import attention_kind, reads_both_ways, shaped_mask
from growloop.models.precision import autocast
from growloop.models.prompt import Prompts, encode
from growloop.models.windows import NULL, Windows, encode_windows
from growloop.records.example import is_answerable


class Learner(Protocol):
    """A model and its training examples, in tokens."""

    model: Any
    repeats: Sequence[int]
    """How often each is seen in an epoch."""

    @property
    def sizes(self) -> Sizes:
        """The lengths of the examples."""

    @property
    def together(self) -> int:
        """How many examples of one context may share a row."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many examples lost something on the way to tokens, by what it was."""

    def weight(self, batch: Batch) -> float:
        """By what the summed loss of a batch is divided to be a mean."""

    @property
    def example_of(self) -> Sequence[int]:
        """Which example each number in a batch belongs to: a long context makes several windows of one."""

    def loss(self, batch: Batch, random: Random) -> torch.Tensor:
        """The loss of a batch, summed."""

    def token_losses(self, batch: Batch) -> tuple[torch.Tensor, list[int]]:
        """The loss of every token of the right answers, names as they are, and the example each belongs to."""


def learner_of(checkpoint: Checkpoint, train: pl.DataFrame, settings: Settings, abstain_answer: str) -> Learner:
    """The learner for a checkpoint's way of answering; its model is in training mode on its device."""
    if train.is_empty():
        raise NothingToDo("There is nothing to train on: the train side of this version is empty.")
    times = repeats(train, settings.correction_weight)
    if checkpoint.role == "extractive":
        windows = encode_windows(train, checkpoint, with_answers=True)
        answerable = train.select(is_answerable().alias("is"))["is"].to_list()
        return SpanLearner(checkpoint, windows, times, answerable, settings.precision)
    prompts = encode(
        train,
        checkpoint,
        max_answer_tokens=settings.max_answer_tokens,
        with_answers=True,
        abstain_answer=abstain_answer,
    )
    if checkpoint.role == "encoder-decoder":
        return WritingLearner(checkpoint, prompts, times, settings.precision)
    return ContinuingLearner(checkpoint, prompts, times, settings)


def repeats(train: pl.DataFrame, correction_weight: int) -> list[int]:
    """How often each example is seen in an epoch: a person's correction counts for several drawn ones."""
    weight = pl.when(pl.col("origin") == "annotation").then(correction_weight).otherwise(1)
    return train.select(weight.alias("times"))["times"].to_list()


class ContinuingLearner:
    """A decoder that goes on from context and question with the answer; see `inputs` for what is shared."""

    def __init__(self, checkpoint: Checkpoint, prompts: Prompts, times: Sequence[int], settings: Settings) -> None:
        self.model, self.repeats = checkpoint.model, times
        self.precision: Literal["fp32", "bf16"] = settings.precision
        self.both_ways = reads_both_ways(checkpoint)
        self.able = abilities(self.model, both_ways=self.both_ways)
        self.together = settings.questions_together if self.able.packs else 1
        self.texts = Texts(prompts.context, prompts.question, prompts.answer)
        own = [len(question) + len(answer) for question, answer in zip(prompts.question, prompts.answer, strict=True)]
        self.sizes = Sizes(prompts.context_number, [len(context) for context in prompts.context], own)
        self.example_of = range(len(prompts))
        self.left_out = _cut(prompts)
        self.opening_weight = settings.opening_weight
        self.vocabulary_sample = settings.vocabulary_sample if can_sample(self.model) else 0
        self.vary_names_share = settings.vary_names_share
        self.names: Names | None = names_of(checkpoint.tokenizer, prompts.answer) if settings.vary_names_share else None

    def weight(self, batch: Batch) -> float:
        return sum(len(self.texts.answer[number]) + self.opening_weight - 1 for row in batch for number in row)

    def loss(self, batch: Batch, random: Random) -> torch.Tensor:
        packed = self.packed(batch, random)
        device = self.model.device
        weights = None if self.opening_weight == 1 else 1 + packed.opens.to(device) * (self.opening_weight - 1)
        at_hand = torch.cat([packed.tokens.flatten(), packed.targets])
        with self.naming(at_hand, packed.targets, random) as targets:
            return summed_loss(self._logits(packed), targets, weights)

    def naming_loss(self, head: Any, states: torch.Tensor, tokens: torch.Tensor, random: Random) -> torch.Tensor:
        """How badly a head names tokens from the final states at their own places, summed."""
        with self.naming(tokens, tokens, random) as targets, self.cast():
            return summed_loss(head(states), targets)

    def token_losses(self, batch: Batch) -> tuple[torch.Tensor, list[int]]:
        packed = pack(batch, self.texts)
        losses = each_loss(self._logits(packed), packed.targets.to(self.model.device))
        return losses, _owners(batch, self.texts.answer)

    def _logits(self, packed: PackedBatch) -> torch.Tensor:
        wanted = packed.wanted.to(self.model.device)
        with self.cast():
            return answer_logits(self.model, self.options(packed), wanted, self.able)

    def cast(self) -> Any:
        """The context in which the model computes in the settings' precision."""
        return autocast(self.precision, str(self.model.device))

    def packed(self, batch: Batch, random: Random) -> PackedBatch:
        """The batch's tensors, some rows under other names."""
        if self.names is None:
            return pack(batch, self.texts)
        parts = []
        for row in batch:
            is_varied = random.random() < self.vary_names_share
            parts.append(self.names.varied(row, self.texts, random) if is_varied else _own(row, self.texts))
        return pack(_counted(batch), _joined(parts))

    @contextmanager
    def naming(self, at_hand: torch.Tensor, targets: torch.Tensor, random: Random) -> Iterator[torch.Tensor]:
        """Logits within it are for a sample of the vocabulary, where that is set; yields the targets' places there."""
        device, words = self.model.device, None
        if self.vocabulary_sample:
            generator = torch.Generator().manual_seed(random.getrandbits(63))
            vocabulary = self.model.get_output_embeddings().out_features
            words = sample(at_hand, vocabulary, self.vocabulary_sample, generator)
        if words is None:
            yield targets.to(device)
            return
        with naming_only(self.model, words):
            yield words.places(targets).to(device)

    def options(self, packed: PackedBatch) -> dict[str, torch.Tensor]:
        """What the model is called with. Where it cannot take several questions a row, a plain padding mask."""
        device = self.model.device
        options = {"input_ids": packed.tokens.to(device)}
        blocks = packed.blocks.to(device)
        if not self.able.packs:
            return {**options, "attention_mask": (blocks != NOTHING).long()}
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float32
        asked = packed.asked.to(device) if self.both_ways else None
        mask = shaped_mask(self.model, attention_mask(blocks, asked), dtype)
        return {**options, "position_ids": packed.positions.to(device), "attention_mask": mask}


class WritingLearner:
    """An encoder-decoder: the encoder reads context and question, the decoder writes the answer."""

    together = 1

    def __init__(
        self, checkpoint: Checkpoint, prompts: Prompts, times: Sequence[int], precision: Literal["fp32", "bf16"]
    ) -> None:
        self.model, self.repeats, self.precision = checkpoint.model, times, precision
        self.prompts = prompts
        self.left_out = _cut(prompts)
        self.start = decoder_start(self.model)
        inputs = [len(prompts.input_tokens(number)) + len(prompts.answer[number]) for number in range(len(prompts))]
        self.sizes = Sizes(range(len(prompts)), [0] * len(prompts), inputs)
        self.example_of = range(len(prompts))

    def weight(self, batch: Batch) -> float:
        return sum(len(self.prompts.answer[number]) for row in batch for number in row)

    def loss(self, batch: Batch, random: Random) -> torch.Tensor:
        return summed_loss(*self._logits_and_targets(batch))

    def token_losses(self, batch: Batch) -> tuple[torch.Tensor, list[int]]:
        return each_loss(*self._logits_and_targets(batch)), _owners(batch, self.prompts.answer)

    def _logits_and_targets(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        numbers = [number for row in batch for number in row]
        device = self.model.device
        inputs, mask = padded([self.prompts.input_tokens(number) for number in numbers], device)
        answers = [self.prompts.answer[number] for number in numbers]
        written, wanted = padded([[self.start, *answer[:-1]] for answer in answers], device)
        targets = torch.tensor([token for answer in answers for token in answer], device=device)
        with autocast(self.precision, str(device)):
            out = self.model(input_ids=inputs, attention_mask=mask.long(), decoder_input_ids=written, use_cache=False)
        return out.logits[wanted], targets


class SpanLearner:
    """A reader that marks the first and last token of the answer, or the first position where a window holds none."""

    together = 1

    def __init__(
        self,
        checkpoint: Checkpoint,
        windows: Windows,
        times: Sequence[int],
        answerable: Sequence[bool],
        precision: Literal["fp32", "bf16"],
    ) -> None:
        self.model, self.windows, self.precision = checkpoint.model, windows, precision
        self.example_of, self.answerable = windows.example, answerable
        lost = _answers_not_found(windows, answerable)
        self.left_out = {"answers_not_found": len(lost), "questions_cut": sum(map(bool, windows.cut_tokens))}
        self.repeats: Sequence[int] = [0 if example in lost else times[example] for example in windows.example]
        if not any(self.repeats):
            raise NothingToDo("There is nothing to train on: no answer stands, word for word, in its context.")
        self.sizes = Sizes(range(len(windows)), [0] * len(windows), [len(tokens) for tokens in windows.input_ids])
        self.names_kinds = "token_type_ids" in checkpoint.tokenizer.model_input_names

    def weight(self, batch: Batch) -> float:
        return sum(map(len, batch))

    def loss(self, batch: Batch, random: Random) -> torch.Tensor:
        first, last = self._side_losses([number for row in batch for number in row])
        return (first.sum() + last.sum()) / 2

    def token_losses(self, batch: Batch) -> tuple[torch.Tensor, list[int]]:
        """The first and the last token of the span, in the windows that hold it; without an answer, in all windows."""
        numbers = [number for row in batch for number in row if self._says_what_is_right(number)]
        if not numbers:
            return torch.empty(0), []
        owners = [self.windows.example[number] for number in numbers]
        return torch.cat(self._side_losses(numbers)), owners * 2

    def _says_what_is_right(self, number: int) -> bool:
        return not self.answerable[self.windows.example[number]] or self.windows.start[number] != NULL

    def _side_losses(self, numbers: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        device = self.model.device
        inputs, mask = padded([self.windows.input_ids[number] for number in numbers], device)
        kinds, _ = padded([self.windows.token_type_ids[number] for number in numbers], device)
        options = {"token_type_ids": kinds} if self.names_kinds else {}
        with autocast(self.precision, str(device)):
            out = self.model(input_ids=inputs, attention_mask=mask.long(), **options)
        start, end = ([marked[number] for number in numbers] for marked in (self.windows.start, self.windows.end))
        return _span_side(out.start_logits, start, mask), _span_side(out.end_logits, end, mask)


def _answers_not_found(windows: Windows, answerable: Sequence[bool]) -> set[int]:
    """Examples whose answer is in none of their windows: to train on them would teach the model to abstain."""
    found = {example for example, start in zip(windows.example, windows.start, strict=True) if start != NULL}
    return {example for example, has_answer in enumerate(answerable) if has_answer} - found


def _cut(prompts: Prompts) -> dict[str, int]:
    return {
        "contexts_cut": sum(map(bool, prompts.cut_tokens)),
        "answers_cut": sum(map(bool, prompts.cut_answer_tokens)),
    }


def _span_side(logits: torch.Tensor, marked: list[int], mask: torch.Tensor) -> torch.Tensor:
    targets = torch.tensor(marked, device=logits.device)
    return cross_entropy(logits.float().masked_fill(~mask, -torch.inf), targets, reduction="none")


def attend_eagerly(model: Any, precision: Literal["fp32", "bf16"]) -> bool:
    """Whether plain products beat the fused attention: on CPUs in bf16, whose fused backward pass is slow."""
    return precision == "bf16" and model.device.type == "cpu" and attention_kind(model) == "sdpa"


def _owners(batch: Batch, answers: Sequence[list[int]]) -> list[int]:
    """The example of each answer token, in the order of the batch."""
    return [number for row in batch for number in row for _ in answers[number]]


def _own(row: list[int], texts: Texts) -> Texts:
    chosen = ([part[number] for number in row] for part in (texts.context, texts.question, texts.answer))
    return Texts(*chosen)


def _joined(parts: Sequence[Texts]) -> Texts:
    return Texts(
        context=[context for part in parts for context in part.context],
        question=[question for part in parts for question in part.question],
        answer=[answer for part in parts for answer in part.answer],
    )


def _counted(batch: Batch) -> Batch:
    """The same rows with their examples numbered through from 0."""
    numbers = iter(range(sum(map(len, batch))))
    return [[next(numbers) for _ in row] for row in batch]
