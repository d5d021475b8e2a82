"""JSON values, fast where they are clean; what is not clean is told apart: repeated keys, halves of characters."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from growloop.dataset.importers.batch import Unreadable
from growloop.dataset.importers.encoding import UNDECODED
from growloop.errors import BadData

LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Repeated(dict[str, Any]):
    """An object in which a key stood twice with different values."""

    key = ""


def parse_carefully(line: str | bytes) -> tuple[Any, bool]:
    """The value of a JSON text that is not clean, and whether it was mended. Raises Unreadable.

    NaN counts as nothing. Halves of characters (lone surrogates) become U+FFFD.
    """
    text = line if isinstance(line, str) else line.decode("utf-8", "surrogateescape")
    if UNDECODED.search(text):
        raise Unreadable("not UTF-8 text")
    try:
        value = json.loads(text, parse_constant=_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not a JSON object: {error}") from None
    if "\\ud" not in text and "\\uD" not in text:
        return value, False
    whole = mended(value)
    return whole, whole != value


def parse_document(content: bytes, name: str) -> tuple[Any, bool]:
    """The JSON value a whole file holds, and whether it may hold halves of characters. Raises BadData with the line."""
    try:
        document = orjson.loads(content)
        if keys_written(content) == keys_in(document):
            return document, False
    except (ValueError, RecursionError):
        pass
    text = content.decode("utf-8", "surrogateescape")
    broken = UNDECODED.search(text)
    if broken:
        line = text.count("\n", 0, broken.start()) + 1
        raise BadData(f"{name}, line {line}: not UTF-8 text. Save the file as UTF-8, or name its --encoding.")
    try:
        value = json.loads(text, parse_constant=_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise BadData(f"{name}, line {error.lineno}, column {error.colno}: not valid JSON: {error.msg}.") from None
    except (ValueError, RecursionError) as error:
        raise BadData(f"{name}: not valid JSON: {error}.") from None
    return value, "\\ud" in text or "\\uD" in text


def _constant(name: str) -> float | None:
    return None if name == "NaN" else float(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    inner = next((value for value in found.values() if isinstance(value, Repeated)), None)
    if len(found) == len(pairs) and inner is None:
        return found
    twice = inner.key if inner is not None else next((key for key, value in pairs if found[key] != value), None)
    if twice is None:  # said again, not contradicted
        return found
    repeated = Repeated(found)
    repeated.key = twice
    return repeated


def keys_written(text: bytes | str) -> int:
    """How many keys stand in a JSON text, if colons follow them as they usually do."""
    if isinstance(text, bytes):
        return sum(text.count(end) for end in (b'":', b'" :')) - sum(text.count(end) for end in (b'\\":', b'\\" :'))
    return sum(text.count(end) for end in ('":', '" :')) - sum(text.count(end) for end in ('\\":', '\\" :'))


def keys_in(value: Any) -> int:
    """How many keys a JSON value holds at all depths. Fewer than were written: some stood twice."""
    if type(value) is dict:
        return len(value) + sum(keys_in(item) for item in value.values() if type(item) in (dict, list))
    if type(value) is list:
        return sum(keys_in(item) for item in value if type(item) in (dict, list))
    return 0


def mended(value: Any) -> Any:
    """The same JSON value with halves of characters (lone surrogates) replaced by U+FFFD."""
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [mended(item) for item in value]
    if isinstance(value, Repeated):
        return value
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    return value
