from __future__ import annotations

import errno
import os
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from growloop.errors import NotFound
from growloop.web import uploads
from growloop.web.uploads import KEPT_SECONDS, Uploads, label


async def content(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def test_a_file_is_kept_under_a_name_of_our_own_until_it_is_removed(
    tmp_path: Path, run_async: Callable[..., Any]
) -> None:
    waiting = Uploads(tmp_path / "in")

    taken = run_async(waiting.take, "rows.csv", content(b"a,b\n", b"1,2\n"))

    assert (taken.name, taken.bytes) == ("rows.csv", 8)
    assert [path.name for path in (tmp_path / "in").iterdir()] == [taken.id]
    assert waiting.path_of(taken.id).read_bytes() == b"a,b\n1,2\n"
    waiting.remove(taken.id)
    assert list((tmp_path / "in").iterdir()) == []
    with pytest.raises(NotFound, match="Choose it again"):
        waiting.get(taken.id)


def test_nothing_stays_of_a_file_that_does_not_arrive_whole(tmp_path: Path, run_async: Callable[..., Any]) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ClientDisconnect

    with pytest.raises(ClientDisconnect):
        run_async(Uploads(tmp_path).take, "rows.csv", broken())

    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_is_told_and_nothing_stays(tmp_path: Path, run_async: Callable[..., Any]) -> None:
    async def too_much() -> AsyncIterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(HTTPException, match="No space left") as refused:
        run_async(Uploads(tmp_path).take, "rows.csv", too_much())

    assert refused.value.status_code == 507
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path, run_async: Callable[..., Any]) -> None:
    async def many() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield bytes(65_536)

    tracemalloc.start()
    taken = run_async(Uploads(tmp_path).take, "rows.csv", many())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert taken.bytes == 65_536_000
    assert most < 10_000_000


def test_what_a_killed_server_left_is_removed_after_a_day(tmp_path: Path) -> None:
    for name, age in (("old", KEPT_SECONDS + 60), ("fresh", 60)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (time.time() - age,) * 2)

    Uploads(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["fresh"]


def test_files_that_nobody_imports_do_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_async: Callable[..., Any]
) -> None:
    monkeypatch.setattr(uploads, "MOST_WAITING", 1)
    waiting = Uploads(tmp_path)
    run_async(waiting.take, "one.csv", content(b"x"))

    with pytest.raises(HTTPException, match="Import or remove"):
        run_async(waiting.take, "two.csv", content(b"x"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rows.csv", "rows.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\menu (1).csv", "menu (1).csv"),
        (".htaccess", "htaccess"),
        ("..", "file"),
        ("", "file"),
        ("a\0b\n<c>.jsonl", "a_b__c_.jsonl"),
        ("Café Lumière.md", "Café Lumière.md"),
        ("ü" * 300 + ".csv.gz", "ü" * 73 + ".gz"),
        ("x" * 300, "x" * 150),
    ],
)
def test_a_name_is_a_label_and_never_a_path(name: str, expected: str) -> None:
    assert label(name) == expected
    assert len(label(name).encode()) <= 150
