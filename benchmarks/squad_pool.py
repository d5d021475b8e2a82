"""Questions about Wikipedia: many of SQuADShifts, all with an answer, and few of SQuAD v2, half of them without.

In validation and test both sources have one half.
"""

from __future__ import annotations

from functools import cache

import polars as pl
from label_pools import SHARED_DATA, Pool, Sides, Sizes, Start, check_apart, dealt, shuffled, some, spans_task

from growloop.records.example import where_of

FILES = {
    "squadshifts": SHARED_DATA / "squad_like" / "squadshifts_new_wiki_v1.0.json.gz",
    "squad_v2": SHARED_DATA / "squad_v2" / "dev-v2.0.json.gz",
}
FREQUENT, RARE = FILES
RARE_SHARE = 0.12
"""Of the pool; half of validation and test."""
SHARES = {
    FREQUENT: {"start": 0.28, "pool": 0.54, "validation": 0.09, "test": 0.09},
    RARE: {"pool": 0.5, "validation": 0.2, "test": 0.3},
}
DEALT_BY, TEST_SEED, VALIDATION_SEED = 0, 1_001, 3_000


@cache
def sides_of(source: str) -> dict[str, pl.DataFrame]:
    """The questions of one source, each article on one side, with where they come from."""
    from growloop.dataset.importers import read_examples  # where all is drawn already, nothing of it is needed

    examples = read_examples(FILES[source]).examples
    known = examples.with_columns(source=pl.lit(source)).with_columns(where_of(["source"])).drop("source")
    return dealt(known, SHARES[source], DEALT_BY)


def mixed(side: str, count: int, rare_share: float, seed: int) -> pl.DataFrame:
    """So many questions of one side, a share of them of the rare source."""
    rare = round(rare_share * count)
    parts = [some(sides_of(FREQUENT)[side], count - rare, seed), some(sides_of(RARE)[side], rare, seed)]
    return shuffled(parts, seed)


def drawn(sizes: Sizes, seed: int) -> Sides:
    check_apart({f"{source} {side}": rows for source in FILES for side, rows in sides_of(source).items()})
    return Sides(
        pool=mixed("pool", sizes.pool, RARE_SHARE, seed),
        validation=mixed("validation", sizes.validation, 0.5, VALIDATION_SEED + seed),
        test=mixed("test", sizes.test, 0.5, TEST_SEED),
    )


def start_examples(count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Questions of SQuADShifts about articles of their own, and some of its validation side."""
    taught, kept_by = sides_of(FREQUENT)["start"], sides_of(FREQUENT)["validation"]
    return some(taught, min(count, taught.height), 0), some(kept_by, min(100, count, kept_by.height), 0)


SPANS = Start(name="spans", examples=start_examples, most=3_000, epochs=3.0)
"""A model that marks spans, but was never taught to abstain."""
SQUAD = Pool(
    name="squad",
    task=spans_task,
    start=SPANS,
    sizes=Sizes(pool=4_500, validation=300, test=600, first=400, step=400, labels=1_600),
    draw=drawn,
    told=("source",),
    entity="article",
)
