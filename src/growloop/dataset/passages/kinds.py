"""Which kind of document a file is: by what it begins with, then by its name."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath

from growloop.dataset.importers.encoding import UNDECODED, survey
from growloop.dataset.importers.source import Source
from growloop.errors import BadData

NAMES = {
    **dict.fromkeys((".txt", ".text"), "text"),
    **dict.fromkeys((".md", ".markdown"), "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    ".pdf": "pdf",
    ".docx": "docx",
}
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html)[\s>]", re.I | re.S)
_ROWS = re.compile(rb"\s*[\[{]\s*[\"{\]}]")
_LOOKED_AT = 4096


def kind_of(name: str, data: bytes) -> str | None:
    """`text`, `markdown`, `html`, `pdf` or `docx`; None for anything else, rows of examples among it.

    >>> kind_of("manual.pdf", b"%PDF-1.7"), kind_of("page", b"<!doctype html><p>Hi"), kind_of("q.txt", b'{"question":')
    ('pdf', 'html', None)
    """
    start = data[:_LOOKED_AT].removeprefix(codecs.BOM_UTF8)
    named = NAMES.get(PurePath(name).suffix.lower())
    if b"%PDF-" in start[:1024] and (named == "pdf" or start.startswith(b"%PDF-")):
        return "pdf"
    if start.startswith(b"PK\x03\x04"):
        return "docx" if named == "docx" else None
    if _HTML.match(start) and named in (None, "html", "text", "pdf", "docx"):
        return "html"
    return None if named == "text" and _ROWS.match(start) else named


def text_of(source: Source) -> str:
    """The text of a file in whatever encoding, its line ends as one character each. Raises BadData where it is none."""
    with source.text(survey(source).encoding) as stream:
        text = stream.read()
    broken = UNDECODED.search(text)
    if broken or "\0" in text:
        line = text.count("\n", 0, broken.start() if broken else text.index("\0")) + 1
        raise BadData(f"{source.name}, line {line}: not text. Save the file as UTF-8 and import it again.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
