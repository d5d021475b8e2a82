"""Templates for questions that people ask and the universe does not have."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from growloop.asking import encoded
from growloop.dataset.importers.questions import read_questions
from growloop.errors import BadDeclaration, MissingExtra, NothingToDo
from growloop.loop.declaring import space_of
from growloop.pool import Pool
from growloop.project import Project, write_atomically
from growloop.records.declaration import load_yaml_text, plain
from growloop.records.suggestion import Suggestion, Suggestions
from growloop.records.universe import Universe
from growloop.universe import Space
from growloop.universe.lines import FILE
from growloop.universe.proposals import as_yaml, with_proposal

SMALLEST, MOST = 5, 30
"""Questions that a proposed template has at least, and how many templates are proposed at most."""

__all__ = ["MOST", "SMALLEST", "accept", "as_yaml", "suggest"]


def suggest(
    project: Project,
    questions: Path | str | None = None,
    *,
    column: str | None = None,
    smallest: int = SMALLEST,
    most: int = MOST,
) -> Suggestions:
    """Templates with slots for the questions of a file that fit no template yet, the largest group first.

    Without a file they are those of the pool that were not drawn. Where the embedded model is not installed they are
    compared by their words. Nothing is written. Raises NothingToDo where there are no questions.
    """
    space = space_of(project)
    asked = read_questions(questions, column) if questions is not None else _of_pool(project)
    if asked.is_empty():
        raise NothingToDo("There are no questions. Give a file of them:  growloop universe suggest QUESTIONS.jsonl")
    try:
        return space.suggest(asked, encoded, smallest=smallest, most=most)
    except MissingExtra:
        return space.suggest(asked, smallest=smallest, most=most)


def _of_pool(project: Project) -> pl.Series:
    with Pool.open(project.pool_url) as pool:
        return pool.examples().filter(pl.col("origin") != "universe")["question"]


def accept(project: Project, suggestion: Suggestion) -> None:
    """Add a suggestion to `proposed` in universe.yaml; all other lines stay as they are.

    Raises BadDeclaration, and writes nothing, where the universe would have a problem with it.
    """
    path = project.folder / FILE
    text = path.read_bytes().decode("utf-8")
    changed = with_proposal(text, suggestion)
    problems = Space.problems(Universe.model_validate(plain(load_yaml_text(changed, FILE))), project.folder)
    if problems:
        raise BadDeclaration("Nothing was added, since it would not fit:\n" + "\n".join(problems))
    write_atomically(path, changed.encode())
