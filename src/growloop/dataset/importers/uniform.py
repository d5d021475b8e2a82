"""JSON lines that all look alike, read as columns: bytes become a frame without a Python object for each value.

A line belongs to them by a regular expression of one line's keys, in their order, each with a value of the same type
and with no letter that needs care (a NUL, half a character). They are read to the same end as `rows.read_row` would
read them; the others, and those whose values contradict each other, are told apart for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import orjson
import polars as pl

from growloop.dataset.importers.columns import OWN_KEYS, SIDES, Layout
from growloop.dataset.importers.plain import COLUMNS, Read
from growloop.dataset.importers.rows import LONGEST_VALUE

_ESCAPE = (
    r'\\["\\/bfnrt]|\\u(?:[1-9a-cA-CeEfF][0-9a-fA-F]{3}|0[1-9a-fA-F][0-9a-fA-F]{2}|00[2-9a-fA-F][0-9a-fA-F]'
    r"|[dD][0-7][0-9a-fA-F]{2}|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_TEXT = rf'"(?:[^"\\\x00-\x1f]|{_ESCAPE})*"'
_SPACE = r"[ \t]*"
_LIST = rf"\[{_SPACE}(?:{_TEXT}{_SPACE}(?:,{_SPACE}{_TEXT}{_SPACE})*)?\]"
_KINDS: dict[type, tuple[str, pl.DataType]] = {
    str: (f"(?:{_TEXT}|null)", pl.String()),
    bool: ("(?:true|false|null)", pl.Boolean()),
    int: (r"(?:-?(?:0|[1-9][0-9]{0,14})|null)", pl.Int64()),
    list: (_LIST, pl.List(pl.String())),
}
"""Type of a value in the first line → what it may look like in others, and what it becomes."""
_TEXTS = ("question", "context", "split", "negative")
"""Roles in which nothing but text is plain."""
_NAMES = (pl.String, pl.Boolean, pl.Int64)
"""Types of columns that can be names of something."""


@dataclass(frozen=True)
class Uniform:
    """How the lines of a file look, and what their columns mean."""

    types: Mapping[str, pl.DataType]
    roles: Mapping[str, Sequence[str]]
    """Role → the columns that fill it."""
    pattern: str
    layout: Layout

    @classmethod
    def of(cls, line: bytes, layout: Layout) -> Uniform | None:
        """Lines that look like this one; None where they have to be read one by one."""
        try:
            first = orjson.loads(line)
        except ValueError:
            return None
        if not isinstance(first, dict) or {type(value) for value in first.values()} - _KINDS.keys():
            return None
        types = {key: _KINDS[type(value)][1] for key, value in first.items()}
        roles = {role: [name for name in names if name in first] for role, names in layout.roles.items()}
        values = [f'"{re.escape(key)}"{_SPACE}:{_SPACE}{_KINDS[type(first[key])][0]}' for key in first]
        pattern = rf"^\{{{_SPACE}{f'{_SPACE},{_SPACE}'.join(values)}{_SPACE}\}}[ \t\r]*$"
        uniform = cls(types, roles, pattern, layout)
        return uniform if uniform._is_plain() and uniform.fits(line) else None

    def fits(self, line: bytes) -> bool:
        """True for a line that looks so."""
        return bool(re.fullmatch(self.pattern, line.decode("utf-8", "surrogateescape")))

    def _is_plain(self) -> bool:
        """True where no column asks for more than a look at its values."""
        used, roles = self.layout.used, self.roles
        several = any(len(names) > 1 for role, names in roles.items() if role != "group")
        asks = "growloop" in self.types or roles["where"] or roles["answerable"] or self.layout.separator
        nested = any("." in name and name not in self.types for name in used)
        lacking = not roles["question"] or not roles["answers"]
        if several or asks or nested or lacking or not all(map(re.compile(r"[\w .-]+").fullmatch, self.types)):
            return False
        named = [*roles["id"], *roles["group"], *(name for name in self.layout.coordinates.values())]
        return (
            all(self.types[name] == pl.String for role in _TEXTS for name in roles[role])
            and all(self.types[name] in (pl.String, pl.List(pl.String)) for name in roles["answers"])
            and all(self.types[name] == pl.Boolean for name in roles["is_impossible"])
            and all(self.types.get(name) in _NAMES for name in named)
        )

    def read(self, lines: Sequence[bytes], numbers: Sequence[int], dropped: set[str]) -> tuple[Read, list[int]]:
        """The lines that look so, as columns, and the positions of the others."""
        alike = _decoded(lines).str.contains(self.pattern).fill_null(False)
        read = Read()
        if alike.any():
            chosen = lines if alike.all() else [lines[position] for position in alike.arg_true()]
            table = pl.read_ndjson(b"\n".join(chosen), schema=dict(self.types))
            rows = table.select(**self._columns).with_columns(number=pl.Series(numbers).filter(alike))
            good = rows.select(self._makes_sense).to_series()
            alike = alike.scatter(alike.arg_true().filter(~good), False)
            _fill(read, rows.filter(good), self._coordinates(table.filter(good), dropped))
        return read, (~alike).arg_true().to_list()

    def _given(self, role: str) -> pl.Expr:
        """What a row holds in a role, null where no column has it."""
        return pl.col(self.roles[role][0]) if self.roles[role] else pl.lit(None)

    @cached_property
    def _columns(self) -> dict[str, pl.Expr]:
        answers = self._answers()
        kind = pl.when(self._given("negative") != "").then(self._given("negative"))
        groups = [_name(name) for name in self.roles["group"]]
        return {
            "question": self._given("question").str.strip_chars(),
            "context": self._given("context").cast(pl.String).fill_null(""),
            "answers": answers,
            "flag": self._given("is_impossible").cast(pl.Boolean),
            "negative": pl.when(answers.list.len() == 0).then(pl.coalesce(kind, pl.lit("unanswerable"))),
            "group": pl.coalesce(groups) if groups else pl.lit(None, pl.String),
            "side": self._given("split").cast(pl.String),
            "split": self._given("split").cast(pl.String).replace_strict(SIDES, default=None),
            "source_id": _name(self.roles["id"][0]) if self.roles["id"] else pl.lit(None, pl.String),
            "origin": pl.lit(None, pl.String),
            "parent": pl.lit(None, pl.String),
            "status": pl.lit("accepted"),
        }

    def _answers(self) -> pl.Expr:
        given, nothing = self._given("answers"), pl.lit([], pl.List(pl.String))
        if self.types[self.roles["answers"][0]] == pl.String:
            text = given.str.strip_chars()
            kept = pl.when(text == "").then(nothing).otherwise(pl.concat_list(text))
        else:
            texts = given.list.eval(pl.element().str.strip_chars())
            kept = texts.list.eval(pl.element().filter(pl.element() != "").unique(maintain_order=True))
        unanswerable = self._given("is_impossible").cast(pl.Boolean).fill_null(False)
        if silence := self.layout.abstain_answer:
            unanswerable |= (kept.list.len() == 1) & (kept.list.first() == silence)
        return pl.when(given.is_null()).then(None).when(unanswerable).then(nothing).otherwise(kept)

    @property
    def _makes_sense(self) -> pl.Expr:
        """True where a row needs no second look."""
        answers, asked = pl.col("answers"), pl.col("question").fill_null("") != ""
        contradicted = ~pl.col("flag").fill_null(True) & (answers.list.len() == 0)
        return (
            asked & answers.is_not_null() & ~contradicted & (pl.col("side").is_null() | pl.col("split").is_not_null())
        )

    def _coordinates(self, table: pl.DataFrame, dropped: set[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Candidates for coordinates, and those that are given as such."""
        free = [key for key in self.types if key not in OWN_KEYS | self.layout.used | dropped]
        names = {key: _name(key) for key in free if self.types[key] in _NAMES}
        short = {key: pl.when(name.str.len_chars() <= LONGEST_VALUE).then(name) for key, name in names.items()}
        given = {key: _name(column) for key, column in self.layout.coordinates.items()}
        return table.select(**short), table.select(**given)


def _decoded(lines: Sequence[bytes]) -> pl.Series:
    """The lines as text, null where one is not UTF-8."""
    try:
        return pl.Series(lines, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        valid = [line if line.decode("utf-8", "ignore").encode() == line else None for line in lines]
        return pl.Series(valid, dtype=pl.Binary).cast(pl.String)


def _name(column: str) -> pl.Expr:
    """A scalar as a name; null for an empty text."""
    name = pl.col(column).cast(pl.String)
    return pl.when(name != "").then(name)


def _fill(read: Read, rows: pl.DataFrame, coordinates: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    read.columns = {name: rows[name] for name in COLUMNS}
    read.coordinates, read.where = (frame.to_dict(as_series=False) for frame in coordinates)
    read.numbers = rows["number"].to_list()
