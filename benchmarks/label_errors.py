"""Wrong labels found: average precision of `growloop audit` beside other rankings of the same examples."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
from pathlib import Path

import polars as pl

from growloop.records.example import examples_frame
from growloop.records.task import Task, Training

DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
ATTRIBUTES = {
    "name": "What is it called?",
    "eatType": "What kind of place is it?",
    "food": "What food does it serve?",
    "priceRange": "What does it cost?",
    "customer rating": "How do customers rate it?",
    "area": "Where is it?",
    "familyFriendly": "Is it family-friendly?",
    "near": "What is it near?",
}


def e2e(texts: int, seed: int) -> pl.DataFrame:
    """Restaurant descriptions, eight questions each; `wrong` where the published value was corrected later."""
    with gzip.open(DATA / "label_noise" / "e2e" / "devel-fixed.no-ol.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows = list({row["ref"]: row for row in rows}.values())
    random.Random(seed).shuffle(rows)
    made = [
        {
            "question": question,
            "context": row["ref"],
            "answers": [given[name]] if name in given else [],
            "group": row["orig_mr"],
            "where": {"attribute": name},
            "wrong": given.get(name) != right.get(name),
        }
        for row in rows[:texts]
        for given, right in [(values(row["orig_mr"]), values(row["mr"]))]
        for name, question in ATTRIBUTES.items()
    ]
    return frame(made)


def values(representation: str) -> dict[str, str]:
    return {name.strip(): value for name, value in re.findall(r"([A-Za-z ]+)\[([^\]]*)\]", representation)}


def squad(questions: int, share: float, seed: int) -> pl.DataFrame:
    """SQuAD v2 questions; in a share of them the answer is another one's from the same paragraph, and `wrong`."""
    with gzip.open(DATA / "squad_v2" / "dev-v2.0.json.gz", "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    chance = random.Random(seed)
    paragraphs = [(article["title"], paragraph) for article in articles for paragraph in article["paragraphs"]]
    chance.shuffle(paragraphs)
    made: list[dict[str, object]] = []
    for title, paragraph in paragraphs:
        if len(made) >= questions:
            break
        told = [list(dict.fromkeys(answer["text"] for answer in asked["answers"])) for asked in paragraph["qas"]]
        for asked, answers in zip(paragraph["qas"], told, strict=True):
            others = [other for other in told if other and not set(other) & set(answers)]
            swap = bool(answers and others) and chance.random() < share * 2.4
            given = chance.choice(others) if swap else answers
            row = {"question": asked["question"], "context": paragraph["context"], "answers": given, "group": title}
            made.append({**row, "where": {}, "wrong": swap})
    return frame(made)


def frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    wrong = [row["wrong"] for row in rows]
    made = examples_frame({name: [row[name] for row in rows] for name in rows[0] if name != "wrong"})
    return made.with_columns(pl.Series("wrong", wrong, dtype=pl.Boolean)).unique(
        "id", keep="first", maintain_order=True
    )


def task(kind: str, **training: object) -> Task:
    silent = "" if kind == "extractive" else "The text does not say."
    return Task(
        name="bench", purpose="Wrong labels.", answer_kind=kind, abstain_answer=silent, training=Training(**training)
    )
