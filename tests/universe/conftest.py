"""A small universe on disk: three fact kinds, twelve entities, six foods."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from growloop.records.universe import Universe
from growloop.universe import Space

FOODS = ("ramen", "miso soup", "soup", "crème brûlée", "tacos", "pie")
ENTITIES = tuple(f"{name} {kind}" for kind in ("House", "Bar", "Garden") for name in ("Kumo", "Luna", "Olive", "Poppy"))

DECLARED: dict[str, Any] = {
    "contexts": {"file": "contexts.jsonl", "entity_slot": "restaurant", "show": "About {entity}\n{text}"},
    "slots": {"restaurant": {"entities": True}, "food": {"file": "foods.txt"}},
    "templates": [
        {
            "name": "offers",
            "ask": ["Does {restaurant} offer {food}?", "Is there {food} at {restaurant}?", "{restaurant}: {food}?"],
            "fact": "offers[food]",
            "answer": {"yes": "Yes, {restaurant} offers {food}.", "no": "No, {restaurant} has no {food}."},
        },
        {
            "name": "dogs",
            "ask": ["May dogs enter {restaurant}?", "Is {restaurant} dog-friendly?", "Dogs at {restaurant}?", "Dogs?"],
            "fact": "dogs",
            "answer": {"yes": "Yes, dogs are welcome.", "no": "No, no dogs."},
        },
        {
            "name": "vegetarian",
            "ask": ["What is meat-free at {restaurant}?", "Veggie at {restaurant}?", "List {restaurant}'s veg dishes."],
            "fact": "vegetarian",
            "answer": {"list": "At {restaurant}: {value}."},
        },
    ],
    "negatives": [{"kind": "wrong_entity", "share": 0.2}, {"kind": "wrong_topic", "share": 0.2}],
    "variations": ["no_question_mark", "no_punctuation", "lower_case", "upper_case"],
}


def review(number: int) -> dict[str, Any]:
    """Reviews whose facts turn up at different rates; each twelfth number is about the same entity."""
    food, dogs = FOODS[number % 6], "yes" if number % 3 else "no"
    offers = "yes" if number % 2 else "no"
    facts: dict[str, Any] = {"offers": {food: offers}}
    text = f"Visit {number}. They {'do' if offers == 'yes' else 'do not do'} {food}."
    if number % 2:
        facts["dogs"] = dogs
        text += f" Dogs: {dogs}."
    if number % 4 == 0:
        facts["vegetarian"] = ["pie", "salad"]
        text += " I had the salad and the pie."
    return {"id": f"r{number}", "entity": ENTITIES[number % 12], "text": text, "facts": facts}


@pytest.fixture
def reviews() -> list[dict[str, Any]]:
    return [review(number) for number in range(48)]


@pytest.fixture
def written(tmp_path: Path, reviews: list[dict[str, Any]]) -> Callable[..., tuple[Universe, Path]]:
    """Writes a project folder; keywords replace parts of the declaration."""

    def write(lines: list[Any] | None = None, foods: str = "\n".join(FOODS), **more: Any) -> tuple[Universe, Path]:
        rows = reviews if lines is None else lines
        texts = [line if isinstance(line, str) else json.dumps(line) for line in rows]
        (tmp_path / "contexts.jsonl").write_text("\n".join(texts), encoding="utf-8")
        (tmp_path / "foods.txt").write_text(foods, encoding="utf-8")
        return Universe.model_validate({**DECLARED, **more}), tmp_path

    return write


@pytest.fixture
def space(written: Callable[..., tuple[Universe, Path]]) -> Callable[..., Space]:
    def open_space(*args: Any, **more: Any) -> Space:
        return Space.open(*written(*args, **more), "I do not know.")

    return open_space


@pytest.fixture
def by_words() -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """Texts as vectors of hashed words: alike where words are."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.casefold().replace("?", "").split():
                vectors[row, sum(map(ord, word)) % 64] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return encode
