"""What contents are recognised by: 128 bits of BLAKE2b, the same on any machine; here, or in a process of its own.

Run as a file it is that process. It imports nothing but the standard library, so that it starts in a moment.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise

SIZE = 16
"""How many bytes a digest has."""
PIPE = 1 << 20
"""Bytes on their way to the process that hashes, where the system lets a pipe hold so many."""
_NOTHING = hashlib.blake2b(digest_size=SIZE)
"""Copied for each content: that takes half of what setting up another one would."""


def digest(content: bytes | memoryview) -> bytes:
    """The digest of one content."""
    hashed = _NOTHING.copy()
    hashed.update(content)
    return hashed.digest()


def digests(contents: Iterable[bytes | memoryview]) -> list[bytes]:
    """Those of many, in their order."""
    return [digest(content) for content in contents]


class Hasher:
    """A process that hashes contents while this one does something else.

    It ends when it is closed, and with this process, however that ends.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", __file__]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=PIPE, start_new_session=True
        )
        self._asked = 0

    def close(self) -> None:
        """End the process; what it has not answered is lost."""
        self._process.kill()
        self._process.communicate()

    def ask(self, parts: Iterable[tuple[bytes, memoryview]]) -> None:
        """Have contents hashed, part by part: those of a part one behind the other, and the 64-bit `ends` of each.

        `answer` is to be called before more is asked. Raises OSError where the process has ended.
        """
        assert self._process.stdin
        self._asked = 0
        for contents, ends in parts:
            for piece in (_number(len(ends)), ends, contents):
                self._process.stdin.write(piece)
            self._asked += len(ends)
        self._process.stdin.write(_number(0))
        self._process.stdin.flush()

    def answer(self) -> list[bytes]:
        """The digests of what was asked. Raises OSError where the process has ended."""
        assert self._process.stdout
        answer = self._process.stdout.read(SIZE * self._asked)
        if len(answer) < SIZE * self._asked:
            raise OSError("The process that hashes has ended.")
        return [answer[begin : begin + SIZE] for begin in range(0, len(answer), SIZE)]


def _number(count: int) -> bytes:
    return count.to_bytes(8, sys.byteorder)


def _serve() -> None:
    """Hash what comes in, and answer at the end of each question, until nobody asks any more."""
    asked, answered, found = sys.stdin.buffer, sys.stdout.buffer, list[bytes]()
    while count := asked.read(8):
        ends = memoryview(asked.read(8 * int.from_bytes(count, sys.byteorder))).cast("q")
        if ends:
            contents = memoryview(asked.read(ends[-1]))
            found += digests(contents[begin:end] for begin, end in pairwise((0, *ends)))
        else:
            answered.write(b"".join(found))
            answered.flush()
            found.clear()


if __name__ == "__main__":
    _serve()
