"""Many annotators at one server: how long each waits from a verdict to the next item, and what the server needs for it.

    python benchmarks/annotators.py [--annotators 50] [--seconds 30] [--queued 100000] [--examples 1000000]
                                    [--folder build/annotators]

`growloop serve`'s own function in a process of its own, on loopback, with users, keys and the trail. The pool is made
up: so many examples, of which so many are queued. Each annotator gives a verdict every second and then asks for the
next item, as the page Review does without its prefetching; an action lasts until the next item is there. Then three
people ask for pages of the data set, for the next five of the queue and for single examples, each as soon as the last
is there. Quoted are the 50th, 95th and 99th percentile, and the server's CPU seconds by wall-clock second. What is in
`--folder` is used again: a million examples take their minutes to make up.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import polars as pl
import psutil
from contest import RESULTS, surroundings
from kills import a_project, a_server
from pool import CONSOLE, Made, fill
from rich.table import Table

from growloop import loop
from growloop.pool import Pool
from growloop.project import Project

BROWSERS = 3
PERCENTILES = (50, 95, 99)


@dataclass
class Taken:
    """How long requests of one kind took, in seconds, and how many failed."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    overtaken: int = 0
    """Verdicts on what somebody else had judged a moment before: refused, as they are to be."""

    def told(self, within: float, due: int | None = None) -> dict[str, Any]:
        """Percentiles in milliseconds, and how many there were in so many seconds."""
        ordered = sorted(self.seconds) or [float("nan")]
        at = {f"p{n}_ms": 1e3 * ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in PERCENTILES}
        counts = {
            "done": len(self.seconds),
            "failed": self.failed,
            "overtaken": self.overtaken,
            "per_second": len(self.seconds) / within,
        }
        return {**at, **counts, **({} if due is None else {"due": due})}


