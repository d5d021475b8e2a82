"""Telling formats apart by what is in the file; its name only helps where content could be two things."""

from __future__ import annotations

import json
from typing import Any

from growloop.dataset.importers.delimited import DELIMITERS, delimiter_of
from growloop.dataset.importers.encoding import Survey
from growloop.dataset.importers.source import Source
from growloop.errors import BadData

BINARY = {
    b"PAR1": "parquet",
    b"PK\x03\x04": "xlsx",
    b"\xd0\xcf\x11\xe0": "xlsx",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "arrow",
}
"""How files that are no text begin."""
HEAD = 1 << 20


def binary_format(source: Source) -> str | None:
    """The format of a file that is no text."""
    return next((name for start, name in BINARY.items() if source.start.startswith(start)), None)


def head_of(source: Source, survey: Survey) -> str:
    """The first million characters of a text."""
    with source.text(survey.encoding) as text:
        return text.read(HEAD)


def text_format(head: str, name: str) -> str:
    """`squad`, `json`, `jsonl`, `csv` or `tsv`. Raises BadData where it is none of them.

    >>> text_format('{"question": "q"}\\n{"question": "r"}', "x")
    'jsonl'
    """
    start = head.lstrip("\ufeff \t\r\n")
    if not start:
        raise BadData(f"{name} is empty.")
    if start.startswith("["):
        return "json"
    if start.startswith("{"):
        return _json_lines_or_document(start)
    first = start.split("\n", 1)[0]
    if name.removesuffix(".gz").removesuffix(".zst").endswith((".csv", ".tsv")) or any(d in first for d in DELIMITERS):
        return "tsv" if delimiter_of(head, name) == "\t" else "csv"
    lines = [line for line in start.split("\n") if line.strip()][:1000]
    if any(isinstance(_value(line), dict) for line in lines):
        return "jsonl"
    raise BadData(
        f'{name} is neither JSON, JSONL, SQuAD nor CSV: it starts with "{start[:40]}".\n'
        f'  Write one object a line: {{"question": "…", "context": "…", "answers": ["…"]}}'
    )


def _json_lines_or_document(start: str) -> str:
    lines = [line for line in start.split("\n") if line.strip()][:1000]
    values = [_value(line) for line in lines]
    first = values[0]
    if len(lines) == 1 and isinstance(first, dict) and (isinstance(first.get("data"), list) or {"data"} == {*first}):
        return "squad"
    if any(isinstance(value, dict) for value in values):
        return "jsonl"
    is_cut = len(lines) == 1 and len(start) > HEAD // 2  # one line, longer than what was looked at
    return "jsonl" if is_cut and '"paragraphs"' not in start else "squad"


def _value(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
