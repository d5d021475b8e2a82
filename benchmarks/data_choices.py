"""What choosing data does: the same model, as many training examples, five ways of choosing them (choices.py).

    python benchmarks/data_choices.py [--examples 3200] [--epochs 1] [--seeds 3] [--test 500] [--work demo/data-choices]

Everything: positives, six kinds of negatives, twelve variations, every food of the train side. Against it: without
negatives, without variations, with 40 foods, with easy negatives alone. A seed decides the draw and the training; all
answer the same test, about restaurants, foods, cuisines and phrasings that no training has.

Each training runs in a process of its own, one after the other, seed by seed, and leaves a file in the work folder:
started again, it goes on where it was stopped. As given it is a short training; the full size of the worked example is
about `--examples 9000 --epochs 2`. `--draws` prints what each choice draws, checks it and stops.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import polars as pl
from choices import (
    CHOICES,
    EASY,
    EVERYTHING,
    HARD,
    check_held_out,
    check_sizes,
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
from scipy.stats import t

from growloop.finetune.environment import environment
from growloop.metrics import normalise, score
from growloop.metrics.abstention import outcomes
from growloop.metrics.answers import normalise_all
from growloop.records.example import coordinate
from growloop.records.task import Task, Training

VALIDATION = 200
THREADS = "2"
CONSOLE = Console(width=150)
FIGURES = {
    "token_f1": "Token F1, answerable",
    "exact_match": "Exact match, answerable",
    "over_refusal": "Over-refusal",
    "abstention_precision": "Abstention precision",
    "abstention_recall": "Abstention recall",
    "abstention_f1": "Abstention F1",
    "recall_easy": "  recall on easy negatives",
    "recall_hard": "  recall on hard negatives",
    "varied_change": "Token F1, varied minus plain",
    "varied_alike": "  pairs answered alike",
    "typos_change": "Token F1, typos minus plain",
    "typos_alike": "  pairs answered alike",
    "unseen_foods": "Unseen food named exactly",
}
"""What is measured, in the order of the table; `measured` says how."""
Figures = dict[str, float | None]
Run = dict[str, Any]


# measuring


def measured(test: pl.DataFrame, predictions: pl.DataFrame) -> Figures:
    """The figures of one model; None where nothing is left to divide by.

    Answering and abstaining on the plain questions; wording on the pairs; the food in every wording of the answered
    offers-food questions.
    """
    rows = answered(test, predictions)
    plain = rows.filter(pl.col("variation") == "none")
    typos = pl.col("variation") == "typos"
    kinds = {f"recall_{kind}": abstained_on(plain, [kind]) for kind in (*EASY, *HARD)}
    return {
        **answering(plain),
        **abstaining(plain),
        "recall_easy": abstained_on(plain, EASY),
        "recall_hard": abstained_on(plain, HARD),
        **wording("varied", plain, rows.filter((pl.col("variation") != "none") & ~typos)),
        **wording("typos", plain, rows.filter(typos)),
        "unseen_foods": foods_named(rows),
        **kinds,
    }


def answered(test: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    """The test with scores, coordinates, and what was said, normalised; an abstention says nothing."""
    scores = score(test, predictions, ("exact_match", "token_f1"))
    said = test.select("id").join(predictions.select("id", "prediction"), on="id", how="left", maintain_order="left")
    coordinates = test.select("parent", *(coordinate(name) for name in ("template", "negative", "variation", "food")))
    words = pl.Series("said", normalise_all(said["prediction"]))
    silent = pl.when("abstained").then(pl.lit("")).otherwise("said")
    return pl.concat([scores, coordinates], how="horizontal").with_columns(words).with_columns(silent.alias("said"))


def answering(plain: pl.DataFrame) -> Figures:
    some = plain.filter("answerable")
    return {name: _mean(some[name]) for name in ("token_f1", "exact_match")}


def abstaining(plain: pl.DataFrame) -> Figures:
    found = outcomes(plain)
    abstained, unanswerable = found.hits + found.refusals, found.hits + found.misses
    return {
        "over_refusal": found.refusals / (found.refusals + found.attempts),
        "abstention_precision": found.hits / abstained if abstained else None,
        "abstention_recall": found.hits / unanswerable,
        "abstention_f1": 2 * found.hits / (abstained + unanswerable),
    }


def abstained_on(plain: pl.DataFrame, kinds: Sequence[str]) -> float | None:
    return _mean(plain.filter(pl.col("negative").is_in(kinds))["abstained"])


def wording(name: str, plain: pl.DataFrame, varied: pl.DataFrame) -> Figures:
    """How far answers to varied questions are from those to their plain twins."""
    pairs = varied.join(plain, left_on="parent", right_on="id", suffix="_plain")
    change = (pl.col("token_f1") - pl.col("token_f1_plain")).alias("change")
    return {
        f"{name}_change": _mean(pairs.filter("answerable").select(change)["change"]),
        f"{name}_alike": _mean(pairs["said"] == pairs["said_plain"]),
    }


def foods_named(rows: pl.DataFrame) -> float | None:
    """The share of answers to answerable offers-food questions that end on exactly the food asked for."""
    about = rows.filter("answerable", ~pl.col("abstained"), pl.col("template") == "offers-food")
    asked = pl.Series("asked", [normalise(food) for food in about["food"]], dtype=pl.String)
    named = pl.concat_str(pl.lit(r"\boffers? "), pl.col("asked").str.escape_regex(), pl.lit("$"))
    return _mean(about.with_columns(asked).select(it=pl.col("said").str.contains(named))["it"])


def _mean(values: pl.Series) -> float | None:
    return float(values.cast(pl.Float64).mean()) if len(values) else None  # type: ignore[arg-type]


# training


def train_and_measure(options: argparse.Namespace, choice: str, seed: int) -> None:
    """One training, its answers to the test, and the file that says it is done."""
    from growloop.finetune.supervised import finetune
    from growloop.models import answerer_of
    from growloop.models.catalog import load_checkpoint

    began = time.monotonic()
    test, train = test_examples(options.test), training_examples(choice, options.examples, seed)
    check_held_out(train, test)
    task, done = task_of(options), done_file(options, choice, seed)
    folder = done.with_suffix("")
    stage = finetune(task, "bundled", train, validation_examples(choice, VALIDATION, seed), folder, seed=seed)
    finished = returned(stage)
    checkpoint = load_checkpoint(str(folder / "model"), task.answer_kind, seed=seed)
    predictions = pl.concat(list(answerer_of(checkpoint, task, precision="fp32").answer(test)))
    predictions.write_parquet(done.with_suffix(".parquet"))
    validation = {name: estimate.value for name, estimate in finished.metrics.items()}
    about = {"settings": finished.settings, "validation": validation, "counts": counted(train)}
    seconds = round(time.monotonic() - began, 1)
    run = {"choice": choice, "seed": seed, "figures": measured(test, predictions), "seconds": seconds, **about}
    part = done.with_suffix(".part")
    part.write_text(json.dumps(run, indent=1), encoding="utf-8")
    part.rename(done)
    shutil.rmtree(folder)


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


def done_file(options: argparse.Namespace, choice: str, seed: int) -> Path:
    size = f"{options.examples}x{options.epochs:g}-{options.test}"
    folder: Path = options.work / size
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{choice.replace(' ', '-')}-{seed}.json"


def run_all(options: argparse.Namespace) -> Iterator[Run]:
    """Every run, trained where it is not there yet; seed by seed, so that a cut one compares all choices."""
    for seed in range(options.seeds):
        for choice in CHOICES:
            done = done_file(options, choice, seed)
            if not done.exists():
                print(f"{time.strftime('%H:%M:%S')}  {choice}, seed {seed}", flush=True)
                command = [sys.executable, *sys.argv, "--train", choice, str(seed)]
                subprocess.run(command, check=True, env={**os.environ, **environment(), "OMP_NUM_THREADS": THREADS})
            yield json.loads(done.read_text(encoding="utf-8"))


# telling


def interval(values: Sequence[float | None]) -> dict[str, Any]:
    """The mean over the seeds and half its 95 % interval by Student's t; no interval from a single seed."""
    known = [value for value in values if value is not None]
    if not known:
        return {"mean": None, "half": None, "n": 0}
    half = t.ppf(0.975, len(known) - 1) * stdev(known) / len(known) ** 0.5 if len(known) > 1 else None
    return {"mean": mean(known), "half": half, "n": len(known)}


