"""Values that take long to read, kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from growloop.errors import GrowloopError

_Value = TypeVar("_Value")

OLD_SECONDS = 10
"""From then on a value is read again, in the background: whoever asks meanwhile is told what was."""
TOO_OLD_SECONDS = 60
"""What nobody asked for so long is waited for."""


class Lately(Generic[_Value]):
    """A value as it was lately, or is now.

    `mark` tells quickly whether reading it again could find anything else.
    """

    def __init__(self, read: Callable[[], _Value], mark: Callable[[], object] = object) -> None:
        self._read = read
        self._mark = mark
        self._seen: object = None
        self._known: tuple[float, _Value] | None = None
        self._changes: list[Callable[[_Value], object]] = []
        """Those made while it is being read."""
        self._forgotten = 0
        self._reading = Lock()
        self._changing = Lock()

    def read(self) -> _Value:
        known = self._known
        if known is None or monotonic() - known[0] > TOO_OLD_SECONDS:
            return self._waited_for()
        if monotonic() - known[0] > OLD_SECONDS and self._reading.acquire(blocking=False):
            Thread(target=self._renew_in_background, daemon=True).start()
        return known[1]

    def change(self, change: Callable[[_Value], object]) -> None:
        """Change the value, if it is known, and what is being read at this moment."""
        with self._changing:
            self._changes.append(change)
            if self._known is not None:
                change(self._known[1])

    def forget(self) -> None:
        with self._changing:
            self._forgotten += 1
            self._known = None

    def _waited_for(self) -> _Value:
        with self._reading:
            known = self._known
            is_new = known is not None and monotonic() - known[0] <= OLD_SECONDS  # somebody else has waited, too
            return known[1] if known is not None and is_new else self._renewed()

    def _renew_in_background(self) -> None:
        try:
            with suppress(GrowloopError):  # whoever waits for it will be told
                self._renewed()
        finally:
            self._reading.release()

    def _renewed(self) -> _Value:
        mark, forgotten = self._mark(), self._forgotten
        with self._changing:
            self._changes = []
            if self._known is not None and mark == self._seen:
                self._known = (monotonic(), self._known[1])
                return self._known[1]
        value = self._read()
        with self._changing:
            for change in self._changes:
                change(value)
            if forgotten == self._forgotten:  # else it was overtaken while being read
                self._known, self._seen = (monotonic(), value), mark
        return value
