"""Questions alone, from a file of any kind that is imported, or from lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from growloop.dataset.importers.batch import Batch
from growloop.dataset.importers.columns import ROLES, field_of, layout_of
from growloop.dataset.importers.delimited import DELIMITERS
from growloop.dataset.importers.detection import binary_format, head_of, text_format
from growloop.dataset.importers.encoding import Survey, survey
from growloop.dataset.importers.json_values import LONE_SURROGATE
from growloop.dataset.importers.reading import BINARY, READERS
from growloop.dataset.importers.source import Source, open_sources
from growloop.errors import BadData, UnknownColumns

ALONE = (*ROLES["question"], "text", "questions", "message")
"""Names of columns that hold questions where nothing else is asked for."""
TABLES = (".csv", ".tsv")


def read_questions(given: Path | str, column: str | None = None) -> pl.Series:
    """The questions of a file or folder in their order, those that are empty left out; `-` is standard input.

    A row is an object or a table's, or a text that is the question; a text file has one a line. Raises NotFound,
    BadData, and UnknownColumns where no column is known to hold questions.
    """
    texts = [text for source in open_sources(given) for text in _questions(source, column)]
    whole = (LONE_SURROGATE.sub("\ufffd", text).replace("\0", "").strip() for text in texts)
    return pl.Series("question", [text for text in whole if text], dtype=pl.String)


def _questions(source: Source, column: str | None) -> Iterator[str]:
    kind = binary_format(source)
    looked = survey(source, None, is_text=kind not in BINARY)
    kind = kind or _text_kind(source, looked)
    if kind == "lines":
        with source.text(looked.encoding, newline=None) as text:  # type: ignore[arg-type]
            yield from (line.lstrip("\ufeff") for line in text)
        return
    names: tuple[str, ...] = ()
    for batch in READERS[kind](source, looked):
        names = names or _columns(source, batch, column)
        found = (row if isinstance(row, str) else _field(row, names) for row in batch.rows)
        yield from (text for text in found if isinstance(text, str))


def _text_kind(source: Source, looked: Survey) -> str:
    """The kind of a text file; `lines` for one that is no table and no JSON."""
    head = head_of(source, looked).lstrip("\ufeff")
    start = head.lstrip()
    first = start.split("\n", 1)[0].strip().casefold()
    name = source.name.removesuffix(".gz").removesuffix(".zst")
    is_table = name.endswith(TABLES) or any(
        set(map(str.strip, first.split(delimiter))) & set(ALONE) for delimiter in DELIMITERS if delimiter in first
    )
    if not start:
        raise BadData(f"{source.name} is empty. Write one question a line.")
    if start[0] in "{[" or (is_table and first):
        return text_format(head, source.name)
    return "lines"


def _columns(source: Source, batch: Batch, column: str | None) -> tuple[str, ...]:
    rows = [row for row in batch.rows[:1000] if isinstance(row, Mapping)]
    present = list(dict.fromkeys(name for row in rows for name in row))
    if column is not None and rows:
        return layout_of(present, mapping={"question": column}).roles["question"]
    found = tuple(name for known in ALONE for name in present if name.casefold() == known)
    if rows and not found and len(present) > 1:
        told = ", ".join(present)[:400]
        raise UnknownColumns(
            f"{source.name}: no column is known to hold the questions.\n  Columns here: {told}\n"
            "  Say which:  --column COLUMN",
            present,
        )
    return found or tuple(present)


def _field(row: Any, names: tuple[str, ...]) -> Any:
    return field_of(row, names) if isinstance(row, Mapping) else None
