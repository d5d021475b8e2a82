from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from growloop.errors import NothingToDo
from growloop.finetune.supervised import finetune
from growloop.models import load_answerer
from growloop.models.trained import read_trained

KINDS = [
    ("llama", "open_generative"),
    ("bert", "open_generative"),
    ("t5", "open_generative"),
    ("mistral", "open_generative"),
    ("gpt2", "closed_generative"),
    ("bert", "extractive"),
]


def test_what_a_narrower_window_cuts_in_training_is_counted(tiny, menu, task, run_stage, tmp_path):
    long = menu(2).with_columns(pl.col("context") + pl.lit(" The chairs are red." * 12))

    _, done = run_stage(finetune(task(epochs=1, window=64), str(tiny("llama")), long, menu(1), tmp_path, seed=0))

    assert done.settings["window"] == 64
    assert done.settings["contexts_cut"] == long.height


@pytest.mark.parametrize(("name", "kind"), KINDS, ids=[f"{name}-{kind}" for name, kind in KINDS])
def test_every_kind_of_model_learns_and_can_be_asked_afterwards(tiny, menu, task, run_stage, tmp_path, name, kind):
    told, done = run_stage(finetune(task(kind, epochs=6), str(tiny(name)), menu(4), menu(1), tmp_path, seed=0))

    losses = [progress.values["loss"] for progress in told if "loss" in progress.values]
    assert losses[-1] < losses[0]
    assert {"loss", "learning_rate", "token_f1"} <= {key for progress in told for key in progress.values}
    assert done.metrics["token_f1"].n == 5
    assert {"token_f1_answerable", "token_f1_unanswerable"} <= set(done.metrics)
    answerer = load_answerer(str(tmp_path / "model"), task(kind))
    assert pl.concat(list(answerer.answer(menu(1)))).height == 5


def test_progress_counts_the_steps_to_the_end(tiny, menu, task, run_stage, tmp_path):
    told, _ = run_stage(finetune(task(epochs=2), str(tiny("llama")), menu(4), menu(1), tmp_path, seed=0))

    steps = [progress.done for progress in told if "loss" in progress.values]
    assert steps == list(range(1, told[-1].total + 1))


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(tiny, menu, task, run_stage, tmp_path):
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        run_stage(finetune(task(epochs=1), str(tiny("llama")), menu(4), menu(1), tmp_path / folder, seed=seed))

    assert same_weights(tmp_path / "a", tmp_path / "b")
    assert not same_weights(tmp_path / "a", tmp_path / "c")


def test_accumulation_changes_the_memory_not_the_result(tiny, menu, task, run_stage, tmp_path):
    for folder, parts in (("whole", 1), ("parts", 3)):
        one = task(epochs=1, accumulation=parts, batch_size=8)
        run_stage(finetune(one, str(tiny("llama")), menu(6), menu(1), tmp_path / folder, seed=0))

    assert same_weights(tmp_path / "whole", tmp_path / "parts", within=1e-4)


def test_a_training_killed_midway_goes_on_to_the_same_weights(tiny, menu, task, run_stage, tmp_path):
    """fp32 with dropout, so that the random state matters as well."""
    one = task(epochs=4, dropout=0.1)
    menu(4).write_parquet(tmp_path / "train.parquet")
    menu(1).write_parquet(tmp_path / "validation.parquet")
    (tmp_path / "task.json").write_text(one.model_dump_json())
    run_stage(finetune(one, str(tiny("bert")), menu(4), menu(1), tmp_path / "whole", seed=0))

    kill_after_a_checkpoint(tmp_path, tiny("bert"))
    told, _ = run_stage(finetune(one, str(tiny("bert")), menu(4), menu(1), tmp_path / "killed", seed=0))

    assert next(progress.done for progress in told if "loss" in progress.values) > 1
    assert same_weights(tmp_path / "whole", tmp_path / "killed", within=1e-6)
    assert not (tmp_path / "killed" / "checkpoint").exists()


