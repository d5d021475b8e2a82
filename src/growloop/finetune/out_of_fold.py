"""What models make of examples: every fold is answered by a model that has learned from the other folds alone.

A label that others of its kind do not bear out costs a model that has not seen it many bits; a model that has seen it
learns it late, and by heart. Both are measured here after every epoch, on every example.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import torch

from growloop.dataset.split import split_by_group
from growloop.errors import NothingToDo
from growloop.finetune.batches import parts_of, plan_epoch
from growloop.finetune.checkpoint import Tensors, put
from growloop.finetune.learners import Learner, learner_of
from growloop.finetune.preparation import Trainee, load_trainee, teach_new_head
from growloop.finetune.supervised import MOST_PAIRS, MOST_TOKENS, Plan, take_step
from growloop.models import answerer_of
from growloop.project import parquet_bytes, write_atomically
from growloop.records.audit import EXAMINED, EXAMINED_FILE
from growloop.records.progress import Progress
from growloop.records.task import Task

MEASURED_TOGETHER = 64
"""Examples in one pass that only measures."""
_SETTINGS_FILE = "settings.json"


def examine(
    task: Task, model: str, examples: pl.DataFrame, folder: Path, *, folds: int, seed: int
) -> Generator[Progress, None, dict[str, Any]]:
    """Write how models trained on the other folds take each example, an EXAMINED frame, to `folder/examined.parquet`.

    Returns the filled settings. Groups stay whole, so that no label is vouched for by its own twin. Each finished
    fold is kept: run again after a kill, it goes on with the next. Raises NothingToDo where there are fewer families
    of examples than folds.
    """
    fold_of = fold_numbers(examples, folds, seed)
    fresh: Tensors | None = None
    for fold in range(folds):
        path = folder / f"fold-{fold}.parquet"
        if not path.exists():
            yield Progress("audit", 0, 0, f"loading {model}")
            trainee = load_trainee(task, model, examples, f"fold {fold}", seed=seed)
            write_atomically(folder / _SETTINGS_FILE, json.dumps(trainee.settings.as_dict()).encode())
            fresh = yield from _made_alike(trainee, fresh)
            held_out = (fold_of == fold).to_list()
            seen = yield from _examined(trainee, _Fold(fold, folds, held_out), task, examples)
            write_atomically(path, parquet_bytes(seen))
    everything = pl.concat(pl.read_parquet(folder / f"fold-{fold}.parquet") for fold in range(folds))
    write_atomically(folder / EXAMINED_FILE, parquet_bytes(everything))
    settings: dict[str, Any] = json.loads((folder / _SETTINGS_FILE).read_text(encoding="utf-8"))
    return {**settings, "folds": folds}


def _made_alike(trainee: Trainee, fresh: Tensors | None) -> Generator[Progress, None, Tensors]:
    """All folds begin with the same weights: a new head learns to name tokens once, which takes no labels."""
    if fresh is None:
        yield from teach_new_head(trainee)
        return trainee.copied_weights()
    put(fresh, trainee.weights())
    return fresh


def fold_numbers(examples: pl.DataFrame, folds: int, seed: int) -> pl.Series:
    """The fold of each example, 0 to `folds` - 1; what shares a group or a context is in one."""
    free = examples.with_columns(split=pl.lit(None, dtype=pl.String))
    shares = {str(fold): 1 / folds for fold in range(folds)}
    dealt = split_by_group(free, shares, seed=seed)["split"].cast(pl.Int64)
    if dealt.n_unique() < folds:
        raise NothingToDo(
            f"These {examples.height:,} examples form {dealt.n_unique()} group(s), too few for {folds} folds: what "
            "belongs together is not taken apart.\n  Ask for fewer folds, or give the examples groups of their own."
        )
    return dealt


@dataclass(frozen=True)
class _Fold:
    """One fold of several."""

    number: int
    of: int
    held_out: list[bool]

    def progress(self, done: int, steps: int, note: str) -> Progress:
        return Progress("audit", self.number * steps + done, self.of * steps, f"fold {self.number + 1}, {note}")


def _examined(
    trainee: Trainee, fold: _Fold, task: Task, examples: pl.DataFrame
) -> Generator[Progress, None, pl.DataFrame]:
    learner = trainee.learner
    leave_out(learner, fold.held_out)
    plan = Plan(learner, trainee.settings, trainee.seed)
    ends = {sum(plan.per_epoch[: epoch + 1]) for epoch in range(len(plan.per_epoch))} | {plan.total}
    curve: list[pl.DataFrame] = []
    for step, batch in plan.steps_from(0):
        loss = take_step(trainee, batch, step, plan)
        yield fold.progress(step + 1, plan.total, f"loss {loss:.3f}")
        if step + 1 in ends:
            curve.append(measured(learner))
    said = _own_answers(trainee, task, examples.filter(pl.Series(fold.held_out)))
    return _as_examined(examples, fold, curve, said)


def leave_out(learner: Learner, held_out: list[bool]) -> None:
    """Let a learner train on the other examples alone."""
    owners = zip(learner.repeats, learner.example_of, strict=True)
    learner.repeats = [0 if held_out[example] else times for times, example in owners]
    if not any(learner.repeats):
        raise NothingToDo("There is nothing to learn from outside this fold. Ask for more folds.")


def measured(learner: Learner) -> pl.DataFrame:
    """The mean and the highest loss of each example's right answer, as the model is now: `example`, `loss`, `worst`.

    Examples that the model cannot give the right answer to (a span that stands nowhere) are missing.
    """
    model = learner.model
    model.eval()
    losses: list[float] = []
    owners: list[int] = []
    plan = plan_epoch(
        learner.sizes,
        [1] * len(learner.repeats),
        batch_size=MEASURED_TOGETHER,
        together=learner.together,
        seed=0,
        epoch=0,
    )
    with torch.no_grad():
        for batch in plan:
            for part in parts_of(batch, learner.sizes, accumulation=1, most_tokens=MOST_TOKENS, most_pairs=MOST_PAIRS):
                found, of = learner.token_losses(part)
                losses += found.tolist()
                owners += of
    model.train()
    tokens = pl.DataFrame({"example": owners, "loss": losses}, schema={"example": pl.Int64, "loss": pl.Float64})
    return tokens.group_by("example").agg(pl.col("loss").mean(), worst=pl.col("loss").max())


def _own_answers(trainee: Trainee, task: Task, held_out: pl.DataFrame) -> pl.DataFrame:
    """What the model says itself, and its loss on that: `id`, `prediction`, `abstained`, `own_loss`."""
    checkpoint = replace(trainee.checkpoint, trained=None)
    answerer = answerer_of(checkpoint, task, precision=trainee.settings.precision)
    answers = pl.concat(list(answerer.answer(held_out))).select("id", "prediction", "abstained")
    said = held_out.drop("answers").join(answers, on="id", how="left", maintain_order="left")
    silent = pl.col("abstained") | (pl.col("prediction") == "")
    as_label = pl.when(silent).then(pl.lit([], dtype=pl.List(pl.String))).otherwise(pl.concat_list("prediction"))
    said = said.with_columns(answers=as_label)
    losses = measured(learner_of(checkpoint, said, trainee.settings, task.abstain_answer))
    rows = said.select("id", "prediction", "abstained").with_row_index("example").cast({"example": pl.Int64})
    return rows.join(losses, on="example", how="left").select("id", "prediction", "abstained", own_loss="loss")


def _as_examined(examples: pl.DataFrame, fold: _Fold, curve: list[pl.DataFrame], said: pl.DataFrame) -> pl.DataFrame:
    rows = examples.select("id").with_row_index("example").cast({"example": pl.Int64})
    rows = rows.with_columns(fold=pl.lit(fold.number, pl.Int64), held_out=pl.Series(fold.held_out))
    for epoch, losses in enumerate(curve):
        now = losses.select("example", pl.col("loss").alias(f"loss {epoch}"), pl.col("worst").alias(f"worst {epoch}"))
        rows = rows.join(now, on="example", how="left", maintain_order="left")
    epochs = range(len(curve))
    rows = rows.with_columns(
        losses=pl.concat_list(f"loss {epoch}" for epoch in epochs),
        worst=pl.concat_list(f"worst {epoch}" for epoch in epochs),
    ).join(said, on="id", how="left", maintain_order="left")
    return rows.select(pl.col(name).cast(dtype) for name, dtype in EXAMINED.items())
