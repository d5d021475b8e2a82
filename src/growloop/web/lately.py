"""Values that take long to read, kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

_Value = TypeVar("_Value")
_SECONDS = 10


class Lately(Generic[_Value]):
    """A value as it was at most ten seconds ago; one at a time reads it anew, the others get what was known till then.

    However often it is changed meanwhile, what was read counts: the changes are made to it once more.
    """

    def __init__(self, read: Callable[[], _Value]) -> None:
        self._read = read
        self._known: tuple[float, _Value] | None = None
        self._forgotten = 0
        self._missed: list[Callable[[_Value], _Value]] = []
        """Changes since the reading began that is under way."""
        self._changing = Lock()
        self._reading = Lock()

    def read(self) -> _Value:
        known = self._known
        if known is not None and (_is_fresh(known) or not self._reading.acquire(blocking=False)):
            return known[1]
        if known is None:
            self._reading.acquire()
        try:
            return self._read_anew()
        finally:
            self._reading.release()

    def _read_anew(self) -> _Value:
        with self._changing:
            known, forgotten = self._known, self._forgotten
            self._missed = []
        if known is not None and _is_fresh(known):  # somebody else has read it while this one waited
            return known[1]
        begun, value = monotonic(), self._read()
        with self._changing:
            for change in self._missed:
                value = change(value)
            if forgotten == self._forgotten:  # else it was overtaken while being read
                self._known = (begun, value)
        return value

    def change(self, change: Callable[[_Value], _Value]) -> None:
        """Let the value be another, where it is known; as old as it was. To change it twice makes no difference."""
        with self._changing:
            if self._reading.locked():
                self._missed.append(change)
            if self._known is not None:
                self._known = (self._known[0], change(self._known[1]))

    def forget(self) -> None:
        with self._changing:
            self._forgotten += 1
            self._known = None


def _is_fresh(known: tuple[float, object]) -> bool:
    return monotonic() - known[0] <= _SECONDS
