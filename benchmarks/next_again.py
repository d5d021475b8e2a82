"""A second turn of the loop after a few rows changed, beside the first:  python benchmarks/next_again.py

food_qa, 11,400 examples drawn, the embedded model trained for a moment: how good it gets is not what is measured. Then
one example in a hundred is corrected, once all on the test side (the model stays as it is, for it learns from none of
them) and once anywhere (it is trained anew), and `growloop next` is run again. `--tiny` takes a random model of a few
thousand weights, whose answers cost next to nothing: what is left is what every turn costs. `--examples` makes either
shorter, for trying this out.

Counted are seconds of processor time, each turn in a process of its own, from its start with all imports to the report.
The bytecode of growloop is there, as it is where it was installed.

    start       python, its libraries, opening the project
    gather      the pool filled, corrections folded in, the version frozen
    answering   the model loaded, questions answered and scored; before the first training also by the untrained model
    diagnose    what fails, what to gather, the gate, the report page
    training    in its own process; in no ratio

`times cheaper` leaves training out. A model that was trained anew has given no answer yet and is asked every held-out
question: the last lines leave out answering as well, on both sides, and so say what becomes of everything else.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import resource
import shutil
import subprocess
import sys
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

STAGES = {"freeze": "gather", "train": "training", "new head": "training", "evaluate": "answering"}
"""What the progress calls a part of a turn, and what it is called here."""
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


def made(folder: Path, *, tiny: bool) -> None:
    """The example project, its model to be trained for a moment."""
    growloop.new(folder, template="food-qa")
    task = (folder / "task.yaml").read_text(encoding="utf-8").replace("epochs: 2.2", "epochs: 0.2")
    if tiny:
        tiny_model(folder / "tiny")
        task = task.replace(TASK_LINE, "  - tiny\n").replace("max_answer_tokens: 40", "max_answer_tokens: 8")
    (folder / "task.yaml").write_text(task, encoding="utf-8")


def turn(folder: Path, examples: int) -> dict[str, float]:
    """Processor seconds of each stage of one `next` in this process, by when it first spoke."""
    project = Project.open(folder)
    spent: dict[str, float] = defaultdict(float)
    spent["start"] = last = time.process_time()
    stage = "gather"
    for progress in loop.next_iteration(project, n=examples):
        spent[stage] += time.process_time() - last
        last, stage = time.process_time(), STAGES.get(progress.stage, progress.stage)
    spent[stage] += time.process_time() - last
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent["training"] += others.ru_utime + others.ru_stime
    return {"start": 0.0, "gather": 0.0, "answering": 0.0, "diagnose": 0.0, **spent}


def turn_apart(folder: Path, examples: int = 0) -> dict[str, float]:
    """The same in a process of its own, as a person would run it."""
    command = [sys.executable, __file__, "--turn", str(folder), "--examples", str(examples)]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=kept)
    return json.loads(done.stdout.splitlines()[-1])


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
    made_of = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made_of.add_argument("--examples", type=int, default=11_400)
    made_of.add_argument("--tiny", action="store_true")
    made_of.add_argument("--turn", type=Path, help=argparse.SUPPRESS)
    options = made_of.parse_args()
    if options.turn:
        print(json.dumps(turn(options.turn, options.examples)))
        return
    compileall.compile_dir(Path(growloop.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as scratch:
        first = Path(scratch) / "first"
        made(first, tiny=options.tiny)
        columns = [turn_apart(first, options.examples)]
        for side in ("test", None):
            copy = Path(scratch) / (side or "anywhere")
            shutil.copytree(first, copy)
            correct(Project.open(copy), 0.01, side)
            columns.append(turn_apart(copy))
    show(columns)


def show(columns: list[dict[str, float]]) -> None:
    """A row for each stage, and how many times cheaper a later turn was than the first."""
    table = Table("", "first", "1 % of the rows, on the test side", "1 %, anywhere", title="Processor seconds")
    for stage in dict.fromkeys(stage for column in columns for stage in column):
        table.add_row(stage, *(f"{column.get(stage, 0.0):.2f}" for column in columns))
    for left_out in (("training",), ("training", "answering")):
        seconds = [sum(part for stage, part in column.items() if stage not in left_out) for column in columns]
        table.add_section()
        table.add_row(f"all but {' and '.join(left_out)}", *(f"{part:.2f}" for part in seconds))
        table.add_row("times cheaper", "1.0", *(f"{seconds[0] / part:.1f}" for part in seconds[1:]))
    Console().print(table)


if __name__ == "__main__":
    main()
