"""Values that take long to read, kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from growloop.errors import GrowloopError

_Value = TypeVar("_Value")
_SECONDS = 10
_TOO_OLD_SECONDS = 60


class Lately(Generic[_Value]):
    """A value as it was lately. After ten seconds it is read anew in the background, and told meanwhile as it was;
    what nobody asked for in a minute is waited for.

    However often it is changed meanwhile, what was read counts: the changes are made to it once more. `mark` tells
    quickly whether to read it anew could find anything else.
    """

    def __init__(self, read: Callable[[], _Value], mark: Callable[[], object] = object) -> None:
        self._read = read
        self._mark = mark
        self._seen: object = None
        self._known: tuple[float, _Value] | None = None
        self._forgotten = 0
        self._missed: list[Callable[[_Value], _Value]] = []
        """Changes since the reading began that is under way."""
        self._changing = Lock()
        self._reading = Lock()

    def read(self) -> _Value:
        known = self._known
        if known is None or _age(known) > _TOO_OLD_SECONDS:
            with self._reading:
                return self._read_anew()
        if _age(known) > _SECONDS and self._reading.acquire(blocking=False):
            Thread(target=self._read_in_background, daemon=True).start()
        return known[1]

    def known(self) -> _Value | None:
        """What `read` would tell at once; None where it would have to be waited for."""
        known = self._known
        return None if known is None or _age(known) > _TOO_OLD_SECONDS else self.read()

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

    def _read_in_background(self) -> None:
        try:
            with suppress(GrowloopError):  # whoever waits for it is told
                self._read_anew()
        finally:
            self._reading.release()

    def _read_anew(self) -> _Value:
        with self._changing:
            known, forgotten = self._known, self._forgotten
            self._missed = []
        if known is not None and _age(known) <= _SECONDS:  # somebody else has read it while this one waited
            return known[1]
        mark = self._mark()
        if known is not None and mark == self._seen:
            return self._still(forgotten)
        value = self._read()
        with self._changing:
            for change in self._missed:
                value = change(value)
            if forgotten == self._forgotten:  # else it was overtaken while being read
                self._known, self._seen = (monotonic(), value), mark
        return value

    def _still(self, forgotten: int) -> _Value:
        """What is known, as of now; read after all where it was forgotten meanwhile."""
        with self._changing:
            if self._known is not None and forgotten == self._forgotten:
                self._known = (monotonic(), self._known[1])
                return self._known[1]
        return self._read()


def _age(known: tuple[float, object]) -> float:
    return monotonic() - known[0]
