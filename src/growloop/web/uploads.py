"""Files on their way in: streamed to disk inside the project folder, looked at, imported, and removed."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException

from growloop.errors import NotFound
from growloop.records.base import Record

UPLOAD_LIMIT = 1_000_000_000
"""Bytes in one file."""
MOST_WAITING = 50
"""Files that may wait at once: what is forgotten must not fill the disk."""
KEPT_SECONDS = 24 * 60 * 60
"""Whatever a server that was killed has left is removed by a later one, after so long."""
_NAME_BYTES = 150
_AT_ONCE = 1 << 20


class Upload(Record):
    """A file that waits to be imported."""

    id: str
    name: str
    """What it is called: a label, never a path."""
    bytes: int


class Uploads:
    """The files that wait in one folder, under names of our own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, Upload] = {}
        for path in folder.glob("*") if folder.is_dir() else ():
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink(missing_ok=True)

    async def take(self, name: str, content: AsyncIterator[bytes]) -> Upload:
        """Keep a file as it arrives; nothing stays of one that does not arrive whole."""
        if len(self._waiting) >= MOST_WAITING:
            raise HTTPException(409, f"{MOST_WAITING} files wait already. Import or remove some of them first.")
        self._folder.mkdir(exist_ok=True)
        id = secrets.token_hex(16)
        try:
            size = await _written(self._folder / id, content)
        except OSError as error:
            self.path_of(id).unlink(missing_ok=True)
            raise HTTPException(507, f"The file cannot be kept in {self._folder}: {error.strerror}.") from None
        except BaseException:
            self.path_of(id).unlink(missing_ok=True)
            raise
        self._waiting[id] = Upload(id=id, name=label(name), bytes=size)
        return self._waiting[id]

    def get(self, id: str) -> Upload:
        """A file that waits. Raises NotFound."""
        if id not in self._waiting:
            raise NotFound("This file does not wait here any more. Choose it again.")
        return self._waiting[id]

    def path_of(self, id: str) -> Path:
        """Where a file that waits is kept."""
        return self._folder / id

    def remove(self, id: str) -> None:
        """Forget a file. Raises NotFound."""
        self.path_of(self.get(id).id).unlink(missing_ok=True)
        del self._waiting[id]


async def _written(path: Path, content: AsyncIterator[bytes]) -> int:
    size, held = 0, bytearray()
    with path.open("xb") as file:
        async for part in content:
            size += len(part)
            held += part
            if len(held) >= _AT_ONCE:
                await run_sync(file.write, bytes(held))
                held.clear()
        await run_sync(file.write, bytes(held))
    return size


def label(name: str) -> str:
    """What a file may be called here: the last part of its name, without what has a meaning in paths.

    >>> label("../../etc/passwd"), label("C:\\\\menus\\\\rows (1).csv"), label("..")
    ('passwd', 'rows (1).csv', 'file')
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w .()+-]", "_", last).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    room = _NAME_BYTES - len(suffix.encode()) - 1
    if len(plain.encode()) > _NAME_BYTES:
        plain = _cut(stem, room) + dot + suffix if stem and room > 0 else _cut(plain, _NAME_BYTES)
    return plain or "file"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
