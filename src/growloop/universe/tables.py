"""Tables of a project folder: CSV, TSV, JSONL or Parquet, read as a frame, and facts that stand in one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from growloop.errors import BadData, did_you_mean
from growloop.records.universe import FactTable
from growloop.universe.facts import Facts, read_facts
from growloop.universe.project_files import project_file, read_text

KINDS = (".csv", ".tsv", ".jsonl", ".parquet")
_FACT_COLUMN = re.compile(r"([^\[\]]+)(?:\[([^\[\]]*)\])?")
LIST_SIGN = ";"
"""Between the items of a list in a cell of CSV."""


def read_table(folder: Path, file: str, user: str) -> pl.DataFrame:
    """A table of the project; the cells of CSV and TSV are texts, empty ones null. Raises BadData naming the line."""
    kind = Path(file).suffix.lower()
    if kind not in KINDS:
        raise BadData(f"{file} is read as a table by {user}, and tables end in {', '.join(KINDS)}.")
    if kind == ".parquet":
        try:
            return pl.read_parquet(project_file(folder, file, user))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise BadData(f"{file} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
    text = read_text(folder, file, user)
    return _jsonl(text, file) if kind == ".jsonl" else _delimited(text, file, "\t" if kind == ".tsv" else ",")


def _jsonl(text: str, file: str) -> pl.DataFrame:
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        return pl.read_ndjson("\n".join(lines).encode(), infer_schema_length=None) if lines else pl.DataFrame()
    except pl.exceptions.PolarsError as error:
        raise BadData(f"{file}: not one JSON object a line with the same kinds of values: {error}") from None


def _delimited(text: str, file: str, separator: str) -> pl.DataFrame:
    if not text.strip():
        return pl.DataFrame()
    try:
        return pl.read_csv(text.encode(), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise BadData(_uneven(text, file, separator) or f"{file}: {str(error).splitlines()[0]}") from None


def _uneven(text: str, file: str, separator: str) -> str:
    """Which line has more cells than there are columns; empty where none has."""
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    columns = len(next(rows))
    for row in rows:
        if len(row) > columns:
            cells = f"{len(row)} cells, and there are {columns} columns"
            return f"{file}, line {rows.line_num}: {cells}. Put quotes around what holds a {separator!r}."
    return ""


def column_of(folder: Path, file: str, column: str, user: str) -> list[str]:
    """The texts of a column of a table, empty ones left out."""
    table = read_table(folder, file, user)
    if column not in table.columns:
        raise BadData(f'{file} has no column "{column}", and {user} reads it. {did_you_mean(column, table.columns)}')
    texts = table.select(pl.col(column).cast(pl.String, strict=False).str.strip_chars()).to_series()
    return [text for text in texts.drop_nulls().to_list() if text]


def read_fact_table(declared: FactTable, folder: Path) -> Iterator[tuple[int, str, Facts, dict[str, object]]]:
    """Row number (from 1), key, facts, and the cells as they stand, for each row. Raises BadData where it cannot."""
    table = read_table(folder, declared.file, "contexts")
    if declared.by not in table.columns:
        told = did_you_mean(declared.by, table.columns)
        raise BadData(f'{declared.file} has no column "{declared.by}", which says whom a row is about. {told}')
    for number, row in enumerate(table.iter_rows(named=True), start=1):
        key = row.pop(declared.by)
        try:
            given = _given(row)
            yield number, "" if key is None else str(key).strip(), read_facts(given), given
        except ValueError as problem:
            raise BadData(f"{declared.file}, row {number}: {problem}.") from None


def _given(row: Mapping[str, object]) -> dict[str, object]:
    """The facts of a row: `offers[ramen]` is looked up, `menu[]` a list, an empty cell tells nothing."""
    found: dict[str, object] = {}
    for column, cell in row.items():
        match = _FACT_COLUMN.fullmatch(column.strip())
        if match is None:
            raise ValueError(f'the column "{column}" is named like no fact')
        name, key = match[1].strip(), match[2]
        value = _cell(cell)
        if value is None:
            continue
        if key:
            looked_up = found.setdefault(name, {})
            if isinstance(looked_up, dict):
                looked_up[key.strip()] = value
        elif key == "" and isinstance(value, str):
            found[name] = [item.strip() for item in value.split(LIST_SIGN) if item.strip()]
        else:
            found[name] = value
    return found


def _cell(value: object) -> object:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().casefold(), value.strip()) if value.strip() else None
    if isinstance(value, dict):  # a struct of JSONL or Parquet has every key that any row has
        return {key: kept for key, found in value.items() if (kept := _cell(found)) is not None}
    return value
