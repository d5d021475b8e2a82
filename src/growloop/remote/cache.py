"""Every reply of a model, on disk before it is used: what was paid for once is never asked for again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from growloop.errors import GrowloopError
from growloop.project import now
from growloop.remote.endpoint import Reply

_TABLE = """
CREATE TABLE IF NOT EXISTS replies (
  key TEXT PRIMARY KEY, model TEXT NOT NULL, text TEXT NOT NULL, finish TEXT NOT NULL,
  tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, at TEXT NOT NULL
)
"""
KEYS_AT_ONCE = 500


class Cache:
    """Replies by the key of their request, in an SQLite file that is synced to disk at every reply."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._database = sqlite3.connect(path, timeout=10, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute(_TABLE)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def known(self, keys: Sequence[str]) -> dict[str, Reply]:
        """The replies there are to some requests."""
        found: dict[str, Reply] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[start : start + KEYS_AT_ONCE]
            marks = ", ".join("?" * len(some))
            query = f"SELECT key, text, finish, tokens_in, tokens_out FROM replies WHERE key IN ({marks})"  # noqa: S608
            found |= {key: Reply(*reply) for key, *reply in self._database.execute(query, some)}
        return found

    def keep(self, key: str, model: str, reply: Reply) -> None:
        """Keep a reply; it is safe on disk once this returns."""
        row = (key, model, reply.text, reply.finish, reply.tokens_in, reply.tokens_out, now())
        try:
            self._database.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.Error) -> GrowloopError:
        return GrowloopError(
            f"{self._path} cannot keep the replies: {error}. No more is asked.\n"
            "  Check that the disk is not full and may be written to; if the file is damaged, move it away."
        )
