"""NVIDIA Data Designer's samplers at the job of the plain loop in drawing.py: run by the Python that has it installed.

    DATA_DESIGNER_PYTHON=/path/to/venv/bin/python python benchmarks/drawing.py

It reads the phrasings and slot values from a JSON file, fills them at random, writes Parquet, and is then checked: as
many rows as asked for, and each question one that the phrasing and the values of its row make. Prints seconds and
memory as drawing.py does. It needs no model and asks none.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

import data_designer.config as dd
import pyarrow.dataset
from data_designer.interface import DataDesigner


def builder(known: dict[str, list[str]]) -> dd.DataDesignerConfigBuilder:
    """A category for the phrasing and for each slot, and the question as an expression of them."""
    made = dd.DataDesignerConfigBuilder(model_configs=[])
    for name, values in known.items():
        made.add_column(
            dd.SamplerColumnConfig(
                name=name, sampler_type=dd.SamplerType.CATEGORY, params=dd.CategorySamplerParams(values=values)
            )
        )
    replaced = "".join(f" | replace('[{name}]', {name})" for name in known if name != "ask")
    made.add_column(dd.ExpressionColumnConfig(name="question", expr="{{ ask" + replaced + " }}"))
    return made


def main() -> None:
    source, folder, rows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    known = json.loads(source.read_text(encoding="utf-8"))
    nobody = dd.ModelProvider(name="nobody", endpoint="http://127.0.0.1:9")  # one has to be named; it is not asked
    DataDesigner(artifact_path=folder, model_providers=[nobody]).create(builder(known), num_records=rows)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "rows": rows,
        "wall": time.time() - float(os.environ["STARTED"]),
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1e3,
    }
    made = pyarrow.dataset.dataset([str(path) for path in Path(folder).rglob("*.parquet")]).to_table().to_pylist()
    assert len(made) == rows, (len(made), rows)
    for row in made:
        question = row["ask"]
        for name in known:
            question = question.replace(f"[{name}]", row[name])
        assert row["question"] == question, row
    print(json.dumps(told))


if __name__ == "__main__":
    main()
