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
