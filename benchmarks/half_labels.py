"""How many labels each way of choosing them needs: growloop, random, uncertainty, k-center, an oracle.

    python benchmarks/half_labels.py [--pools squad dstc11 food-qa] [--seeds 5] [--jobs 2] [--folder demo/half-labels]

Three simulated pools, whose labels are hidden until they are asked for: food_pool.py, squad_pool.py, dstc11_pool.py.
Each is skewed as it says there, while validation and test have the natural mix. Every strategy begins with the same
labels at random and asks for as many more in each round as the pool's sizes say. All go on from one start: the embedded
model, taught to write or to mark spans by examples that are not counted. In each round the model of the round before is
trained on all labels so far, `--epochs` times (a warm start), answers the validation questions, from which growloop
diagnoses and recommends, and the test.

Worker processes take one strategy, pool and seed at a time and write a line after each round: started again, it goes
on where it was stopped. `--seconds` ends everything cleanly after so long, seed by seed. `--prepare` draws the
questions and stops. `--summary` prints the tables of what is done so far and saves them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from contest import RESULTS, surroundings
from dstc11_pool import DSTC11
from food_pool import FOOD_QA
from label_curves import CONSOLE, ROUNDS_FILE, finished_rounds, show, summary
from label_models import Pupil, mean_states, train_start, training_task
from label_pools import Pool, Sides, Sizes, Start
from label_strategies import METRIC, RIGHT_FROM, STRATEGIES, Floats, Standing, Turn
from squad_pool import SQUAD

from growloop.finetune.environment import environment
from growloop.metrics import score
from growloop.project import append_line

METRICS = ("token_f1", "exact_match")
FIRST_SEED = 7
POOLS = {pool.name: pool for pool in (SQUAD, DSTC11, FOOD_QA)}
SAME_DRAWN = ("start_share",)
SAME_RUN = ("start_batch_size", "epochs", "learning_rate", "batch_size", "answered", "precision")
"""Options that all that is drawn, and all rounds, in a folder must share, beside the sizes."""


class OutOfTime(Exception):
    """The seconds that were given are over."""


# one strategy in one pool under one seed


@dataclass
class Contestant:
    """A strategy in a pool under a seed, round after round."""

    options: argparse.Namespace
    pool: Pool
    strategy: str
    seed: int
    turns: list[Turn] = field(default_factory=list)
    standing: Standing | None = None

    def __post_init__(self) -> None:
        self.sizes = sizes_of(self.options, self.pool)
        self.sides = sides_of(self.options, self.pool, self.seed)
        self.folder = self.options.folder / self.pool.name / f"{self.strategy}-{self.seed}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.labels = self.sides.pool.clear()
        self.model: Pupil | None = None

    def run(self) -> None:
        """All rounds that are not done yet."""
        done = {row["labels"] for row in finished_rounds(self.folder)}
        for number, budget in enumerate(range(self.sizes.first, self.sizes.labels + 1, self.sizes.step)):
            began = time.monotonic()
            self.labels = self.labels_of(number, budget)
            if budget not in done:
                row = self.round(number, asked_seconds=time.monotonic() - began)
                told = {"pool": self.pool.name, "strategy": self.strategy, "seed": self.seed, **row}
                append_line(self.folder / ROUNDS_FILE, json.dumps(told))
                shutil.rmtree(self.folder / f"round-{number - 1}", ignore_errors=True)
                print(f"{time.strftime('%H:%M:%S')}  {told}", flush=True)
            said = pl.read_parquet(self.folder / f"said-{number}.parquet")
            self.turns.append(Turn(self.labels, wrong_of(self.sides.validation, said)))
            self.standing = self.standing_of(number, said)
        shutil.rmtree(self.folder / f"round-{number}", ignore_errors=True)

    def labels_of(self, number: int, budget: int) -> pl.DataFrame:
        """What is labelled in a round: chosen once, then kept."""
        path = self.folder / f"labels-{number}.parquet"
        if not path.exists():
            self.asked_for(budget).write_parquet(path.with_suffix(".part"))
            path.with_suffix(".part").rename(path)
        return pl.read_parquet(path)

    def asked_for(self, budget: int) -> pl.DataFrame:
        """The labels so far and those that the strategy asks for; the first ones at random, the same for all."""
        if self.standing is None:
            return self.sides.pool.sample(budget, seed=FIRST_SEED + self.seed, shuffle=True)
        in_time(self.options)
        wanted = STRATEGIES[self.strategy](self.standing, budget - self.labels.height)
        order = pl.DataFrame({"id": wanted}, schema={"id": pl.String})
        asked = order.join(self.sides.pool, on="id", maintain_order="left").select(self.labels.columns)
        return pl.concat([self.labels, asked])

    def round(self, number: int, asked_seconds: float) -> dict[str, Any]:
        """Train on all labels so far, from the model of the round before; answer validation and test."""
        began = time.monotonic()
        model = self.taught_until(number - 1)
        steps = model.teach(self.labels, self.sides.validation, self.folder / f"round-{number}", self.seed)
        trained = time.monotonic()
        model.answer(self.sides.validation).write_parquet(self.folder / f"said-{number}.parquet")
        scores = score(self.sides.test, model.answer(self.sides.test), METRICS)
        answered = time.monotonic()
        seconds = {"ask": asked_seconds, "train": trained - began, "answer": answered - trained}
        return {
            "labels": self.labels.height,
            **{name: scores[name].mean() for name in METRICS},
            "negatives": self.labels.height - self.labels["negative"].null_count(),
            "steps": steps,
            "seconds": {name: round(spent, 1) for name, spent in seconds.items()},
        }

    def taught_until(self, number: int) -> Pupil:
        """The model as a round left it: the one at hand, or the one that was kept; before the first, the start."""
        if self.model is None:
            options = self.options
            place = self.folder / f"round-{number}" if number >= 0 else start_folder(options, self.pool.start)
            rate = {"learning_rate": options.learning_rate, "batch_size": options.batch_size}
            task = training_task(self.pool.task(), options.epochs, options.precision, **rate)
            self.model = Pupil.loaded(place / "model", task, options.precision, partial(in_time, options))
        return self.model

    def standing_of(self, number: int, said: pl.DataFrame) -> Standing:
        return Standing(
            pool=self.pool,
            truth=self.sides.pool,
            labelled=self.labels,
            validation=self.sides.validation,
            predictions=said,
            answer=lambda asked: self.taught_until(number).answer(asked),
            embeddings=partial(embedded, self.options, self.pool, self.sides, self.seed),
            turns=tuple(self.turns),
            most_answered=self.options.answered,
            seed=1_000 * self.seed + number,
        )


def wrong_of(examples: pl.DataFrame, said: pl.DataFrame) -> pl.Series:
    return score(examples, said, [METRIC])[METRIC] < RIGHT_FROM


def embedded(options: argparse.Namespace, pool: Pool, sides: Sides, seed: int) -> Floats:
    path = options.folder / pool.name / f"embeddings-{seed}.npy"
    if not path.exists():
        np.save(path, mean_states(options.model, sides.pool))
    vectors: Floats = np.load(path)
    return vectors


# what each worker process does


def run_one(options: argparse.Namespace, pool: str, strategy: str, seed: int) -> None:
    """All rounds of a strategy in a pool under a seed, as far as the time goes."""
    try:
        in_time(options)
        Contestant(options, POOLS[pool], strategy, seed).run()
    except OutOfTime:
        print(f"{pool}, {strategy}, seed {seed}: the time is over", flush=True)


def teach_start(options: argparse.Namespace, pool: str) -> None:
    """The model that all go on from in a pool, where it is not there yet."""
    start = POOLS[pool].start
    train, validation = start_examples(options, start)
    model = options.model if options.model == "bundled" else str(Path(options.model).resolve())
    settings = {"batch_size": options.start_batch_size}
    task = training_task(POOLS[pool].task(), options.start_share * start.epochs, options.precision, **settings)
    try:
        train_start(task, model, train, validation, start_folder(options, start), partial(in_time, options))
    except OutOfTime:
        print(f"start {start.name}: the time is over", flush=True)


def draw(options: argparse.Namespace, pool: str, seed: int) -> None:
    sides_of(options, POOLS[pool], seed)


def draw_start(options: argparse.Namespace, pool: str) -> None:
    start_examples(options, POOLS[pool].start)


# all of them


def run_all(options: argparse.Namespace) -> None:
    """Draw, teach the starts, then every strategy in every pool, seed by seed, `--jobs` at a time.

    So that what is cut off compares all strategies under fewer seeds.
    """
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    firsts = {POOLS[name].start.name: name for name in reversed(options.pools)}
    with workers(options) as beside:
        drawn = [beside.submit(draw_start, options, pool) for pool in firsts.values()]
        drawn += [beside.submit(draw, options, pool, seed) for seed in seeds for pool in options.pools]
        for part in drawn:
            part.result()
        if options.prepare:
            return
        starts = {start: beside.submit(teach_start, options, pool) for start, pool in firsts.items()}
        runs = [(pool, strategy, seed) for seed in seeds for pool in options.pools for strategy in options.strategies]
        run_in_order(options, beside, starts, runs)


def run_in_order(
    options: argparse.Namespace,
    beside: ProcessPoolExecutor,
    starts: dict[str, Future[None]],
    runs: list[tuple[str, str, int]],
) -> None:
    """The runs, the first first, each once its start is there and a worker is free; one that fails stops no other."""
    running: set[Future[None]] = set(starts.values())
    while running:
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for one in done:
            if error := one.exception():
                traceback.print_exception(error)
        if options.until is not None and time.time() > options.until:
            continue
        ready = [run for run in runs if starts[POOLS[run[0]].start.name].done()]
        for run in ready[: options.jobs - len(running)]:
            runs.remove(run)
            running.add(beside.submit(run_one, options, *run))


def workers(options: argparse.Namespace) -> ProcessPoolExecutor:
    """Processes that load what a run needs once, with the environment that growloop gives its training workers."""
    threads = str(options.threads)
    os.environ |= {**environment(), "OMP_NUM_THREADS": threads, "POLARS_MAX_THREADS": threads}
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    return ProcessPoolExecutor(options.jobs, mp_context=multiprocessing.get_context("spawn"))


def sizes_of(options: argparse.Namespace, pool: Pool) -> Sizes:
    """The pool's own, but for what an option says."""
    return Sizes(**{name: getattr(options, name) or size for name, size in asdict(pool.sizes).items()})


