"""Who takes part in `annotating.py`: a server each, the page to open, how a verdict is given, and what it kept."""

from __future__ import annotations

import compileall
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from annotating_pages.store import Store

import growloop
from growloop import loop
from growloop.pool import Pool

PAGES = Path(__file__).parent / "annotating_pages"
VERDICTS = {"a": "correct", "u": "unanswerable", "r": "bad_question"}
"""What each key says."""
LABELS = """<View><Text name="question" value="$question"/><Text name="context" value="$context"/>
<Text name="answer" value="$answer"/><Choices name="verdict" toName="question" choice="single">{}</Choices></View>"""


class Contestant(ABC):
    """A server of its own, told what waits; the page on which it is judged."""

    name: str
    question: str
    """A CSS selector of what holds the question on its page."""
    saving: str | None = None
    """One of what is on the page as long as a verdict is not saved, where the next item is shown meanwhile."""
    start = "/"
    answers_at = "/"
    keys: ClassVar[Mapping[str, str]] = VERDICTS
    submits: str | None = None
    """The key that sends a verdict, where the first key only chooses it."""

    def __init__(self, folder: Path, items: pl.DataFrame) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.port = free_port()
        self.prepare(items)
        self.started = time.perf_counter()
        with (folder / "log.txt").open("w") as log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=PAGES, start_new_session=True, env=self.environment()
            )
        self.seconds_to_answer = self._first_answer()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def prepare(self, items: pl.DataFrame) -> None:
        """Put the items (an EXAMPLES frame) where the server finds them."""

    @abstractmethod
    def command(self) -> Sequence[str]: ...

    @abstractmethod
    def kept(self) -> list[tuple[str, str]]:
        """Question and verdict of all it has on disk, after it was killed."""

    def environment(self) -> dict[str, str]:
        """Everybody's own, with Python's compiled files where an installation has them."""
        return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def enter(self, page: Any) -> None:
        """Open the page on which the first item is shown."""
        page.goto(self.address + self.start)

    def kill(self) -> None:
        """End it as a power cut would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _first_answer(self) -> float:
        """Seconds from its start to the first page it answers with."""
        while self._process.poll() is None and time.perf_counter() - self.started < 600:
            try:
                urllib.request.urlopen(self.address + self.answers_at, timeout=120).read()
            except OSError:
                time.sleep(0.02)
            else:
                return time.perf_counter() - self.started
        raise RuntimeError(f"{self.name} does not answer: see {self.folder / 'log.txt'}")


class Growloop(Contestant):
    name = "growloop"
    question = "#asked"
    saving = "#review[data-saving]"
    start = answers_at = "/queue"

    def prepare(self, items: pl.DataFrame) -> None:
        compileall.compile_dir(Path(growloop.__file__).parent, quiet=1)  # as pip does with what it installs
        self.project = loop.new(self.folder / "project", template="blank")
        with Pool.open(self.project.pool_url) as pool:
            pool.add(items)

    def command(self) -> Sequence[str]:
        served = ["serve", "--port", str(self.port), "--project", str(self.project.folder)]
        return [sys.executable, "-m", "growloop", *served]

    def kept(self) -> list[tuple[str, str]]:
        with Pool.open(self.project.pool_url) as pool:
            return [(given.question, given.verdict) for given in pool.annotations()]


class _WithStore(Contestant):
    """A page on the store that lies beside it."""

    def __init__(self, folder: Path, items: pl.DataFrame, python: Path) -> None:
        self.python = python
        super().__init__(folder, items)

    def prepare(self, items: pl.DataFrame) -> None:
        rows = items.select("question", "context", pl.col("answers").list.first().fill_null(""))
        Store(self.folder / "store.db").add(rows.rows())

    def kept(self) -> list[tuple[str, str]]:
        return Store(self.folder / "store.db").verdicts()


class Gradio(_WithStore):
    name = "Gradio"
    question = "#question"

    def command(self) -> Sequence[str]:
        return [str(self.python), "gradio_page.py", str(self.folder / "store.db"), str(self.port)]

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "GRADIO_ANALYTICS_ENABLED": "False"}


class Streamlit(_WithStore):
    name = "Streamlit"
    question = ".st-key-question"
    keys: ClassVar[Mapping[str, str]] = {"a": "correct", "u": "unanswerable", "x": "bad_question"}
    """Streamlit keeps R to itself."""

    def command(self) -> Sequence[str]:
        how = {"server.port": self.port, "server.address": "127.0.0.1", "server.headless": "true"}
        options = [f"--{name}={value}" for name, value in {**how, "browser.gatherUsageStats": "false"}.items()]
        run = [str(self.python), "-m", "streamlit", "run", "streamlit_page.py", *options]
        return [*run, "--", str(self.folder / "store.db")]


class LabelStudio(Contestant):
    """Holds the first `items` alone. Its database is made at its first start, which counts as one."""

    name = "Label Studio"
    question = ".lsf-richtext__line"
    answers_at = "/user/login"
    submits = "Control+Enter"
    items = 1_000

    def __init__(self, folder: Path, items: pl.DataFrame, python: Path) -> None:
        self.python = python
        super().__init__(folder, items)

    def prepare(self, items: pl.DataFrame) -> None:
        answer = pl.col("answers").list.first().fill_null("")
        self._tasks = items.head(self.items).select("question", "context", answer=answer).to_dicts()

    def command(self) -> Sequence[str]:
        where = ["--data-dir", str(self.folder), "--internal-host", "127.0.0.1", "--port", str(self.port)]
        user = ["--username", "a@example.org", "--password", "only-for-this"]
        return [str(self.python.parent / "label-studio"), "start", "--no-browser", *where, *user]

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "LABEL_STUDIO_BASE_DATA_DIR": str(self.folder), "COLLECT_ANALYTICS": "false"}

    def enter(self, page: Any) -> None:
        page.goto(f"{self.address}/user/login")
        page.fill("[name=email]", "a@example.org")
        page.fill("[name=password]", "only-for-this")
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "login" not in url)
        choices = "".join(f'<Choice value="{verdict}" hotkey="{key}"/>' for key, verdict in VERDICTS.items())
        made = self._post(page, "/api/projects", {"title": "Review", "label_config": LABELS.format(choices)})
        self._post(page, f"/api/projects/{made['id']}/import", self._tasks)
        page.goto(f"{self.address}/projects/{made['id']}/data?labeling=1")

    def _post(self, page: Any, path: str, data: Any) -> Any:
        token = next((one["value"] for one in page.context.cookies() if one["name"] == "csrftoken"), "")
        headers = {"X-CSRFToken": token, "Referer": self.address, "Content-Type": "application/json"}
        reply = page.context.request.post(self.address + path, data=json.dumps(data), headers=headers, timeout=300_000)
        assert reply.ok, f"Label Studio refused {path}: {reply.status} {reply.text()[:300]}"
        return reply.json()

    def kept(self) -> list[tuple[str, str]]:
        query = "SELECT task.data, done.result FROM task_completion AS done JOIN task ON task.id = done.task_id"
        with closing(sqlite3.connect(self.folder / "label_studio.sqlite3")) as connection:
            found = connection.execute(query).fetchall()
        return [(json.loads(data)["question"], _choice(json.loads(result))) for data, result in found]


def _choice(result: list[dict[str, Any]]) -> str:
    return str(next(one["value"]["choices"][0] for one in result if one["type"] == "choices"))


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
