"""Which encoding a text is in, how many lines it has, and a hash of it: one pass over the bytes."""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from growloop.dataset.importers.source import BUFFER, Source
from growloop.errors import BadData, did_you_mean

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks; those of UTF-32 first, since they begin like UTF-16's."""
OTHER_SCRIPTS = ("cp1251", "cp932", "gb18030", "big5", "euc_kr", "koi8_r", "cp1253", "cp1255", "cp1256")
"""What else than Western text is told apart; the rest can be named."""
UNDECODED = re.compile("[\udc80-\udcff]")
"""How a byte that could not be decoded appears in a text."""
SAMPLE = 1 << 16


@dataclass(frozen=True)
class Survey:
    """What one pass over a file tells."""

    encoding: str
    """Empty for a file that is no text."""
    lines: int
    content: str
    """Names the content, so that the same file is known again under another name."""


def survey(source: Source, encoding: str | None = None, *, is_text: bool = True) -> Survey:
    """Read a file once: encoding (unless it is given), lines, and a hash of the content.

    Text that is not UTF-8 in most of its characters is Western (cp1252, or Latin-1 where cp1252 has no such
    byte), unless its letters stand in runs: then charset-normalizer chooses among other scripts.
    """
    if encoding is not None:
        _known(encoding)
    with source.stream() as stream:
        if not is_text:
            return Survey("", 0, _hash(stream))
        content, lines, valid, other = _pass(stream)
    found = encoding or _marked(source.start) or (_utf8(source) if valid else _legacy(other))
    return Survey(found, lines + 1, content)


def _known(encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError:
        known = ("utf-8", "utf-16", "latin-1", "cp1252", *OTHER_SCRIPTS)
        raise BadData(f'There is no encoding "{encoding}". {did_you_mean(encoding, known)}') from None


def _hash(stream: BinaryIO) -> str:
    digest = hashlib.blake2b(digest_size=8)
    while chunk := stream.read(BUFFER):
        digest.update(chunk)
    return digest.hexdigest()


def _pass(stream: BinaryIO) -> tuple[str, int, bool, bytes]:
    """Hash, line ends, whether it is UTF-8 but for some bytes, and some of the lines that are not ASCII."""
    digest, lines, strict = hashlib.blake2b(digest_size=8), 0, codecs.getincrementaldecoder("utf-8")()
    valid = invalid = 0
    broken, other = False, bytearray()
    while chunk := stream.read(BUFFER):
        digest.update(chunk)
        lines += chunk.count(b"\n")
        if chunk.isascii() and not broken:
            strict.decode(chunk)
            continue
        try:
            valid += len(strict.decode(chunk)) if not broken else 0
        except UnicodeDecodeError:
            broken, valid = True, 0
        if len(other) < SAMPLE:
            other += _not_ascii(chunk)
        if broken:
            text = chunk.decode("utf-8", "surrogateescape")
            damaged = len(UNDECODED.findall(text))
            invalid += damaged
            valid += len(re.findall("[^\x00-\x7f]", text)) - damaged
    return digest.hexdigest(), lines, not broken or valid >= max(invalid, 1), bytes(other)


def _not_ascii(chunk: bytes) -> bytes:
    return b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())[:SAMPLE]


def _marked(start: bytes) -> str | None:
    return next((name for mark, name in MARKS if start.startswith(mark)), None)


def _utf8(source: Source) -> str:
    """UTF-8, or UTF-16 without its mark: every other byte of Western text is then a NUL."""
    start = source.start
    for name, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if (
            len(start) > 3
            and start[first::2].count(0) > 0.8 * len(start[first::2])
            and start[1 - first :: 2].count(0) == 0
        ):
            return name
    return "utf-8"


def _legacy(sample: bytes) -> str:
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    if sum(run for run in runs if run > 1) > sum(runs) / 2:
        from charset_normalizer import from_bytes

        best = from_bytes(sample, cp_isolation=list(OTHER_SCRIPTS)).best()
        if best is not None:
            return str(best.encoding)
    return "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", sample) else "cp1252"
