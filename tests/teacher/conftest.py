"""A project with drafts, and a teacher that answers them: a real server on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.remote.conftest import HASTY, endpoint, school

from growloop import loop
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import examples_frame
from growloop.remote import Endpoint

TASK = """\
name: small
purpose: Whether dogs may come in, from reviews.
answer_kind: {kind}
abstain_answer: I don't know.
teacher: {{at_once: 4, seconds: 5, tries: 3, price_in: 2, price_out: 10}}
"""
__all__ = ["endpoint", "school"]
"""Those of the endpoint's own tests serve here too."""


def write_drafts(folder: Path, n: int, *, kind: str = "open_generative", **more: Any) -> Project:
    """A project with drafts as a draw leaves them: questions without an answer."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "task.yaml").write_text(TASK.format(kind=kind), encoding="utf-8")
    numbers = range(n)
    rows = {
        "question": [f"May dogs enter Café {number}?" for number in numbers],
        "context": [f"Café {number}: dogs sleep at the bar – „gern“. Nice." for number in numbers],
        "answers": [[]] * n,
        "group": [f"Café {number}" for number in numbers],
        "where": [{"template": "dogs", "doubt": "no fact decides it", "negative": "none"}] * n,
        "origin": ["universe"] * n,
        "status": ["draft"] * n,
    }
    project = Project.open(folder)
    if n:
        with Pool.open(project.pool_url) as pool:
            pool.add(examples_frame({**rows, **{name: [value] * n for name, value in more.items()}}))
    return project


@pytest.fixture
def drafted(tmp_path: Path) -> Callable[..., Project]:
    def write(n: int, **more: Any) -> Project:
        return write_drafts(tmp_path / "project", n, **more)

    return write


@pytest.fixture
def taught(endpoint: Endpoint) -> Callable[..., Any]:
    """Runs `teach` to its end."""

    def run(project: Project, **limits: Any) -> Any:
        stage = loop.teach(project, endpoint, **{"patience": HASTY, **limits})
        while True:
            try:
                next(stage)
            except StopIteration as end:
                return end.value

    return run
