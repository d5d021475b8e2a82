"""What is held out: each entity, slot value and phrasing belongs to one side for good."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from growloop.records.example import SplitName
from growloop.records.universe import HeldOut

Side = SplitName | None
"""None where nothing is held out."""


def sides_of(held_out: HeldOut) -> tuple[Side, ...]:
    """The sides a universe has."""
    shares: dict[Side, float] = {"train": 1.0, "validation": held_out.validation, "test": held_out.test}
    present = tuple(side for side, share in shares.items() if share > 0)
    return present if len(present) > 1 else (None,)


def deal(names: Sequence[str], held_out: HeldOut, *, seed: int, salt: str) -> list[Side]:
    """The side of each name, in the order of the names.

    From three names on, every side that has a share gets at least one. Names are taken in the order of a hash
    over seed and name, so that adding a name leaves most others where they were.

    >>> deal(["a", "b", "c", "d"], HeldOut(validation=0.1, test=0.25), seed=0, salt="x").count("test")
    1
    """
    if sides_of(held_out) == (None,):
        return [None] * len(names)
    order = sorted(range(len(names)), key=lambda number: number_of(seed, salt, names[number]))
    dealt: list[Side] = ["train"] * len(names)
    start = 0
    for side, share in (("test", held_out.test), ("validation", held_out.validation)):
        least = 1 if share > 0 and len(names) >= 3 else 0
        count = max(round(share * len(names)), least)
        for number in order[start : start + count]:
            dealt[number] = "test" if side == "test" else "validation"
        start += count
    return dealt


def number_of(*parts: object) -> int:
    """A number below 2^64 that depends on nothing but the parts; the same on every machine."""
    content = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
