"""The form in which a checkpoint wants context, question and answer: with special tokens, a chat, or plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from growloop.errors import ModelProblem
from growloop.models.catalog import Checkpoint

SLOT = "GROWLOOP-MESSAGE"
"""Stands for the user's message while a chat template is read."""


@dataclass(frozen=True)
class Form:
    """The text and tokens around context, question and answer, in this order: the context comes first.

    Text before a part is tokenised with it, so that tokens are those of the whole text.
    """

    before_context: str = ""
    after_context: str = ""
    before_question: str = ""
    """What stands right before the question, tokenised with the context."""
    gap: str = ""
    """Between `before_question` and the question, tokenised with the question."""
    after_question: str = ""
    before_answer: str = ""
    start_tokens: tuple[int, ...] = ()
    context_end_tokens: tuple[int, ...] = ()
    question_end_tokens: tuple[int, ...] = ()
    answer_start_tokens: tuple[int, ...] = ()
    answer_end_tokens: tuple[int, ...] = ()

    def context_text(self, context: str) -> str:
        """All text up to the question; the frame of a context is left out where there is none."""
        body = f"{self.before_context}{context}{self.after_context}" if context else ""
        return body + self.before_question


@dataclass(frozen=True)
class ChatForm(Form):
    """A form whose text stands in the user's message of a chat template."""

    opening: str = ""

    def context_text(self, context: str) -> str:
        return self.opening + super().context_text(context)


def form_of(checkpoint: Checkpoint, abstain_answer: str) -> Form:
    """The form for this checkpoint; only chats are told in words what to say when they do not know."""
    tokenizer = checkpoint.tokenizer
    if checkpoint.role == "encoder-decoder":
        return _encoder_decoder_form(tokenizer)
    if checkpoint.card.architecture == "encoder":
        return _marked_form(tokenizer)
    return _chat_form(tokenizer, abstain_answer) or _text_form(tokenizer)


def end_token(tokenizer: Any) -> int:
    """The token that ends an answer in training; generation also stops on those the model itself names."""
    for token in (tokenizer.eos_token_id, tokenizer.sep_token_id):
        if token is not None:
            return int(token)
    raise ModelProblem(f"The tokenizer of {tokenizer.name_or_path} has no end token, so an answer could never end.")


def _marked_form(tokenizer: Any) -> Form:
    """[CLS] context [SEP] question [SEP] answer [SEP]."""
    if tokenizer.cls_token_id is None or tokenizer.sep_token_id is None:
        return _text_form(tokenizer)
    first, mark = (int(tokenizer.cls_token_id),), (int(tokenizer.sep_token_id),)
    return Form(start_tokens=first, context_end_tokens=mark, question_end_tokens=mark, answer_end_tokens=mark)


def _text_form(tokenizer: Any) -> Form:
    first, _ = _around(tokenizer)
    return Form(
        before_context="Context: ",
        after_context="\n\n",
        before_question="Question:",
        gap=" ",
        after_question="\nAnswer:",
        before_answer=" ",
        start_tokens=first,
        answer_end_tokens=(end_token(tokenizer),),
    )


def _chat_form(tokenizer: Any, abstain_answer: str) -> Form | None:
    if tokenizer.chat_template is None:
        return None
    rendered = tokenizer.apply_chat_template(
        [{"role": "user", "content": SLOT}], tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    opening, slot, closing = rendered.partition(SLOT)
    if not slot or SLOT in closing:
        return None
    return ChatForm(
        opening=f"{opening}{_instruction(abstain_answer)}\n\n",
        before_context="Context: ",
        after_context="\n\n",
        before_question="Question:",
        gap=" ",
        after_question=closing,
        answer_end_tokens=(end_token(tokenizer),),
    )


def _instruction(abstain_answer: str) -> str:
    unknown = f' If it is not answered there, say exactly: "{abstain_answer}"' if abstain_answer else ""
    return f"Answer the question in as few words as possible.{unknown}"


def _encoder_decoder_form(tokenizer: Any) -> Form:
    """One text between the tokenizer's own marks; no line breaks, as sentencepiece models often know none."""
    first, last = _around(tokenizer)
    return Form(
        before_context="Context: ",
        after_context=" ",
        before_question="Question:",
        gap=" ",
        start_tokens=first,
        question_end_tokens=last,
        answer_start_tokens=first,
        answer_end_tokens=last or (end_token(tokenizer),),
    )


def _around(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The special tokens that this tokenizer puts before and after one text."""
    encoded = tokenizer("a")
    inside = [number for number, part in enumerate(encoded.sequence_ids()) if part == 0]
    tokens: Sequence[int] = encoded["input_ids"]
    return tuple(tokens[: inside[0]]), tuple(tokens[inside[-1] + 1 :])