def sides_of(options: argparse.Namespace, pool: Pool, seed: int) -> Sides:
    return pool.saved_sides(options.folder / pool.name / "sides", sizes_of(options, pool), seed)


def start_examples(options: argparse.Namespace, start: Start) -> tuple[pl.DataFrame, pl.DataFrame]:
    return start.saved_examples(start_folder(options, start), round(options.start_share * start.most))


def start_folder(options: argparse.Namespace, start: Start) -> Path:
    folder: Path = options.folder / "starts" / start.name
    return folder


def in_time(options: argparse.Namespace) -> None:
    if options.until is not None and time.time() > options.until:
        raise OutOfTime


def keep_sizes(options: argparse.Namespace) -> None:
    """Raises SystemExit where a folder holds what was drawn or run at other sizes."""
    of_pools = {name: asdict(sizes_of(options, pool)) for name, pool in POOLS.items()}
    for of_pool in of_pools.values():
        del of_pool["labels"]  # rounds can always go further
    sizes: dict[str, Any] = {"sizes": of_pools}
    sizes |= {name: getattr(options, name) for name in (SAME_DRAWN if options.prepare else SAME_DRAWN + SAME_RUN)}
    path = options.folder / "sizes.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    if any(sizes[name] != known[name] for name in sizes.keys() & known.keys()):
        sys.exit(f"{options.folder} holds rounds of other sizes: {known}\nChoose another --folder.")
    options.folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known | sizes))


