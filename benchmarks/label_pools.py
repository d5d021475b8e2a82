"""A pool of questions whose labels are hidden until they are asked for, drawn from one universe, examples/food_qa.

The pool is skewed, as what comes in by itself is: what counts in the test is rare in it. Validation and test have the
natural mix, and restaurants, foods, cuisines and phrasings that the pool has not.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl
from choices import ALL_KINDS, PRESUMING, TEST_SEED, check_held_out, opened, universe

from growloop.records.example import EXAMPLES, coordinate, where_of
from growloop.records.universe import Universe
from growloop.universe.variations import VARIATIONS

NEGATIVES_IN_POOL = 0.1
"""The share of negatives in the pool, of all kinds together; 0.4 in validation and test."""
VARIED_IN_POOL = 0.05
"""The share of questions in varied wording; 0.4 in validation and test."""
RARE_TEMPLATES = ("vegetarian-options", "vegan-options", *(template["name"] for template in PRESUMING))
RARE = 0.05
"""What a rare template weighs in the pool, for once that it weighs in the test."""
START_SEED, VALIDATION_SEED = 2_000, 3_000
"""Other draws than those of the pools, whose seeds count from 0."""
TOLD = "template"
"""The one coordinate that is known of a question before anybody has answered it: what it asks about."""
NO_TEMPLATE = "out_of_scope"


@dataclass(frozen=True)
class Sides:
    """The questions of one seed."""

    pool: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame


def natural() -> Universe:
    return universe(ALL_KINDS, tuple(VARIATIONS))


def skewed(negatives: float = NEGATIVES_IN_POOL, varied: float = VARIED_IN_POOL) -> Universe:
    """The same universe with its rare kinds made rarer."""
    shares = (
        {kind: share * negatives / sum(ALL_KINDS.values()) for kind, share in ALL_KINDS.items()} if negatives else {}
    )
    whole = universe(shares, tuple(VARIATIONS) if varied else (), variation_share=varied)
    templates = [
        template.model_copy(update={"weight": template.weight * RARE}) if template.name in RARE_TEMPLATES else template
        for template in whole.templates
    ]
    return whole.model_copy(update={"templates": tuple(templates)})


def drawn(rows: int, validation: int, test: int, seed: int) -> Sides:
    """Pool and validation of one seed, and the test, which is the same for all."""
    asked = opened(natural())
    return Sides(
        pool=opened(skewed()).draw(rows, seed=seed, splits_share={"train": 1.0}),
        validation=asked.draw(validation, seed=VALIDATION_SEED + seed, splits_share={"validation": 1.0}),
        test=asked.draw(test, seed=TEST_SEED, splits_share={"test": 1.0}),
    )


def start_examples(count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the start of all learns to write from, and up to 100 of the validation side: answerable, plain wording."""
    plain = opened(skewed(negatives=0, varied=0))
    train = plain.draw(count, seed=START_SEED, splits_share={"train": 1.0})
    return train, plain.draw(min(100, count), seed=START_SEED, splits_share={"validation": 1.0})


def saved_sides(folder: Path, rows: int, validation: int, test: int, seed: int) -> Sides:
    """The same from files, drawn where they are not there yet; the pool holds nothing of the others' own."""
    paths = {side.name: folder / f"{side.name}-{seed}.parquet" for side in fields(Sides)}
    if not all(path.exists() for path in paths.values()):
        sides = drawn(rows, validation, test, seed)
        check_held_out(sides.pool, pl.concat([sides.validation, sides.test]))
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in paths.items():
            getattr(sides, name).write_parquet(path)
    return Sides(**{name: pl.read_parquet(path) for name, path in paths.items()})


def unlabelled(examples: pl.DataFrame) -> pl.DataFrame:
    """The examples as somebody finds them who has not answered them: question, context, and what it asks about."""
    nothing = {name: pl.lit(None, dtype).alias(name) for name, dtype in EXAMPLES.items() if name == "negative"}
    return as_told(examples).with_columns(
        *nothing.values(), answers=pl.lit([], EXAMPLES["answers"]), status=pl.lit("draft")
    )


def as_told(examples: pl.DataFrame) -> pl.DataFrame:
    """The examples with the one coordinate that is known of any question; none where no template is asked after.

    The others say how a question came about, and with that its answer.
    """
    template = pl.when(coordinate(TOLD) != NO_TEMPLATE).then(coordinate(TOLD))
    return examples.with_columns(template.alias(TOLD)).with_columns(where_of([TOLD])).drop(TOLD)
