"""A model's answers to examples, scored: the questions go out in parts, and every part that comes back is kept.

In the run folder, `parts/` holds what has been answered so far; killed at any moment and started again, only the
rest is asked. At the end it becomes `predictions.parquet` and `scores.parquet`, each written whole or not at all.
"""

from __future__ import annotations

import contextlib
import io
import resource
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from growloop.errors import BadDeclaration, ModelProblem, did_you_mean
from growloop.metrics import (
    Metric,
    answered_rows,
    figure_names,
    grades,
    is_abstention,
    metric_columns,
    score,
    summarise,
)
from growloop.metrics.abstention import LOWER_IS_BETTER
from growloop.metrics.calibration import FIGURES as CALIBRATION
from growloop.metrics.calibration import calibration
from growloop.metrics.consistency import CONSISTENCY, consistency
from growloop.metrics.declared import declared_metrics, graders
from growloop.metrics.fit import misfits
from growloop.metrics.intervals import median
from growloop.metrics.semantic import Cosines
from growloop.project import parquet_bytes, write_atomically
from growloop.records.calibration import Calibration
from growloop.records.example import matches
from growloop.records.grading import Grading
from growloop.records.progress import Progress
from growloop.records.report import BudgetCheck
from growloop.records.run import PREDICTIONS, Estimate, Timings
from growloop.records.task import MinimumScore, Task

if TYPE_CHECKING:
    from growloop.models import Answerer

_MEMORY = "peak_memory_mb"
"""Under this name each file of predictions remembers the peak memory of the process that answered."""
SILENT_SHARE = 0.9
"""Of the answerable questions; a model that refuses more of them is as good as silent."""


@dataclass(frozen=True)
class Evaluated:
    """What evaluating gave: the frames as they were saved, every figure, and what it cost."""

    predictions: pl.DataFrame
    scores: pl.DataFrame
    metrics: dict[str, Estimate]
    timings: Timings
    notes: tuple[str, ...]
    """What a reader of the figures must know."""
    calibration: Calibration | None = None
    """Where the model gives a confidence."""
    gradings: tuple[Grading, ...] = ()
    """What grading by rubrics took."""


def evaluate(
    answerer: Answerer | Callable[[], Answerer],
    examples: pl.DataFrame,
    task: Task,
    folder: Path,
    metrics: Sequence[Metric] | None = None,
    known: pl.DataFrame | None = None,
) -> Generator[Progress, None, Evaluated]:
    """Answer and score `examples` with the task's metrics; yields a running score, returns everything.

    `metrics` are the task's, loaded, where some are the project's own. An empty answer, or one that says the task's
    abstain answer, counts as an abstention. What is `known`, PREDICTIONS that this model gave before, is not asked
    again; where an `answerer` is given by how to load it, it is loaded only if something has to be asked. Raises
    ModelProblem where the model leaves examples unanswered, and EndpointProblem where a rubric has no grader or gets
    no reply; what was answered and graded is kept.
    """
    chosen = declared_metrics(task, folder, _no_embeddings) if metrics is None else list(metrics)
    graders(chosen)
    asked = examples.unique("id", keep="first", maintain_order=True)
    kept = _KeptAnswers(folder)
    answered = kept.read().join(asked, on="id", how="semi")
    if known is not None:
        fresh = known.join(asked, on="id", how="semi").join(answered, on="id", how="anti", maintain_order="left")
        kept.add(fresh)
        answered = pl.concat([answered, fresh])
    running = _RunningScore(asked, chosen)
    running.add(answered)
    yield running.progress()

    rest = asked.join(answered, on="id", how="anti", maintain_order="left").select("id", "question", "context")
    if rest.height:
        asked_of = answerer() if callable(answerer) else answerer
        _forget_peak_memory()
        waiting = set(rest["id"])
        for part in asked_of.answer(rest):
            fresh = _as_predictions(part, task).filter(pl.col("id").is_in(waiting))
            waiting.difference_update(fresh["id"])
            kept.add(fresh)
            running.add(fresh)
            yield running.progress()
        _complain_of_silence(asked_of, waiting, asked.height)
    rows = answered_rows(asked, kept.read())
    for grading in [metric.grading for metric in chosen if metric.grading]:
        yield from grading.ask(rows)
    return kept.finished(asked, chosen, task)


def _no_embeddings() -> Cosines:
    raise BadDeclaration("semantic_similarity needs an embedding model: give `evaluate` its metrics, loaded.")


def _as_predictions(part: pl.DataFrame, task: Task) -> pl.DataFrame:
    columns = part.select(pl.col(name).cast(dtype) for name, dtype in PREDICTIONS.items())
    silent = is_abstention(columns["prediction"], task.abstain_answer)
    return columns.with_columns(abstained=columns["abstained"].fill_null(False) | silent).unique(
        "id", keep="first", maintain_order=True
    )


