"""Files that a universe names: inside the project folder, UTF-8, and small enough to be held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from growloop.errors import BadData

MOST_BYTES = 1_000_000_000
"""Contexts and values are held in memory, in several times the bytes of their files."""
_BEGIN = 1 << 24
"""By so many bytes it is told how many lines of a file that is too large would fit."""


def project_file(folder: Path, file: str, user: str) -> Path:
    """Where a file of the project lies. Raises BadData where it is missing, outside, or too large."""
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadData(f"{file} leads out of the project folder, and {user} reads it. Copy the file into the project.")
    if not path.is_file():
        beside = sorted(other.name for other in path.parent.glob("*")) if path.parent.is_dir() else []
        there = f" In {Path(file).parent} there are: {', '.join(beside[:10])}." if beside else ""
        raise BadData(f"{file} does not exist, and {user} reads it.{there}")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise BadData(_too_large(path, file, user, size))
    return path


def _too_large(path: Path, file: str, user: str, size: int) -> str:
    with path.open("rb") as opened:
        begin = opened.read(_BEGIN)
    fitting = begin.count(b"\n") * MOST_BYTES // len(begin)
    told = f"About {fitting:,} of its lines fit; take so many, e.g.  shuf -n {fitting} {file}"
    if not fitting:
        told = "It begins with a line of over 16 MB: each text wants a line of its own."
    most = f"{user} holds at most {MOST_BYTES / 1e9:.1f} GB in memory"
    return f"{file} has {size / 1e9:.1f} GB, and {most}. {told}"


def read_lines(folder: Path, file: str, user: str) -> Iterator[str]:
    """The lines of a text file of the project, one after the other. Raises BadData where it cannot be read."""
    with project_file(folder, file, user).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise BadData(f"{file}, line {number}: not UTF-8 text. Save the file as UTF-8.") from None
            yield text.rstrip("\n")


def read_text(folder: Path, file: str, user: str) -> str:
    """The whole of a text file of the project. Raises BadData where it cannot be read."""
    return "\n".join(read_lines(folder, file, user))
