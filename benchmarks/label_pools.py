"""A pool of questions whose labels are hidden until they are asked for, beside the questions that tell how it went.

A pool is skewed, as what comes in by itself is: what counts in the test is rare in it. Validation and test have the
natural mix, and share no text and nothing that texts are about with the pool or with what the start was taught on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

from growloop.records.example import EXAMPLES, coordinate, where_of
from growloop.records.task import Task

SHARED_DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
"""Where the public data sets lie that are too large, or too little ours, for this repository."""


@dataclass(frozen=True)
class Sizes:
    """How many questions there are, and how many of them are labelled: at first, in each round, in the end."""

    pool: int
    validation: int
    test: int
    first: int
    step: int
    labels: int


@dataclass(frozen=True)
class Sides:
    """The questions of one seed."""

    pool: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame


@dataclass(frozen=True)
class Start:
    """What the model that all go on from is taught on; its labels are not counted."""

    name: str
    examples: Callable[[int], tuple[pl.DataFrame, pl.DataFrame]]
    """At most so many, and some that say which weights are the best."""
    most: int
    epochs: float

    def saved_examples(self, folder: Path, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The same from files, drawn where they are not there yet."""
        paths = [folder / f"{side}.parquet" for side in ("train", "validation")]
        if not all(path.exists() for path in paths):
            folder.mkdir(parents=True, exist_ok=True)
            for path, side in zip(paths, self.examples(count), strict=True):
                side.write_parquet(path, compression_level=19)
        train, validation = map(pl.read_parquet, paths)
        return train, validation


@dataclass(frozen=True)
class Pool:
    """Where questions come from, and what is known of them before anybody has answered them."""

    name: str
    task: Callable[[], Task]
    start: Start
    sizes: Sizes
    draw: Callable[[Sizes, int], Sides]
    """The questions of one seed; the test is the same for all."""
    told: tuple[str, ...]
    """The coordinates that are known; the others say how a question came about, and with that its answer."""
    untold: str = ""
    """The value of such a coordinate that would give the answer away."""
    entity: str = "entity"
    """What the contexts are about."""

    def as_told(self, examples: pl.DataFrame) -> pl.DataFrame:
        """The examples with the coordinates that are known of any question."""
        known = [pl.when(coordinate(name) != self.untold).then(coordinate(name)).alias(name) for name in self.told]
        return examples.with_columns(known).with_columns(where_of(self.told)).drop(self.told)

    def unlabelled(self, examples: pl.DataFrame) -> pl.DataFrame:
        """The examples as somebody finds them who has not answered them."""
        return self.as_told(examples).with_columns(
            negative=pl.lit(None, EXAMPLES["negative"]),
            answers=pl.lit([], EXAMPLES["answers"]),
            status=pl.lit("draft"),
        )

    def saved_sides(self, folder: Path, sizes: Sizes, seed: int) -> Sides:
        """The questions of one seed from files, drawn where they are not there yet."""
        paths = {side.name: folder / f"{side.name}-{seed}.parquet" for side in fields(Sides)}
        if not all(path.exists() for path in paths.values()):
            sides = self.draw(sizes, seed)
            check_apart({name: getattr(sides, name) for name in paths})
            folder.mkdir(parents=True, exist_ok=True)
            for name, path in paths.items():
                getattr(sides, name).write_parquet(path, compression_level=19)
        return Sides(**{name: pl.read_parquet(path) for name, path in paths.items()})


def spans_task() -> Task:
    """Answers are marked in the context; where it holds none, the model abstains."""
    return Task(name="half-labels", purpose="Questions about a text.", answer_kind="extractive")


def dealt(examples: pl.DataFrame, shares: Mapping[str, float], seed: int) -> dict[str, pl.DataFrame]:
    """The examples on some sides, whole groups at a time, each side with about its share."""
    groups = examples.group_by("group").len("n").sort("group").sample(fraction=1, seed=seed, shuffle=True)
    before = (groups["n"].cum_sum() - groups["n"]) / max(examples.height, 1)
    sides, start = {}, 0.0
    for name, share in shares.items():
        on_side = groups.filter((before >= start) & (before < start + share))
        sides[name] = examples.join(on_side.select("group"), on="group", how="semi", maintain_order="left")
        start += share
    return sides


def some(examples: pl.DataFrame, count: int, seed: int) -> pl.DataFrame:
    """So many of the examples, the same for a seed. Raises ValueError where there are not so many."""
    return examples.sort("id").sample(count, seed=seed, shuffle=True)


def shuffled(parts: list[pl.DataFrame], seed: int) -> pl.DataFrame:
    return pl.concat(parts).sample(fraction=1, seed=seed, shuffle=True)


def check_apart(sides: Mapping[str, pl.DataFrame]) -> None:
    """Raises AssertionError where two sides share a text, what texts are about, or an example."""
    for what in ("context", "group", "id"):
        seen: set[str] = set()
        for name, side in sides.items():
            values = set(side[what].drop_nulls().replace("", None).drop_nulls())
            assert not seen & values, f"{what} of {name} on another side too: {sorted(seen & values)[:3]}"
            seen |= values
