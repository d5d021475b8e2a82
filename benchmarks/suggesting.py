"""Questions mapped into the universe, and templates suggested for those that fit none.

    python benchmarks/suggesting.py [--questions 1000] [--drawn 100000]

*Mapping*: questions drawn from food_qa, whose template and slot values are known, in the wordings that it ships with
and in all of them; and CLINC's 150 intents, none of which food_qa has, so that whatever maps is wrong.
*Meaning*: of every template of food_qa every fifth phrasing is taken away, and questions in those words are mapped;
then each template is taken away whole, and whatever of its questions maps all the same is wrong. CLINC again.
*Suggesting*, each time with the universe of food_qa, on questions of the public data in ../shared/data (or
GROWLOOP_SHARED_DATA): CLINC's kitchen_and_dining (15 intents, the truth), restaurant8k and DSTC11. Purity, V-measure
and the adjusted Rand index compare the clusters with the intents; a question that is alone is a cluster of its own.
*Held out* are other questions of the same set, which the proposed templates have not seen: how many fit their words,
how many of the rest mean one of them, and for how many of those it is the one that stands for their intent. *Other
domains* are CLINC's questions about anything else: what maps there is wrong.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import adjusted_rand_score, v_measure_score

from growloop.models.bundled import bundled_folder
from growloop.records.declaration import read_declaration
from growloop.records.example import coordinate, where_of
from growloop.records.suggestion import Suggestions
from growloop.records.universe import Proposed, Universe
from growloop.retrieval.dense import Encoder
from growloop.universe import Space
from growloop.universe.meaning import Encode, KnownSlots
from growloop.universe.suggestions import kinds_of, vectors_of
from growloop.universe.variations import VARIATIONS

ROOT = Path(__file__).resolve().parents[1]
FOOD_QA = ROOT / "examples" / "food_qa"
DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", ROOT.parent / "shared" / "data"))
SLOTS = ("restaurant", "food", "cuisine")


def opened(encode: Encode | None = None, **changes: Any) -> Space:
    """The universe of food_qa, parts of its declaration replaced; it maps by meaning as well with `encode`."""
    declared = read_declaration(FOOD_QA / "universe.yaml", Universe)
    return Space.open(declared.model_copy(update=changes), FOOD_QA, "I do not know.", encode=encode)


@cache
def encoder() -> Encode:
    """The embedded model."""
    return Encoder(bundled_folder()).encode


_READ: dict[str, NDArray[np.float32]] = {}


def read(texts: Sequence[str]) -> NDArray[np.float32]:
    """Texts as unit vectors, each text once."""
    new = [text for text in dict.fromkeys(texts) if text not in _READ]
    _READ.update(zip(new, encoder()(new) if new else (), strict=True))
    return np.stack([_READ[text] for text in texts])


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


def meaning() -> Table:
    """How often a question in words that no phrasing has is told by what it means."""
    shown = Table("questions", "number", "by words", "by meaning", "to the right template")
    declared = read_declaration(FOOD_QA / "universe.yaml", Universe).templates
    fewer = [one.model_copy(update={"ask": tuple(a for n, a in enumerate(one.ask) if n % 5)}) for one in declared]
    gone = [one.model_copy(update={"ask": one.ask[::5]}) for one in declared]
    asked = {one.name: opened(templates=(one,)).draw(60, where={"negative": "none"})["question"] for one in gone}
    found = {name: opened(read, templates=tuple(fewer)).map(questions) for name, questions in asked.items()}
    shown.add_row("words that were taken away", *shares({name: (told, name) for name, told in found.items()}))
    apart = {
        name: (opened(read, templates=tuple(one for one in declared if one.name != name)).map(questions), "")
        for name, questions in asked.items()
    }
    shown.add_row("their template taken away: all are outside", *shares(apart))
    elsewhere = opened(read).map(pl.Series([text for text, _ in clinc(None, "test")][::10]))
    shown.add_row("CLINC, every tenth: all are outside", *shares({"clinc": (elsewhere, "")}))
    return shown


def shares(mapped: Mapping[str, tuple[pl.DataFrame, str]]) -> list[str]:
    """How many questions there are, which shares map how, and which map to the right template."""
    how = pl.concat([frame["how"] for frame, _ in mapped.values()])
    right = sum(int((frame["template"] == name).sum()) for frame, name in mapped.values()) / len(how)
    by_words = (~how.is_in(["none", "meaning"])).mean()
    told = f"{right:.3f}" if any(name for _, name in mapped.values()) else "–"
    return [f"{len(how):,}", f"{by_words:.3f}", f"{(how == 'meaning').mean():.3f}", told]


def suggesting(n: int) -> Table:
    """What is proposed for the questions of each set, and how far it goes."""
    kitchen, others = clinc("kitchen_and_dining", "train"), clinc("kitchen_and_dining", "test")
    own = {text for text, _ in clinc("kitchen_and_dining")}
    elsewhere = [text for text, _ in clinc(None, "test") if text not in own]
    dstc = list(dict.fromkeys(row["question"] for row in loaded("reviews/dstc11/val_qa.jsonl.gz")))
    half = len(dstc) // 2
    sets = (
        Questions("CLINC kitchen_and_dining", kitchen, others, elsewhere),
        Questions("restaurant8k", unlabelled(restaurant8k("train_0")), unlabelled(restaurant8k("test")), elsewhere),
        Questions("DSTC11", unlabelled(dstc[:half]), unlabelled(dstc[half:]), elsewhere),
    )
    shown = Table("", *(one.name for one in sets))
    columns = [one_set(questions.thinned(n)) for questions in sets]
    for name in columns[0]:
        shown.add_row(name, *(column[name] for column in columns))
    return shown


def unlabelled(questions: Sequence[str]) -> list[tuple[str, str]]:
    return [(text, "") for text in questions]


@dataclass(frozen=True)
class Questions:
    """Questions with their intents, empty where nobody knows them, and questions that are about something else."""

    name: str
    asked: list[tuple[str, str]]
    held_out: list[tuple[str, str]]
    elsewhere: list[str]

    def thinned(self, n: int) -> Questions:
        """At most about `n` of each, spread evenly."""
        step, other, far = (max(1, len(some) // n) for some in (self.asked, self.held_out, self.elsewhere))
        return Questions(self.name, self.asked[::step], self.held_out[::other], self.elsewhere[::far])


def one_set(given: Questions) -> dict[str, str]:
    """What is told of one set."""
    asked, intents = [text for text, _ in given.asked], [intent for _, intent in given.asked]
    started = time.process_time()
    found = opened().suggest(pl.Series(asked), read, smallest=5, most=1000)
    spent = time.process_time() - started
    known = KnownSlots(opened().slots)
    labels = kinds_of(vectors_of([known.named(text) for text in asked], read)).tolist()
    labels = [label if label >= 0 else -1 - row for row, label in enumerate(labels)]
    sizes = Counter(labels)
    large = [label for label in sizes if sizes[label] >= 5]
    proposed = tuple(Proposed(name=one.name, ask=one.ask, slots=one.slots) for one in found.suggestions)
    space = opened(read, proposed=proposed)
    fit, held, far = (space.map(pl.Series(some)) for some in (asked, [t for t, _ in given.held_out], given.elsewhere))
    return {
        "questions": f"{len(asked):,}",
        "clusters of 5 and more": f"{len(large)}",
        "share of the questions in them": f"{sum(sizes[label] for label in large) / len(labels):.2f}",
        **agreement(intents, labels),
        "proposed templates": str(len(proposed)),
        "the questions themselves: by words · by meaning": by_how(fit),
        "held out": f"{held.height:,}",
        "held out: by words · by meaning": by_how(held),
        "held out: of those that map, the right intent": right_intent(given, labels, found, held),
        "other domains": f"{far.height:,}",
        "other domains: by words · by meaning": by_how(far),
        "CPU seconds to suggest": f"{spent:.0f}",
    }


def by_how(mapped: pl.DataFrame) -> str:
    """The shares that map by words and by meaning."""
    return f"{(~mapped['how'].is_in(['none', 'meaning'])).mean():.3f} · {(mapped['how'] == 'meaning').mean():.3f}"


def agreement(intents: Sequence[str], labels: Sequence[int]) -> dict[str, str]:
    """How far clusters and intents are the same."""
    measures = {"purity": purity, "V-measure": v_measure_score, "adjusted Rand index": adjusted_rand_score}
    return {name: f"{of(intents, labels):.3f}" if any(intents) else "–" for name, of in measures.items()}


def right_intent(given: Questions, labels: Sequence[int], found: Suggestions, held: pl.DataFrame) -> str:
    """Of the held-out questions that map to a proposal, how many have the intent of most questions in its cluster."""
    if not given.held_out[0][1]:
        return "–"
    intent_of = dict(given.asked)
    label_of = {text: label for (text, _), label in zip(given.asked, labels, strict=True)}
    most = {
        label: Counter(intent_of[text] for text, other in label_of.items() if other == label).most_common(1)[0][0]
        for label in set(labels)
    }
    stands_for = {one.name: most[label_of[one.questions[0]]] for one in found.suggestions}
    right = [stands_for.get(name) == intent for name, (_, intent) in zip(held["template"], given.held_out, strict=True)]
    return f"{sum(right) / max(1, int((~held['outside']).sum())):.3f}"


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
    console.print(meaning())
    console.print(suggesting(given.questions))


if __name__ == "__main__":
    main()
