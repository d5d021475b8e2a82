"""Builders and folders that all tests share."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa

from growloop.project import Project

# whether a test passes is no question of how busy the machine is
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

REPOSITORY = Path(__file__).resolve().parent.parent


def qa_row(question: str, answer: str | None = None, context: str = "Some text.", **more: Any) -> dict[str, Any]:
    """One example as a dictionary of columns; without an answer it is unanswerable."""
    return {"question": question, "context": context, "answers": [] if answer is None else [answer], **more}


@pytest.fixture
def qa() -> Callable[..., dict[str, Any]]:
    return qa_row


DESK_UNIVERSE = """\
templates:
  - {name: open, ask: ["Are you open on {day}?", "Open on {day}?"], by: day, answer: {text: "Yes."}}
  - {name: pets, ask: ["May {pet} come in?"], by: pet, answer: {text: "Yes."}}
slots:
  day: {values: [monday, tuesday, friday]}
  pet: {values: [dogs, cats]}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Project:
    """A universe of a few closed questions, eight wordings in all, of which none is drawn yet."""
    folder = tmp_path / "desk"
    folder.mkdir()
    task = "name: desk\npurpose: The desk.\nanswer_kind: closed_generative\nabstain_answer: I don't know.\n"
    (folder / "task.yaml").write_text(task, encoding="utf-8")
    (folder / "universe.yaml").write_text(DESK_UNIVERSE, encoding="utf-8")
    return Project.open(folder)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("GROWLOOP_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the public data sets in {folder} (set GROWLOOP_SHARED_DATA)")
    return folder


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty database on the PostgreSQL server that GROWLOOP_POSTGRES names, dropped at the end."""
    server = os.environ.get("GROWLOOP_POSTGRES")
    if not server:
        pytest.skip("needs a PostgreSQL server: set GROWLOOP_POSTGRES to its SQLAlchemy URL")
    pytest.importorskip("psycopg", reason="needs psycopg: pip install growloop[postgres]")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"growloop_test_{uuid.uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def pool_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty pool in each database that growloop is tested against."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'growloop.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
