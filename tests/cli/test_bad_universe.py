"""A universe that cannot be: told with its line by check and draw, and nothing half-drawn in the pool."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from growloop.cli import app

TASK = "name: shop\npurpose: What shops sell.\nanswer_kind: open_generative\nabstain_answer: I do not know.\n"
CONTEXTS = "contexts: {file: c.jsonl, entity_slot: shop}\n"
SLOTS = "slots:\n  shop: {entities: true}\n  thing: {values: [tea, milk]}\n"
TEMPLATES = (
    'templates:\n  - {name: sells, fact: "sells[thing]", ask: ["{thing} at {shop}?"], answer: {"yes": "Yes."}}\n'
)
TEXT = json.dumps({"entity": "Corner", "text": "They have tea.", "facts": {"sells": {"tea": "yes"}}})


def told(folder: Path, universe: str, text: str = TEXT) -> str:
    """What `growloop draw` says, after a look that check says the same and the pool stays empty."""
    (folder / "task.yaml").write_text(TASK + "candidates: [tiny]\n")
    (folder / "universe.yaml").write_text(universe)
    (folder / "c.jsonl").write_text(text)
    drawn = CliRunner().invoke(app, ["draw", "5", "--project", str(folder)])
    checked = CliRunner().invoke(app, ["check", "--project", str(folder)])
    listed = CliRunner().invoke(app, ["examples", "--json", "--project", str(folder)])
    assert (drawn.exit_code, checked.exit_code) == (1, 1)
    if listed.exit_code == 0:
        assert json.loads(listed.stdout)["count"] == 0
    problem = " ".join(drawn.output.split()).removeprefix("Error: ")
    assert problem[:60] in " ".join(checked.output.split())
    return problem


@pytest.mark.parametrize(
    ("universe", "problem"),
    [
        (
            CONTEXTS + SLOTS.replace("[tea, milk]", "[]") + TEMPLATES,
            r'universe.yaml, line 4: slot "thing" needs exactly one',
        ),
        (
            CONTEXTS + SLOTS.replace("{values: [tea, milk]}", "{fact: prices}") + TEMPLATES,
            r'universe.yaml, line 4: slot "thing" takes its values from the fact "prices", which no context tells',
        ),
        (
            CONTEXTS + SLOTS.replace("{values: [tea, milk]}", '{pattern: "te*a"}') + TEMPLATES,
            r"universe.yaml, line 4: .*repeats without end",
        ),
        (
            CONTEXTS + SLOTS + TEMPLATES.replace('"yes": "Yes."', '"no": "No."'),
            r"universe.yaml, line 6: .*none of its values has an answer. Values found: yes",
        ),
        (
            CONTEXTS
            + SLOTS
            + "  stuff: {values: [Tea]}\n"
            + TEMPLATES
            + '  - {name: stocks, by: stuff, ask: ["{stuff} at {shop}?"], answer: "Maybe."}\n',
            r'universe.yaml, line 8: template "stocks" asks .*, and so does template "sells" on line 7',
        ),
        (CONTEXTS + SLOTS + "templates: &all\n  - *all\n", r"universe.yaml, line 5: \*all stands inside &all itself"),
    ],
    ids=["no values", "no fact", "endless pattern", "no answer", "collision", "cycle"],
)
def test_what_cannot_be_is_told_with_its_line_and_nothing_is_drawn(tmp_path: Path, universe: str, problem: str) -> None:
    assert re.search(problem, told(tmp_path, universe))


def test_a_context_without_its_entity_is_named_with_its_line(tmp_path: Path) -> None:
    problem = told(tmp_path, CONTEXTS + SLOTS + TEMPLATES, TEXT + '\n{"text": "They have milk."}')

    assert 'c.jsonl, line 2: "entity" is missing: whom is the text about?' in problem


def test_texts_that_contradict_each_other_leave_a_template_without_an_answer(tmp_path: Path) -> None:
    contrary = TEXT.replace("yes", "no")

    problem = told(tmp_path, CONTEXTS.replace("shop}", "shop, together: 2}") + SLOTS + TEMPLATES, f"{TEXT}\n{contrary}")

    assert 'universe.yaml, line 6: template "sells"' in problem


def test_a_contexts_file_of_two_gigabytes_is_refused_at_once(tmp_path: Path) -> None:
    told(tmp_path, CONTEXTS + SLOTS + TEMPLATES.replace("yes", "no"))
    with (tmp_path / "c.jsonl").open("r+b") as file:
        file.truncate(2_100_000_000)

    result = CliRunner().invoke(app, ["check", "--project", str(tmp_path)])

    assert result.exit_code == 1
    assert "c.jsonl has 2.1 GB" in " ".join(result.output.split())
