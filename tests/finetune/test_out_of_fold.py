from __future__ import annotations

from random import Random

import polars as pl
import pytest
import torch

from growloop.errors import NothingToDo
from growloop.finetune.out_of_fold import examine, fold_numbers, leave_out, measured
from growloop.finetune.preparation import load_trainee
from growloop.records.audit import EXAMINED
from growloop.records.example import examples_frame

KINDS = [("llama", "open_generative"), ("bert", "open_generative"), ("t5", "open_generative"), ("bert", "extractive")]
EACH_KIND = pytest.mark.parametrize(("name", "kind"), KINDS, ids=[f"{name}-{kind}" for name, kind in KINDS])


@EACH_KIND
def test_every_example_is_held_out_once_and_taught_in_the_other_folds(
    tiny, menu, task, run_stage, tmp_path, name, kind
):
    examples = menu(4)

    told, settings = run_stage(examine(task(kind, epochs=2), str(tiny(name)), examples, tmp_path, folds=2, seed=0))

    found = pl.read_parquet(tmp_path / "examined.parquet")
    assert found.schema == EXAMINED
    assert sorted(found.filter("held_out")["id"]) == sorted(found.filter(~pl.col("held_out"))["id"])
    assert sorted(found.filter("held_out")["id"]) == sorted(examples["id"])
    assert (found["losses"].list.len() == 2).all()
    assert found["losses"].list.eval(pl.element() > 0).list.all().all()
    assert found.filter("held_out")["own_loss"].null_count() == 0
    assert found.filter(~pl.col("held_out"))["prediction"].null_count() == examples.height
    assert told[-1].done == told[-1].total
    assert settings["folds"] == 2


@EACH_KIND
def test_the_losses_of_single_examples_add_up_to_the_loss_that_is_trained_on(tiny, menu, task, name, kind):
    trainee = load_trainee(task(kind), str(tiny(name)), menu(2), "key", seed=0)
    learner = trainee.learner
    learner.model.eval()
    learner.names, learner.opening_weight = None, 1.0
    batch = [[number] for number in range(len(learner.repeats))]

    with torch.no_grad():
        losses, owners = learner.token_losses(batch)
        whole = learner.loss(batch, Random(0))

    share = 2 if kind == "extractive" else 1  # a span's loss is the mean of its two ends
    assert float(losses.sum()) / share == pytest.approx(float(whole), rel=1e-4)
    assert len(owners) == len(losses)
    assert set(owners) == set(range(10))


def test_a_span_that_stands_nowhere_has_no_loss(tiny, menu, task):
    examples = menu(1).with_columns(
        answers=pl.when(pl.int_range(pl.len()) == 1).then(pl.lit(["sushi"])).otherwise("answers")
    )
    trainee = load_trainee(task("extractive"), str(tiny("bert")), examples, "key", seed=0)

    assert sorted(measured(trainee.learner)["example"]) == [0, 2, 3, 4]


def test_what_is_held_out_is_not_trained_on(tiny, menu, task):
    learner = load_trainee(task(), str(tiny("llama")), menu(1), "key", seed=0).learner

    leave_out(learner, [True, False, True, False, False])

    assert learner.repeats == [0, 1, 0, 1, 1]


def test_a_finished_fold_is_not_done_again(tiny, menu, task, run_stage, tmp_path):
    arguments = (task(epochs=1), str(tiny("bert")), menu(4), tmp_path)
    run_stage(examine(*arguments, folds=2, seed=0))
    whole = pl.read_parquet(tmp_path / "examined.parquet")
    (tmp_path / "fold-1.parquet").unlink()  # as if killed in the second fold

    told, _ = run_stage(examine(*arguments, folds=2, seed=0))

    again = pl.read_parquet(tmp_path / "examined.parquet")
    assert min(progress.done for progress in told if progress.total and progress.stage == "audit") > told[-1].total / 2
    assert again.drop("losses", "worst", "own_loss").equals(whole.drop("losses", "worst", "own_loss"))
    there, back = (frame["losses"].explode().to_numpy() for frame in (whole, again))
    assert there == pytest.approx(back, rel=1e-4)


def test_groups_and_shared_contexts_stay_in_one_fold(menu):
    examples = menu(9).with_columns(group=pl.int_range(pl.len()).cast(pl.String))

    folds = examples.with_columns(fold=fold_numbers(examples, 3, seed=1))

    assert folds.group_by("context").agg(pl.col("fold").n_unique())["fold"].to_list() == [1] * 9
    assert sorted(folds["fold"].unique()) == [0, 1, 2]


def test_sides_of_a_version_do_not_matter_for_the_folds(menu):
    examples = menu(6).with_columns(split=pl.lit("train"))

    assert fold_numbers(examples, 3, seed=0).n_unique() == 3


def test_what_belongs_together_cannot_be_taken_apart():
    examples = examples_frame({"question": ["a?", "b?"], "context": ["one text"] * 2, "answers": [["a"], ["b"]]})

    with pytest.raises(NothingToDo, match=r"1 group\(s\), too few for 2 folds"):
        fold_numbers(examples, 2, seed=0)
