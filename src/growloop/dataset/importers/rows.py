"""What a row of a file means: question, context, answers, and where it belongs.

    question   text, needed
    context    text, or a list of texts
    answers    (or `answer`) text, number or a list of them; also SQuAD's {"text": […]}; empty = unanswerable
    is_impossible, answerable    true or false; wins over the answers
    id         kept as `source_id`
    group      what may not straddle splits; else `entity_id`, `entity`, `title`, else the context
    where      an object of coordinates
    split      train, validation or test: binds the row to that side
    negative   the kind of unanswerable question

Every other key with short values, at most 50 different ones in the file, becomes a coordinate of `where`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from growloop.dataset.importers.content import LONE_SURROGATE, mended
from growloop.errors import did_you_mean
from growloop.records.example import content_id, examples_frame, where_of

KEYS = {
    *("question", "context", "answers", "answer", "is_impossible", "answerable", "id", "source_id"),
    *("group", "entity_id", "entity", "where", "split", "negative", "origin", "parent", "status"),
}
GROUP_KEYS = ("group", "entity_id", "entity", "title")
SIDES = {"train": "train", "validation": "validation", "valid": "validation", "dev": "validation", "test": "test"}
MOST_VALUES = 50
"""A key with more different values than this is no coordinate: its slices would be too thin to read."""
LONGEST_VALUE = 80

REJECTED = pl.Schema({"row": pl.Int64, "reason": pl.String, "original": pl.String})


class Unreadable(ValueError):
    """A row that cannot be an example; the message is the reason."""


@dataclass
class Rows:
    """Rows read so far, those set aside, and how many were repaired."""

    read: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    repaired: int = 0

    def add(self, number: int, value: object, original: str | None = None, *, repaired: bool = False) -> None:
        """Read one row, or set it aside with the reason."""
        try:
            row = read_row(value)
        except Unreadable as reason:
            self.reject(number, str(reason), value if original is None else original)
            return
        self.read.append(row)
        self.repaired += repaired

    def reject(self, number: int, reason: str, original: object) -> None:
        """Set one row aside."""
        text = original if isinstance(original, str) else json.dumps(original, ensure_ascii=False)
        self.rejected.append((number, LONE_SURROGATE.sub("\ufffd", reason), LONE_SURROGATE.sub("\ufffd", text)))


def has_half_characters(text: str) -> bool:
    """True where JSON text may hold a lone surrogate; most files do not, and need no mending."""
    return "\\ud" in text or "\\uD" in text


def mended_row(value: object) -> tuple[object, bool]:
    """A row without halves of characters, and whether it had any."""
    repaired = mended(value)
    return repaired, repaired != value


def read_row(row: object) -> dict[str, Any]:
    """The columns of an example, with candidates for coordinates under `coordinates`. Raises Unreadable."""
    if not isinstance(row, Mapping):
        raise Unreadable(f"expected an object, found {json.dumps(row)[:40]}")
    question, answers, answerable = _question(row), _answers(row), _answerable(row)
    if answerable and not answers:
        raise Unreadable("it says that it is answerable, and holds no answer")
    if answers is None and answerable is None:
        raise Unreadable('no answers: give "answers", or "is_impossible": true')
    kept = [] if answerable is False or answers is None else answers
    return {
        "question": question,
        "context": _context(row),
        "answers": kept,
        "negative": None if kept else _name(row.get("negative")) or "unanswerable",
        "group": next((_name(row[key]) for key in GROUP_KEYS if _name(row.get(key))), None),
        "split": _side(row),
        "source_id": _name(row.get("id", row.get("source_id"))),
        "where": _where(row),
        "coordinates": {key: _name(value) for key, value in row.items() if key not in KEYS and _is_short(value)},
    }


def _question(row: Mapping[str, Any]) -> str:
    question = row.get("question")
    if "question" not in row:
        raise Unreadable(f'no "question". {did_you_mean("question", map(str, row))}')
    if not isinstance(question, str):
        raise Unreadable(f"the question is no text: {json.dumps(question)[:40]}")
    if not question.strip():
        raise Unreadable("the question is empty")
    return question.strip()


def _context(row: Mapping[str, Any]) -> str:
    context = row.get("context") or ""
    if isinstance(context, list) and all(isinstance(text, str) for text in context):
        return "\n\n".join(context)
    if not isinstance(context, str):
        raise Unreadable(f"the context is no text: {json.dumps(context)[:40]}")
    return context


def _answers(row: Mapping[str, Any]) -> list[str] | None:
    """The answers, each once; None where the row holds no such key."""
    given = row.get("answers", row.get("answer"))
    if given is None:
        return None
    if isinstance(given, Mapping) and "text" in given:
        given = given["text"]
    texts = [_answer(answer) for answer in (given if isinstance(given, list) else [given])]
    return list(dict.fromkeys(text for text in texts if text))


def _answer(answer: object) -> str:
    text = answer.get("text") if isinstance(answer, Mapping) else answer
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise Unreadable(f"an answer is no text: {json.dumps(answer)[:40]}")
    return str(text).strip()


def _answerable(row: Mapping[str, Any]) -> bool | None:
    for key, meaning in (("is_impossible", False), ("answerable", True)):
        flag = row.get(key)
        if flag is None:
            continue
        if flag not in (True, False):
            raise Unreadable(f'"{key}" is neither true nor false: {json.dumps(flag)[:40]}')
        return bool(flag) is meaning
    return None


def _side(row: Mapping[str, Any]) -> str | None:
    side = row.get("split")
    if side is None:
        return None
    if side not in SIDES:
        raise Unreadable(f'"split" is {json.dumps(side)[:40]}; it can be train, validation or test')
    return SIDES[side]


def _where(row: Mapping[str, Any]) -> dict[str, str]:
    where = row.get("where") or {}
    if not isinstance(where, Mapping):
        raise Unreadable(f'"where" is no object: {json.dumps(where)[:40]}')
    return {str(key): name for key, value in where.items() if (name := _name(value))}


def _name(value: object) -> str | None:
    """A scalar as a name; None for nothing, an empty text, or what is no scalar."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) or None if isinstance(value, str | int | float) else None