def show_and_save(options: argparse.Namespace) -> None:
    """The tables of each pool; raises SystemExit where no round is done."""
    found = {name: summary(rounds) for name in POOLS if (rounds := finished_rounds(options.folder / name))}
    if not found:
        sys.exit(f"No round is done in {options.folder} yet.")
    for name, told in found.items():
        CONSOLE.rule(name)
        show(told)
    sizes = json.loads((options.folder / "sizes.json").read_text())
    saved = {"benchmark": "half_labels", **sizes, **surroundings(("torch", "transformers")), "pools": found}
    path = options.results / "half_labels.json"
    path.write_text(json.dumps(saved, indent=1) + "\n", encoding="utf-8")
    CONSOLE.print(f"Saved: {path}", markup=False, highlight=False)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--folder", type=Path, default=Path("demo") / "half-labels", help="what is done already")
    made.add_argument("--model", default="bundled", help="the embedded model, or a folder that holds it")
    made.add_argument("--pools", nargs="+", default=list(POOLS), choices=list(POOLS))
    made.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=list(STRATEGIES))
    made.add_argument("--seeds", type=int, default=5)
    made.add_argument("--first-seed", type=int, default=0)
    made.add_argument("--jobs", type=int, default=2, help="processes side by side")
    made.add_argument("--threads", type=int, default=1, help="of each process")
    made.add_argument("--seconds", type=float, help="end after so long; what was begun is begun again the next time")
    for name in asdict(SQUAD.sizes):
        made.add_argument(f"--{name}", type=int, help="questions; by default as many as the pool's own sizes say")
    made.add_argument("--start-share", type=float, default=1.0, help="of what the start is taught on, for trying")
    made.add_argument("--start-batch-size", type=int, default=16)
    made.add_argument("--answered", type=int, default=1_500, help="pool questions a model answers in a round, at most")
    made.add_argument("--epochs", type=float, default=2.0, help="of a round")
    made.add_argument("--batch-size", type=int, default=16)
    made.add_argument("--learning-rate", type=float, help="by default what suits the model")
    made.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="the same for all")
    made.add_argument("--summary", action="store_true", help="print and save the tables of what is done, and stop")
    made.add_argument("--results", type=Path, default=RESULTS, help="where the summary is saved")
    made.add_argument("--prepare", action="store_true", help="draw all questions, and stop")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    if not options.summary:
        keep_sizes(options)
        options.until = time.time() + options.seconds if options.seconds is not None else None
        run_all(options)
    if not options.prepare:
        show_and_save(options)


if __name__ == "__main__":
    main()
