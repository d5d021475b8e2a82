"""The declarations as texts: checked before they are saved, shown by what they would draw, kept as they were before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from growloop.errors import BadData, BadDeclaration, GrowloopError, NotFound, Overtaken
from growloop.loop.declaring import check_task
from growloop.project import Project, now, write_atomically
from growloop.records.declaration import Problem, problems_in, read_declaration_text
from growloop.records.task import Task
from growloop.records.universe import Universe
from growloop.universe import Space

DECLARATIONS = ("task.yaml", "universe.yaml")
PREVIEWED = 6
"""Examples that show what a universe would draw."""
MOST_CHARACTERS = 500_000


@dataclass(frozen=True)
class Declaration:
    """A declaration file as it is."""

    name: str
    text: str
    """Empty where there is no such file."""
    seal: str
    """Changes whenever the text does: who saves says which one they had before them."""


@dataclass(frozen=True)
class Examined:
    """What is wrong with a text, and what it would draw."""

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    """What is declared, in sentences."""
    preview: pl.DataFrame | None = None
    """A few examples, an EXAMPLES frame; None where none can be drawn."""


@dataclass(frozen=True)
class Former:
    """A text that was replaced."""

    id: str
    replaced_at: str
    """UTC, ISO 8601."""
    bytes: int


def declaration(project: Project, name: str) -> Declaration:
    """A declaration as it is on disk. Raises NotFound where no declaration is called so."""
    path = _path(project, name)
    data = path.read_bytes() if path.exists() else b""
    return Declaration(name, data.decode("utf-8-sig", errors="replace"), _seal(data))


def examine(project: Project, name: str, text: str) -> Examined:
    """Whether a text could be saved as a declaration, and a few of the examples that it would draw."""
    _path(project, name)
    try:
        task = read_declaration_text(text, name, Task) if name == "task.yaml" else project.task
        if name == "task.yaml":
            return _examined_task(project.declaring(task=task))
        return _examined_universe(project, read_declaration_text(text, name, Universe), text)
    except (BadDeclaration, BadData) as error:
        return Examined(problems=tuple(problems_in(str(error))))


def _examined_task(project: Project) -> Examined:
    found = check_task(project)
    return Examined(tuple(problems_in("\n".join(found.problems))), found.warnings, found.present)


def _examined_universe(project: Project, universe: Universe, text: str) -> Examined:
    space = Space.open(universe, project.folder, project.task.abstain_answer, text=text)
    present = (f"{len(universe.templates)} templates, {space.size:,} questions", space.summary())
    try:
        drawn = space.draw(PREVIEWED, seed=project.task.seed)
    except GrowloopError as error:  # e.g. what needs the index; it can be declared all the same
        return Examined((), (f"No preview: {error}",), present)
    return Examined((), (), present, drawn)


def save_declaration(project: Project, name: str, text: str, *, seal: str, anyway: bool = False) -> Declaration:
    """Put a text in the place of a declaration, whole or not at all; the one before is kept.

    Raises Overtaken where it is not the one any more that had this `seal`, and BadDeclaration where something is
    wrong with it, unless it is to be saved `anyway`.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadData(f"{name} would have {len(text):,} characters; {MOST_CHARACTERS:,} is the most that is kept here.")
    before = declaration(project, name)
    if before.seal != seal:
        raise Overtaken(
            f"{name} was changed by somebody else while you had it open. Nothing was saved: copy your text, reload, "
            "and put your changes into theirs."
        )
    if not anyway:
        wrong = examine(project, name, text).problems
        if wrong:
            raise BadDeclaration("\n".join(_told(problem) for problem in wrong))
    _keep(project, before)
    write_atomically(_path(project, name), text.encode())
    return declaration(project, name)


def former_declarations(project: Project, name: str) -> list[Former]:
    """The texts that stood in a declaration before, the newest first."""
    _path(project, name)
    kept = sorted(_history(project, name).glob("*.yaml"), reverse=True)
    return [Former(path.stem, path.stem[:20].replace("_", ":"), path.stat().st_size) for path in kept]


def former_declaration(project: Project, name: str, id: str) -> str:
    """One of them. Raises NotFound."""
    if id not in {former.id for former in former_declarations(project, name)}:
        raise NotFound(f"No former {name} is kept as {id}.")
    return (_history(project, name) / f"{id}.yaml").read_text(encoding="utf-8")


def _keep(project: Project, before: Declaration) -> None:
    path = _path(project, before.name)
    if path.exists():
        kept = _history(project, before.name) / f"{now().replace(':', '_')}-{before.seal}.yaml"
        write_atomically(kept, path.read_bytes())


def _history(project: Project, name: str) -> Path:
    return project.folder / "history" / name.removesuffix(".yaml")


def _path(project: Project, name: str) -> Path:
    if name not in DECLARATIONS:
        raise NotFound(f"There is no declaration {name}. What can be edited: {', '.join(DECLARATIONS)}.")
    return project.folder / name


def _seal(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _told(problem: Problem) -> str:
    place = ", line ".join(filter(None, (problem.file, str(problem.line or ""))))
    return f"{place}: {problem.message}" if place else problem.message
