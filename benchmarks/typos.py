"""The `typos` variation beside people typing fast: kinds and rates of errors, per character and per question.

    python benchmarks/typos.py [--seed 0]

People: NoiseQA's natural keyboard noise (Ravichander et al. 2021), 1,190 questions typed again by hand, from the
public data in ../shared/data (or GROWLOOP_SHARED_DATA). Each pair of a question and its noisy twin is aligned with
the fewest edits (optimal string alignment: substitution, insertion, omission, transposition), and every edit is named.
Rates are over the questions that have an error at all: a question to which a variation is applied has one. Left out
are those with more than eight edits, which people asked anew instead of typing them again.
NoiseQA's synthetic keyboard noise, which replaces letters by neighbours at a fixed rate, stands beside them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from growloop.universe.variations import vary
from growloop.universe.variations.keyboard import neighbours

DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
KINDS = (
    "neighbouring key",
    "another letter",
    "transposition",
    "letter left out",
    "one of a double left out",
    "letter doubled",
    "neighbour added",
    "another letter added",
    "space left out",
    "space added",
    "case",
    "punctuation",
)
MOST_EDITS = 8
"""With more, a question was not typed again but asked anew."""
Pairs = list[tuple[str, str]]


def questions(name: str) -> dict[str, str]:
    """Question id → question of one NoiseQA file."""
    with gzip.open(DATA / "noisy_questions" / "noiseqa" / name, "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    asked = (entry for article in articles for part in article["paragraphs"] for entry in part["qas"])
    return {entry["id"]: entry["question"].strip() for entry in asked}


def edits(clean: str, noisy: str) -> list[str]:
    """The kinds of the fewest edits that turn one text into the other."""
    costs = alignment(clean, noisy)
    found: list[str] = []
    i, j = len(clean), len(noisy)
    while i or j:
        i, j, kind = step_back(costs, clean, noisy, i, j)
        found += [kind] if kind else []
    return found


def alignment(clean: str, noisy: str) -> list[list[float]]:
    """The cost of turning each beginning of one text into each beginning of the other."""
    costs = [[float(j) for j in range(len(noisy) + 1)]]
    for i, letter in enumerate(clean, start=1):
        row = [float(i)]
        for j, typed in enumerate(noisy, start=1):
            best = min(costs[-1][j] + 1, row[-1] + 1, costs[-1][j - 1] + substitution(letter, typed))
            if is_swap(clean, noisy, i, j):
                best = min(best, costs[-2][j - 2] + 1)
            row.append(best)
        costs.append(row)
    return costs


def substitution(letter: str, typed: str) -> float:
    """0 for the same letter; a letter in the other case is the cheapest mistake."""
    return 0.0 if letter == typed else 0.9 if letter.lower() == typed.lower() else 1.0


def is_swap(clean: str, noisy: str, i: int, j: int) -> bool:
    """True where the two letters before these places are the same two, swapped."""
    return i > 1 and j > 1 and clean[i - 1] != clean[i - 2] and clean[i - 2 : i] == noisy[j - 2 : j][::-1]


def step_back(costs: list[list[float]], clean: str, noisy: str, i: int, j: int) -> tuple[int, int, str]:
    """The places before the last edit, and its kind; no kind where nothing was edited."""
    here = costs[i][j]
    if i and j and here == costs[i - 1][j - 1] + substitution(clean[i - 1], noisy[j - 1]):
        return i - 1, j - 1, of_substitution(clean[i - 1], noisy[j - 1])
    if is_swap(clean, noisy, i, j) and here == costs[i - 2][j - 2] + 1:
        return i - 2, j - 2, "transposition"
    if i and here == costs[i - 1][j] + 1:
        return i - 1, j, of_omission(clean, i - 1)
    return i, j - 1, of_insertion(noisy, j - 1)


def of_substitution(letter: str, typed: str) -> str:
    if letter == typed:
        return ""
    if letter.lower() == typed.lower():
        return "case"
    if not (letter.isalnum() and typed.isalnum()):
        return "punctuation"
    return "neighbouring key" if typed.lower() in neighbours(letter) else "another letter"


def of_omission(clean: str, place: int) -> str:
    letter = clean[place]
    if letter == " ":
        return "space left out"
    if not letter.isalnum():
        return "punctuation"
    return "one of a double left out" if letter.lower() in around(clean, place) else "letter left out"


def of_insertion(noisy: str, place: int) -> str:
    letter = noisy[place]
    if letter == " ":
        return "space added"
    if not letter.isalnum():
        return "punctuation"
    beside = around(noisy, place)
    if letter.lower() in beside:
        return "letter doubled"
    return "neighbour added" if any(letter.lower() in neighbours(other) for other in beside) else "another letter added"


def around(text: str, place: int) -> str:
    """The letters before and after a place, in small."""
    return (text[place - 1 : place] + text[place + 1 : place + 2]).lower()


def measured(pairs: Pairs) -> tuple[Counter[str], int, int]:
    """How often each kind of error occurs in the pairs that differ, in how many letters and questions."""
    differing = [(clean, noisy) for clean, noisy in pairs if clean != noisy]
    kinds = Counter(kind for clean, noisy in differing for kind in edits(clean, noisy))
    return kinds, sum(len(clean) for clean, _ in differing), len(differing)


def per_question(pairs: Pairs) -> Counter[int]:
    """How many questions have so many errors, punctuation and case left aside."""
    counts = (sum(kind not in ("case", "punctuation") for kind in edits(*pair)) for pair in pairs)
    return Counter(counts)


def table(columns: dict[str, Pairs]) -> Table:
    """A row for each kind of error: how many in 1,000 characters of the questions that have one."""
    shown = Table("errors in 1,000 characters", *columns)
    found = {name: measured(pairs) for name, pairs in columns.items()}
    for kind in KINDS:
        shown.add_row(kind, *(f"{1000 * kinds[kind] / letters:.2f}" for kinds, letters, _ in found.values()))
    totals = ((sum(kinds.values()), letters, n) for kinds, letters, n in found.values())
    shown.add_row("all", *(f"{1000 * errors / letters:.2f}" for errors, letters, _ in totals))
    shown.add_section()
    shown.add_row("questions with an error", *(f"{n:,} of {len(columns[name]):,}" for name, (*_, n) in found.items()))
    for number in range(1, 5):
        shown.add_row(f"of those with a typo, {number}", *(share(per_question(p), number) for p in columns.values()))
    return shown


def share(counts: Counter[int], number: int) -> str:
    return f"{counts[number] / max(sum(n for errors, n in counts.items() if errors), 1):.0%}"


def paired(clean: dict[str, str], noisy: Iterable[str]) -> Pairs:
    """Each question with its noisy twin, but for those that were asked anew."""
    return [pair for pair in zip(clean.values(), noisy, strict=True) if len(edits(*pair)) <= MOST_EDITS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    clean = questions("xquad-context-en-question-en.json.gz")
    natural = questions("xquad-keyboard-natural.json.gz")
    synthetic = questions("xquad-keyboard-synthetic.json.gz")
    asked = pl.Series("question", list(clean.values()))
    columns = {
        "people": paired(clean, (natural[key] for key in clean)),
        "growloop typos": paired(clean, vary(asked, "typos", seed=seed)),
        "NoiseQA synthetic": paired(clean, (synthetic[key] for key in clean)),
    }
    Console(width=110).print(table(columns))


if __name__ == "__main__":
    main()
