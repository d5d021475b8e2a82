"""The learned judge: trained on people's verdicts and on made answers, then asked about any answer."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from growloop.annotate import judged_predictions
from growloop.dataset.verdicts import read_answers, read_verdicts
from growloop.errors import NothingToDo
from growloop.loop.accepting import gathered
from growloop.loop.asked import answered_examples
from growloop.loop.declaring import embeddings
from growloop.metrics.judge.construction import constructed
from growloop.metrics.judge.judge import JUDGE_FILE
from growloop.metrics.judge.metric import opened_judge
from growloop.metrics.judge.training import WANTED, trained
from growloop.pool import Pool
from growloop.project import Project, now, write_atomically
from growloop.records.agreement import VERDICTS
from growloop.records.judge import JudgeCard
from growloop.records.progress import Progress

MADE_FROM = 1000
"""Examples that answers are made from: about ten are made from each."""

Given = Path | str | Iterable[Mapping[str, Any]]


def train_judge(
    project: Project,
    verdicts: Sequence[Given] = (),
    *,
    separator: str = "",
    wanted: float = WANTED,
    most: int = MADE_FROM,
) -> Generator[Progress, None, JudgeCard]:
    """Train the project's judge on its annotations, on files of verdicts, and on answers made from `most` examples.

    It replaces the one before when it is done, whole. `wanted` is the accuracy of a verdict; with less certainty the
    judge cannot tell. Raises NothingToDo where there is nothing, or only one kind of answer, to learn from.
    """
    said = pl.concat([_annotated(project), *(read_verdicts(given, separator=separator) for given in verdicts)])
    made = _made(project, said, most)
    judge = yield from trained(said, made, embeddings(), wanted=wanted, seed=project.task.seed, created=now())
    write_atomically(project.folder / JUDGE_FILE, judge.to_bytes())
    return judge.card


def judge_card(project: Project) -> JudgeCard:
    """What there is to say about the project's judge. Raises NotFound where none is trained."""
    return opened_judge(project.folder).card


def judge_answers(
    project: Project, given: Given | None = None, *, run: str | None = None, separator: str = ""
) -> pl.DataFrame:
    """The answers of a file, or those of a run (the last evaluation, unless named), each with what the judge says.

    The columns of VERDICTS and JUDGED; `verdict` is the judge's, `given` a person's, null where nobody gave one.
    """
    judge = opened_judge(project.folder)
    rows = _answers_of_run(project, run) if given is None else read_answers(given, separator=separator)
    return pl.concat([rows.rename({"verdict": "given"}), judge.judged(rows, embeddings())], how="horizontal")


def _annotated(project: Project) -> pl.DataFrame:
    with Pool.open(project.pool_url) as pool:
        return judged_predictions(pool.annotations(), pool.examples(None), abstain_answer=project.task.abstain_answer)


def _made(project: Project, said: pl.DataFrame, most: int) -> pl.DataFrame:
    """Answers made from the project's examples but for its test side, and from what verdicts were given on."""
    latest = project.latest_version()
    try:
        examples = project.examples(latest.id).filter(pl.col("split") != "test") if latest else gathered(project)[0]
    except NothingToDo:
        examples = said.clear()
    columns = ("question", "context", "answers")
    both = pl.concat([frame.select(columns) for frame in (examples, said)])
    asked = both.filter(pl.col("answers").list.len() > 0).unique(["question", "context"], maintain_order=True)
    chosen = asked.sample(min(most, asked.height), seed=project.task.seed, shuffle=True)
    return constructed(chosen, project.task.abstain_answer, seed=project.task.seed)


def _answers_of_run(project: Project, name: str | None) -> pl.DataFrame:
    evaluated = [run for run in project.runs() if run.kind == "evaluate"]
    if name is None and not evaluated:
        raise NothingToDo("Nothing is evaluated yet.  Name a file of answers, or:  growloop evaluate")
    run = project.run(name) if name else evaluated[-1]
    predictions = project.run_frame(run.id, "predictions").select("id", "prediction")
    rows = answered_examples(project, run).join(predictions, on="id", how="inner", maintain_order="left")
    unknown = rows.with_columns(verdict=pl.lit(None, pl.Float64), annotator=pl.lit(""))
    return unknown.select(pl.col(column).cast(dtype) for column, dtype in VERDICTS.items())
