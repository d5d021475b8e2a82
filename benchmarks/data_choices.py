"""What choosing data does: the same model, as many training examples, five ways of choosing them (choices.py).

    python benchmarks/data_choices.py [--start 4000] [--examples 960] [--epochs 1] [--seeds 3] [--test 400]

Everything: positives, six kinds of negatives, twelve variations, every food of the train side. Against it: without
negatives, without variations, with 40 foods, with easy negatives alone. The embedded model has never written, so all
go on from one start: that model after a training on what all five have in common, answerable questions as they are,
about the 40 foods. A seed decides the draw and the training; all answer the same test, about restaurants, foods,
cuisines and phrasings that no training has.

Each training runs in a process of its own, one after the other, seed by seed, and leaves a file in the work folder:
started again, it goes on where it was stopped. As given these are short trainings; the worked example has about 10,000
examples 2.2 times. `--draws` prints what each choice draws, checks it and stops; `--table` prints the tables of what is
done so far.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from choice_figures import FIGURES, Floats, answered, by_choice, figures, sums, told
from choices import (
    CHOICES,
    EVERYTHING,
    check_held_out,
    check_sizes,
    common_examples,
    common_validation,
    counted,
    project,
    test_examples,
    training_examples,
    validation_examples,
)
from contest import RESULTS, surroundings
from rich import box
from rich.console import Console
from rich.table import Table

from growloop.finetune.environment import environment
from growloop.records.run import Estimate
from growloop.records.task import Task, Training

VALIDATION, START_VALIDATION = 60, 100
START_SEED = 0
THREADS = "2"
CONSOLE = Console(width=150)
Run = dict[str, Any]


# training


def train_start(options: argparse.Namespace) -> None:
    """The model that all choices go on from, where it is not there yet."""
    examples, validation = common_examples(options.start), common_validation(START_VALIDATION)
    check_held_out(examples, test_examples(options.test))
    returned(finetuned(options, "bundled", examples, validation, start_folder(options), START_SEED))


def train_and_answer(options: argparse.Namespace, choice: str, seed: int) -> None:
    """One training, its answers to the test, and the file that says it is done."""
    began = time.monotonic()
    test, train = test_examples(options.test), training_examples(choice, options.examples, seed)
    check_held_out(train, test)
    done, validation = done_file(options, choice, seed), validation_examples(choice, VALIDATION, seed)
    folder = done.with_suffix("")
    start = str(start_folder(options) / "model")
    finished = returned(finetuned(options, start, train, validation, folder, seed))
    answers_of(options, folder, test).write_parquet(done.with_suffix(".parquet"))
    measured = {name: estimate.value for name, estimate in finished.metrics.items()}
    about = {"settings": finished.settings, "validation": measured, "counts": counted(train)}
    run = {"choice": choice, "seed": seed, "seconds": round(time.monotonic() - began, 1), **about}
    part = done.with_suffix(".part")
    part.write_text(json.dumps(run, indent=1), encoding="utf-8")
    part.rename(done)
    shutil.rmtree(folder)


def finetuned(
    options: argparse.Namespace, model: str, train: pl.DataFrame, validation: pl.DataFrame, folder: Path, seed: int
) -> Any:
    from growloop.finetune.supervised import finetune

    return finetune(task_of(options), model, train, validation, folder, seed=seed)


def answers_of(options: argparse.Namespace, folder: Path, test: pl.DataFrame) -> pl.DataFrame:
    from growloop.models import answerer_of
    from growloop.models.catalog import load_checkpoint

    task = task_of(options)
    checkpoint = load_checkpoint(str(folder / "model"), task.answer_kind, seed=START_SEED)
    return pl.concat(list(answerer_of(checkpoint, task, precision="fp32").answer(test)))


def task_of(options: argparse.Namespace) -> Task:
    rate, epochs, longest = options.learning_rate, options.epochs, project().task.training.max_answer_tokens
    training = Training(
        effort="quick", epochs=epochs, learning_rate=rate, max_answer_tokens=longest, precision=options.precision
    )
    return project().task.model_copy(update={"training": training})


def returned(stage: Any) -> Any:
    """What a stage returns, its progress told in between."""
    while True:
        try:
            progress = next(stage)
        except StopIteration as end:
            return end.value
        if progress.values.get("token_f1") is not None:
            print(f"  step {progress.done} of {progress.total}: {progress.values['token_f1']:.3f}", flush=True)


def work_folder(options: argparse.Namespace) -> Path:
    """Where what belongs to these sizes is kept."""
    folder: Path = options.work / f"{options.start}-{options.examples}x{options.epochs:g}-{options.test}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def start_folder(options: argparse.Namespace) -> Path:
    """Shared by trainings of any size."""
    folder: Path = options.work / f"start-{options.start}x{options.epochs:g}"
    return folder


def done_file(options: argparse.Namespace, choice: str, seed: int) -> Path:
    return work_folder(options) / f"{choice.replace(' ', '-')}-{seed}.json"


def run_all(options: argparse.Namespace) -> None:
    """Train whatever is not there yet; seed by seed, so that a cut run compares all choices."""
    if not (start_folder(options) / "model").exists():
        in_own_process("the start of all", "--train-start")
    for seed in range(options.seeds):
        for choice in CHOICES:
            if not done_file(options, choice, seed).exists():
                in_own_process(f"{choice}, seed {seed}", "--train", choice, str(seed))


def in_own_process(what: str, *arguments: str) -> None:
    """This script again, with the environment that growloop gives its training workers."""
    print(f"{time.strftime('%H:%M:%S')}  {what}", flush=True)
    surrounding = {**os.environ, **environment(), "OMP_NUM_THREADS": THREADS}
    subprocess.run([sys.executable, *sys.argv, *arguments], check=True, env=surrounding)


def finished_runs(options: argparse.Namespace) -> list[Run]:
    files = (done_file(options, choice, seed) for seed in range(options.seeds) for choice in CHOICES)
    return [json.loads(done.read_text(encoding="utf-8")) for done in files if done.exists()]


# telling


def tallied(options: argparse.Namespace, runs: Sequence[Run]) -> dict[str, dict[int, Floats]]:
    """Choice → seed → the sums behind its figures; each run gets its figures beside it."""
    test = test_examples(options.test)
    found: dict[str, dict[int, Floats]] = {choice: {} for choice in CHOICES}
    for run in runs:
        done = done_file(options, run["choice"], run["seed"])
        rows = answered(test, pl.read_parquet(done.with_suffix(".parquet")))
        run["figures"] = figures(rows)
        found[run["choice"]][run["seed"]] = sums(rows)
    return {choice: tallies for choice, tallies in found.items() if tallies}


def table(title: str, found: dict[str, dict[str, Estimate]], *, signed: bool) -> Table:
    drawn = Table("", *found, title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for name, figure in FIGURES.items():
        is_change = signed or name.endswith("_change")
        drawn.add_row(figure.label, *(told(of[name], signed=is_change) for of in found.values()))
    return drawn


def show_draws(options: argparse.Namespace) -> None:
    """What every choice draws under the first seed; raises AssertionError where a set is not what it should be."""
    test, start = test_examples(options.test), common_examples(options.start)
    sets = {choice: training_examples(choice, options.examples, 0) for choice in CHOICES}
    check_sizes(sets)
    for examples in (start, *sets.values()):
        check_held_out(examples, test)
    counts = {name: counted(examples) for name, examples in {"start": start, **sets, "test": test}.items()}
    drawn = Table("", *counts, box=box.SIMPLE_HEAD)
    drawn.add_row("examples", *(f"{examples.height:,}" for examples in (start, *sets.values(), test)))
    for part in ("negative", "variation", "different", "template"):
        drawn.add_section()
        names = dict.fromkeys(name for found in counts.values() for name in found[part])
        for name in names:
            drawn.add_row(f"{part}: {name}", *(str(found[part].get(name, 0)) for found in counts.values()))
    CONSOLE.print(drawn)


def show(runs: Sequence[Run], options: argparse.Namespace) -> None:
    """Print both tables and save them."""
    found = by_choice(tallied(options, runs), EVERYTHING)
    seeds = len({run["seed"] for run in runs})
    size = f"{options.examples:,} examples × {options.epochs:g} epochs, seeds: {seeds}; mean [95 % interval]"
    CONSOLE.print(table(size, found["means"], signed=False))
    CONSOLE.print(table("minus everything, under the same seed", found["differences"], signed=True))
    names = ("start", "examples", "epochs", "seeds", "test", "learning_rate", "precision")
    settings = {name: getattr(options, name) for name in names}
    plain = {
        part: {c: {f: e.model_dump() for f, e in of.items()} for c, of in all_of.items()}
        for part, all_of in found.items()
    }
    saved = {"benchmark": "data_choices", **settings, **surroundings(("torch", "transformers")), **plain, "runs": runs}
    path = RESULTS / "data_choices.json"
    path.write_text(json.dumps(saved, indent=1, default=Estimate.model_dump) + "\n", encoding="utf-8")
    CONSOLE.print(f"Saved: {path}", markup=False, highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--start", type=int, default=4_000, help="examples, once each, that the start of all is taught on"
    )
    parser.add_argument("--examples", type=int, default=960)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--test", type=int, default=400, help="questions drawn for the test, typo'd copies not counted")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="the same for all, on purpose")
    parser.add_argument("--work", type=Path, default=Path("demo") / "data-choices", help="what is done already")
    parser.add_argument("--draws", action="store_true", help="print what each choice draws, and stop")
    parser.add_argument("--table", action="store_true", help="print the tables of what is done so far, and stop")
    parser.add_argument("--train", nargs=2, metavar=("CHOICE", "SEED"), help=argparse.SUPPRESS)
    parser.add_argument("--train-start", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.draws:
        show_draws(options)
    elif options.train_start:
        train_start(options)
    elif options.train:
        train_and_answer(options, options.train[0], int(options.train[1]))
    else:
        if not options.table:
            run_all(options)
        show(finished_runs(options), options)


if __name__ == "__main__":
    main()
