"""A workbench in memory behind a real server, and a real browser in front of it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import polars as pl
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.loop.conftest import made_evaluation, write_project

from growloop import adjudication, loop
from growloop.asking import Answered
from growloop.errors import BadData, NotAllowed, NotFound, NothingToDo, Overtaken
from growloop.models.evidence import evidence
from growloop.people import People
from growloop.pool import Pool
from growloop.project import Project, now, parquet_bytes, write_atomically
from growloop.records.agreement import Disagreement, ReviewAgreement
from growloop.records.annotation import Annotation
from growloop.records.comparison import Promotion
from growloop.records.example import SplitName, examples_frame, matches
from growloop.records.progress import Progress
from growloop.records.recommendation import Taken
from growloop.records.report import Iteration, Standing
from growloop.records.run import Estimate, Run
from growloop.records.status import Status
from growloop.records.task import AnswerKind
from growloop.web.app import app_for
from growloop.web.server import listen, server_of

HOME = "http://127.0.0.1:8321"
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class EchoAnswerer:
    """Answers with the first sentence of what it reads, and abstains where there is nothing to read."""

    def answer(self, context: str) -> str:
        return context.partition(".")[0].strip()


@dataclass
class MemoryWorkbench:
    """A real workbench that forgets everything when the test ends."""

    passages: tuple[str, ...] = ()
    trained: bool = True
    answer_kind: AnswerKind = "open_generative"
    pause: float = 0.0
    trouble: Exception | None = None
    """What every call meets with."""
    kept: list[Annotation] = field(default_factory=list)
    name: str = "Food Q&A"
    waiting: list[dict[str, Any]] = field(default_factory=list)
    """The queue, in its order."""
    before: dict[str, str] = field(default_factory=dict)
    """Who has which example of the queue before them."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def ask(self, question: str, context: str | None, by: Standing, hear: Callable[[str], None]) -> Answered:
        self._meet_trouble()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.pause)
        self.at_once -= 1
        self.asked.append((question, context))
        if context is None and not self.passages:
            raise NothingToDo("Nothing is indexed yet:  growloop index   Or give a context.")
        found = self.passages if context is None else ()
        read = "\n\n".join(found) if context is None else context
        answer = EchoAnswerer().answer(read)
        for end in range(1, len(answer.split()) + 1):
            hear(" ".join(answer.split()[:end]))
        return Answered(
            answer=answer,
            context=read,
            passages=tuple(
                {"id": f"p{rank}", "text": text, "source": f"reviews.jsonl:{rank}", "start": read.index(text)}
                for rank, text in enumerate(found, start=1)
            ),
            seconds=0.042,
            model="bundled",
            iteration={"current": 2, "previous": 1, "base": None}[by] if self.trained else None,
            abstained=not answer,
            run="train-1f2e" if self.trained and by != "base" else None,
            confidence=0.87,
            evidence=evidence(question, answer, read),
        )

    def standing(self) -> list[Standing]:
        return ["base", "previous", "current"] if self.trained else ["base"]

    def correct(self, annotation: Annotation) -> Annotation:
        self._meet_trouble()
        judged = [given for given in self.kept if not given.withdrawn and given.example == annotation.example]
        if annotation.example and judged:
            raise Overtaken(f"{judged[0].by or 'Somebody'} judged this while you had it open.")
        saved = annotation.model_copy(update={"id": len(self.kept) + 1})
        self.kept.append(saved)
        return saved

    settle = correct

    def undo(self, annotation_id: int, by: str | None = None) -> None:
        if not 1 <= annotation_id <= len(self.kept):
            raise NotFound(f"There is no annotation {annotation_id} to take back.")
        if by not in (None, self.kept[annotation_id - 1].by):
            raise NotAllowed("That verdict is somebody else's.")
        self.kept[annotation_id - 1] = self.kept[annotation_id - 1].model_copy(update={"withdrawn": True})

    def like(self, annotation_id: int, by: str | None = None) -> loop.Alike:
        if not 1 <= annotation_id <= len(self.kept):
            raise NotFound(f"There is no annotation {annotation_id}.")
        return loop.Alike(self.kept[annotation_id - 1], examples_frame({"question": []}), ())

    def repeat(self, annotation_id: int, examples: Sequence[str], by: str | None) -> list[Annotation]:
        raise BadData("Nothing is like it.")

    def undo_repeats(self, annotation_id: int, by: str | None) -> list[int]:
        self.like(annotation_id)
        return []

    def annotations(self, offset: int, limit: int) -> tuple[list[Annotation], int]:
        return self.kept[::-1][offset : offset + limit], len(self.kept)

    def queue(self, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        self._meet_trouble()
        judged = {given.example for given in self.kept if not given.withdrawn}
        left = [example for example in self.waiting if example["id"] not in judged]
        return left[offset : offset + limit], len(left)

    def take(
        self, person: str, limit: int, but: Collection[str], keep: Collection[str], offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        left, total = self.queue(0, len(self.waiting))
        self.before = {id: who for id, who in self.before.items() if who != person or id in keep}
        free = [one for one in left if one["id"] not in but and self.before.get(one["id"], person) == person]
        taken = free[offset : offset + limit]
        self.before |= {one["id"]: person for one in taken}
        return taken, total

    def opinions(self) -> tuple[ReviewAgreement, list[Disagreement]]:
        return adjudication.agreement(self.kept, []), adjudication.disagreements(self.kept, [])

    def sides_of(self, asked: Sequence[tuple[str, str]]) -> list[SplitName]:
        return ["test" if "Taco Bar" in context else "train" for _, context in asked]

    def uploads(self) -> Path:
        return Path("/projects/food-qa/.uploads")

    def is_searchable(self) -> bool:
        return True

    def index_examples(self) -> Generator[Progress, None, None]:
        yield from ()

    def rejected_file(self) -> Path:
        return Path("/projects/food-qa/rejected.jsonl")

    def _meet_trouble(self) -> None:
        if self.trouble:
            raise self.trouble

    def glance(self) -> tuple[Status, bool]:
        return self.status(), True

    def status(self) -> Status:
        self._meet_trouble()
        waiting = sum(not annotation.withdrawn for annotation in self.kept)
        score = Estimate(value=0.874, low=0.851, high=0.896, n=500)
        turn = Iteration(
            number=2,
            version="v1",
            run="evaluate-1",
            trained_by="train-1f2e",
            model="bundled",
            metrics={"token_f1": score},
            created="2026-01-01T00:00:00Z",
        )
        return Status(
            name=self.name,
            folder="/projects/food-qa",
            purpose="Answer questions about a restaurant from what its guests wrote, and say so when they did not.",
            answer_kind=self.answer_kind,
            pool={"accepted": 4000},
            versions=("v1",),
            iterations=(turn,) if self.trained else (),
            waiting=waiting,
            indexed=bool(self.passages),
            next_step="growloop next" if waiting or not self.trained else "growloop serve",
            because=_because(waiting, self.trained),
        )


def _because(waiting: int, trained: bool) -> str:
    if not trained:
        return "Nothing is trained yet: one turn draws, freezes, measures, trains and reports."
    return f"{waiting} correction(s) wait to be learned from." if waiting else "Ask the model, correct what is wrong."


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A folder that nothing was brought into yet."""
    return loop.new(tmp_path / "restaurants", template="blank")


@pytest.fixture(scope="session")
def evaluated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty examples in a frozen version, whose test questions a model has answered: dogs rightly, cards wrongly."""
    project = loop.new(tmp_path_factory.mktemp("evaluated") / "bars", template="blank")
    (project.folder / "universe.yaml").unlink()  # what is said below came from elsewhere
    rows = [
        example(
            f"{topic.title()} at bar {number}?",
            None if number % 4 == 3 else f"Yes, {topic}.",
            f"Bar {number}: {topic} and all that.",
            where={"template": topic, "negative": "wrong_topic" if number % 4 == 3 else "none"},
            origin="universe" if number % 2 else "import:bars.csv",
            split="test" if number < 10 else "train",
        )
        for topic in ("dogs", "cards")
        for number in range(20)
    ]
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame({name: [row[name] for row in rows] for name in rows[0]}))
    version = loop.freeze(project)
    asked = project.examples(version.id).filter(split="test").with_columns(dogs=pl.col("question").str.contains("Dogs"))
    folder = project.run_folder("evaluate-1")
    right = pl.when("dogs").then(1.0).otherwise(0.0)
    predictions = asked.select(
        "id",
        prediction=pl.when("dogs").then(pl.col("answers").list.first().fill_null("")).otherwise(pl.lit("No, <cash>.")),
        abstained=pl.col("dogs") & (pl.col("answers").list.len() == 0),
        confidence=pl.lit(0.5),
        seconds=pl.lit(0.01),
        cut_tokens=pl.lit(0),
    )
    answerable = pl.col("answers").list.len() > 0
    scores = asked.select("id", answerable=answerable, abstained=pl.lit(False), exact_match=right, token_f1=right)
    for name, frame in (("predictions", predictions), ("scores", scores)):
        write_atomically(folder / f"{name}.parquet", parquet_bytes(frame))
    run = {"id": "evaluate-1", "kind": "evaluate", "version": version.id, "split": "test", "model": "bundled"}
    project.save_run(Run.model_validate({**run, "created": "2026-01-01T00:00:00Z"}))
    return project.folder


def example(question: str, answer: str | None, context: str, **more: Any) -> dict[str, Any]:
    return {"question": question, "context": context, "answers": [] if answer is None else [answer], **more}


@pytest.fixture
def evaluated(evaluated_once: Path, tmp_path: Path) -> Project:
    """A project of its own for each test, evaluated already."""
    return Project.open(shutil.copytree(evaluated_once, tmp_path / "bars"))


@pytest.fixture(scope="session")
def turned_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that went round twice: the first turn fails where the text does not speak of it, the second about food.

    What the second was to learn was gathered for a recommendation; it was held back.
    """
    project = write_project(tmp_path_factory.mktemp("turned") / "small")
    loop.draw(project, 300)
    version = loop.freeze(project)
    off_topic, food = matches({"negative": "wrong_topic"}), matches({"template": "offers-food", "negative": "none"})
    told: dict[str, Any] = {"version": version.id, "model": "tiny", "created": now()}
    untrained = made_evaluation(project, pl.lit(value=True), id="evaluate-0", split="test")
    project.save_iteration(Iteration(number=0, run=untrained.id, metrics=untrained.metrics, **told))
    judged = made_evaluation(project, off_topic, id="evaluate-1-validation", model="train-1")
    taken = Taken(run=judged.id, recommendation=loop.recommend(project, judged.id).items[0], added=40, at=now())
    verdicts = (Promotion(promoted=True, reasons=("It is the first.",)), Promotion(promoted=False, reasons=(FELL,)))
    for number, (wrong, verdict) in enumerate(zip((off_topic, food), verdicts, strict=True), start=1):
        project.save_run(Run(id=f"train-{number}", kind="train", version=version.id, model="tiny", created=now()))
        run = made_evaluation(project, wrong, id=f"evaluate-{number}", split="test", model=f"train-{number}")
        more = {"trained_by": run.model, "trained_on": 180, "diagnosed": judged.id, "promotion": verdict}
        gains = {"seen_gain": taken.recommendation.expected_gain}
        followed = (taken.model_copy(update=gains),) if number == 2 else ()
        project.save_iteration(
            Iteration(number=number, run=run.id, metrics=run.metrics, taken=followed, **more, **told)
        )
    return project.folder


FELL = "template=offers-food fell by 0.80 <b>."


@pytest.fixture
def turned(turned_once: Path, tmp_path: Path) -> Project:
    """A project of its own for each test that has gone round twice."""
    return Project.open(shutil.copytree(turned_once, tmp_path / "small"))


@pytest.fixture
def bench() -> MemoryWorkbench:
    return MemoryWorkbench()


@pytest.fixture
def client(bench: MemoryWorkbench) -> Iterator[TestClient]:
    with TestClient(app_for(bench), base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as opened:
        yield opened


PASSWORD = "correct horse battery"


@contextmanager
def team_of(url: str | Path) -> Iterator[People]:
    """Ada, an admin; Bo and Di, annotators; Cy, a viewer. All have the same password, cheaply hashed."""
    with People.open(url, hasher=PasswordHasher(1, 8, 1)) as people:
        for name, role in (("Ada", "admin"), ("Bo", "annotator"), ("Di", "annotator"), ("Cy", "viewer")):
            people.add(name, role, PASSWORD)  # type: ignore[arg-type]
        yield people


@pytest.fixture
def team(drafts: Project) -> Iterator[People]:
    """A team whose users stand beside the drafts of a test."""
    with team_of(drafts.pool_url) as people:
        yield people


def program_of(app: Starlette, people: People, name: str) -> TestClient:
    """Somebody's program."""
    return TestClient(app, base_url=HOME, headers={"authorization": f"Bearer {people.make_token(name)}"})


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    """A team whose users stand in a database of their own."""
    with team_of(tmp_path / "people.db") as opened:
        yield opened


@pytest.fixture
def log_in(bench: MemoryWorkbench, people: People) -> Callable[[str], TestClient]:
    """A browser in which somebody has logged in at the bench."""
    app = app_for(bench, people=people)

    def come_in(name: str) -> TestClient:
        client = TestClient(app, base_url=HOME, headers={"origin": HOME}, follow_redirects=False)
        if name:
            assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        return client

    return come_in


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of an app while it is served by a thread."""
    listening = listen("127.0.0.1", 0)
    server = server_of(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def run_async() -> Callable[..., Any]:
    """Runs an async function in a thread of its own: a browser that is open keeps this one's event loop."""

    def run(function: Callable[..., Any], *given: Any) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(anyio.run, function, *given).result()

    return run


@pytest.fixture
def serve() -> Callable[[Any], Any]:
    return served


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium at {CHROMIUM}")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def barriers() -> Callable[[Any], list[str]]:
    """What axe finds on a page that keeps somebody out."""
    package = pytest.importorskip("axe_playwright_python")
    source = (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

    def find(page: Any) -> list[str]:
        page.evaluate(source)
        found = page.evaluate("axe.run(document).then(({ violations }) => violations)")
        return [f"{page.url}: {one['id']}: {one['nodes'][0]['html']}" for one in found]

    return find
