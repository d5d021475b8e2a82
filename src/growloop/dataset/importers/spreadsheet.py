"""Spreadsheets (XLSX, also XLS, XLSB and ODS): every sheet a table under its first row."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from growloop.dataset.importers.batch import ROWS_AT_ONCE, Batch
from growloop.dataset.importers.delimited import unique_names
from growloop.dataset.importers.encoding import Survey
from growloop.dataset.importers.source import Source
from growloop.errors import BadData, MissingExtra


def read_spreadsheet(source: Source, survey: Survey) -> Iterator[Batch]:
    """The rows of all sheets; a row's number is that of the sheet. Raises MissingExtra, BadData."""
    try:
        import python_calamine
    except ImportError:
        raise MissingExtra("python-calamine", "import") from None
    with source.uncompressed() as path:
        try:
            book = python_calamine.CalamineWorkbook.from_path(path)
            sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        except (python_calamine.CalamineError, OSError) as error:
            raise BadData(f"{source.name} cannot be read as a spreadsheet: {error}") from None
        for sheet in sheets:
            yield from _rows_of(sheet)


def _rows_of(sheet: Any) -> Iterator[Batch]:
    rows = enumerate(sheet.iter_rows(), start=(sheet.start or (0, 0))[0] + 1)
    header: list[str] = []
    batch = Batch()
    for number, cells in rows:
        values = [_value(cell) for cell in cells]
        if not any(value not in ("", None) for value in values):
            continue
        if not header:
            header = unique_names([str(value) for value in values])
            continue
        batch.rows.append(dict(zip(header, values, strict=False)))
        batch.numbers.append(number)
        if len(batch.rows) == ROWS_AT_ONCE:
            yield batch
            batch = Batch()
    yield batch


def _value(cell: Any) -> Any:
    """A cell as text or number: whole numbers without the point that spreadsheets give all of them."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return str(cell) if isinstance(cell, datetime.date | datetime.time | datetime.timedelta) else cell