def by_choice(runs: Sequence[Run], figure: str) -> dict[str, dict[int, float | None]]:
    """Choice → seed → a figure."""
    found: dict[str, dict[int, float | None]] = {choice: {} for choice in CHOICES}
    for run in runs:
        found[run["choice"]][run["seed"]] = run["figures"][figure]
    return found


def differences(runs: Sequence[Run], figure: str) -> dict[str, list[float | None]]:
    """Choice → a figure minus that of `everything` under the same seed."""
    values = by_choice(runs, figure)
    whole = values.pop(EVERYTHING)

    def minus(mine: dict[int, float | None]) -> list[float | None]:
        pairs = [(value, whole.get(seed)) for seed, value in mine.items()]
        return [value - other for value, other in pairs if value is not None and other is not None]

    return {choice: minus(mine) for choice, mine in values.items()}


def summed_up(runs: Sequence[Run]) -> dict[str, Any]:
    """For every figure: each choice's mean, and how far it is from `everything`, with intervals."""
    names = list(runs[0]["figures"])
    means = {
        name: {choice: interval([*values.values()]) for choice, values in by_choice(runs, name).items()}
        for name in names
    }
    apart = {name: {c: interval(values) for c, values in differences(runs, name).items()} for name in names}
    return {"means": means, "differences": apart}


