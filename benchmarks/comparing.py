"""What verdicts on two runs are worth, and how wrong answers are sorted, on public answers.

    chance     how often two equally good runs come out better or worse, with groups kept whole and as if every row
               stood for itself, and how often any of their slices does
    kinds      the kinds of failure of three systems on the SQuAD 2.0 development set, and what sorting 100,000 wrong
               answers takes; `--show N` prints so many of one system, drawn at random, for a reader to judge

    python benchmarks/comparing.py [--only chance|kinds] [--show N --system NAME --seed S] [--write FOLDER]

`--write` only makes a project of the three systems' answers, for `growloop compare nlnet_single bert_single`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import growloop
from growloop.diagnose.compare import compare, compare_slices
from growloop.diagnose.failures import KINDS, failure_kinds
from growloop.metrics import score, summarise
from growloop.project import now, parquet_bytes, write_atomically
from growloop.records.example import examples_frame
from growloop.records.run import Run

DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SQUAD = DATA / "squad_v2"
SYSTEMS = ("bidaf_elmo_single", "nlnet_single", "bert_single")
ASKED_BY = ("what", "who", "when", "where", "which", "how", "why")
PAIRS = 500
MANY = 100_000
SILENT = ("answered_unanswerable", "refused")


def chance(rows: int, groups: int, shared: float) -> str:
    """How often runs of one skill are told apart; questions of a group share luck of this spread."""
    generator = np.random.default_rng(1)
    ids = [f"{row:05d}" for row in range(rows)]
    owner = generator.integers(groups, size=rows)
    places = [{"place": str(place)} for place in generator.integers(5, size=rows)]
    named = {"id": ids, "question": ids, "group": [f"g{number}" for number in owner], "where": places}
    examples = examples_frame(named)
    told = alone = any_slice = 0
    for _ in range(PAIRS):
        luck = shared * generator.normal(size=(2, groups))[:, owner] + generator.normal(size=(2, rows))
        luck += generator.normal(size=rows)
        before, after = (
            pl.DataFrame({"id": ids, "answerable": True, "abstained": False, "right": side})
            for side in (luck > 0).astype(float)
        )
        told += compare(before, after, "right", examples).verdict != "cannot tell"
        alone += compare(before, after, "right").verdict != "cannot tell"
        slices = compare_slices(before, after, "right", examples)
        any_slice += any(one.verdict != "cannot tell" for one in slices)
    counts = {"told apart": told, "as if rows were independent": alone, "any slice": any_slice}
    shares = " · ".join(f"{name} {count / PAIRS:.1%}" for name, count in counts.items())
    return f"{rows} rows in {groups} groups: {shares}"


def questions() -> Iterator[dict[str, Any]]:
    """The development set, with the question word and whether it can be answered as coordinates."""
    with gzip.open(SQUAD / "dev-v2.0.json.gz", "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    for article in articles:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                words = asked["question"].lower().split()
                word = next((word for word in words if word in ASKED_BY), "other")
                yield {
                    "id": asked["id"],
                    "question": asked["question"],
                    "context": paragraph["context"],
                    "answers": sorted({answer["text"] for answer in asked["answers"]}),
                    "where": {"answerable": "no" if asked["is_impossible"] else "yes", "asks": word},
                    "group": article["title"],
                }


def answered(ids: pl.Series, asked: list[str], system: str) -> pl.DataFrame:
    """What a system said, under the ids of the examples."""
    with gzip.open(SQUAD / "official_predictions" / f"{system}.json.gz", "rt", encoding="utf-8") as file:
        said = json.load(file)
    frame = pl.DataFrame({"id": ids, "prediction": [said.get(id, "") for id in asked]})
    return frame.with_columns(abstained=pl.col("prediction") == "")


def kinds(show: int, system: str, seed: int) -> None:
    """Counts by system, the time for many, and a sample to read."""
    rows = list(questions())
    answers = pl.Series([row["answers"] for row in rows], dtype=pl.List(pl.String))
    examples = examples_frame({**{name: [row[name] for row in rows] for name in rows[0]}, "answers": answers})
    ids = examples["id"].to_list()
    for name in SYSTEMS:
        said = answered(examples["id"], ids, name)
        scores = score(examples, said, ["exact_match"])
        found = failure_kinds(examples, said, scores, metric="exact_match", right_from=1.0)
        counts = dict(found["kind"].value_counts().iter_rows())
        told = " · ".join(f"{kind} {counts[kind]:,}" for kind in KINDS if kind in counts)
        print(f"{name}: {found.height:,} wrong: {told}")
        if show and name == system:
            both = found.filter(~pl.col("kind").is_in(SILENT)).join(examples, on="id").join(said, on="id")
            for row in both.sample(show, seed=seed).iter_rows(named=True):
                print(f"- {row['kind']} | {row['question']} | right: {row['answers']} | said: {row['prediction']}")
    _many(examples, answered(examples["id"], ids, SYSTEMS[0]))


def _many(examples: pl.DataFrame, said: pl.DataFrame) -> None:
    """What sorting many wrong answers takes: those of one system, again and again under new ids."""
    scores = score(examples, said, ["exact_match"]).filter((pl.col("exact_match") < 1) & ~pl.col("abstained"))
    times = MANY // scores.height + 1
    frames = [
        pl.concat([frame.with_columns(pl.col("id") + f"-{number}") for number in range(times)])
        for frame in (examples.join(scores, on="id", how="semi"), said.join(scores, on="id", how="semi"), scores)
    ]
    start, cpu = time.perf_counter(), time.process_time()
    found = failure_kinds(*(frame.head(MANY) for frame in frames), metric="exact_match", right_from=1.0)
    spent = f"{time.perf_counter() - start:.1f} s, {time.process_time() - cpu:.1f} CPU seconds"
    print(f"{found.height:,} wrong answers sorted in {spent}")


def write(folder: Path) -> None:
    """A project whose runs are the systems' answers."""
    rows = list(questions())
    project = growloop.new(folder, template="blank")
    growloop.import_examples(project, [{**row, "source_id": row["id"]} for row in rows], split="test")
    growloop.import_examples(project, [{"question": "Dogs?", "context": "No.", "answers": ["no"]}], split="train")
    version = growloop.freeze(project)
    examples = project.examples(version.id).filter(pl.col("split") == "test")
    sources = {(row["question"], row["context"]): row["id"] for row in rows}
    asked = [sources[pair] for pair in examples.select("question", "context").iter_rows()]
    for system in SYSTEMS:
        said = answered(examples["id"], asked, system)
        scores = score(examples, said, ["token_f1", "exact_match"])
        for name, frame in (("predictions", said), ("scores", scores)):
            write_atomically(project.run_folder(system) / f"{name}.parquet", parquet_bytes(frame))
        run = Run(id=system, kind="evaluate", split="test", model=system, version=version.id, created=now())
        project.save_run(run.model_copy(update={"metrics": summarise(scores)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=("chance", "kinds"))
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--system", choices=SYSTEMS, default="bert_single")
    parser.add_argument("--seed", type=int, default=23)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if options.write:
        write(options.write)
        return
    if options.only != "kinds":
        for rows, groups, shared in ((60, 60, 0.0), (200, 20, 1.0), (400, 400, 0.0)):
            print(chance(rows, groups, shared))
    if options.only != "chance":
        kinds(options.show, options.system, options.seed)


if __name__ == "__main__":
    main()
