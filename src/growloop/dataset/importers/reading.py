"""A file on its way to examples: looked at, laid out, then read part by part, so that its size does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from growloop.dataset.importers import mojibake
from growloop.dataset.importers.batch import ROWS_AT_ONCE, Batch, Rejected
from growloop.dataset.importers.columns import Layout, layout_of, no_question
from growloop.dataset.importers.delimited import read_delimited
from growloop.dataset.importers.detection import binary_format, head_of, text_format
from growloop.dataset.importers.encoding import Survey, survey
from growloop.dataset.importers.forms import FORMS, Reader, form_of, in_plain_rows
from growloop.dataset.importers.frames import Coordinates, example_frame
from growloop.dataset.importers.json_array import read_json_array
from growloop.dataset.importers.json_values import LONE_SURROGATE
from growloop.dataset.importers.jsonl import UTF8, batches_of_lines, read_jsonl, read_lines
from growloop.dataset.importers.parquet import read_arrow, read_parquet
from growloop.dataset.importers.plain import Read, read_rows
from growloop.dataset.importers.source import Source, open_sources
from growloop.dataset.importers.spreadsheet import read_spreadsheet
from growloop.dataset.importers.squad import read_squad
from growloop.dataset.importers.uniform import Uniform
from growloop.errors import BadData, did_you_mean
from growloop.records.example import Example
from growloop.records.imports import ImportPreview

READERS: dict[str, Callable[[Source, Survey], Iterator[Batch]]] = {
    "jsonl": read_jsonl,
    "json": read_json_array,
    "squad": read_squad,
    "csv": read_delimited,
    "tsv": read_delimited,
    "parquet": read_parquet,
    "arrow": read_arrow,
    "xlsx": read_spreadsheet,
}
"""Kind of file → function from the file to batches of rows."""
BINARY = ("parquet", "arrow", "xlsx")
TABLES = ("csv", "tsv", "xlsx")
LOOKED_AT = 20
"""So many lines may say how all look."""
SAMPLE = 1000
"""How many rows decide what form the rows have and what the columns mean."""


@dataclass(frozen=True)
class Options:
    """What a user may say about the files; the rest is detected."""

    format: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Role → column; an empty column takes the meaning from whatever would have it."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Coordinate → column."""
    separator: str = ""
    repair_text: bool = False
    abstain_answer: str = ""


@dataclass(frozen=True)
class Part:
    """Some of a file's rows as examples, and those set aside."""

    file: str
    content: str
    examples: pl.DataFrame
    """An EXAMPLES frame; a text may stand in it twice."""
    rejected: list[Rejected]
    repaired: int
    mojibake: int
    """Rows that look wrongly decoded, or did before they were repaired."""
    mojibake_example: str | None
    at: int
    """The number of the last row."""


@dataclass(frozen=True)
class Plan:
    """One file and how it will be read."""

    source: Source
    survey: Survey
    kind: str
    form: str | None
    layout: Layout
    names: tuple[str, ...]
    """All columns of the first rows."""
    columns: dict[str, str]
    """Role → the columns that fill it."""
    options: Options
    reader: Reader | None

    @property
    def format(self) -> str:
        """What the file is, in a word or two."""
        return f"{self.form} in {self.kind}" if self.form else self.kind

    def batches(self) -> Iterator[Batch]:
        """The rows, with the keys that `layout` speaks of."""
        for batch in READERS[self.kind](self.source, self.survey):
            yield in_plain_rows(batch, self.reader) if self.reader else batch

    def parts(self, coordinates: Coordinates) -> Iterator[Part]:
        """The examples, part by part. Raises TooManyValues where a coordinate turns out to be none."""
        for reads in self._reads(coordinates.dropped):
            yield self._part(reads, coordinates)

    def _reads(self, dropped: set[str]) -> Iterator[list[Read]]:
        """The rows, read; those of one part together, though not in their order."""
        uniform = self._uniform()
        if uniform is None:
            for batch in self.batches():
                yield [_read(batch, self.layout, dropped)]
            return
        for lines, first, _ in read_lines(self.source, self.survey):
            for start in range(0, len(lines), ROWS_AT_ONCE):
                some = lines[start : start + ROWS_AT_ONCE]
                yield self._told_apart(uniform, some, range(first + start, first + start + len(some)), dropped)

    def _told_apart(
        self, uniform: Uniform, lines: Sequence[bytes], numbers: Sequence[int], dropped: set[str]
    ) -> list[Read]:
        """Lines that look alike, read as columns, and the others, each read by itself."""
        alike, others = uniform.read(lines, numbers, dropped)
        apart = [lines[position] for position in others]
        batches = batches_of_lines(apart, [numbers[position] for position in others], b"\n".join(apart))
        return [alike, *(_read(batch, self.layout, dropped) for batch in batches)]

    def _uniform(self) -> Uniform | None:
        """How most of the first lines look, where they are plain."""
        if self.kind != "jsonl" or self.reader or self.survey.encoding not in UTF8:
            return None
        lines = next(read_lines(self.source, self.survey), ([], 0, b""))[0][:LOOKED_AT]
        looks = [look for line in lines if (look := Uniform.of(line, self.layout))]
        return max(looks, key=lambda look: sum(map(look.fits, lines)), default=None)

    def told(self) -> str:
        """Format, encoding and columns in one line."""
        columns = ", ".join(f"{role}={column}" for role, column in self.columns.items())
        return " · ".join(text for text in (self.format, self.survey.encoding, columns) if text)

    def preview(self, rows: int = 3) -> ImportPreview:
        """The file as it is understood, with its first examples."""
        first = [_as_example(row) for row in self._first(rows).to_dicts()]
        return ImportPreview(
            file=self.source.name,
            format=self.format,
            encoding=self.survey.encoding,
            columns=self.columns,
            names=self.names,
            examples=tuple(first),
        )

    def _first(self, rows: int) -> pl.DataFrame:
        for batch in self.batches():
            read = _read(batch.part(0, 20 * rows), self.layout, set())
            if read.numbers:
                return self._part([read], Coordinates()).examples.head(rows)
        return example_frame(Read(), {}, origin="")

    def _part(self, reads: Sequence[Read], coordinates: Coordinates) -> Part:
        examples = _in_their_order([self._frame(read, coordinates) for read in reads], reads)
        if self.source.split:
            examples = examples.with_columns(pl.col("split").fill_null(pl.lit(self.source.split)))
        bad = int(mojibake.suspicious(examples).sum())
        shown = mojibake.example_of(examples) if bad else None
        fixed = 0
        if bad and self.options.repair_text:
            examples, fixed = mojibake.repaired(examples)
        rejected = sorted(chain.from_iterable(read.rejected for read in reads), key=lambda row: row.row)
        repaired = sum(read.repaired for read in reads) + fixed
        at = max([0, *(read.numbers[-1] for read in reads if read.numbers), *(row.row for row in rejected[-1:])])
        return Part(self.source.file, self.survey.content, examples, rejected, repaired, bad, shown, at)

    def _frame(self, read: Read, coordinates: Coordinates) -> pl.DataFrame:
        chosen = coordinates.choose(read.coordinates)
        try:
            return example_frame(read, chosen, origin=f"import:{self.source.name}")
        except UnicodeEncodeError:  # half a character in a value that did not come out of JSON
            read.columns = _without_halves(read.columns)
            read.where = _without_halves(read.where)
            return example_frame(read, _without_halves(chosen), origin=f"import:{self.source.name}")