def table(title: str, figures: dict[str, Any], choices: Sequence[str], *, signed: bool) -> Table:
    drawn = Table("", *choices, title=title, box=box.SIMPLE_HEAD, title_justify="left")
    for name, label in FIGURES.items():
        drawn.add_row(label, *(told(figures[name][choice], signed or "change" in name) for choice in choices))
    return drawn


def told(estimate: dict[str, Any], signed: bool) -> str:
    if estimate["mean"] is None:
        return "–"
    value = f"{estimate['mean']:+.3f}" if signed else f"{estimate['mean']:.3f}"
    return value if estimate["half"] is None else f"{value} ± {estimate['half']:.3f}"


def show_draws(options: argparse.Namespace) -> None:
    """What every choice draws under the first seed; raises AssertionError where a set is not what it should be."""
    test = test_examples(options.test)
    sets = {choice: training_examples(choice, options.examples, 0) for choice in CHOICES}
    check_sizes(sets)
    for examples in sets.values():
        check_held_out(examples, test)
    counts = {choice: counted(examples) for choice, examples in {**sets, "test": test}.items()}
    drawn = Table("", *counts, box=box.SIMPLE_HEAD)
    drawn.add_row("examples", *(f"{examples.height:,}" for examples in (*sets.values(), test)))
    for part in ("negative", "variation", "different", "template"):
        drawn.add_section()
        names = dict.fromkeys(name for found in counts.values() for name in found[part])
        for name in names:
            drawn.add_row(f"{part}: {name}", *(str(found[part].get(name, 0)) for found in counts.values()))
    CONSOLE.print(drawn)


def show(runs: Sequence[Run], options: argparse.Namespace) -> None:
    """Print both tables and save them."""
    found = summed_up(runs)
    seeds = len({run["seed"] for run in runs})
    size = (
        f"{options.examples:,} examples × {options.epochs:g} epochs, seeds: {seeds}, mean ± half of the 95 % interval"
    )
    CONSOLE.print(table(size, found["means"], CHOICES, signed=False))
    CONSOLE.print(table("minus everything, under the same seed", found["differences"], CHOICES[1:], signed=True))
    names = ("examples", "epochs", "seeds", "test", "learning_rate", "precision")
    settings = {name: getattr(options, name) for name in names}
    saved = {"benchmark": "data_choices", **settings, **surroundings(("torch", "transformers")), **found, "runs": runs}
    path = RESULTS / "data_choices.json"
    path.write_text(json.dumps(saved, indent=1) + "\n", encoding="utf-8")
    CONSOLE.print(f"Saved: {path}", markup=False, highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=3_200)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--test", type=int, default=500, help="questions drawn for the test, typo'd copies not counted")
    parser.add_argument("--learning-rate", type=float, default=4e-4)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="the same for all, on purpose")
    parser.add_argument("--work", type=Path, default=Path("demo") / "data-choices", help="what is done already")
    parser.add_argument("--draws", action="store_true", help="print what each choice draws, and stop")
    parser.add_argument("--train", nargs=2, metavar=("CHOICE", "SEED"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.draws:
        show_draws(options)
    elif options.train:
        train_and_measure(options, options.train[0], int(options.train[1]))
    else:
        show(list(run_all(options)), options)


if __name__ == "__main__":
    main()