def _is_short(value: object) -> bool:
    name = _name(value)
    return name is not None and len(name) <= LONGEST_VALUE


def frames(rows: Rows, *, origin: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows read as an EXAMPLES frame, and those set aside."""
    coordinates = _coordinates(rows.read)
    wheres = [
        {key: value for key, value in row["coordinates"].items() if key in coordinates} | row["where"]
        for row in rows.read
    ]
    names = sorted({key for where in wheres for key in where})
    columns = {name: [row[name] for row in rows.read] for name in _COLUMNS}
    schema = {name: pl.List(pl.String) if name == "answers" else pl.String for name in _COLUMNS}
    values = {name: [where.get(name) for where in wheres] for name in names}
    keys = pl.DataFrame(values, schema=dict.fromkeys(names, pl.String))
    where = keys.select(where_of(names)).to_series() if names else None
    frame = pl.DataFrame(columns, schema=schema)
    frame = frame.with_columns(pl.col("group").fill_null(_context_groups(frame)), pl.lit(origin).alias("origin"))
    examples = examples_frame(frame if where is None else frame.with_columns(where))
    return examples, pl.DataFrame(rows.rejected, schema=REJECTED, orient="row").sort("row", maintain_order=True)


_COLUMNS = ("question", "context", "answers", "negative", "group", "split", "source_id")


def _coordinates(read: list[dict[str, Any]]) -> set[str]:
    """The keys beside the known ones that have few enough values to be coordinates."""
    values = {(key, value) for row in read for key, value in row["coordinates"].items()}
    counts = Counter(key for key, _ in values)
    return {key for key, count in counts.items() if count <= MOST_VALUES}


def _context_groups(frame: pl.DataFrame) -> pl.Series:
    texts = frame.select(pl.when(pl.col("context") == "").then("question").otherwise("context")).to_series()
    ids = {text: f"context:{content_id('', text, ())[:16]}" for text in texts.unique().to_list()}
    return texts.replace_strict(ids, return_dtype=pl.String) if ids else texts
