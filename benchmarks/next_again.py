"""A second turn of the loop after a few rows changed, beside the first:  python benchmarks/next_again.py

food_qa, 11,400 examples drawn, a random model of a few thousand weights in place of the embedded one: how it is trained
is not what is measured. Then one example in a hundred is corrected, once all on the test side and once anywhere, and
`growloop next` is run again. What each stage took, by the progress it told; training is left out of the ratio.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

import growloop
from growloop import loop
from growloop.pool import Pool
from growloop.project import Project, now
from growloop.records.annotation import Annotation

TRAINING = ("train", "new head")
TASK_LINE = "  - bundled\n"


def tiny_model(folder: Path) -> None:
    """A BERT of a few thousand weights that reads as the embedded model does."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    from growloop.models.bundled import bundled_folder

    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(**sizes, max_position_embeddings=512, architectures=["BertModel"])).save_pretrained(folder)
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(folder)


def made(folder: Path, examples: int) -> Project:
    """The example project with the tiny model, and a pool."""
    project = growloop.new(folder, template="food-qa")
    tiny_model(folder / "tiny")
    task = (folder / "task.yaml").read_text(encoding="utf-8").replace(TASK_LINE, "  - tiny\n")
    task = task.replace("epochs: 2.2", "epochs: 0.1").replace("max_answer_tokens: 40", "max_answer_tokens: 8")
    (folder / "task.yaml").write_text(task, encoding="utf-8")
    project = Project.open(folder)
    growloop.draw(project, examples)
    return project


def turn(project: Project) -> dict[str, float]:
    """Seconds of each stage of one `next`, by when it first spoke."""
    spent: dict[str, float] = defaultdict(float)
    last, stage = time.perf_counter(), "freeze"
    for progress in loop.next_iteration(project, n=0):
        spent[stage] += time.perf_counter() - last
        last, stage = time.perf_counter(), progress.stage
    spent[stage] += time.perf_counter() - last
    return dict(spent)


def correct(project: Project, share: float, side: str | None) -> int:
    """Give a share of all examples another answer, on one side or anywhere; how many."""
    version = project.latest_version()
    assert version is not None
    rows = project.examples(version.id)
    chosen = rows.filter(pl.col("split") == side) if side else rows
    some = chosen.sample(min(chosen.height, round(share * rows.height)), seed=0)
    with Pool.open(project.pool_url) as pool:
        for question, context in some.select("question", "context").iter_rows():
            told = {"question": question, "context": context, "shown_answer": "", "at": now()}
            pool.annotate(Annotation(**told, verdict="wrong", answers=("Nobody can say.",)))
    return some.height


def main() -> None:
    made_of = argparse.ArgumentParser(description=__doc__)
    made_of.add_argument("--examples", type=int, default=11_400)
    options = made_of.parse_args()
    table = Table(
        "stage", "first", "1 % of the rows, on the test side", "1 %, anywhere", title="Seconds of growloop next"
    )
    with tempfile.TemporaryDirectory() as scratch:
        project = made(Path(scratch) / "first", options.examples)
        columns = [turn(project)]
        for side in ("test", None):
            copy = Path(scratch) / (side or "anywhere")
            shutil.copytree(project.folder, copy)
            again = Project.open(copy)
            correct(again, 0.01, side)
            columns.append(turn(again))
    stages = dict.fromkeys(stage for column in columns for stage in column)
    for stage in stages:
        table.add_row(stage, *(f"{column.get(stage, 0.0):.2f}" for column in columns))
    others = [sum(seconds for stage, seconds in column.items() if stage not in TRAINING) for column in columns]
    table.add_section()
    table.add_row("all but training", *(f"{seconds:.2f}" for seconds in others))
    table.add_row("times cheaper", "1.0", *(f"{others[0] / seconds:.1f}" for seconds in others[1:]))
    Console().print(table)


if __name__ == "__main__":
    main()
