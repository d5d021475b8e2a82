"""Verdicts of people on public data, and how far each metric agrees with them.

    evouna   EVOUNA-NQ: five systems' answers to questions of Natural Questions; `system` is a coordinate, so that each
             has its row. Improper questions and answers that nobody judged are left out, as its authors do
    nq301    301 questions of Natural Questions, 1,490 answers of five systems, each judged by two people, by a third
             where they disagreed. Beside the metrics: BEM and GPT-4 as published with the data, on the same answers

    python benchmarks/agreement.py [--only evouna|nq301] [--write FOLDER]

`--write` only writes the verdicts as JSONL, for `growloop metrics agree FOLDER/nq301.jsonl`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

import growloop
from growloop.metrics import contingency
from growloop.reporting.agreement import agreement_tables

DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
FOLDER = DATA / "human_judgement"
SYSTEMS = ("fid", "gpt35", "chatgpt", "gpt4", "newbing")

Row = dict[str, Any]


def evouna() -> Iterator[Row]:
    """A verdict for each proper question and system."""
    with gzip.open(FOLDER / "evouna_nq.json.gz", "rt", encoding="utf-8") as file:
        items = [item for item in json.load(file) if not item["improper"]]
    for item in items:
        for system in SYSTEMS:
            if item[f"judge_{system}"] is not None:
                yield {
                    "question": item["question"],
                    "answers": [answer for answer in item["golden_answer"].split("/") if answer.strip()],
                    "prediction": item[f"answer_{system}"] or "",
                    "verdict": "correct" if item[f"judge_{system}"] else "wrong",
                    "annotator": "evouna",
                    "where": {"system": system},
                }


def nq301() -> Iterator[Row]:
    """A verdict for each answer and annotator."""
    for judged, with_golds in zip(_table("human"), _table("BEM"), strict=True):
        for annotator in ("annotator1", "annotator2", "annotator3"):
            if judged[annotator]:
                yield {
                    "question": judged["Question"],
                    "answers": [answer.strip() for answer in with_golds["Gold answers"].split(" | ")],
                    "prediction": judged["Model answer"],
                    "verdict": judged[annotator].lower(),
                    "annotator": annotator,
                }


def _table(name: str) -> list[dict[str, str]]:
    with gzip.open(FOLDER / f"nq301_{name}.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def published(name: str) -> tuple[float, float]:
    """Accuracy and kappa of a judge published with NQ301 against the people's final verdict."""
    pairs = [
        (judge["Acceptable?"] == "Yes", people["Acceptable?"] == "Yes")
        for judge, people in zip(_table(name), _table("human"), strict=True)
    ]
    table = np.zeros((2, 2))
    np.add.at(table, tuple(np.array(pairs, dtype=int).T), 1)
    return float(contingency.accuracy(table)), float(contingency.kappa(table))


SETS = {"evouna": evouna, "nq301": nq301}


def write(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in SETS[name]()]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
        print(folder / f"{name}.jsonl", f"{len(lines):,} verdicts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SETS)
    parser.add_argument("--write", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    names = [given.only] if given.only else list(SETS)
    if given.write:
        write(given.write, names)
        return
    console = Console(width=140, highlight=False)
    for name in names:
        console.print(f"[bold]{name}[/bold]", *agreement_tables(growloop.agreement(SETS[name]())), sep="\n")
    for judge in ("BEM", "gpt-4") if "nq301" in names else ():
        accuracy, kappa = published(judge)
        print(f"nq301, {judge} as published, on the same answers: accuracy {accuracy:.3f}, kappa {kappa:.3f}")


if __name__ == "__main__":
    main()
