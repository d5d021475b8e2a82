"""Questions of travellers, each put to one review of a hotel or restaurant: the sentence that answers it, or nothing.

DSTC11 marks the sentences that the answers rest on; a review of which none is marked does not answer the question. In
the pool restaurants are rare, and so are questions that the review does not answer; in validation and test restaurants
have the share that they have in the data, and half of the questions have no answer.
"""

from __future__ import annotations

import gzip
from functools import cache

import polars as pl
from label_pools import SHARED_DATA, Pool, Sides, Sizes, dealt, shuffled, some, spans_task
from squad_pool import SPANS

from growloop.records.example import coordinate, examples_frame, is_answerable

FILE = SHARED_DATA / "reviews" / "dstc11" / "val_qa.jsonl.gz"
RARE_DOMAIN = "restaurant"
RARE_SHARE, NATURAL_SHARE = 0.08, 0.3
"""Of restaurants: in the pool; in validation and test, as in the data."""
NEGATIVES_IN_POOL = 0.1
"""Of questions that the review does not answer; half of validation and test."""
SHARES = {"pool": 0.6, "validation": 0.16, "test": 0.24}
DEALT_BY, TEST_SEED, VALIDATION_SEED = 0, 1_001, 3_000


@cache
def examples() -> pl.DataFrame:
    """Every question with every review or FAQ of its entity that it was put to, once."""
    rows = pl.read_ndjson(gzip.decompress(FILE.read_bytes()))
    texts = rows.select(
        "question",
        "domain",
        "evidence",
        group=pl.concat_str("domain", "entity_id", separator=" "),
        context=pl.col("context").str.split("\n"),
    ).explode("context")
    told = texts.with_columns(source=pl.col("context").str.extract(r"^(Review|FAQ): ")).drop_nulls("source")
    sentences = told.explode("evidence").with_columns(
        evidence=pl.when(pl.col("context").str.contains(pl.col("evidence"), literal=True)).then("evidence")
    )
    keys = ["question", "context", "domain", "source", "group"]
    found = sentences.group_by(keys, maintain_order=True).agg(answers=pl.col("evidence").drop_nulls().unique().sort())
    where = [{"domain": domain, "source": source.lower()} for domain, source in found.select("domain", "source").rows()]
    unanswerable = pl.when(pl.col("answers").list.len() == 0).then(pl.lit("unanswerable"))
    columns = found.select("question", "context", "answers", "group", negative=unanswerable).to_dict(as_series=False)
    return examples_frame({**columns, "where": where})


@cache
def sides_of(domain: str) -> dict[str, pl.DataFrame]:
    """The questions of one domain, each hotel or restaurant on one side."""
    return dealt(examples().filter(coordinate("domain") == domain), SHARES, DEALT_BY)


def mixed(side: str, count: int, rare_share: float, negative_share: float, seed: int) -> pl.DataFrame:
    """So many questions of one side, shares of them about restaurants, and without an answer."""
    rare = round(rare_share * count)
    parts = []
    for domain, wanted in {"hotel": count - rare, RARE_DOMAIN: rare}.items():
        rows, negatives = sides_of(domain)[side], round(negative_share * wanted)
        parts.append(some(rows.filter(is_answerable()), wanted - negatives, seed))
        parts.append(some(rows.filter(~is_answerable()), negatives, seed))
    return shuffled(parts, seed)


def drawn(sizes: Sizes, seed: int) -> Sides:
    return Sides(
        pool=mixed("pool", sizes.pool, RARE_SHARE, NEGATIVES_IN_POOL, seed),
        validation=mixed("validation", sizes.validation, NATURAL_SHARE, 0.5, VALIDATION_SEED + seed),
        test=mixed("test", sizes.test, NATURAL_SHARE, 0.5, TEST_SEED),
    )


DSTC11 = Pool(
    name="dstc11",
    task=spans_task,
    start=SPANS,
    sizes=Sizes(pool=2_500, validation=300, test=600, first=200, step=200, labels=1_000),
    draw=drawn,
    told=("domain", "source"),
)
