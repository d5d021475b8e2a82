"""What was drawn before is drawn again: measured results rest on the bytes of a seeded draw."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from growloop.records.declaration import read_declaration
from growloop.records.universe import Universe
from growloop.universe import Space

PINNED = {
    ("food_qa", 0): "d53d9991ee0df118266b011f70f0b4b0af31b88617802e226c66eb66fa31fb4c",
    ("food_qa", 13): "99be8a07cd4a574fb4257bc25b8aeed782ff758aff8e928deaed7468bd7081a8",
    ("blank", 0): "1ce7f0d6f8393b66f3240b00af26aee17157c4dd659a982e4ecbf043bc7703fb",
    ("blank", 13): "53bc42a2e641d1ea9d0ad731b907ff256784698eef764dc347e7d3890c53191b",
}

PINNED_STREAMS = {
    ("as it ships", 0): "ce21ffb3a7e622f932dbce269e2d5a5f736ffd4c4a749209b0b407b58389e273",
    ("as it ships", 13): "666757f9583d40e520a73765fa2545d5633ef5609b6897a8718a4a08d929437e",
    ("with typos", 0): "5fee2432eb91514c426111628af092f281d9c486fb54d8d4fbb1b5f743e22590",
}


def fingerprint(examples: pl.DataFrame) -> str:
    """One hash over every column of every row, in order."""
    rows = json.dumps(examples.to_dicts(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(rows.encode()).hexdigest()


@pytest.mark.parametrize(("example", "seed"), PINNED)
def test_the_examples_that_ship_draw_what_they_always_drew(repository: Path, example: str, seed: int) -> None:
    folder = repository / "examples" / example
    space = Space.open(read_declaration(folder / "universe.yaml", Universe), folder, "I do not know.")

    drawn = space.draw(12_000 if example == "food_qa" else 500, seed=seed)

    assert fingerprint(drawn) == PINNED[example, seed]


@pytest.mark.parametrize(("universe", "seed"), PINNED_STREAMS)
def test_food_qa_streams_what_it_always_streamed(repository: Path, universe: str, seed: int) -> None:
    """In columns, and with variations that are made one by one between them."""
    folder = repository / "examples" / "food_qa"
    declared = read_declaration(folder / "universe.yaml", Universe)
    if universe == "with typos":
        declared = declared.model_copy(update={"variations": ("lower_case", "typos")})
    space = Space.open(declared, folder, "I do not know.")

    streamed = pl.concat(space.stream(2000 if universe == "with typos" else 6000, seed=seed))

    assert fingerprint(streamed) == PINNED_STREAMS[universe, seed]
