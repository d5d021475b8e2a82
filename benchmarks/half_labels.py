"""How many labels each way of choosing them needs: growloop, random, uncertainty, k-center, an oracle.

    python benchmarks/half_labels.py [--seeds 5] [--jobs 2] [--folder demo/half-labels] [--model bundled]

A simulated pool: 6,000 questions of examples/food_qa whose labels are hidden until they are asked for, skewed as
label_pools.py says, while validation and test have the natural mix. Every strategy begins with the same 400 labels at
random and asks for 400 more in each round, up to 2,000. The embedded model has never written, so all go on from one
start: that model after plain answerable questions alone. In each round the model of the round before is trained on all
labels so far, `--epochs` times (a warm start), answers the validation questions, from which growloop diagnoses and
recommends, and the test.

Every strategy and seed runs in a process of its own and writes a line after each round: started again, it goes on
where it was stopped. `--seconds` ends everything cleanly after so long. `--summary` prints the tables of what is done
so far and saves them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from choices import project
from contest import RESULTS, surroundings
from label_curves import CONSOLE, ROUNDS_FILE, finished_rounds, show, summary
from label_pools import Sides, saved_sides, start_examples
from label_strategies import METRIC, RIGHT_FROM, STRATEGIES, Floats, Standing, Turn

from growloop.finetune.environment import environment
from growloop.metrics import score
from growloop.project import append_line
from growloop.records.progress import Progress
from growloop.records.run import PREDICTIONS
from growloop.records.task import Task, Training

METRICS = ("token_f1", "exact_match")
TRAINED_BY = 60
"""Validation questions by which a training keeps its best weights."""
START_SEED, FIRST_SEED = 0, 7
SIZES = ("start", "pool", "validation", "test", "first", "step", "labels", "epochs", "answered", "precision")
Asked = Callable[[pl.DataFrame], pl.DataFrame]


class OutOfTime(Exception):
    """The seconds that were given are over."""


# one strategy under one seed


def run_one(options: argparse.Namespace, strategy: str, seed: int) -> None:
    """All rounds that are not done yet."""
    sides = sides_of(options, seed)
    folder = options.folder / f"{strategy}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    budgets = range(options.first, options.labels + 1, options.step)
    done = {
        row["labels"] for row in finished_rounds(options.folder) if (row["strategy"], row["seed"]) == (strategy, seed)
    }
    labels, turns, standing = sides.pool.clear(), [], None
    for number, budget in enumerate(budgets):
        labels = labels_of(folder, number, partial(asked_for, options, sides, strategy, seed, labels, standing, budget))
        if budget not in done:
            row = one_round(options, sides, folder, number, labels, seed)
            append_line(folder / ROUNDS_FILE, json.dumps({"strategy": strategy, "seed": seed, **row}))
            shutil.rmtree(folder / f"round-{number - 1}", ignore_errors=True)
            print(f"{strategy}, seed {seed}: {row}", flush=True)
        said = pl.read_parquet(folder / f"said-{number}.parquet")
        turns.append(Turn(labels, wrong_of(sides.validation, said)))
        standing = standing_of(options, sides, folder, number, labels, turns, said, seed)


def labels_of(folder: Path, number: int, ask: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """What is labelled in a round: chosen once, then kept."""
    path = folder / f"labels-{number}.parquet"
    if not path.exists():
        ask().write_parquet(path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
    return pl.read_parquet(path)


def asked_for(
    options: argparse.Namespace,
    sides: Sides,
    strategy: str,
    seed: int,
    labels: pl.DataFrame,
    standing: Standing | None,
    budget: int,
) -> pl.DataFrame:
    """The labels so far and those that the strategy asks for; the first ones at random, the same for all."""
    if standing is None:
        return sides.pool.sample(budget, seed=FIRST_SEED + seed, shuffle=True)
    in_time(options)
    wanted = STRATEGIES[strategy](standing, budget - labels.height)
    order = pl.DataFrame({"id": wanted}, schema={"id": pl.String})
    return pl.concat([labels, order.join(sides.pool, on="id", maintain_order="left").select(labels.columns)])


def one_round(
    options: argparse.Namespace, sides: Sides, folder: Path, number: int, labels: pl.DataFrame, seed: int
) -> dict[str, Any]:
    """Train on all labels so far, from the model of the round before; answer validation and test."""
    began = time.monotonic()
    base = folder / f"round-{number - 1}" if number else start_folder(options)
    kept_by = sides.validation.head(TRAINED_BY)
    stage = finetuned(options, str(base / "model"), labels, kept_by, folder / f"round-{number}", seed)
    finished = returned(options, stage)
    trained = time.monotonic()
    answer = answering(options, folder / f"round-{number}")
    answer(sides.validation).write_parquet(folder / f"said-{number}.parquet")
    scores = score(sides.test, answer(sides.test), METRICS)
    negatives = labels.height - labels["negative"].null_count()
    return {
        "labels": labels.height,
        **{name: scores[name].mean() for name in METRICS},
        "negatives": negatives,
        "steps": finished.settings["stopped_at_step"],
        "seconds": {"train": round(trained - began, 1), "answer": round(time.monotonic() - trained, 1)},
    }


def standing_of(
    options: argparse.Namespace,
    sides: Sides,
    folder: Path,
    number: int,
    labels: pl.DataFrame,
    turns: Sequence[Turn],
    said: pl.DataFrame,
    seed: int,
) -> Standing:
    return Standing(
        truth=sides.pool,
        labelled=labels,
        validation=sides.validation,
        predictions=said,
        answer=answering(options, folder / f"round-{number}"),
        embeddings=partial(embedded, options, sides, seed),
        turns=tuple(turns),
        most_answered=options.answered,
        seed=1_000 * seed + number,
    )


def wrong_of(examples: pl.DataFrame, said: pl.DataFrame) -> pl.Series:
    return score(examples, said, [METRIC])[METRIC] < RIGHT_FROM


# the model


def train_start(options: argparse.Namespace) -> None:
    """The model that all go on from, where it is not there yet."""
    examples, validation = start_examples(options.start)
    start = options.model if options.model == "bundled" else str(Path(options.model).resolve())
    returned(options, finetuned(options, start, examples, validation, start_folder(options), START_SEED, epochs=1.0))


def finetuned(
    options: argparse.Namespace,
    model: str,
    train: pl.DataFrame,
    validation: pl.DataFrame,
    folder: Path,
    seed: int,
    epochs: float | None = None,
) -> Generator[Progress, None, Any]:
    from growloop.finetune.supervised import finetune

    return finetune(task_of(options, epochs or options.epochs), model, train, validation, folder, seed=seed)


def answering(options: argparse.Namespace, folder: Path) -> Asked:
    """The model of a folder, loaded when it is asked."""

    def answer(examples: pl.DataFrame) -> pl.DataFrame:
        said = []
        for part in loaded(folder / "model", options.precision).answer(examples):
            in_time(options)
            said.append(part)
        return pl.concat(said or [PREDICTIONS.to_frame()])

    return answer


@lru_cache(maxsize=1)
def loaded(model: Path, precision: Literal["fp32", "bf16"]) -> Any:
    from growloop.models import load_answerer

    return load_answerer(str(model), project().task, precision=precision)


def embedded(options: argparse.Namespace, sides: Sides, seed: int) -> Floats:
    """Question and context of the whole pool as the untrained model reads them: its last states, their mean."""
    path = options.folder / f"embeddings-{seed}.npy"
    if not path.exists():
        np.save(path, mean_states(options, sides.pool))
    vectors: Floats = np.load(path)
    return vectors


def mean_states(options: argparse.Namespace, examples: pl.DataFrame, at_once: int = 128) -> Floats:
    import torch
    from transformers import AutoModel, AutoTokenizer

    from growloop.models.bundled import bundled_folder

    place = bundled_folder() if options.model == "bundled" else options.model
    tokenizer, model = AutoTokenizer.from_pretrained(place), AutoModel.from_pretrained(place).eval()
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    longest = min(256, model.config.max_position_embeddings)
    parts = []
    for part in examples.iter_slices(at_once):
        texts = part.select(pl.concat_str("question", pl.col("context").fill_null(""), separator="\n"))["question"]
        read = tokenizer(texts.to_list(), padding=True, truncation=True, max_length=longest, return_tensors="pt")
        read = read.to(model.device)
        with torch.inference_mode():
            states = model(**read).last_hidden_state
        mask = read["attention_mask"][..., None]
        mean = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
        parts.append(mean.float().cpu().numpy())
    return np.concatenate(parts)


def task_of(options: argparse.Namespace, epochs: float) -> Task:
    longest = project().task.training.max_answer_tokens
    training = Training(
        effort="quick",
        epochs=epochs,
        learning_rate=options.learning_rate,
        max_answer_tokens=longest,
        precision=options.precision,
    )
    return project().task.model_copy(update={"training": training})


def returned(options: argparse.Namespace, stage: Generator[Progress, None, Any]) -> Any:
    """What a stage returns. Raises OutOfTime where that takes too long."""
    while True:
        in_time(options)
        try:
            next(stage)
        except StopIteration as end:
            return end.value


def in_time(options: argparse.Namespace) -> None:
    if options.until is not None and time.time() > options.until:
        raise OutOfTime


# all of them


def run_all(options: argparse.Namespace) -> None:
    """Draw, train the start, then every strategy under every seed, `--jobs` at a time, seed by seed.

    So that what is cut off compares all strategies under fewer seeds.
    """
    if options.seconds is not None:
        options.until = time.time() + options.seconds
    seeds = range(options.seeds)
    before = [["--draw", str(seed)] for seed in seeds]
    if not (start_folder(options) / "model").exists():
        before.insert(0, ["--train-start"])
    runs = [["--only", str(seed), strategy] for seed in seeds for strategy in options.strategies]
    with ThreadPoolExecutor(options.jobs) as beside:
        for stage in (before,) if options.prepare else (before, runs):
            list(beside.map(partial(in_own_process, options), stage))


def in_own_process(options: argparse.Namespace, arguments: Sequence[str]) -> None:
    """This script again, with the environment that growloop gives its training workers."""
    if options.until is not None and time.time() > options.until:
        return
    print(f"{time.strftime('%H:%M:%S')}  {' '.join(arguments)}", flush=True)
    until = [] if options.until is None else ["--until", str(options.until)]
    surrounding = {
        **os.environ,
        **environment(),
        "OMP_NUM_THREADS": str(options.threads),
        "TOKENIZERS_PARALLELISM": "false",
        "POLARS_MAX_THREADS": str(options.threads),
    }
    subprocess.run([sys.executable, *sys.argv, *until, *arguments], check=True, env=surrounding)


def sides_of(options: argparse.Namespace, seed: int) -> Sides:
    return saved_sides(options.folder / "sides", options.pool, options.validation, options.test, seed)


def start_folder(options: argparse.Namespace) -> Path:
    folder: Path = options.folder / "start"
    return folder


def keep_sizes(options: argparse.Namespace) -> None:
    """Raises SystemExit where a folder holds what was run at other sizes."""
    path, sizes = options.folder / "sizes.json", {name: getattr(options, name) for name in SIZES}
    if path.exists() and json.loads(path.read_text()) != sizes:
        sys.exit(f"{options.folder} holds rounds of other sizes: {path.read_text()}\nChoose another --folder.")
    options.folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(sizes))


def show_and_save(options: argparse.Namespace) -> None:
    rounds = finished_rounds(options.folder)
    if not rounds:
        sys.exit(f"No round is done in {options.folder} yet.")
    found = summary(rounds)
    show(found)
    sizes = json.loads((options.folder / "sizes.json").read_text())
    saved = {"benchmark": "half_labels", **sizes, **surroundings(("torch", "transformers")), **found, "rounds": rounds}
    path = options.results / "half_labels.json"
    path.write_text(json.dumps(saved, indent=1) + "\n", encoding="utf-8")
    CONSOLE.print(f"Saved: {path}", markup=False, highlight=False)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--folder", type=Path, default=Path("demo") / "half-labels", help="what is done already")
    made.add_argument("--model", default="bundled", help="the embedded model, or a folder that holds it")
    made.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES))
    made.add_argument("--seeds", type=int, default=5)
    made.add_argument("--jobs", type=int, default=2, help="processes side by side")
    made.add_argument("--threads", type=int, default=1, help="of each process")
    made.add_argument("--seconds", type=float, help="end after so long; what was begun is begun again the next time")
    made.add_argument("--start", type=int, default=12_000, help="examples, once each, that the start is taught on")
    made.add_argument("--pool", type=int, default=6_000)
    made.add_argument("--validation", type=int, default=300)
    made.add_argument("--test", type=int, default=500)
    made.add_argument("--first", type=int, default=400, help="labels at random that all begin with")
    made.add_argument("--step", type=int, default=400, help="labels asked for in a round")
    made.add_argument("--labels", type=int, default=2_000, help="labels in the end")
    made.add_argument("--answered", type=int, default=1_500, help="pool questions a model answers in a round, at most")
    made.add_argument("--epochs", type=float, default=1.5)
    made.add_argument("--learning-rate", type=float, default=3e-4)
    made.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="the same for all")
    made.add_argument("--summary", action="store_true", help="print and save the tables of what is done, and stop")
    made.add_argument("--results", type=Path, default=RESULTS, help="where the summary is saved")
    made.add_argument("--only", nargs=2, metavar=("SEED", "STRATEGY"), help="one strategy under one seed, in here")
    made.add_argument("--draw", type=int, metavar="SEED", help="draw the questions of a seed, and stop")
    made.add_argument("--train-start", action="store_true", help="train the start of all, and stop")
    made.add_argument("--prepare", action="store_true", help="draw all questions, train the start, and stop")
    made.add_argument("--until", type=float, help=argparse.SUPPRESS)
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    if options.summary:
        return show_and_save(options)
    keep_sizes(options)
    try:
        if options.draw is not None:
            sides_of(options, options.draw)
        elif options.train_start:
            train_start(options)
        elif options.only:
            run_one(options, options.only[1], int(options.only[0]))
        else:
            run_all(options)
            if not options.prepare:
                show_and_save(options)
    except OutOfTime:
        print("The time is over; started again, it goes on from the last finished round.", flush=True)


if __name__ == "__main__":
    main()
