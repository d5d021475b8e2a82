"""Contexts from documents: text, Markdown, HTML, PDF and DOCX, cut into passages that know where they are from.

A passage is a line of a `contexts/` file: `id`, `text`, `source` (the file), `offset` and `end` (characters of the
text the file was read as: `text` is exactly what stands there), `heading` and, for PDF, `page`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from growloop.dataset.importers.source import open_sources
from growloop.dataset.passages.cut import passages
from growloop.dataset.passages.document import Document
from growloop.dataset.passages.docx import read_docx
from growloop.dataset.passages.html import read_html
from growloop.dataset.passages.kinds import kind_of, text_of
from growloop.dataset.passages.pdf import read_pdf
from growloop.dataset.passages.plain import read_markdown, read_plain
from growloop.errors import BadData

TEXTS: dict[str, Callable[[str], Document]] = {"text": read_plain, "markdown": read_markdown}
"""Kind of document → function(its text) → the same with headings."""
READERS: dict[str, Callable[[bytes, str], Document]] = {"html": read_html, "pdf": read_pdf, "docx": read_docx}
"""Kind of document → function(bytes, name of the file) → its text with headings and pages."""

__all__ = ["READERS", "TEXTS", "Document", "Passages", "is_document", "kind_of", "passages", "read_passages"]


@dataclass(frozen=True, slots=True)
class Passages:
    """What a document gave."""

    source: str
    kind: str
    rows: list[dict[str, Any]]
    """One per passage, in order, as they stand in a `contexts/` file."""

    def lines(self) -> str:
        """The rows as JSONL."""
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows)


def is_document(path: Path, name: str | None = None) -> bool:
    """True for a file that passages can be cut from; rows of examples are none, nor is what does not exist.

    `name` is what the file is called where its path does not say.
    """
    if not path.is_file():
        return False
    [source] = open_sources(path, name)
    return kind_of(source.name, source.start) is not None


def read_passages(path: Path, name: str | None = None) -> Passages:
    """The passages of a document. Raises BadData where it is none, cannot be read, or holds no text.

    `name` is what the document is called where its path does not say.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "rules.md"
    >>> _ = path.write_text("# House rules\\n\\nDogs stay outside.\\n")
    >>> [(row["text"], row["heading"]) for row in read_passages(path).rows]
    [('# House rules\\n\\nDogs stay outside.', 'House rules')]
    """
    if path.is_dir():
        raise BadData(f"{path} is a folder; name the documents in it.")
    [source] = open_sources(path, name)
    name = source.name
    with source.stream() as stream:
        data = stream.read()
    kind = kind_of(name, data)
    if kind is None:
        raise BadData(f"{name} is no text, Markdown, HTML, PDF or DOCX file.")
    document = TEXTS[kind](text_of(source)) if kind in TEXTS else READERS[kind](data, name)
    rows = [_row(name, document.text[cut.offset : cut.end], cut) for cut in passages(document)]
    if not rows:
        raise BadData(f"{name} holds no text.")
    return Passages(name, kind, rows)


def _row(source: str, text: str, cut: Any) -> dict[str, Any]:
    row = {"id": f"{source}:{cut.offset}", "text": text, "source": source, "offset": cut.offset, "end": cut.end}
    more = {"heading": cut.heading, "page": cut.page}
    return row | {key: value for key, value in more.items() if value}
