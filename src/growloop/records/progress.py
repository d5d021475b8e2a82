"""How long work tells what it is doing."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """One sign of life of a long stage. Stages yield it; terminal, page and run folder consume it."""

    stage: str
    done: int
    total: int
    """0 where the end is not known."""
    note: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    """Numbers worth plotting, e.g. `loss`, `token_f1`."""


class Watched(Generic[T]):
    """A long stage to loop over: its progress step by step, and once the loop is through its `result`.

    >>> def counting():
    ...     yield Progress("count", 1, 1)
    ...     return "one"
    >>> stage = Watched(counting())
    >>> [step.done for step in stage], stage.result
    ([1], 'one')
    """

    result: T

    def __init__(self, stage: Generator[Progress, None, T]) -> None:
        self._stage = stage

    def __iter__(self) -> Iterator[Progress]:
        self.result = yield from self._stage
