"""PDF: the text layer, page by page, under the headings of its outline."""

from __future__ import annotations

import io
import logging
from typing import Any

from growloop.dataset.passages.document import Document, Heading
from growloop.errors import BadData, MissingExtra


def read_pdf(data: bytes, name: str) -> Document:
    """The text of a PDF with the places of its pages. Raises BadData where it is encrypted, broken or scanned."""
    try:
        import pypdf
    except ImportError:
        raise MissingExtra("pypdf, which reads PDF,", "documents") from None
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every oddity it copes with
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise BadData(f"{name} is encrypted. Save it without a password and import that file.")
        texts = [page.extract_text() for page in reader.pages]
    except BadData:
        raise
    except pypdf.errors.DependencyError:
        raise BadData(f"{name} is encrypted with AES. Save it without encryption and import that file.") from None
    except Exception as error:  # a broken file fails anywhere in the parser, with whatever error
        raise BadData(f"{name} is no PDF that can be read: {type(error).__name__}: {error}") from None
    if not any(text.strip() for text in texts):
        raise BadData(
            f"{name} holds no text: its {len(texts):,} pages are pictures, as from a scanner. "
            "Have the text recognised (OCR) and import the result."
        )
    return _document(texts, _outline(reader))


def _document(texts: list[str], outline: list[tuple[int, int, str]]) -> Document:
    pages: list[int] = []
    length = 0
    for text in texts:
        pages.append(length)
        length += len(text) + 1
    headings = [_placed(texts, pages, *entry) for entry in outline if entry[0] < len(texts)]
    ordered = sorted(headings, key=lambda heading: heading.offset)
    return Document("\n".join(texts), tuple(ordered), tuple(pages))


def _placed(texts: list[str], pages: list[int], page: int, level: int, title: str) -> Heading:
    """The heading where its words stand on the page; at the top of the page where they do not."""
    at = texts[page].find(title)
    offset = pages[page] + max(at, 0)
    return Heading(offset, offset + (len(title) if at >= 0 else 0), level, title)


def _outline(reader: Any) -> list[tuple[int, int, str]]:
    """Page, level and title of each entry of the outline; none where it cannot be followed."""
    try:
        return list(_entries(reader, reader.outline, 1))
    except Exception:  # an outline may point anywhere; the text is there without it
        return []


def _entries(reader: Any, outline: list[Any], level: int) -> Any:
    for entry in outline:
        if isinstance(entry, list):
            yield from _entries(reader, entry, level + 1)
            continue
        page, title = reader.get_destination_page_number(entry), " ".join(str(entry.title or "").split())
        if page is not None and page >= 0 and title:
            yield page, level, title
