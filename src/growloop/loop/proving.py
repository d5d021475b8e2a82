"""Are the metrics any good: their own cases, and attacks made from this very dataset."""

from __future__ import annotations

import polars as pl

from growloop.errors import NothingToDo
from growloop.loop.accepting import gathered
from growloop.loop.asked import answered_examples
from growloop.loop.declaring import embeddings, metrics_of
from growloop.metrics import METRICS
from growloop.metrics.fit import misfits
from growloop.metrics.judge.judge import JUDGE_FILE
from growloop.metrics.judge.metric import judge_metric, opened_judge
from growloop.metrics.metric import Metric
from growloop.metrics.registry import JUDGE
from growloop.metrics.selftest import self_test
from growloop.metrics.semantic import SEMANTIC_SIMILARITY, semantic_similarity
from growloop.project import Project
from growloop.records.example import EXAMPLES
from growloop.records.run import Run
from growloop.records.selftest import SelfTest

MOST_ATTACKED = 2000
"""Examples that attacks are tried on: enough for ± 2 points."""


def known_metrics(project: Project | None = None) -> list[Metric]:
    """Every metric that growloop has, the project's judge where one is trained, then the project's own."""
    own = [metric for metric in metrics_of(project) if metric.name not in METRICS] if project else []
    if all(metric.name != SEMANTIC_SIMILARITY for metric in own):
        own.append(semantic_similarity(embeddings()))
    if project and (project.folder / JUDGE_FILE).is_file() and all(metric.name != JUDGE for metric in own):
        own.append(judge_metric(opened_judge(project.folder), embeddings()))
    return [*METRICS.values(), *own]


def check_metrics(project: Project | None, *, slow: bool = False, most: int = MOST_ATTACKED) -> SelfTest:
    """Put every metric to its own cases, and to attacks on the test side of the latest version, or on the pool.

    `slow` has metrics that run a model tried too, which the task may not name; those it names always are. Rubrics are
    put to their cases, which a model has to be asked about, and with `slow` to the attacks. Without a project, the
    cases alone.
    """
    named = {metric.name for metric in metrics_of(project)} if project else set()
    metrics = [metric for metric in known_metrics(project) if slow or not metric.slow or metric.name in named]
    if project is None:
        return self_test(metrics, pl.DataFrame(schema=EXAMPLES), "")
    examples = _attacked(project, most)
    words, seed = project.task.abstain_answer, project.task.seed
    proved = self_test(metrics, examples, words, _levels(project), counted=named, paid=slow, seed=seed)
    return proved.model_copy(update={"warnings": misfits(examples, [m.name for m in metrics if m.name in named])})


def trick_of(project: Project, run: Run) -> str:
    """The trick that would win by the task's metrics on what a run was asked, in a sentence."""
    metrics = [metric for metric in metrics_of(project) if not metric.slow]
    examples = answered_examples(project, run)
    sampled = examples.sample(min(examples.height, MOST_ATTACKED), seed=project.task.seed)
    return self_test(metrics, sampled, project.task.abstain_answer, _of_run(run), seed=project.task.seed).trick


def _attacked(project: Project, most: int) -> pl.DataFrame:
    latest = project.latest_version()
    try:
        examples = project.examples(latest.id) if latest else gathered(project)[0]
    except NothingToDo:
        return pl.DataFrame(schema=EXAMPLES)
    held_out = examples.filter(pl.col("split") == "test") if latest else examples
    chosen = held_out if held_out.height else examples
    return chosen.sample(min(most, chosen.height), seed=project.task.seed)


def _levels(project: Project) -> dict[str, float]:
    """What the model of the last turn scores, by metric."""
    turns = project.iterations()
    return _of_run(project.run(turns[-1].run)) if turns else {}


def _of_run(run: Run) -> dict[str, float]:
    return {name: estimate.value for name, estimate in run.metrics.items() if estimate.value is not None}
