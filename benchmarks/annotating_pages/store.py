"""What the pages of Gradio and Streamlit keep: items to judge, and verdicts, synced to disk before `save` returns."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class Store:
    """A SQLite file with the table `items`; as durable as growloop's pool: its log is synced at each commit."""

    def __init__(self, path: str | Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS items (question TEXT, context TEXT, answer TEXT)")
        self._connection.execute("CREATE TABLE IF NOT EXISTS verdicts (question TEXT, verdict TEXT)")
        self._connection.commit()
        self._lock = threading.Lock()

    def add(self, items: list[tuple[str, str, str]]) -> None:
        with self._lock, self._connection:
            self._connection.executemany("INSERT INTO items VALUES (?, ?, ?)", items)

    def item(self, position: int) -> tuple[str, str, str]:
        """Question, context and proposed answer."""
        found: tuple[str, str, str] = self._connection.execute(
            "SELECT question, context, answer FROM items WHERE rowid = ?", (position + 1,)
        ).fetchone()
        return found

    def save(self, question: str, verdict: str) -> None:
        with self._lock, self._connection:
            self._connection.execute("INSERT INTO verdicts VALUES (?, ?)", (question, verdict))

    def verdicts(self) -> list[tuple[str, str]]:
        return self._connection.execute("SELECT question, verdict FROM verdicts").fetchall()
