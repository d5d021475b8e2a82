"""Characters left over from somewhere else, and putting them right without changing what a text says.

Three kinds: control characters nobody sees, HTML entities nobody unescaped, and mojibake (UTF-8 that was read as
Windows-1252 or as Mac Roman). The patterns work in polars and in Python alike; the repairs are plain functions on
one text, since they run on the few texts that a pattern found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from html.entities import html5

MOST_ROUNDS = 8
"""What was spoilt several times over (`&amp;amp;`) is repaired layer by layer; more layers than this are left."""

# control characters

CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
"""Not among them: tab and line ends, and the joiners and direction marks that some scripts are written with."""
_TERMINAL_CODE = re.compile("\x1b\\[[0-9;?]*[@-~]")
_LINE_ENDS = dict.fromkeys(map(ord, "\x0b\x0c\u2028\u2029"), "\n")
_WINDOWS = {byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)}
"""Bytes of Windows-1252 that were taken for characters: 0x92 is an apostrophe."""


def without_control_characters(text: str) -> str:
    """The text without what cannot be seen; Windows punctuation taken for control characters comes back.

    >>> without_control_characters("It\\x92s\\x00 o\\u200bpen")
    'It’s open'
    """
    shown = _TERMINAL_CODE.sub("", text).translate(_WINDOWS).translate(_LINE_ENDS)
    return re.sub(CONTROL, "", shown)


# HTML

ENTITY = r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"
TAG = (
    r"</?(?:a|b|blockquote|br|code|div|em|font|h[1-6]|hr|i|img|li|nowiki|ol|p|pre|ref|script|small|span|strong|style|sub"
    r"|sup|table|tbody|td|th|tr|u|ul)(?:\s[^<>]*)?/?>"
)


def is_entity(text: str) -> bool:
    """True for what HTML knows as an entity: `&amp;` and `&#39;`, and not `&c;` or `&pepper;`."""
    return text.startswith("&#") or text[1:] in html5


def without_entities(text: str) -> str:
    """The text with entities as the characters they stand for.

    >>> without_entities("Fish &amp; chips &pepper; AT&T")
    'Fish & chips &pepper; AT&T'
    """
    return re.sub(ENTITY, lambda found: unescape(found.group()) if is_entity(found.group()) else found.group(), text)


# mojibake

LOST = "\ufffd"
"""What is put in place of a character that could not be decoded: it cannot come back."""
_QUOTES = "“”‘’–—…"
"""Continuation bytes by the table, yet far more often the end of a quotation: `CAFÉ”`."""
_READ_AS_WINDOWS = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0x100)}
_READ_AS_WINDOWS |= {chr(byte): byte for byte in range(0x80, 0x100)}
_READ_AS_MAC = {bytes([byte]).decode("mac_roman"): byte for byte in range(0x80, 0x100)}


def _continuations(table: Mapping[str, int], without: str = "") -> str:
    """A character class of what UTF-8's continuation bytes look like in a table."""
    found = [character for character, byte in table.items() if 0x80 <= byte < 0xC0 and character not in without]
    return f"[{''.join(sorted(found))}]"


_ANY, _SURE = _continuations(_READ_AS_WINDOWS), _continuations(_READ_AS_WINDOWS, _QUOTES)
_MAC = _continuations(_READ_AS_MAC)
_SURE_MAC = _continuations(_READ_AS_MAC, "π∑Ω")
WINDOWS_MOJIBAKE = (
    f"[ÂÃ]{_SURE}|[ÄÅ][\x80-\x9f€‚ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ¡¤¥¼½¾]|â[\x80-\x8f€‚„†ˆ‰]{_ANY}|ð[\x9fŸ]{_ANY}{_ANY}"
    f"|(?:[ÐÑ]{_ANY}){{2,}}|(?:[ã-é]{_ANY}{_ANY}){{2,}}"
)
MAC_MOJIBAKE = f"√{_SURE_MAC}|¬[†∞£©´ª]|≈[ìíæ°]|‚Ä{_MAC}|‚Ç¨|‚Ñ¢"
"""Not among them: a root of π, and other neighbours that formulas have."""
MOJIBAKE = f"{WINDOWS_MOJIBAKE}|{MAC_MOJIBAKE}"


def without_mojibake(text: str) -> str:
    """The text with characters that were decoded wrongly decoded rightly.

    >>> without_mojibake("The dÃ©cor isnâ€™t √©lite")
    'The décor isn’t élite'
    """
    for pattern, table in ((WINDOWS_MOJIBAKE, _READ_AS_WINDOWS), (MAC_MOJIBAKE, _READ_AS_MAC)):
        text = re.sub(pattern, _decoder(table), text)
    return text


def _decoder(table: Mapping[str, int]) -> Callable[[re.Match[str]], str]:
    def decoded(found: re.Match[str]) -> str:
        try:
            return bytes(table[character] for character in found.group()).decode("utf-8")
        except UnicodeDecodeError:
            return found.group()

    return decoded


# all of it

Repair = Callable[[str], str]
REPAIRS: dict[str, tuple[str, Repair]] = {
    "mojibake": (MOJIBAKE, without_mojibake),
    "control_characters": (CONTROL, without_control_characters),
    "html": (ENTITY, without_entities),
    "white_space": (r"^\s|\s$", str.strip),
}
"""Check → where its repair may have work, and the repair. Mojibake first: it is partly made of control characters."""


def repaired(text: str, name: str) -> str:
    """A text after one repair."""
    pattern, repair = REPAIRS[name]
    return repair(text) if re.search(pattern, text) else text


def cleaned(text: str, repairs: tuple[str, ...] = tuple(REPAIRS)) -> str:
    """A text after the repairs named, until none finds anything more: cleaning twice is the same as once.

    >>> cleaned(" Fish &amp;amp; chips\\u200b ")
    'Fish & chips'
    """
    for _ in range(MOST_ROUNDS):
        before = text
        for name in repairs:
            text = repaired(text, name)
        if text == before:
            break
    return text
