"""Imports that do not come to their end, on a real server: nothing of them stays."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
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


class Caller:
    """Speaks to a server line by line."""

    def __init__(self, address: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)

    def send(self, rows: bytes) -> str:
        kind = {"Content-Type": "application/octet-stream"}
        self.connection.request("POST", "/api/v1/imports?name=rows.jsonl", rows, kind)
        id: str = json.load(self.connection.getresponse())["id"]
        return id

    def run(self, id: str) -> Any:
        self.connection.request("POST", f"/api/v1/imports/{id}/run", b"{}", {"Content-Type": "application/json"})
        return self.connection.getresponse()


def read_until_rows_came_in(reply: Any) -> None:
    while True:
        step = json.loads(reply.readline())["progress"]
        if step["done"] > 1:
            assert step["done"] < step["total"]
            return


def accepted(project: Project) -> int:
    with Pool.open(project.pool_url) as pool:
        return pool.counts().get("accepted", 0)


def test_whoever_hangs_up_midway_stops_the_import_and_may_begin_again(
    project: Project, serve: Callable[[Any], Any], rows: bytes
) -> None:
    with serve(create_app(project)) as address:
        id = Caller(address).send(rows)
        first = Caller(address)
        reply = first.run(id)
        read_until_rows_came_in(reply)
        reply.close()
        first.connection.close()

        *_, last = Caller(address).run(id)  # waits until the first has been rolled back

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
            caller = Caller(server.stdout.readline().split()[-1])
            read_until_rows_came_in(caller.run(caller.send(rows)))
        finally:
            server.send_signal(signal.SIGKILL)
    caller.connection.close()

    assert accepted(project) == 0
    assert not (project.folder / "rejected.jsonl").exists()
