"""Reading questions and answers from other people's files.

An importer is a function from the file's text to rows; `IMPORTERS` lists them. A row that cannot be read is
set aside with its number, the reason and the original, and never stops the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from growloop.dataset.importers.content import detect_format, read_text
from growloop.dataset.importers.jsonl import read_json_array, read_jsonl
from growloop.dataset.importers.rows import Rows, frames
from growloop.dataset.importers.squad import read_squad
from growloop.errors import BadData, did_you_mean

IMPORTERS: dict[str, Callable[[str, str], Rows]] = {
    "jsonl": read_jsonl,
    "json": read_json_array,
    "squad": read_squad,
}
"""Format → function(text of the file, name of the file) → rows."""


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


def read_examples(path: Path, *, format: str | None = None) -> Imported:
    """The examples of a JSONL, JSON or SQuAD file, plain or gzipped; the format is told from the content.

    Raises NotFound where there is no file, BadData where it is none of these.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "dogs.jsonl"
    >>> _ = path.write_text('{"question": "Dogs?", "context": "No dogs.", "answer": "no"}\\n{"question": ""}')
    >>> imported = read_examples(path)
    >>> imported.examples["answers"].to_list(), imported.rejected["reason"].to_list()
    ([['no']], ['the question is empty'])
    """
    if format is not None and format not in IMPORTERS:
        raise BadData(f'There is no importer for "{format}". {did_you_mean(format, IMPORTERS)}')
    text = read_text(path)
    chosen = format or detect_format(text, path.name)
    rows = IMPORTERS[chosen](text, path.name)
    everything, rejected = frames(rows, origin=f"import:{path.name}")
    examples = everything.unique("id", keep="first", maintain_order=True)
    return Imported(examples, rejected, rows.repaired, everything.height - examples.height, chosen)
