"""What a random split of real data leaks from train into test, and what ours does.

    python benchmarks/leakage.py

Each public set (GROWLOOP_SHARED_DATA) is imported and frozen through growloop, and the same rows are dealt by
`datasets.Dataset.train_test_split`, to a test side of the same size. One judge looks at both, and is neither: word
sets by scikit-learn, every pair of texts by a product of sparse matrices. A test row leaks where its text (the
context; the question where there is none) stands in train too, or one whose word set is at least 0.7 alike (Jaccard).
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from contest import RESULTS, surroundings
from datasets import Dataset, disable_progress_bars
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import CountVectorizer

from growloop import loop
from growloop.notebook import import_examples
from growloop.project import Project

SHARED = Path(os.environ.get("GROWLOOP_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
SIMILARITY = 0.7
ROWS_AT_ONCE = 500
CONSOLE = Console(width=140)
SETS = {
    "SQuAD v2 dev": ("squad_v2/dev-v2.0.json.gz", "extractive"),
    "SQuADShifts new wiki": ("squad_like/squadshifts_new_wiki_v1.0.json.gz", "extractive"),
    "NoiseQA keyboard": ("noisy_questions/noiseqa/xquad-keyboard-natural.json.gz", "extractive"),
    "DSTC11 reviews": ("reviews/dstc11/val_qa.jsonl.gz", "open_generative"),
}
"""What it is called → its file and the kind of its answers."""
TASK = """
name: leakage
purpose: To be split.
answer_kind: {kind}
abstain_answer: "{words}"
"""


def frozen(path: Path, kind: str, folder: Path) -> pl.DataFrame:
    """The rows of a file with the side that growloop gives them."""
    loop.new(folder)
    (folder / "universe.yaml").unlink()
    words = "" if kind == "extractive" else "I don't know."
    (folder / "task.yaml").write_text(TASK.format(kind=kind, words=words), encoding="utf-8")
    project = Project.open(folder)
    import_examples(project, path)
    return project.examples(loop.freeze(project).id)


def at_random(rows: pl.DataFrame, held_out: int) -> pl.DataFrame:
    """The same rows as `train_test_split` deals them."""
    dealt = Dataset.from_dict({"id": rows["id"].to_list()}).train_test_split(test_size=held_out, seed=0)
    in_test = pl.col("id").is_in(list(dealt["test"]["id"]))
    return rows.with_columns(split=pl.when(in_test).then(pl.lit("test")).otherwise(pl.lit("train")))


def leaks(rows: pl.DataFrame) -> int:
    """How many rows of test have a twin in train."""
    texts = rows.select("split", text=pl.when(pl.col("context") == "").then("question").otherwise("context"))
    test = texts.filter(pl.col("split") == "test")["text"]
    known = texts.filter(pl.col("split") == "train")["text"].unique()
    different = test.unique()
    counter = CountVectorizer(binary=True, token_pattern=r"\w+", dtype=np.int32)
    words = counter.fit_transform([*different, *known])
    ours, theirs = words[: len(different)], words[len(different) :]
    sizes = np.asarray(theirs.sum(axis=1)).ravel()
    twin = np.zeros(len(different), bool)
    for start in range(0, len(different), ROWS_AT_ONCE):
        part = ours[start : start + ROWS_AT_ONCE]
        shared = (part @ theirs.T).toarray()
        union = np.asarray(part.sum(axis=1)) + sizes - shared
        twin[start : start + ROWS_AT_ONCE] = (shared >= SIMILARITY * np.maximum(union, 1)).any(axis=1)
    return test.is_in(different.filter(pl.Series(twin)).implode()).sum()


def measured(name: str, folder: Path) -> dict[str, Any]:
    file, kind = SETS[name]
    rows = frozen(SHARED / file, kind, folder)
    held_out = rows.filter(pl.col("split") == "test").height
    return {
        "rows": rows.height,
        "test_rows": held_out,
        "random": leaks(at_random(rows, held_out)),
        "growloop": leaks(rows),
    }


def main() -> None:
    disable_progress_bars()
    table = Table("Data", "Rows", "Test rows", "Leaked by train_test_split", "Leaked by growloop")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(SETS):
            found[name] = got = measured(name, Path(folder) / str(number))
            share = f"{got['random']:,} ({got['random'] / max(1, got['test_rows']):.0%})"
            table.add_row(name, f"{got['rows']:,}", f"{got['test_rows']:,}", share, f"{got['growloop']:,}")
    CONSOLE.print(table)
    path = RESULTS / "leakage.json"
    kept = {"similarity": SIMILARITY, "sets": found, "surroundings": surroundings(("datasets", "scikit-learn"))}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"Saved: {path}")


if __name__ == "__main__":
    main()