def _complain_of_silence(answerer: Answerer, waiting: set[str], asked: int) -> None:
    if waiting:
        raise ModelProblem(
            f"{answerer.name} left {len(waiting):,} of {asked:,} examples unanswered (one of them: {min(waiting)}).\n"
            "  The other answers are kept; the same command asks for these again."
        )


class _KeptAnswers:
    """The answers in a run folder: parts as they come, one file at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = folder / "parts"
        self.final = folder / "predictions.parquet"
        self._next = 1 + max((int(path.stem) for path in self._part_files()), default=0)

    def _part_files(self) -> list[Path]:
        return sorted(self.parts.glob("[0-9]*.parquet"))

    def _files(self) -> list[Path]:
        return [*([self.final] if self.final.exists() else []), *self._part_files()]

    def read(self) -> pl.DataFrame:
        """All answers so far, each id once."""
        frames = [pl.read_parquet(path) for path in self._files()]
        return pl.concat([pl.DataFrame(schema=PREDICTIONS), *frames]).unique("id", keep="first", maintain_order=True)

    def add(self, part: pl.DataFrame) -> None:
        if part.is_empty():
            return
        write_atomically(self.parts / f"{self._next:06}.parquet", _with_memory(part, peak_memory_mb()))
        self._next += 1

    def finished(self, asked: pl.DataFrame, metrics: Sequence[Metric], task: Task) -> Evaluated:
        """Write the final files, in the order of the examples, and drop the parts they replace."""
        memory = max((_memory_of(path) for path in self._files()), default=peak_memory_mb())
        predictions = asked.select("id").join(self.read(), on="id", how="left", maintain_order="left")
        scores = score(asked, predictions, metrics)
        write_atomically(self.final, _with_memory(predictions, memory))
        write_atomically(self.folder / "scores.parquet", parquet_bytes(scores))
        gradings = self._graded(asked, predictions, metrics)
        shutil.rmtree(self.parts, ignore_errors=True)
        notes = (*_silence(scores), *_cuts(predictions), *misfits(asked, metric_columns(scores)))
        return Evaluated(
            predictions,
            scores,
            _figures(asked, predictions, scores),
            _timings(predictions, memory),
            notes,
            _calibrated(predictions, scores, task),
            gradings,
        )

    def _graded(self, asked: pl.DataFrame, predictions: pl.DataFrame, metrics: Sequence[Metric]) -> tuple[Grading, ...]:
        """Write what was said of each answer beside its scores."""
        chosen = [metric for metric in metrics if metric.grading]
        if not chosen:
            return ()
        write_atomically(self.folder / "grades.parquet", parquet_bytes(grades(asked, predictions, chosen)))
        rows = answered_rows(asked, predictions)
        return tuple(metric.grading.told(rows) for metric in chosen if metric.grading)


def _figures(asked: pl.DataFrame, predictions: pl.DataFrame, scores: pl.DataFrame) -> dict[str, Estimate]:
    figures = summarise(scores)
    alike = consistency(asked, predictions)
    return {**figures, CONSISTENCY: alike} if alike.n else figures


def _calibrated(predictions: pl.DataFrame, scores: pl.DataFrame, task: Task) -> Calibration | None:
    measured = metric_columns(scores)
    if not measured or predictions["confidence"].is_null().all():
        return None
    return calibration(predictions, scores, _judged_by(measured), task.target_precision)


def _judged_by(metrics: Sequence[str]) -> str:
    """The metric by which an answer counts as right, where confidence is held against what was."""
    return "exact_match" if "exact_match" in metrics else metrics[0]


def _with_memory(predictions: pl.DataFrame, memory_mb: float) -> bytes:
    buffer = io.BytesIO()
    predictions.write_parquet(buffer, compression="zstd", metadata={_MEMORY: repr(memory_mb)})
    return buffer.getvalue()


def _memory_of(path: Path) -> float:
    return float(pl.read_parquet_metadata(path).get(_MEMORY, 0.0))


class _RunningScore:
    """How many are answered, and the mean scores over them; metrics that run a model wait for the end."""

    def __init__(self, asked: pl.DataFrame, metrics: Sequence[Metric]) -> None:
        self._asked = asked.select("id", "question", "context", "answers")
        self._metrics = [metric for metric in metrics if not metric.slow]
        self._sums: dict[str, float] = {}
        self._measured: Counter[str] = Counter()
        self._done = 0

    def add(self, part: pl.DataFrame) -> None:
        if part.is_empty():
            return
        scores = score(self._asked.join(part, on="id", how="semi"), part, self._metrics)
        self._done += scores.height
        for name in metric_columns(scores):
            self._sums[name] = self._sums.get(name, 0.0) + float(scores[name].sum())
            self._measured[name] += scores[name].count()

    def progress(self) -> Progress:
        means = {name: self._sums[name] / n for name, n in self._measured.items() if n}
        shown = ", ".join(f"{name.replace('_', ' ')} {mean:.3f}" for name, mean in means.items())
        return Progress("evaluate", self._done, self._asked.height, f"{shown} so far" if shown else "", means)


def _timings(predictions: pl.DataFrame, memory_mb: float) -> Timings:
    seconds = predictions["seconds"]
    return Timings(
        seconds_per_answer_p50=seconds.quantile(0.5, "linear") or 0.0,
        seconds_per_answer_p95=seconds.quantile(0.95, "linear") or 0.0,
        total_seconds=float(seconds.sum()),
        peak_memory_mb=memory_mb,
    )


def _silence(scores: pl.DataFrame) -> tuple[str, ...]:
    """A word on a model that all but always abstains: where half has no answer, one score over all praises it."""
    answerable = scores.filter("answerable")
    refused = answerable.filter("abstained").height
    if not refused or refused < SILENT_SHARE * answerable.height:
        return ()
    return (
        f"It abstained on {refused:,} of {answerable.height:,} questions that have an answer: what it scores over all "
        "questions it scores for silence. Look at the answerable ones alone.",
    )


def _cuts(predictions: pl.DataFrame) -> tuple[str, ...]:
    cut = [tokens for tokens in predictions["cut_tokens"].to_list() if tokens]
    if not cut:
        return ()
    return (
        f"{len(cut):,} of {predictions.height:,} contexts did not fit the model's window: "
        f"{sum(cut):,} tokens were left out, at most {max(cut):,} of one context.",
    )


def peak_memory_mb() -> float:
    """The highest resident memory of this process so far, in megabytes (10^6 bytes)."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes on Linux, bytes on macOS
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _forget_peak_memory() -> None:
    """Start the peak anew at what is held now, so that work done before answering does not count as answering."""
    with contextlib.suppress(OSError):  # Linux only; elsewhere the peak is that of the whole process
        Path("/proc/self/clear_refs").write_text("5")


