"""`rejected.jsonl`: every row that could not be imported, with file, row number, reason and original."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from growloop.dataset.importers.batch import Rejected
from growloop.dataset.importers.json_values import LONE_SURROGATE
from growloop.project import sync_folder

NAME = "rejected.jsonl"


class RejectedRows:
    """The rows that one import sets aside, kept apart until it is whole.

    A file imported again takes the place of what was kept from it: the same rows are never there twice, and rows
    that have been put right since are gone.
    """

    def __init__(self, folder: Path, spool: TextIO) -> None:
        self._path = folder / NAME
        self._spool = spool
        self._files: set[str] = set()
        self._contents: set[str] = set()
        self._count = 0

    def add(self, file: str, content: str, rows: Iterable[Rejected]) -> None:
        """Set rows of a file aside; a file without such rows is told too."""
        if file != "-":
            self._files.add(file)
        self._contents.add(content)
        for row in rows:
            line = {"file": file, "row": row.row, "reason": row.reason, "original": row.original, "content": content}
            self._spool.write(_line(line) + "\n")
            self._count += 1

    def save(self) -> None:
        """Put them into `rejected.jsonl`, in one step."""
        if not self._count and not self._path.exists():
            return
        handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{NAME}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(self._kept())
            self._spool.seek(0)
            shutil.copyfileobj(self._spool, file)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        os.chmod(temporary, 0o644)
        os.replace(temporary, self._path)
        if not size:
            self._path.unlink()
        sync_folder(self._path.parent)

    def _kept(self) -> Iterator[str]:
        """The lines of other files."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                try:
                    known = json.loads(line)
                    again = known["file"] in self._files or known.get("content") in self._contents
                except (ValueError, KeyError, TypeError, AttributeError):
                    again = False  # someone's own note: not ours to drop
                if not again:
                    yield line if line.endswith("\n") else line + "\n"


@contextmanager
def rejecting(folder: Path) -> Iterator[RejectedRows]:
    """Rejected rows of one import; nothing is kept of them unless they are saved."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as spool:
        yield RejectedRows(folder, spool)


def as_text(value: Any) -> str:
    """A rejected row, or its reason, as text that can be shown and sent: half a character is replaced."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return LONE_SURROGATE.sub("\ufffd", text)


def _line(line: dict[str, Any]) -> str:
    """One JSON object; what is no text in any encoding is written by its number."""
    text = json.dumps(line, ensure_ascii=False, default=str)
    return json.dumps(line, default=str) if LONE_SURROGATE.search(text) else text
