"""Questions about restaurants, drawn from one universe, examples/food_qa: what counts in the test is rare in the pool.

Validation and test have restaurants, foods, cuisines and phrasings that the pool has not.
"""

from __future__ import annotations

import polars as pl
from choices import ALL_KINDS, PRESUMING, TEST_SEED, check_held_out, opened, project, universe
from label_pools import Pool, Sides, Sizes, Start

from growloop.records.task import Task
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


def drawn(sizes: Sizes, seed: int) -> Sides:
    asked = opened(natural())
    sides = Sides(
        pool=opened(skewed()).draw(sizes.pool, seed=seed, splits_share={"train": 1.0}),
        validation=asked.draw(sizes.validation, seed=VALIDATION_SEED + seed, splits_share={"validation": 1.0}),
        test=asked.draw(sizes.test, seed=TEST_SEED, splits_share={"test": 1.0}),
    )
    check_held_out(sides.pool, pl.concat([sides.validation, sides.test]))
    return sides


def start_examples(count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answerable questions in plain wording, of the same skew, and up to 100 of the validation side."""
    plain = opened(skewed(negatives=0, varied=0))
    train = plain.draw(count, seed=START_SEED, splits_share={"train": 1.0})
    return train, plain.draw(min(100, count), seed=START_SEED, splits_share={"validation": 1.0})


def task() -> Task:
    return project().task


FOOD_QA = Pool(
    name="food-qa",
    task=task,
    start=Start(name="writing", examples=start_examples, most=32_000, epochs=1.0),
    sizes=Sizes(pool=6_000, validation=300, test=500, first=500, step=500, labels=2_000),
    draw=drawn,
    told=("template",),
    untold="out_of_scope",
    entity="restaurant",
)
