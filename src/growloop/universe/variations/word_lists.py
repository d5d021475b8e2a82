"""The word lists of the variations: text files beside this module, a line an entry, written for this."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_FOLDER = files(__package__) / "lists"


@cache
def entries(name: str) -> tuple[str, ...]:
    """The lines of a list, without comments and empty ones."""
    lines = map(str.strip, (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def pairs(name: str, sign: str = "=") -> list[tuple[str, str]]:
    """The lines of a list with a sign in them, as what stands before and behind the first one."""
    split = (line.partition(f" {sign} ") for line in entries(name))
    return [(before, behind) for before, found, behind in split if found]