class Client:
    """One person's connection, kept open."""

    def __init__(self, address: str, key: str) -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=600)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Status and body of a reply."""
        sent = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, sent, self._headers)
        reply = self._connection.getresponse()
        return reply.status, reply.read()

    def next_item(self) -> dict[str, Any] | None:
        """What waits for this person first."""
        status, text = self.send("POST", "/api/v1/queue/lease", {"limit": 1})
        examples = json.loads(text)["examples"] if status == 200 else []
        return examples[0] if examples else None


def prepare(folder: Path, made: Made, examples: int, queued: int) -> Project:
    """A project whose pool holds so many made-up examples, the first of them queued."""
    project = a_project(folder)
    with Pool.open(project.pool_url) as pool:
        fill(pool, made, examples)
        first = pool.search(limit=queued).examples
        pool.enqueue(first.select("id", reason=pl.lit("looks wrong"), priority=pl.int_range(pl.len()) / pl.len()))
    return project


def keys_of(project: Project, people: int) -> list[str]:
    """A key for each of so many annotators."""
    with loop.people(project) as known:
        known.invite("Ada", "admin")
        names = [f"annotator {number}" for number in range(people)]
        for name in names:
            known.invite(name, "annotator")
        return [known.make_token(name) for name in names]


def annotate(address: str, keys: Sequence[str], seconds: int) -> tuple[Taken, float]:
    """Everybody judges an item a second for so long; what each action took, from the verdict to the next item.

    And how many seconds it was from when the first was due until the last was done.
    """
    taken, clients = Taken(), [Client(address, key) for key in keys]
    items = [client.next_item() for client in clients]  # the queue is read once before the clock starts
    start = time.perf_counter() + 0.5

    def work(number: int) -> None:
        client, item = clients[number], items[number]
        for action in range(seconds):
            due = start + action + number / len(keys)
            time.sleep(max(0.0, due - time.perf_counter()))
            begun = time.perf_counter()
            item = _judge(client, item, taken)
            taken.seconds.append(time.perf_counter() - begun)

    _at_once([partial(work, number) for number in range(len(keys))])
    return taken, time.perf_counter() - start


def _judge(client: Client, item: dict[str, Any] | None, taken: Taken) -> dict[str, Any] | None:
    if item is None:
        taken.failed += 1
        return client.next_item()
    shown = {"question": item["question"], "context": item["context"], "shown_answer": "".join(item["answers"][:1])}
    said = {**shown, "example": item["id"], "verdict": "unanswerable"}
    status, _ = client.send("POST", "/api/v1/annotations", said)
    taken.overtaken += status == 409
    taken.failed += status not in (201, 409)
    return client.next_item()


Asked = tuple[str, str, Any]
"""Method, path and body of a request."""


def _page(*query: tuple[str, str]) -> Asked:
    return "GET", f"/dataset?{urlencode(query)}", None


def _at(made: Made, *names: str) -> list[tuple[str, str]]:
    """Some coordinates, as a query has them."""
    return [("where", f"{name}={made.where()[name]}") for name in names]


def _word(words: Sequence[str], made: Made) -> tuple[str, str]:
    return "text", made.rng.choice(words)


REQUESTS: dict[str, Callable[[Made, Sequence[str]], Asked]] = {
    "Dataset": lambda made, ids: _page(),
    "one coordinate": lambda made, ids: _page(*_at(made, "template")),
    "two coordinates": lambda made, ids: _page(*_at(made, "template", "negative")),
    "a word": lambda made, ids: _page(_word(made.words, made)),
    "a word and a coordinate": lambda made, ids: _page(_word(made.words[:100], made), *_at(made, "negative")),
    "deep inside": lambda made, ids: _page(("after", str(made.rng.randrange(len(ids))))),
    "the next five of the queue": lambda made, ids: ("POST", "/api/v1/queue/lease", {"limit": 5}),
    "one example by the API": lambda made, ids: ("GET", f"/api/v1/examples/{made.rng.choice(ids)}", None),
    "fifty by the API": lambda made, ids: ("GET", f"/api/v1/examples?after={made.rng.randrange(len(ids))}", None),
}


def ask_all(address: str, keys: Sequence[str], made: Made, ids: Sequence[str], seconds: float) -> dict[str, Taken]:
    """Each kind of request as fast as a few people get it, one kind after the other."""
    found = {}
    for kind, ask in REQUESTS.items():
        Client(address, keys[0]).send(*ask(made, ids))  # what is indexed at first
        taken, end = Taken(), time.perf_counter() + seconds
        _at_once([partial(_ask, Client(address, key), partial(ask, made, ids), taken, end) for key in keys[:BROWSERS]])
        found[kind] = taken
    return found


def _ask(client: Client, asked: Callable[[], Asked], taken: Taken, end: float) -> None:
    while time.perf_counter() < end:
        begun = time.perf_counter()
        status, _ = client.send(*asked())
        taken.seconds.append(time.perf_counter() - begun)
        taken.failed += status != 200


def _at_once(work: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _cpu(server: psutil.Process) -> float:
    used = server.cpu_times()
    return float(used.user + used.system)


def drawn(title: str, kinds: dict[str, dict[str, Any]]) -> Table:
    table = Table("", "p50", "p95", "p99", "done", "failed", "a second", title=title, title_justify="left")
    for kind, told in kinds.items():
        times = (f"{told[f'p{n}_ms']:,.0f} ms" for n in PERCENTILES)
        table.add_row(kind, *times, f"{told['done']:,}", f"{told['failed']:,}", f"{told['per_second']:,.1f}")
    return table


def measure(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Both parts on one server; what they took."""
    made = Made()
    project = Project.open(folder) if folder.exists() else prepare(folder, made, given.examples, given.queued)
    with Pool.open(project.pool_url) as pool:
        ids = pool.columns("accepted", ("id",))["id"].to_list()
    keys = keys_of(project, given.annotators)
    with a_server(folder) as (address, started):
        server = psutil.Process(started.pid)
        Client(address, keys[0]).next_item()
        before = _cpu(server)
        judged, wall = annotate(address, keys, given.seconds)
        cpu = _cpu(server) - before
        asked = ask_all(address, keys, made, ids, given.browse)
        requests = {kind: taken.told(given.browse) for kind, taken in asked.items()}
        memory = server.memory_info().rss / 1e6
    due = given.annotators * given.seconds
    return {
        "examples": given.examples,
        "queued": given.queued,
        "annotators": given.annotators,
        "actions": judged.told(wall, due),
        "server_cpu_share": cpu / wall,
        "server_megabytes": memory,
        "requests": requests,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--annotators", type=int, default=50)
    arguments.add_argument("--seconds", type=int, default=30)
    arguments.add_argument("--queued", type=int, default=100_000)
    arguments.add_argument("--examples", type=int, default=1_000_000)
    arguments.add_argument("--browse", type=float, default=5.0, help="seconds for each kind of request")
    arguments.add_argument("--folder", type=Path, help="a project that is kept, and used again where it is there")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = measure((given.folder or Path(folder) / "p").resolve(), given)
    title = f"{given.annotators} annotators, an action a second each, {given.queued:,} queued of {given.examples:,}"
    CONSOLE.print(drawn(title, {"verdict saved, next item there": told["actions"]}))
    CONSOLE.print(
        f"{told['actions']['done']:,} of {told['actions']['due']:,} actions, {told['actions']['failed']} failed, "
        f"{told['actions']['overtaken']} came second; the "
        f"server used {told['server_cpu_share']:.2f} CPU seconds a second and {told['server_megabytes']:,.0f} MB."
    )
    CONSOLE.print(drawn(f"Requests, {given.examples:,} examples, {BROWSERS} people at once", told["requests"]))
    result = RESULTS / "annotators.json"
    result.write_text(
        json.dumps({"part": "annotators", **told, **surroundings(("starlette", "uvicorn"))}, indent=1) + "\n"
    )
    CONSOLE.print(f"Saved: {result}", markup=False, highlight=False)


if __name__ == "__main__":
    main()
