"""Reading questions and answers from other people's files.

A kind of file has a reader, from the file to batches of rows (`READERS`); a way of writing questions and answers has
a form, from its rows to plain ones (`FORMS`). A row that cannot be read is set aside with its number, the reason
and the original, and never stops the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from growloop.dataset.importers.forms import FORMS
from growloop.dataset.importers.frames import Coordinates, TooManyValues
from growloop.dataset.importers.reading import READERS, Options, Part, Plan, open_plans
from growloop.dataset.importers.rejects import as_text
from growloop.records.example import examples_frame

__all__ = ["IMPORTERS", "REJECTED", "Imported", "Options", "Part", "Plan", "open_plans", "read_examples"]

IMPORTERS = (*READERS, *FORMS)
"""What `--format` can be: a kind of file, or a form of the rows in it."""
REJECTED = pl.Schema({"row": pl.Int64, "reason": pl.String, "original": pl.String})


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file gave: examples, rows set aside, and what was put right on the way."""

    examples: pl.DataFrame
    """An EXAMPLES frame without exact repetitions."""
    rejected: pl.DataFrame
    """`row` (line, or number of the question in the file), `reason`, `original`."""
    repaired: int
    """Rows taken over with a small correction: a wrong answer offset, half a character."""
    duplicates: int
    """Rows that repeat the content of an earlier one, left out."""
    format: str


def read_examples(given: Path | str | Iterable[Mapping[str, Any]], **options: Any) -> Imported:
    """The examples of a file or folder, all of them in memory; format and columns are detected (see `Options`).

    Raises NotFound where there is no file, BadData where it is none that can be imported.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "dogs.jsonl"
    >>> _ = path.write_text('{"question": "Dogs?", "context": "No dogs.", "answer": "no"}\\n{"question": ""}')
    >>> imported = read_examples(path)
    >>> imported.examples["answers"].to_list(), imported.rejected["reason"].to_list()
    ([['no']], ['the question is empty'])
    """
    plans = open_plans(given, Options(**options))
    coordinates = Coordinates()
    while True:
        try:
            parts = [part for plan in plans for part in plan.parts(coordinates)]
        except TooManyValues as late:
            coordinates = coordinates.again(late.key)
            continue
        break
    everything = pl.concat([examples_frame({"question": []}), *(part.examples for part in parts)])
    examples = everything.unique("id", keep="first", maintain_order=True)
    rejected = [(row.row, as_text(row.reason), as_text(row.original)) for part in parts for row in part.rejected]
    return Imported(
        examples,
        pl.DataFrame(rejected, schema=REJECTED, orient="row").sort("row", maintain_order=True),
        sum(part.repaired for part in parts),
        everything.height - examples.height,
        plans[0].format,
    )
