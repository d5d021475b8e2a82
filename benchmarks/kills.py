"""How many verdicts are lost where the server is killed while they come in: none that it called saved.

    python benchmarks/kills.py [--kills 200] [--hands 4] [--before 12]
    .ci/postgres python benchmarks/kills.py          on PostgreSQL too

Some hands post verdicts at once, each the next as soon as the last is saved. Once so many more are saved, the server
gets a SIGKILL, wherever it is, and is started again. At the end every verdict that was called saved has to be on
record, word for word. Each server is `growloop serve`'s own function in a process of its own, forked from one that
has the imports done already: that is what lets 200 of them be started in minutes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import Any

from contest import RESULTS, surroundings
from pool import new_database

import growloop
from growloop.pool import Pool
from growloop.project import Project

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["growloop.web.server", "uvicorn.protocols.http.httptools_impl", "uvicorn.lifespan.on"])


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    kills: int
    saved: int
    """Verdicts that were called saved."""
    unanswered: int
    """Requests that were under way when the server was killed, or came after: nothing was promised about them."""
    lost: int
    seconds: float


def kill_again_and_again(project: Project, kills: int, *, hands: int = 4, before: int = 12) -> Outcome:
    """Kill the server of a project so many times, each time once `before` more verdicts are saved by some `hands`."""
    saved: dict[int, str] = {}
    unanswered, numbers, start = 0, count(), time.perf_counter()
    for _ in range(kills):
        with a_server(project.folder) as (address, server):
            unanswered += _post_until_killed(address, server, saved, numbers, hands=hands, enough=len(saved) + before)
    with Pool.open(project.pool_url) as pool:
        on_record = {one.id: one.question for one in pool.annotations()}
    lost = sum(on_record.get(id) != question for id, question in saved.items())
    return Outcome(kills, len(saved), unanswered, lost, time.perf_counter() - start)


def _post_until_killed(
    address: str, server: Any, saved: dict[int, str], numbers: Iterator[int], *, hands: int, enough: int
) -> int:
    """Post with all hands until the server is gone; how many requests got no answer."""
    unanswered: list[str] = []

    def work() -> None:
        while True:
            question = f"Question {next(numbers)}?"
            try:
                saved[post(address, question)] = question
            except OSError:
                unanswered.append(question)
                return
            if len(saved) >= enough:
                server.kill()

    threads = [threading.Thread(target=work) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(unanswered)


def post(address: str, question: str) -> int:
    """The id under which a verdict is on record; raises OSError where no whole answer came."""
    body = json.dumps({"question": question, "context": "No.", "shown_answer": "yes", "verdict": "unanswerable"})
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}api/v1/annotations", body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return int(json.load(reply)["id"])
    except (ValueError, HTTPException) as cut_off:
        raise OSError(cut_off) from None


@contextmanager
def a_server(folder: Path) -> Iterator[tuple[str, Any]]:
    """The address of a project that is served, and the process that serves it."""
    told, teller = FORKS.Pipe(duplex=False)
    server = FORKS.Process(target=_serve, args=(folder, teller))
    server.start()
    teller.close()
    try:
        with open(told.fileno(), closefd=False, encoding="utf-8") as lines:
            address = next(line.split()[1] for line in lines if line.startswith("Open"))
        yield address, server
    finally:
        server.kill()
        server.join()
        told.close()


def _serve(folder: Path, teller: Any) -> None:
    from growloop.web.server import run

    sys.stdout = os.fdopen(teller.fileno(), "w", closefd=False, encoding="utf-8")
    run(Project.open(folder), port=0)


def a_project(folder: Path, database: str | None = None) -> Project:
    """A new project whose verdicts are kept in its own file, or in the database at a URL."""
    project = growloop.new(folder, template="blank")
    if database:
        declared = project.folder / "task.yaml"
        declared.write_text(f"{declared.read_text('utf-8')}\ndatabase: {json.dumps(database)}\n", encoding="utf-8")
    return Project.open(folder)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--hands", type=int, default=4)
    arguments.add_argument("--before", type=int, default=12, help="verdicts that are saved before each kill")
    given = arguments.parse_args()
    how = {"kills": given.kills, "hands": given.hands, "before": given.before}
    outcomes = {}
    with tempfile.TemporaryDirectory() as folder:
        outcomes["SQLite"] = kill_again_and_again(a_project(Path(folder) / "p"), **how)
        if server := os.environ.get("GROWLOOP_POSTGRES"):
            with new_database(server) as url:
                outcomes["PostgreSQL"] = kill_again_and_again(a_project(Path(folder) / "q", url), **how)
    for name, outcome in outcomes.items():
        print(
            f"{name}: {outcome.kills} kills under load, {outcome.saved:,} verdicts called saved, {outcome.lost} lost; "
            f"{outcome.unanswered:,} requests without an answer; {outcome.seconds:.0f} s"
        )
    told = {"part": "kills", **surroundings(("sqlalchemy", "psycopg", "uvicorn"))}
    told["outcomes"] = {name: asdict(outcome) for name, outcome in outcomes.items()}
    (RESULTS / "kills.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if any(outcome.lost for outcome in outcomes.values()):
        raise SystemExit("LOST: verdicts that were called saved are not on record.")


if __name__ == "__main__":
    main()
