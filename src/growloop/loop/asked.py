"""What questions a run is about, and what it read them with."""

from __future__ import annotations

import polars as pl

from growloop.diagnose.retrieved import as_read
from growloop.errors import NothingToDo
from growloop.loop.reading import retrieved_by
from growloop.project import Project
from growloop.records.run import Run
from growloop.records.version import DatasetVersion

CORRECTIONS = "corrections"
"""In place of a split: what people corrected, on whichever side."""


def of_side(split: str) -> pl.Expr:
    """The rows of a split, or what people corrected."""
    return pl.col("origin") == "annotation" if split == CORRECTIONS else pl.col("split") == split


def evaluated_examples(project: Project, version: DatasetVersion, split: str, at_most: int | None) -> pl.DataFrame:
    """The rows of a split, or a seeded sample of them. Raises NothingToDo where there are none."""
    examples = project.examples(version.id).filter(of_side(split))
    if examples.is_empty():
        raise NothingToDo(
            f"Version {version.id} has no {split} examples (it has {version.counts}). "
            "Draw or import more, then:  growloop freeze"
        )
    if at_most is None or examples.height <= at_most:
        return examples
    return examples.sample(at_most, seed=project.task.seed, shuffle=True)


def read_examples(project: Project, run: Run) -> pl.DataFrame:
    """What a run answered, each question with the text that it was answered from."""
    return as_read(answered_examples(project, run), retrieved_by(project, run))


def answered_examples(project: Project, run: Run) -> pl.DataFrame:
    version = project.version(run.version)
    return evaluated_examples(project, version, run.split or "test", run.settings.get("at_most"))
