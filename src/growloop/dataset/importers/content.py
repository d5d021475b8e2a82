"""From bytes to text, from text to JSON, and telling formats apart by what is in them."""

from __future__ import annotations

import codecs
import gzip
import json
import re
import zlib
from pathlib import Path
from typing import Any

from growloop.errors import BadData, NotFound

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
UNDECODED_BYTE = re.compile("[\udc80-\udcff]")
"""How a byte that is not UTF-8 appears in text read by `read_text`."""


def read_text(path: Path) -> str:
    """The text of a file, unzipped if it is gzip, without byte-order mark.

    Bytes that are not UTF-8 stay recognisable (`UNDECODED_BYTE`), so that only their rows are lost.
    """
    data = read_bytes(path)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; gzip is recognised by its first two bytes, whatever the file is called."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except FileNotFoundError:
        raise NotFound(f"{path} does not exist.") from None
    except IsADirectoryError:
        raise BadData(f"{path} is a folder; name a file in it.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path} cannot be read: {error}.") from None


def whole_document(text: str, name: str) -> Any:
    """The JSON value a text holds. Raises BadData naming line and column."""
    broken = UNDECODED_BYTE.search(text)
    if broken:
        line = text.count("\n", 0, broken.start()) + 1
        raise BadData(f"{name}, line {line}: not UTF-8 text. Save the file as UTF-8 and import it again.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadData(f"{name}, line {error.lineno}, column {error.colno}: not valid JSON: {error.msg}.") from None
    except (ValueError, RecursionError) as error:
        raise BadData(f"{name}: not valid JSON: {error}.") from None


def detect_format(text: str, name: str) -> str:
    """`squad`, `json` or `jsonl`, told by the content. Raises BadData where it is none of them.

    >>> detect_format('{"question": "q"}\\n{"question": "r"}', "x")
    'jsonl'
    """
    start = text.lstrip()
    if start.startswith("["):
        return "json"
    lines = [line for line in start[:1_000_000].split("\n") if line.strip()][:1000]
    if not lines:
        raise BadData(f"{name} is empty.")
    if any(isinstance(value, dict) and "data" not in value for value in map(_value, lines)):
        return "jsonl"
    if start.startswith("{"):
        whole_document(text, name)  # complains with line and column
        return "squad"
    raise BadData(
        f'{name} is neither JSONL, a JSON array nor SQuAD JSON: it starts with "{start[:40]}".\n'
        f'  Write one object a line: {{"question": "…", "context": "…", "answers": ["…"]}}'
    )


def _value(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def mended(value: Any) -> Any:
    """The same JSON value with halves of characters (lone surrogates) replaced by U+FFFD."""
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [mended(item) for item in value]
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    return value
