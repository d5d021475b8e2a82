"""The blank project is the smallest one that works."""

from __future__ import annotations

import json
from pathlib import Path

from ruamel.yaml import YAML

from growloop.records.task import Task
from growloop.records.universe import Universe

FOLDER = Path(__file__).parents[2] / "examples" / "blank"


def test_both_files_load_and_the_contexts_hold_the_fact_that_is_asked_about():
    yaml = YAML(typ="safe")
    Task.model_validate(yaml.load((FOLDER / "task.yaml").read_text("utf-8")))
    universe = Universe.model_validate(yaml.load((FOLDER / "universe.yaml").read_text("utf-8")))
    contexts = [json.loads(row) for row in (FOLDER / universe.contexts.file).read_text("utf-8").splitlines()]

    [template] = universe.templates

    assert {context["facts"][template.fact] for context in contexts} == set(template.answer)


def uncommented(text: str) -> str:
    """The text with the example settings (`# key: value` and what is indented below) switched on."""
    rows = []
    for row in text.splitlines():
        bare = row.lstrip()
        is_setting = bare.startswith("# ") and (bare[2:].split(" ")[0].endswith(":") or bare.startswith(("#  ", "# -")))
        rows.append(row.replace("# ", "", 1) if is_setting else row)
    return "\n".join(rows)


def test_the_settings_that_are_commented_out_are_valid_too():
    text = (FOLDER / "task.yaml").read_text("utf-8")

    task = Task.model_validate(YAML(typ="safe").load(uncommented(text)))

    assert task.budgets.minimum_scores[1].where == {"negative": "wrong_entity"}
    assert task.scope.inside
