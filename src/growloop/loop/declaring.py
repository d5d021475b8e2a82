"""What a project declares, checked and opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from growloop.asking import encoded
from growloop.dataset.passages.stored import is_stored, stored_passages
from growloop.errors import EndpointProblem, GrowloopError, NothingToDo
from growloop.kept import Kept
from growloop.loop.linting import checks_of
from growloop.metrics.declared import declared_metrics, graders
from growloop.metrics.fit import misfits
from growloop.metrics.metric import Metric
from growloop.metrics.semantic import Cosines
from growloop.project import Project
from growloop.records.universe import Universe
from growloop.universe import Space

Stamp = tuple[str, int, int]
"""Name, size in bytes and time of change in nanoseconds of a file."""


@dataclass(frozen=True)
class Checked:
    """What `check` found: what is there, and what is wrong or missing."""

    present: tuple[str, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    """What works, and may mislead."""


def check(project: Project) -> Checked:
    """Validate every declaration and say what is there and what is missing."""
    found = check_task(project)
    present, problems = list(found.present), list(found.problems)
    universe = _checked(lambda: project.universe, problems)
    if universe:
        problems += Space.problems(universe, project.folder)
    if universe and present and not problems:
        space = space_of(project)
        present.append(f"universe.yaml: {len(universe.templates)} templates, {space.size:,} questions")
        present.append(space.summary())
        if universe.proposed:
            named = ", ".join(proposed.name for proposed in universe.proposed)
            present.append(f"universe.yaml: {len(universe.proposed)} proposed, to be given a fact and answers: {named}")
    if present and not universe and not problems:
        present.append("no universe.yaml: examples come from `growloop import` alone")
    return Checked(tuple(present), tuple(problems), () if problems else found.warnings)


def check_task(project: Project) -> Checked:
    """The same of the task alone."""
    present: list[str] = []
    problems: list[str] = []
    task = _checked(lambda: project.task, problems)
    if task:
        present.append(f"task.yaml: {task.name}, {task.answer_kind}, candidates {', '.join(task.candidates)}")
        if task.answer_kind != "extractive" and not task.abstain_answer:
            problems.append('task.yaml: "abstain_answer" is empty; a generative model needs words for "I do not know".')
        if _checked(lambda: checks_of(project), problems):
            present.append(f"own checks: {', '.join(task.checks)}")
        metrics = _checked(lambda: declared_metrics(task, project.folder, embeddings), problems) or []
        present += [f"own metrics: {', '.join(own)}"] if (own := [m.name for m in metrics if not m.by_rule]) else []
    warnings = (*_ungraded(project), *_misfits(project)) if task and not problems else ()
    return Checked(tuple(present), tuple(problems), warnings)


def _ungraded(project: Project) -> tuple[str, ...]:
    """What stands in the way of the task's rubrics: nobody to grade by them, or a way there that others can read."""
    try:
        asked = graders(metrics_of(project)).values()
    except EndpointProblem as error:
        return (f"task.yaml: metrics: a rubric needs a model that grades. {error}",)
    return tuple(dict.fromkeys(endpoint.warning for endpoint in asked if endpoint.warning))


def _misfits(project: Project) -> tuple[str, ...]:
    """The metrics that do not fit the answers of the latest version, where one is frozen."""
    latest = project.latest_version()
    if latest is None:
        return ()
    return misfits(project.examples(latest.id), project.task.metric_names)


def _checked(read: Any, problems: list[str]) -> Any:
    try:
        return read()
    except GrowloopError as error:
        problems += str(error).split("\n")
        return None


def space_of(project: Project) -> Space:
    """The universe opened; the same one again while universe.yaml and the files it names stand as they are."""
    declared = project.universe
    if declared is None:
        raise NothingToDo("There is no universe.yaml to draw from. Write one, or bring data:  growloop import FILE")
    told, stamps = declared.model_dump_json(), _stamps(declared, project.folder)
    return _opened(told, project.folder, project.task.abstain_answer, stamps)


@lru_cache(maxsize=2)
def _opened(declared: str, folder: Path, abstain_answer: str, stamps: tuple[Stamp, ...]) -> Space:
    """Counting what every context makes possible takes seconds, and one turn of the loop asks many times."""
    files = [path.read_bytes() for name, *_ in stamps if (path := folder / name).is_file()]
    kept = Kept(folder, "space", declared.encode(), abstain_answer.encode(), *files)
    return Space.open(Universe.model_validate_json(declared), folder, abstain_answer, encode=encoded, kept=kept)


def _stamps(declared: Universe, folder: Path) -> tuple[Stamp, ...]:
    """Size and time of change of every file that a universe names; zeros for one that is not there."""
    contexts = declared.contexts
    tables = [contexts.file, *([contexts.facts.file] if contexts.facts else [])] if contexts else []
    names = [*tables, *(slot.file for slot in declared.slots.values() if slot.file)]
    stats = [(name, path.stat() if (path := folder / name).is_file() else None) for name in names]
    return tuple((name, stat.st_size if stat else 0, stat.st_mtime_ns if stat else 0) for name, stat in stats)


def metrics_of(project: Project) -> list[Metric]:
    """The task's metrics, loaded."""
    return declared_metrics(project.task, project.folder, embeddings)


def embeddings() -> Cosines:
    """Nearness in meaning by the embedded model, which is loaded at the first use."""
    from growloop.asking import similarity

    def cosines(left: Sequence[str], right: Sequence[str]) -> Any:
        columns = (pl.Series(values=texts, dtype=pl.String) for texts in (left, right))
        return similarity()(*columns).to_numpy()

    return cosines


def passages_of(project: Project) -> pl.DataFrame:
    """What can be found: the contexts of the universe, and those cut from documents."""
    contexts = project.universe.contexts if project.universe else None
    declared = contexts.file if contexts else ""
    parts = [space_of(project).passages()] if contexts else []
    files = sorted((project.folder / "contexts").glob("*.jsonl"))
    parts += [stored_passages(file) for file in files if file != project.folder / declared and is_stored(file)]
    if not parts:
        raise NothingToDo(
            "There are no contexts to index. Bring documents:  growloop import manual.pdf   "
            "or declare contexts in universe.yaml."
        )
    return pl.concat(parts, how="diagonal")


def places_of(project: Project) -> pl.DataFrame | None:
    """Where the universe's contexts stand; None without a universe."""
    return space_of(project).places() if project.universe else None
