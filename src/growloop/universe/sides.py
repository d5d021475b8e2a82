"""What is held out: each entity, slot value and phrasing belongs to one side for good."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Sequence

from growloop.records.example import SplitName
from growloop.records.universe import HeldOut

Side = SplitName | None
"""None where nothing is held out."""


def sides_of(held_out: HeldOut) -> tuple[Side, ...]:
    """The sides a universe has."""
    shares: dict[Side, float] = {"train": 1.0, "validation": held_out.validation, "test": held_out.test}
    present = tuple(side for side, share in shares.items() if share > 0)
    return present if len(present) > 1 else (None,)


def deal(
    names: Sequence[str], held_out: HeldOut, *, seed: int, salt: str, for_test: Collection[int] = ()
) -> list[Side]:
    """The side of each name, in the order of the names.

    From three names on, every side that has a share gets at least one. Names are taken in the order of a hash
    over seed and name, so that adding a name leaves most others where they were. Where the numbers of those
    `for_test` are given, the test has these and no others.

    >>> deal(["a", "b", "c", "d"], HeldOut(validation=0.1, test=0.25), seed=0, salt="x").count("test")
    1
    """
    if sides_of(held_out) == (None,):
        return [None] * len(names)
    order = sorted(range(len(names)), key=lambda number: number_of(seed, salt, names[number]))
    dealt: list[Side] = ["train"] * len(names)
    shares = [("test", held_out.test), ("validation", held_out.validation)]
    if for_test:
        shares.pop(0)
        order = [number for number in order if number not in for_test]
        for number in for_test:
            dealt[number] = "test"
    start = 0
    for side, share in shares:
        least = 1 if share > 0 and len(names) >= 3 else 0
        count = max(round(share * len(names)), least)
        for number in order[start : start + count]:
            dealt[number] = "test" if side == "test" else "validation"
        start += count
    return dealt


class EveryNth(Sequence[int]):
    """The numbers below a size whose remainder is among some: a share of a pattern's values, never listed.

    >>> list(EveryNth(8, [1, 2], of=5))
    [1, 2, 6, 7]
    """

    def __init__(self, size: int, remainders: Sequence[int], *, of: int) -> None:
        self._remainders = sorted(remainders)
        self._of = of
        whole, rest = divmod(size, of)
        self._size = whole * len(self._remainders) + bisect_left(self._remainders, rest)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> int:  # type: ignore[override]
        if not 0 <= index < self._size:
            raise IndexError(index)
        whole, place = divmod(index, len(self._remainders))
        return whole * self._of + self._remainders[place]


REMAINDERS = 997
"""A prime, so that a side has values with every last digit."""


def deal_counted(size: int, held_out: HeldOut, *, seed: int, salt: str) -> dict[Side, Sequence[int]]:
    """The numbers of the values of each side, where there are too many to be dealt one by one."""
    remainders = deal([str(number) for number in range(REMAINDERS)], held_out, seed=seed, salt=salt)
    return {
        side: EveryNth(size, [number for number, at in enumerate(remainders) if at == side], of=REMAINDERS)
        for side in sides_of(held_out)
    }


def number_of(*parts: object) -> int:
    """A number below 2^64 that depends on nothing but the parts; the same on every machine."""
    content = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
