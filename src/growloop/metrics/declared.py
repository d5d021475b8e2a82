"""The metrics that a task.yaml lists: by name, the project's own, patterns, and rubrics."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from growloop.errors import BadDeclaration
from growloop.metrics import named
from growloop.metrics.grading import CACHE_FILE, Purse, rubric_metric
from growloop.metrics.judge.judge import JUDGE_FILE
from growloop.metrics.judge.metric import judge_metric, opened_judge
from growloop.metrics.metric import Metric
from growloop.metrics.own import own_metrics
from growloop.metrics.pattern import pattern_metric
from growloop.metrics.registry import BUILT_IN, JUDGE
from growloop.metrics.semantic import SEMANTIC_SIMILARITY, Cosines, semantic_similarity
from growloop.own_code import function_name
from growloop.records.run import SCORES
from growloop.records.task import DeclaredMetric, PatternMetric, RubricMetric, Task
from growloop.remote import Endpoint


def declared_metrics(task: Task, folder: Path, embed: Callable[[], Cosines]) -> list[Metric]:
    """The task's metrics in its order; `embed` is called where one needs embeddings.

    Raises BadDeclaration for a name there is not, two metrics of one name, and own code that cannot be loaded;
    NotFound for a judge that is not trained.
    """
    own = own_metrics(own_files(task), folder)
    purse = Purse(task.grader, folder / CACHE_FILE)
    metrics = [_one(declared, own, folder, embed, purse) for declared in task.metrics]
    names = [metric.name for metric in metrics]
    twice = next((name for name in names if names.count(name) > 1 or name in SCORES), None)
    if twice is not None:
        raise BadDeclaration(f'task.yaml: metrics: "{twice}" is taken. Give one of them another name.')
    shadowed = next((metric.name for metric in metrics if metric.name in BUILT_IN and not metric.by_rule), None)
    if shadowed is not None:
        raise BadDeclaration(f'task.yaml: metrics: growloop has a metric "{shadowed}" already. Rename yours.')
    return metrics


def own_files(task: Task) -> list[str]:
    """The metrics listed as FILE.py:function."""
    return [metric for metric in task.metrics if isinstance(metric, str) and ":" in metric]


def code_hashes(task: Task, folder: Path) -> dict[str, str]:
    """Each file of own metrics, and the judge's, with the hash of what it says now: changed, it makes another run."""
    judged = {JUDGE_FILE} if JUDGE in task.metrics else set()
    files = sorted({named.rpartition(":")[0] for named in own_files(task)} | judged)
    return {file: hashlib.blake2b((folder / file).read_bytes(), digest_size=8).hexdigest() for file in files}


def graders(metrics: Iterable[Metric]) -> dict[str, Endpoint]:
    """Who grades, by metric. Raises EndpointProblem where a rubric is declared and nobody is named to grade by it."""
    return {metric.name: metric.grading.ready() for metric in metrics if metric.grading}


def _one(
    declared: DeclaredMetric, own: dict[str, Metric], folder: Path, embed: Callable[[], Cosines], purse: Purse
) -> Metric:
    if isinstance(declared, RubricMetric):
        return rubric_metric(declared, purse)
    if isinstance(declared, PatternMetric):
        return pattern_metric(declared)
    if ":" in declared:
        return own[function_name(declared, "metrics")]
    if declared == SEMANTIC_SIMILARITY:
        return semantic_similarity(embed())
    if declared == JUDGE:
        return judge_metric(opened_judge(folder), embed())
    return named([declared])[0]
