"""What is imported: a file, a folder of files, standard input, or rows made in Python; compressed or not."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import sys
import tempfile
import weakref
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from growloop.dataset.importers.folder import files_of
from growloop.errors import BadData, MissingExtra, NotFound

STANDARD_INPUT = "-"
GZIP, ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
BUFFER = 1 << 20


@dataclass(frozen=True)
class Source:
    """One file to read: where its bytes are, what it is called, and the side it says it belongs to."""

    path: Path
    name: str
    """Short, for messages and `origin`."""
    file: str
    """In full, for `rejected.jsonl`; `-` for what is no file."""
    split: str | None = None
    kept: object = field(default=None, repr=False, compare=False)
    """Holds the file of what was spooled to disk."""

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """The bytes, decompressed, from the start. Raises BadData where they cannot be read to the end."""
        try:
            with self.path.open("rb", buffering=BUFFER) as raw, _decompressed(raw, self._compression) as opened:
                yield opened
        except (OSError, EOFError, zlib.error) as error:
            raise BadData(f"{self.name} cannot be read: {error}. Nothing of it was imported.") from None
        except Exception as error:
            if type(error).__name__ != "ZstdError":  # the class is known only where the library is installed
                raise
            raise BadData(f"{self.name} cannot be read: {error}. Nothing of it was imported.") from None

    @contextmanager
    def text(self, encoding: str, *, newline: str = "") -> Iterator[TextIO]:
        """The same as text. Bytes that are not UTF-8 stay recognisable, so that only their rows are lost."""
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        with self.stream() as stream, io.TextIOWrapper(stream, encoding, errors, newline) as text:
            yield text

    @cached_property
    def start(self) -> bytes:
        """The first bytes, decompressed."""
        with self.stream() as stream:
            return stream.read(4096)

    @contextmanager
    def uncompressed(self) -> Iterator[Path]:
        """A path to the decompressed bytes, for readers that need a file."""
        if not self._compression:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="growloop-") as folder, self.stream() as stream:
            path = Path(folder) / "content"
            with path.open("wb") as file:
                shutil.copyfileobj(stream, file, BUFFER)
            yield path

    @cached_property
    def _compression(self) -> bytes:
        try:
            with self.path.open("rb") as raw:
                start = raw.read(4)
        except OSError as error:
            raise BadData(f"{self.path} cannot be read: {error}.") from None
        return next((magic for magic in (GZIP, ZSTANDARD) if start.startswith(magic)), b"")


def _decompressed(raw: BinaryIO, compression: bytes) -> BinaryIO | io.BufferedReader:
    if compression == GZIP:
        return io.BufferedReader(gzip.GzipFile(fileobj=raw), BUFFER)
    if compression == ZSTANDARD:
        try:
            import zstandard
        except ImportError:
            raise MissingExtra("zstandard", "import") from None
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True), BUFFER)
    return raw


def open_sources(given: Path | str | Iterable[Mapping[str, Any]], name: str | None = None) -> list[Source]:
    """The files that something given for import stands for: itself, those of a folder, or a spooled copy.

    `name` is what a single file is called where its path does not say, as for one that was uploaded.

    Raises NotFound where there is no file, BadData where a folder holds nothing that can be imported.
    """
    if not isinstance(given, Path | str):
        return [_spooled_rows(given)]
    if str(given) == STANDARD_INPUT:
        return [_spooled_input()]
    path = Path(given)
    if not path.exists():
        raise NotFound(f"{path} does not exist.")
    if path.is_dir():
        return [Source(file, f"{path.name}/{name}", str(file.resolve()), split) for file, name, split in files_of(path)]
    return [Source(path, name or path.name, name or str(path.resolve()))]


def _spooled_input() -> Source:
    spool = _Spool()
    with spool.path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, BUFFER)
    return Source(spool.path, "standard input", STANDARD_INPUT, kept=spool)


def _spooled_rows(rows: Iterable[Mapping[str, Any]]) -> Source:
    """Rows made in Python, a line each, so that they take the way of all others."""
    spool = _Spool()
    with spool.path.open("w", encoding="ascii") as file:
        file.writelines(json.dumps(row, default=str) + "\n" for row in rows)
    return Source(spool.path, "rows", STANDARD_INPUT, kept=spool)


class _Spool:
    """A file that goes when nobody holds it any more."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="growloop-")
        self.path = Path(folder) / "spooled"
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
