"""What follows from files that rarely change, kept in `cache/` of a project so that it is not reckoned again.

A file for each subject, with the digest of what it follows from: where that has changed, what was kept is replaced.
All of it may be deleted at any time, and what cannot be read counts as not there.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from growloop.records.digest import digest

FOLDER = "cache"
_FORM = "1"
"""Another one, once what is kept means something else."""


class Kept:
    """What is kept of one subject: plain values by name, as JSON has them."""

    def __init__(self, folder: Path, subject: str, *follows_from: bytes) -> None:
        self._path = folder / FOLDER / f"{subject}.json"
        self._digest = digest(b"".join(map(digest, (_FORM.encode(), *follows_from)))).hex()
        self._values: dict[str, Any] | None = None

    def get(self, name: str, make: Callable[[], Any]) -> Any:
        """The value of this name: kept, or else made and kept from now on."""
        if self._values is None:
            self._values = self._read()
        if name not in self._values:
            self._values[name] = make()
            self._write()
        return self._values[name]

    def _read(self) -> dict[str, Any]:
        with suppress(OSError, ValueError, TypeError, KeyError):
            found = json.loads(self._path.read_bytes())
            if found["of"] == self._digest:
                return dict(found["values"])
        return {}

    def _write(self) -> None:
        """By one rename; what a power cut leaves is no JSON. What cannot be written or told as JSON is not kept."""
        told = {"of": self._digest, "values": self._values}
        with suppress(OSError, ValueError, TypeError):
            content = json.dumps(told, ensure_ascii=False, allow_nan=False)
            if json.loads(content) != told:
                return
            self._path.parent.mkdir(exist_ok=True)
            handle, unfinished = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(content)
            os.chmod(unfinished, 0o644)
            os.replace(unfinished, self._path)
