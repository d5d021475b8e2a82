"""One JSON object a line (JSONL), or a JSON array of such objects."""

from __future__ import annotations

import json

from growloop.dataset.importers.content import UNDECODED_BYTE, whole_document
from growloop.dataset.importers.rows import Rows, has_half_characters, mended_row
from growloop.errors import BadData


def read_jsonl(text: str, name: str) -> Rows:
    """The rows of a JSONL text; `row` is the line number. What the keys mean: see `rows`."""
    rows = Rows()
    all_utf8 = UNDECODED_BYTE.search(text) is None
    for number, line in enumerate(text.split("\n"), start=1):  # splitlines would also split inside texts
        if not line.strip():
            continue
        if not all_utf8 and UNDECODED_BYTE.search(line):
            rows.reject(number, "not UTF-8 text", line)
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            rows.reject(number, f"not a JSON object: {error}", line.rstrip("\r"))
            continue
        value, repaired = mended_row(value) if has_half_characters(line) else (value, False)
        rows.add(number, value, line.rstrip("\r"), repaired=repaired)
    return rows


def read_json_array(text: str, name: str) -> Rows:
    """The rows of a JSON array; `row` counts its items from 1."""
    document = whole_document(text, name)
    if not isinstance(document, list):
        raise BadData(f"{name}: expected a JSON array of objects, found {json.dumps(document)[:40]}.")
    rows = Rows()
    check_halves = has_half_characters(text)
    for number, item in enumerate(document, start=1):
        value, repaired = mended_row(item) if check_halves else (item, False)
        rows.add(number, value, repaired=repaired)
    return rows