@pytest.mark.parametrize(("name", "kind"), KINDS[:3] + KINDS[-1:], ids=lambda told: told)
def test_parts_at_once_give_the_same_weights_every_time_and_those_of_a_whole_step_but_for_rounding(
    tiny, menu, task, run_stage, tmp_path, monkeypatch, name, kind
):
    def trained(folder: str, at_once: int) -> dict[str, torch.Tensor]:
        monkeypatch.setattr("growloop.finetune.preparation.pays_at_once", lambda *_: at_once)
        told = task(kind, epochs=1, learning_rate=1e-4, weight_decay=0.0)
        _, done = run_stage(finetune(told, str(tiny(name)), menu(4), menu(1), tmp_path / folder, seed=0))
        assert done.settings["parts_at_once"] == at_once
        return load_file(tmp_path / folder / "model" / "model.safetensors")

    once, again, alone = trained("once", 2), trained("again", 2), trained("alone", 1)

    assert all(torch.equal(once[key], again[key]) for key in alone)
    assert all(torch.allclose(once[key], alone[key], atol=2e-4) for key in alone)


def test_dropout_is_trained_one_part_at_a_time(menu, task, tiny, run_stage, tmp_path, monkeypatch):
    """Its random numbers come in the order in which threads ask for them."""
    monkeypatch.setattr("growloop.finetune.preparation.pays_at_once", lambda *_: 2)

    told = task(epochs=1, dropout=0.1)
    _, done = run_stage(finetune(told, str(tiny("llama")), menu(2), menu(1), tmp_path, seed=0))

    assert done.settings["parts_at_once"] == 1


def test_a_finished_training_is_not_done_again(tiny, menu, task, run_stage, tmp_path):
    arguments = (task(epochs=1), str(tiny("llama")), menu(4), menu(1), tmp_path)
    _, first = run_stage(finetune(*arguments, seed=0))

    told, again = run_stage(finetune(*arguments, seed=0))

    assert told == []
    assert again == first


def test_other_data_in_the_same_folder_is_another_training(tiny, menu, task, run_stage, tmp_path):
    run_stage(finetune(task(epochs=1), str(tiny("llama")), menu(4), menu(1), tmp_path, seed=0))

    told, _ = run_stage(finetune(task(epochs=1), str(tiny("llama")), menu(5), menu(1), tmp_path, seed=0))

    assert told


def test_an_adapter_is_trained_by_one_setting(tiny, menu, task, run_stage, tmp_path):
    _, done = run_stage(finetune(task(epochs=1, lora=True), str(tiny("llama")), menu(4), menu(1), tmp_path, seed=0))

    assert (tmp_path / "model" / "adapter_config.json").exists()
    assert not (tmp_path / "model" / "model.safetensors").exists()
    assert done.settings["lora"]
    answerer = load_answerer(str(tmp_path / "model"), task())
    assert pl.concat(list(answerer.answer(menu(1)))).height == 5


def test_the_null_threshold_tuned_on_validation_is_kept_with_the_model(tiny, menu, task, run_stage, tmp_path):
    run_stage(finetune(task("extractive", epochs=2), str(tiny("bert")), menu(4), menu(2), tmp_path, seed=0))

    trained = read_trained(tmp_path / "model")
    assert trained is not None
    assert trained.null_threshold is not None
    assert trained.answer_kind == "extractive"


def test_training_stops_when_validation_no_longer_improves(tiny, menu, task, run_stage, tmp_path):
    """A learning rate of next to nothing: the token F1 stays, and equal is not worse; so the model must be spoilt."""
    spoilt = task("extractive", epochs=40, patience=1, learning_rate=3.0)
    told, done = run_stage(finetune(spoilt, str(tiny("bert")), menu(4), menu(2), tmp_path, seed=0))

    assert done.settings["stopped_at_step"] <= told[-1].total
    assert done.settings["best_step"] is not None


