"""Imports that do not come to their end, on a real server: nothing of them stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from growloop.pool import Pool
from growloop.project import Project
from growloop.web.app import create_app

COUNT = 200_000
"""Rows enough for ten parts and more."""


@pytest.fixture(scope="module")
def rows() -> bytes:
    lines = (f'{{"question": "Is {n} open?", "context": "{n} is open.", "answers": ["yes"]}}\n' for n in range(COUNT))
    return ("".join(lines) + '{"question": ""}\n').encode()


@contextmanager
def connected(address: str) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=120)
    yield connection
    connection.close()


def send(connection: HTTPConnection, rows: bytes) -> str:
    kind = {"Content-Type": "application/octet-stream"}
    connection.request("POST", "/api/v1/imports?name=rows.jsonl", rows, kind)
    id: str = json.load(connection.getresponse())["id"]
    return id


def run(connection: HTTPConnection, id: str) -> HTTPResponse:
    connection.request("POST", f"/api/v1/imports/{id}/run", b"{}", {"Content-Type": "application/json"})
    return connection.getresponse()


def run_until_rows_came_in(connection: HTTPConnection, id: str) -> None:
    reply = run(connection, id)
    while (step := json.loads(reply.readline())["progress"])["done"] <= 1:
        pass
    assert step["done"] < step["total"]
    reply.close()


def accepted(project: Project) -> int:
    with Pool.open(project.pool_url) as pool:
        return pool.counts().get("accepted", 0)


def test_whoever_hangs_up_midway_stops_the_import_and_may_begin_again(
    project: Project, serve: Callable[[Any], Any], rows: bytes
) -> None:
    with serve(create_app(project)) as address:
        with connected(address) as first:
            id = send(first, rows)
            run_until_rows_came_in(first, id)
        with connected(address) as second:
            *_, last = run(second, id)  # begins when the first has been rolled back

    report = json.loads(last)["done"]["rows"]
    assert (report["accepted"], report["duplicates"], report["rejected"]) == (COUNT, 0, 1)
    assert accepted(project) == COUNT


def test_a_server_that_is_killed_midway_leaves_the_pool_as_it_was(
    project: Project, repository: Path, rows: bytes
) -> None:
    serving = [sys.executable, "-m", "growloop", "serve", "--port", "0", "--project", str(project.folder)]
    environment = {**os.environ, "PYTHONPATH": str(repository / "src")}
    with subprocess.Popen(serving, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            [address] = [line.split()[-1] for line in (server.stdout.readline() for _ in range(2)) if "Open" in line]
            with connected(address) as connection:
                run_until_rows_came_in(connection, send(connection, rows))
                server.kill()
        finally:
            server.kill()

    assert accepted(project) == 0
    assert not (project.folder / "rejected.jsonl").exists()
