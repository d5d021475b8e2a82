"""Values that take long to read, kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Lately(Generic[_Value]):
    """A value as it was at most ten seconds ago."""

    def __init__(self, read: Callable[[], _Value]) -> None:
        self._read = read
        self._known: tuple[float, _Value] | None = None
        self._forgotten = 0
        self._changing = Lock()

    def read(self) -> _Value:
        known, forgotten = self._known, self._forgotten
        if known is None or monotonic() - known[0] > 10:
            known = (monotonic(), self._read())
            if forgotten == self._forgotten:  # else it was overtaken while being read
                self._known = known
        return known[1]

    def change(self, change: Callable[[_Value], _Value]) -> None:
        """Let the value be another, where it is known; as old as it was."""
        with self._changing:
            self._forgotten += 1
            if self._known is not None:
                self._known = (self._known[0], change(self._known[1]))

    def forget(self) -> None:
        with self._changing:
            self._forgotten += 1
            self._known = None
