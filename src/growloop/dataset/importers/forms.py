"""What the objects of a file look like, whatever kind of file holds them: told from the first of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from growloop.dataset.importers import argilla, conversations, label_studio
from growloop.dataset.importers.batch import Batch, Rejected, Unreadable

Reader = Callable[[Mapping[str, Any]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Form:
    """One way of writing a question with its answers."""

    fits: Callable[[Mapping[str, Any]], bool]
    reader: Callable[[Sequence[Mapping[str, Any]]], Reader]
    """From some rows of a file to the function that turns each of its rows into plain ones."""


def is_alpaca(row: Mapping[str, Any]) -> bool:
    """True for instruction, input and output: plain rows under other names."""
    return "instruction" in row and "output" in row and "question" not in row


FORMS: dict[str, Form] = {
    "sharegpt": Form(conversations.is_sharegpt, conversations.conversation_reader),
    "messages": Form(conversations.is_messages, conversations.conversation_reader),
    "label-studio": Form(label_studio.is_label_studio, lambda _: label_studio.rows_of),
    "argilla": Form(argilla.is_argilla, lambda _: argilla.rows_of),
    "alpaca": Form(is_alpaca, lambda _: lambda row: [dict(row)]),
}


def form_of(sample: Sequence[Any]) -> str | None:
    """The form of which most of these rows are; None: plain rows."""
    rows = [row for row in sample if isinstance(row, Mapping)]
    for name, form in FORMS.items():
        if rows and sum(map(form.fits, rows)) > len(rows) / 2:
            return name
    return None


def in_plain_rows(batch: Batch, reader: Reader) -> Batch:
    """A batch of rows of some form as plain rows; a row may give several, all with its number."""
    lines: list[str | bytes] = []
    plain = Batch(lines=None if batch.lines is None else lines, rejected=list(batch.rejected))
    for position, row in enumerate(batch.rows):
        number = batch.numbers[position]
        try:
            if not isinstance(row, Mapping):
                raise Unreadable(f"expected an object, found {str(row)[:40]}")
            found = reader(row)
        except Unreadable as reason:
            plain.rejected.append(Rejected(number, str(reason), batch.original(position)))
            continue
        if position in batch.mended:
            plain.mended |= set(range(len(plain.rows), len(plain.rows) + len(found)))
        plain.rows += found
        plain.numbers += [number] * len(found)
        if batch.lines is not None:
            lines += [batch.lines[position]] * len(found)
    return plain
