"""A server that is killed while verdicts come in has lost none that it called saved.

GROWLOOP_KILLS says how often it is killed; 3 where nothing is said.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from itertools import count
from pathlib import Path

from growloop.pool import Pool
from growloop.project import Project

KILLS = int(os.environ.get("GROWLOOP_KILLS", "3"))
HANDS = 4
"""Who post at once."""
SAVED_BEFORE_A_KILL = 12


@contextmanager
def a_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "growloop", "serve", "--port", "0", "--project", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield next(line.split()[1] for line in server.stdout if line.startswith("Open")), server
    finally:
        server.kill()
        server.communicate()


def post(address: str, question: str) -> int:
    """The id under which a verdict is on record; raises OSError where no whole answer came."""
    body = json.dumps({"question": question, "context": "No.", "shown_answer": "yes", "verdict": "unanswerable"})
    request = urllib.request.Request(
        f"{address}api/v1/annotations", body.encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return int(json.load(reply)["id"])
    except (ValueError, HTTPException) as cut_off:
        raise OSError(cut_off) from None


def test_no_verdict_that_was_called_saved_is_lost_when_the_server_is_killed(project: Project) -> None:
    saved: dict[int, str] = {}
    numbers = count()

    for _ in range(KILLS):
        with a_server(project.folder) as (address, server):
            enough = len(saved) + SAVED_BEFORE_A_KILL

            def work(address: str = address, server: subprocess.Popen[str] = server, enough: int = enough) -> None:
                while True:
                    question = f"Question {next(numbers)}?"
                    try:
                        saved[post(address, question)] = question
                    except OSError:
                        return  # killed: what was under way was never called saved
                    if len(saved) >= enough:
                        server.kill()

            hands = [threading.Thread(target=work) for _ in range(HANDS)]
            for hand in hands:
                hand.start()
            for hand in hands:
                hand.join()

    with Pool.open(project.pool_url) as pool:
        on_record = {one.id: one.question for one in pool.annotations()}
    assert len(saved) >= KILLS * SAVED_BEFORE_A_KILL
    assert {id: on_record.get(id) for id in saved} == saved
