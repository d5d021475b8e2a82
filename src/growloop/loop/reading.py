"""What questions are answered from: the text they come with, else what the task's retriever finds for them."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import polars as pl

from growloop.asking import make_index
from growloop.diagnose.retrieved import as_read, retrieved
from growloop.errors import NothingToDo
from growloop.loop.declaring import passages_of
from growloop.project import Project
from growloop.records.example import coordinate
from growloop.records.progress import Progress
from growloop.records.run import RETRIEVED, Run

if TYPE_CHECKING:
    from growloop.retrieval import Index

RETRIEVED_FILE = "retrieved"
DEPTH = 10
"""How far down a ranking the text with the answer is looked for."""


def index_for(project: Project, examples: pl.DataFrame) -> Generator[Progress, None, Index | None]:
    """The project's index, brought up to date; None where every question has its text or nothing can be found."""
    if _without_text(project, examples).is_empty():
        return None
    try:
        passages = passages_of(project)
    except NothingToDo:
        return None
    return (yield from make_index(project.folder, project.task, passages))


def how_it_reads(project: Project, index: Index) -> dict[str, Any]:
    """The settings on which it depends what is found."""
    return {"index": index.folder.name, "passages": project.task.passages}


def found_for(project: Project, examples: pl.DataFrame, index: Index) -> pl.DataFrame:
    """What the index finds for the examples that have no text of their own: a RETRIEVED frame."""
    asked = _without_text(project, examples)
    found = index.search(asked["question"].to_list(), max(DEPTH, project.task.passages))
    return retrieved(asked, found, project.task.passages)


def with_texts(project: Project, examples: pl.DataFrame) -> Generator[Progress, None, pl.DataFrame]:
    """The examples with what a model reads for them: their own text, else what the retriever finds, as for `ask`."""
    index = yield from index_for(project, examples)
    return as_read(examples, found_for(project, examples, index)) if index else examples


def retrieved_by(project: Project, run: Run) -> pl.DataFrame:
    """What a run's questions were answered from that had no text of their own: a RETRIEVED frame."""
    if not (project.run_folder(run.id) / f"{RETRIEVED_FILE}.parquet").exists():
        return RETRIEVED.to_frame()
    return project.run_frame(run.id, RETRIEVED_FILE)


def said_by(project: Project, run: Run) -> pl.DataFrame:
    """What a run answered, with the `rank` of the text that has the answer, where one had to be found."""
    ranks = retrieved_by(project, run).select("id", "rank")
    return project.run_frame(run.id, "predictions").join(ranks, on="id", how="left", maintain_order="left")


def _without_text(project: Project, examples: pl.DataFrame) -> pl.DataFrame:
    """The questions that have no text although one is read for them: neither closed nor asked without on purpose."""
    if project.task.answer_kind == "closed_generative":
        return examples.clear()
    universe = project.universe
    closed = [one.name for one in universe.templates if one.closed or not universe.contexts] if universe else []
    has_text = pl.col("context").fill_null("").str.strip_chars() != ""
    meant = pl.col("negative").is_not_null() | coordinate("template").is_in(closed).fill_null(False)
    return examples.filter(~has_text, ~meant).unique("id", keep="first", maintain_order=True)
