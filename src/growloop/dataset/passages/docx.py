"""DOCX: paragraphs, headings and tables of the body, in their order."""

from __future__ import annotations

import io
from typing import Any

from growloop.dataset.passages.document import Blocks, Document
from growloop.errors import BadData, MissingExtra

_STYLED = "Heading "
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def read_docx(data: bytes, name: str) -> Document:
    """The body of a Word document. Raises BadData where it cannot be read.

    Headers, footers, footnotes and text boxes stand outside the body and are not read.
    """
    try:
        import docx
    except ImportError:
        raise MissingExtra("python-docx, which reads DOCX,", "documents") from None
    if data.startswith(_OLD_OFFICE):
        raise BadData(f"{name} is encrypted, or in Word's format before 2007. Save it as DOCX without a password.")
    try:
        blocks = Blocks()
        for item in docx.Document(io.BytesIO(data)).iter_inner_content():
            _add(blocks, item)
    except Exception as error:  # a broken file fails in the zip, the XML or what refers to what
        raise BadData(f"{name} is no DOCX that can be read: {type(error).__name__}: {error}") from None
    return blocks.document()


def _add(blocks: Blocks, item: Any) -> None:
    if hasattr(item, "rows"):
        rows = [" | ".join(_cells(row)) for row in item.rows]
        blocks.add("\n".join(row for row in rows if row.strip(" |")))
    else:
        blocks.add(item.text, _level(item))


def _cells(row: Any) -> list[str]:
    """The texts of a row; a cell that spans several columns comes once."""
    once = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}
    return list(once.values())


def _level(paragraph: Any) -> int:
    style = str(paragraph.style.name) if paragraph.style is not None else ""
    if style == "Title":
        return 1
    number = style.removeprefix(_STYLED)
    return int(number) + 1 if style.startswith(_STYLED) and number.isdigit() else 0
