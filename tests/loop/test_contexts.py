"""Documents brought as contexts are found and named as the source."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest

from growloop import loop
from growloop.errors import BadData, NothingToDo
from growloop.project import Project
from growloop.records.progress import Progress

T = TypeVar("T")
SENTENCE = "The kettle is filled with fresh cold water up to the mark. "


def finished(stage: Generator[Progress, None, T]) -> T:
    while True:
        try:
            next(stage)
        except StopIteration as done:
            return done.value


@pytest.fixture
def bare(small_project: Project) -> Project:
    """Without a universe: contexts come from documents alone."""
    (small_project.folder / "universe.yaml").unlink()
    (small_project.folder / "contexts" / "reviews.jsonl").unlink()
    return Project.open(small_project.folder)


def manual(folder: Path) -> Path:
    path = folder / "manual.md"
    path.write_text(
        f"# Kettle\n\n{SENTENCE * 20}\n\n## Care\n\n{SENTENCE * 20}Descale it with vinegar.", encoding="utf-8"
    )
    return path


def test_a_document_is_kept_as_passages_that_know_where_they_are_from(bare: Project, tmp_path: Path) -> None:
    imported = loop.import_contexts(bare, manual(tmp_path))

    text = manual(tmp_path).read_text(encoding="utf-8")
    rows = [json.loads(line) for line in imported.path.read_text(encoding="utf-8").splitlines()]
    assert imported.path == bare.folder / "contexts" / "manual.md.jsonl"
    assert (imported.passages, imported.replaced) == (len(rows), False)
    assert all(text[row["offset"] : row["end"]] == row["text"] for row in rows)


def test_what_is_asked_is_found_in_the_document_and_its_place_is_told(bare: Project, tmp_path: Path) -> None:
    loop.import_contexts(bare, manual(tmp_path))
    finished(loop.index(bare))

    answered = loop.ask(bare, "How do I descale it with vinegar?")

    [passage] = answered.passages
    assert "Descale it with vinegar." in answered.context
    assert (passage["source"], passage["heading"]) == ("manual.md", "Kettle > Care")
    assert passage["offset"] < passage["end"]


def test_documents_are_found_beside_the_contexts_of_the_universe(small_project: Project, tmp_path: Path) -> None:
    loop.import_contexts(small_project, manual(tmp_path))
    finished(loop.index(small_project))

    sources = {
        loop.ask(small_project, question).passages[0]["source"]
        for question in ("Descale with vinegar?", "Does Nori 2 let dogs in?")
    }

    assert sources == {"manual.md", "contexts/reviews.jsonl"}


def test_the_same_document_again_replaces_its_passages(bare: Project, tmp_path: Path) -> None:
    loop.import_contexts(bare, manual(tmp_path))
    path = manual(tmp_path)
    path.write_text("Short now.", encoding="utf-8")

    again = loop.import_contexts(bare, path)

    assert (again.passages, again.replaced) == (1, True)


def test_contexts_that_came_otherwise_are_not_overwritten(bare: Project, tmp_path: Path) -> None:
    mine = bare.folder / "contexts" / "manual.md.jsonl"
    mine.write_text('{"entity": "Kumo", "text": "Ramen."}\n', encoding="utf-8")

    with pytest.raises(BadData, match="another origin"):
        loop.import_contexts(bare, manual(tmp_path))

    assert "Ramen" in mine.read_text(encoding="utf-8")


def test_without_contexts_the_index_says_how_to_bring_some(bare: Project) -> None:
    with pytest.raises(NothingToDo, match="growloop import"):
        finished(loop.index(bare))