def check_budgets(
    task: Task, scores: pl.DataFrame, examples: pl.DataFrame, predictions: pl.DataFrame, timings: Timings | None
) -> list[BudgetCheck]:
    """Each budget of the task beside what was measured; one that could not be measured is not met.

    No two measurements of time agree to the last digit: seconds per answer are over their budget only where the whole
    of the median's interval is.

    Raises BadDeclaration where a minimum score names a figure that the task does not measure.
    """
    budgets = task.budgets
    seconds = timings.seconds_per_answer_p50 if timings else None
    memory = timings.peak_memory_mb if timings else None
    costs = (
        ("seconds_per_answer", budgets.seconds_per_answer, seconds, median(predictions["seconds"]).low),
        ("memory_mb", budgets.memory_mb, memory, None),
    )
    checks = [
        BudgetCheck(name=name, budget=budget, measured=cost, low=low, met=_is_within(budget, cost, low))
        for name, budget, cost, low in costs
        if budget is not None
    ]
    return checks + [_checked_minimum(minimum, scores, examples, predictions) for minimum in budgets.minimum_scores]


def _is_within(budget: float, cost: float | None, low: float | None) -> bool:
    """Whether a cost keeps to its budget; one measured many times, unless the whole of its interval is over it."""
    return cost is not None and min(cost, cost if low is None else low) <= budget


def _checked_minimum(
    minimum: MinimumScore, scores: pl.DataFrame, examples: pl.DataFrame, predictions: pl.DataFrame
) -> BudgetCheck:
    less_is_better = (*LOWER_IS_BETTER, *CALIBRATION)
    measured_by = metric_columns(scores)
    names = [*figure_names(measured_by), CONSISTENCY, *(CALIBRATION if measured_by else ())]
    if minimum.metric not in names:
        raise BadDeclaration(
            f'budgets.minimum_scores: "{minimum.metric}" is not measured. {did_you_mean(minimum.metric, names)}\n'
            "  Per-example metrics are measured when `metrics:` lists them."
        )
    if minimum.metric in less_is_better and minimum.at_most is None:
        raise BadDeclaration(f"budgets.minimum_scores: of {minimum.metric} less is better. Say at_most, not at_least.")
    chosen = examples.filter(matches(minimum.where))
    measured = _figure(minimum.metric, scores.join(chosen, on="id", how="semi"), chosen, predictions).value
    place = ", ".join(f"{key}={value}" for key, value in minimum.where.items())
    return BudgetCheck(
        name=f"{minimum.metric} at {place}" if place else minimum.metric,
        budget=minimum.bound,
        measured=measured,
        met=minimum.met_by(measured),
        minimum=minimum,
    )


def _figure(name: str, scores: pl.DataFrame, examples: pl.DataFrame, predictions: pl.DataFrame) -> Estimate:
    if name == CONSISTENCY:
        return consistency(examples, predictions)
    if name in CALIBRATION:
        found: Estimate = getattr(calibration(predictions, scores, _judged_by(metric_columns(scores)), 1.0), name)
        return found
    return summarise(scores)[name]