def test_corrections_count_for_several_drawn_examples(menu):
    from growloop.finetune.learners import repeats

    examples = menu(1).with_columns(
        pl.when(pl.int_range(pl.len()) == 2).then(pl.lit("annotation")).otherwise(pl.col("origin")).alias("origin")
    )

    assert repeats(examples, correction_weight=8) == [1, 1, 8, 1, 1]


def test_without_validation_examples_the_last_weights_are_kept(tiny, menu, task, run_stage, tmp_path):
    _, done = run_stage(finetune(task(epochs=1), str(tiny("llama")), menu(4), menu(0), tmp_path, seed=0))

    assert done.metrics == {}
    assert (tmp_path / "model" / "model.safetensors").exists()


def test_nothing_to_train_on_is_said(tiny, menu, task, run_stage, tmp_path):
    with pytest.raises(NothingToDo, match="train side"):
        run_stage(finetune(task(), str(tiny("llama")), menu(0), menu(1), tmp_path, seed=0))


def test_one_example_and_odd_text_are_enough(tiny, menu, task, run_stage, tmp_path):
    odd = menu(1)[:1].with_columns(question=pl.lit("¿Có phở?\r\n🍜"), answers=pl.lit(["Có, phở 🍜"]))

    _, done = run_stage(finetune(task(epochs=1), str(tiny("llama")), odd, menu(1), tmp_path, seed=0))

    assert done.settings["stopped_at_step"] == 1


def test_what_does_not_fit_is_counted_and_told(tiny, menu, task, run_stage, tmp_path):
    long = menu(2).with_columns(context=pl.col("context") + " The waiter was slow." * 60)

    told, done = run_stage(
        finetune(task(epochs=1, max_answer_tokens=3), str(tiny("llama")), long, menu(1), tmp_path, seed=0)
    )

    assert done.settings["contexts_cut"] == 10
    assert done.settings["answers_cut"] > 0
    assert any("contexts cut" in progress.note for progress in told)


def test_an_answer_that_is_not_in_its_context_is_left_out_rather_than_taught_as_unanswerable(
    tiny, menu, task, run_stage, tmp_path
):
    free = menu(2).with_columns(
        answers=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(["of course"])).otherwise(pl.col("answers"))
    )

    _, done = run_stage(finetune(task("extractive", epochs=1), str(tiny("bert")), free, menu(1), tmp_path, seed=0))

    assert done.settings["answers_not_found"] == 1


def test_spans_of_which_none_is_in_its_context_are_nothing_to_train_on(tiny, menu, task, run_stage, tmp_path):
    free = menu(1).with_columns(answers=pl.lit(["of course"]))

    with pytest.raises(NothingToDo, match="word for word"):
        run_stage(finetune(task("extractive"), str(tiny("bert")), free, menu(1), tmp_path, seed=0))


def same_weights(one: Path, other: Path, within: float = 0.0) -> bool:
    first, second = (load_file(folder / "model" / "model.safetensors") for folder in (one, other))
    return first.keys() == second.keys() and all(
        torch.allclose(first[name], second[name], rtol=0, atol=within) for name in first
    )


def kill_after_a_checkpoint(folder: Path, model: Path) -> None:
    """Train in a process of its own, and kill it without warning once it has left a checkpoint."""
    script = textwrap.dedent("""
        import json, sys, time
        from pathlib import Path
        import polars as pl
        from growloop.finetune.supervised import finetune
        from growloop.records.task import Task

        folder, model = Path(sys.argv[1]), sys.argv[2]
        task = Task.model_validate_json((folder / "task.json").read_text())
        sides = [pl.read_parquet(folder / f"{side}.parquet") for side in ("train", "validation")]
        for progress in finetune(task, model, *sides, folder / "killed", seed=0):
            time.sleep(0.05)
    """)
    worker = subprocess.Popen([sys.executable, "-c", script, str(folder), str(model)], env=dict(os.environ))
    current = folder / "killed" / "checkpoint" / "CURRENT"
    deadline = time.monotonic() + 60
    while not current.exists():
        assert worker.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    state = json.loads((current.parent / current.read_text() / "state.json").read_text())
    assert state["step"] >= 1
