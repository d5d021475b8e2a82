"""Questions mapped into the universe, and templates suggested for those that fit none.

    python benchmarks/suggesting.py [--questions 1000] [--drawn 100000]

*Mapping*: questions drawn from food_qa, whose template and slot values are known, in the wordings that it ships with
and in all of them; and CLINC's 150 intents, none of which food_qa has, so that whatever maps is wrong.
*Suggesting*, each time with the universe of food_qa, on questions of the public data in ../shared/data (or
GROWLOOP_SHARED_DATA): CLINC's kitchen_and_dining (15 intents, the truth), restaurant8k and DSTC11. Purity, V-measure
and the adjusted Rand index compare the clusters with the intents, every question that is alone being a cluster.
*Held out* is the share of other questions of the same set that the proposed templates fit, without having seen them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table
from sklearn.metrics import adjusted_rand_score, v_measure_score

from growloop.models.bundled import bundled_folder
from growloop.records.declaration import read_declaration
from growloop.records.example import coordinate, where_of
from growloop.records.universe import Proposed, Universe
from growloop.retrieval.dense import Encoder
from growloop.universe import Space
from growloop.universe.clusters import clusters
from growloop.universe.suggestions import DISTANCE, hidden, vectors_of
from growloop.universe.variations import VARIATIONS

ROOT = Path(__file__).resolve().parents[1]
FOOD_QA = ROOT / "examples" / "food_qa"
DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", ROOT.parent / "shared" / "data"))
SLOTS = ("restaurant", "food", "cuisine")


def opened(**changes: Any) -> Space:
    """The universe of food_qa, parts of its declaration replaced."""
    declared = read_declaration(FOOD_QA / "universe.yaml", Universe)
    return Space.open(declared.model_copy(update=changes), FOOD_QA, "I do not know.")


def loaded(name: str) -> Any:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file] if ".jsonl" in name else json.load(file)


def clinc(domain: str | None, split: str | None = None) -> list[tuple[str, str]]:
    """Questions and intents of CLINC, of one domain and split or of all."""
    intents = json.loads((DATA / "intents" / "clinc" / "domains.json").read_text(encoding="utf-8"))
    rows = [
        row
        for name, part in loaded("intents/clinc/data_oos_plus.json.gz").items()
        if split in (None, name)
        for row in part
    ]
    return [(text, intent) for text, intent in rows if domain is None or intent in intents[domain]]


def restaurant8k(name: str) -> list[str]:
    rows = loaded(f"intents/restaurant8k/{name}.json.gz")
    return [row["userInput"]["text"] for row in (rows["examples"] if isinstance(rows, dict) else rows)]


def mapping(drawn: int) -> Table:
    """How many questions find back to where they were drawn."""
    shown = Table("questions", "number", "questions/s", "template right", "all slot values right", "fit")
    plain = opened()
    for name, space, n in (
        ("food_qa as it ships", plain, drawn),
        (
            "food_qa, each in one of twelve wordings",
            opened(variations=tuple(VARIATIONS), variation_share=1.0),
            drawn // 10,
        ),
    ):
        examples = space.draw(n)
        plain.map(examples["question"][:1000])  # patterns are compiled once
        started = time.perf_counter()
        mapped = plain.map(examples["question"])
        spent = time.perf_counter() - started
        template = (mapped["template"] == examples.select(coordinate("template")).to_series()).fill_null(False)
        truth = examples.select(coordinate(slot) for slot in SLOTS).select(where_of(SLOTS)).to_series()
        whole = template & (
            mapped["filling"].list.eval(pl.element().struct.field("value")).list.join("\0")
            == truth.list.eval(pl.element().struct.field("value")).list.join("\0")
        )
        shown.add_row(
            name,
            f"{examples.height:,}",
            f"{examples.height / spent:,.0f}",
            f"{template.mean():.4f}",
            f"{whole.mean():.4f}",
            f"{1 - mapped['outside'].mean():.4f}",
        )
    asked = pl.Series([text for text, _ in clinc(None)])
    started = time.perf_counter()
    outside = plain.map(asked)["outside"]
    spent = time.perf_counter() - started
    shown.add_row(
        "CLINC: all of it is outside",
        f"{len(asked):,}",
        f"{len(asked) / spent:,.0f}",
        "–",
        "–",
        f"{1 - outside.mean():.4f}",
    )
    return shown


def suggesting(n: int) -> Table:
    """What is proposed for the questions of each set, and how far it goes."""
    kitchen = clinc("kitchen_and_dining", "train")
    held_out = clinc("kitchen_and_dining", "test")
    dstc = list(dict.fromkeys(row["question"] for row in loaded("reviews/dstc11/val_qa.jsonl.gz")))
    half = len(dstc) // 2
    sets: dict[str, tuple[list[str], list[str], list[str] | None]] = {
        "CLINC kitchen_and_dining": ([q for q, _ in kitchen], [q for q, _ in held_out], [i for _, i in kitchen]),
        "restaurant8k": (restaurant8k("train_0"), restaurant8k("test"), None),
        "DSTC11": (dstc[:half], dstc[half:], None),
    }
    columns = (
        "questions",
        "clusters ≥ 5",
        "in them",
        "purity",
        "V-measure",
        "ARI",
        "templates",
        "fit",
        "held out",
        "seconds",
    )
    shown = Table("set", *columns)
    encode = Encoder(bundled_folder()).encode
    for name, (asked, others, truth) in sets.items():
        step = max(1, len(asked) // n)
        rows = range(0, len(asked), step)
        shown.add_row(
            name, *one_set([asked[row] for row in rows], others, truth and [truth[row] for row in rows], encode)
        )
    return shown


def one_set(asked: list[str], others: list[str], truth: list[str] | None, encode: Any) -> list[str]:
    space, known = opened(), {}

    def encoded(texts: Sequence[str]) -> Any:
        return known.setdefault(tuple(texts), encode(texts)) if tuple(texts) not in known else known[tuple(texts)]

    started = time.perf_counter()
    found = space.suggest(pl.Series(asked), encoded, smallest=5, most=1000)
    spent = time.perf_counter() - started
    labels = clusters(vectors_of(hidden(asked, space.slots), encoded), DISTANCE).tolist()
    sizes = Counter(labels)
    large = [label for label in labels if sizes[label] >= 5]
    proposed = tuple(Proposed(name=one.name, ask=one.ask, slots=one.slots) for one in found.suggestions)
    fit = opened(proposed=proposed).map(pl.Series(asked))["outside"]
    held = opened(proposed=proposed).map(pl.Series(others))["outside"]
    scores = ["–"] * 3
    if truth:
        scores = [
            f"{value:.3f}"
            for value in (purity(truth, labels), v_measure_score(truth, labels), adjusted_rand_score(truth, labels))
        ]
    counted = [f"{len(asked):,}", f"{len(set(large))}", f"{len(large) / len(labels):.2f}", *scores]
    return [*counted, str(len(proposed)), f"{1 - fit.mean():.3f}", f"{1 - held.mean():.3f}", f"{spent:.0f}"]


def purity(truth: Sequence[str], labels: Sequence[int]) -> float:
    """The share of questions whose intent is that of most of their cluster."""
    by_label: dict[int, Counter[str]] = {}
    for intent, label in zip(truth, labels, strict=True):
        by_label.setdefault(label, Counter())[intent] += 1
    return sum(counts.most_common(1)[0][1] for counts in by_label.values()) / len(truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=1000, help="of each set, at most about so many")
    parser.add_argument("--drawn", type=int, default=100_000)
    given = parser.parse_args()
    console = Console(width=150)
    console.print(mapping(given.drawn))
    console.print(suggesting(given.questions))


if __name__ == "__main__":
    main()
