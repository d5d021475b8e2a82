"""A JSON array of objects, read item by item: the file need not fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from growloop.dataset.importers.batch import BYTES_AT_ONCE, ROWS_AT_ONCE, Batch, Rejected, Unreadable
from growloop.dataset.importers.encoding import Survey
from growloop.dataset.importers.json_values import parse_carefully
from growloop.dataset.importers.jsonl import parse_lines
from growloop.dataset.importers.source import Source
from growloop.errors import BadData

AT_ONCE = 1 << 18
_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


def read_json_array(source: Source, survey: Survey) -> Iterator[Batch]:
    """The items of a JSON array; a row's number counts them from 1.

    Raises BadData with line and column where the array is broken: behind that place no item can be told from another.
    """
    with source.text(survey.encoding) as text:
        items: list[str] = []
        size, first = 0, 1
        for item in _items(text, source.name):
            items.append(item)
            size += len(item)
            if len(items) == ROWS_AT_ONCE or size > BYTES_AT_ONCE:
                yield parse_items(items, first)
                first, items, size = first + len(items), [], 0
        if items:
            yield parse_items(items, first)


def parse_items(items: list[str], first: int) -> Batch:
    """Items of an array as rows; no item is empty, as a line may be."""
    batch = parse_lines(items, range(first, first + len(items)), "\n".join(items))
    batch.rejected = [Rejected(row.row, row.reason, _value(row.original)) for row in batch.rejected]
    return batch


def _value(text: str) -> Any:
    try:
        return parse_carefully(text)[0]
    except Unreadable:
        return text


def _items(file: TextIO, name: str) -> Iterator[str]:
    """The texts of the items between the brackets."""
    window = _Window(file, name)
    if window.next_character() != "[":
        raise BadData(f"{name}: expected a JSON array of objects, found {window.shown()}.")
    window.position += 1
    if window.next_character() == "]":
        window.position += 1
    else:
        while True:
            yield window.item()
            mark = window.next_character()
            if mark not in ["]", ","]:
                raise window.complaint("expected a comma or the end of the array", window.position)
            window.position += 1
            if mark == "]":
                break
    if window.next_character():
        raise window.complaint("something follows the array", window.position)


class _Window:
    """The part of a text that is looked at: it moves on, and grows while an item does not fit."""

    def __init__(self, file: TextIO, name: str) -> None:
        self.file, self.name = file, name
        self.text, self.position = "", 0
        self.lines, self.columns = 1, 0
        """Lines, and characters of the present line, that are behind the text looked at."""

    def more(self) -> bool:
        """Read on; at least as much again as is waiting, so that a long item is not scanned often."""
        rest = self.text[self.position :]
        chunk = self.file.read(max(AT_ONCE, len(rest)))
        if chunk:
            self.lines, self.columns = self._place(self.position)
            self.text, self.position = rest + chunk, 0
        return bool(chunk)

    def next_character(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self.position < len(self.text) and self.text[self.position] in _SPACE:
                self.position += 1
            if self.position < len(self.text):
                return self.text[self.position]
            if not self.more():
                return ""

    def item(self) -> str:
        """The text of the item that begins here."""
        self.next_character()
        while True:
            try:
                _, end = _DECODER.raw_decode(self.text, self.position)
            except (ValueError, RecursionError) as error:
                if not isinstance(error, RecursionError) and self.more():
                    continue
                problem = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                where = error.pos if isinstance(error, json.JSONDecodeError) else self.position
                raise self.complaint(problem, where) from None
            if end == len(self.text) and self.more():  # a number may go on
                continue
            text = self.text[self.position : end]
            self.position = end
            return text

    def complaint(self, problem: str, where: int) -> BadData:
        line, before = self._place(where)
        return BadData(f"{self.name}, line {line}, column {before + 1}: not valid JSON: {problem}.")

    def _place(self, where: int) -> tuple[int, int]:
        last = self.text.rfind("\n", 0, where)
        columns = where - last - 1 if last >= 0 else self.columns + where
        return self.lines + self.text.count("\n", 0, where), columns

    def shown(self) -> str:
        return self.text[self.position : self.position + 40] or "nothing"