def _read(batch: Batch, layout: Layout, dropped: set[str]) -> Read:
    read = Read()
    read_rows(batch, layout, dropped, read)
    return read


def _in_their_order(frames: Sequence[pl.DataFrame], reads: Sequence[Read]) -> pl.DataFrame:
    """The examples of several reads in the order of their rows."""
    filled = [frame for frame in frames if frame.height]
    if len(filled) < 2:
        return filled[0] if filled else frames[0]
    numbers = pl.Series(list(chain.from_iterable(read.numbers for read in reads)))
    return pl.concat(filled)[numbers.arg_sort()]


def _as_example(row: dict[str, Any]) -> Example:
    return Example(**{**row, "where": {pair["key"]: pair["value"] for pair in row["where"]}})


def _without_halves(value: Any) -> Any:
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_halves(item) for item in value]
    return {key: _without_halves(item) for key, item in value.items()} if isinstance(value, dict) else value


def open_plans(
    given: Path | str | Iterable[Mapping[str, Any]], options: Options, name: str | None = None
) -> list[Plan]:
    """How each file of something given for import will be read; one file, unless a folder was given.

    `name` is what a single file is called where its path does not say. Raises NotFound, BadData, MissingExtra.
    """
    known = [*READERS, *FORMS]
    if options.format is not None and options.format not in known:
        raise BadData(f'There is no importer for "{options.format}". {did_you_mean(options.format, known)}')
    return [_plan(source, options) for source in open_sources(given, name)]


def _plan(source: Source, options: Options) -> Plan:
    kind = options.format if options.format in READERS else binary_format(source)
    looked = survey(source, options.encoding, is_text=kind not in BINARY)
    kind = kind or text_format(head_of(source, looked), source.name)
    sample = _sample(READERS[kind](source, looked))
    form = options.format if options.format in FORMS else form_of(sample)
    reader = FORMS[form].reader([row for row in sample if isinstance(row, Mapping)]) if form else None
    if reader:
        plain = in_plain_rows(Batch(list(sample), list(range(len(sample)))), reader)
        sample = plain.rows
    names = list(dict.fromkeys(chain.from_iterable(row for row in sample if isinstance(row, Mapping))))
    layout = layout_of(
        names,
        objects=_objects(sample),
        mapping=options.mapping if names else {},
        where=options.where if names else {},
        separator=options.separator,
        is_table=kind in TABLES,
        abstain_answer=options.abstain_answer,
    )
    columns = layout.named(names)
    if names and "growloop" not in names and not _is_enough(columns):
        raise no_question(source.name, names)
    return Plan(source, looked, kind, form, layout, tuple(names), columns, options, reader)


def _objects(sample: Sequence[Any]) -> set[str]:
    """The columns that hold objects and no texts."""
    rows = [row for row in sample if isinstance(row, Mapping)]
    objects = {name for row in rows for name, value in row.items() if isinstance(value, Mapping)}
    return objects - {name for row in rows for name, value in row.items() if isinstance(value, str)}


def _sample(batches: Iterator[Batch]) -> Sequence[Any]:
    """The first rows that could be parsed."""
    rows: list[Any] = []
    for batch in batches:
        rows += batch.rows[: SAMPLE - len(rows)]
        if len(rows) >= SAMPLE:
            break
    return rows


def _is_enough(columns: Mapping[str, str]) -> bool:
    return "question" in columns and bool({"answers", "is_impossible", "answerable"} & set(columns))
