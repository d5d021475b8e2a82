from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from growloop.cli import app

runner = CliRunner()

UNIVERSE = """\
contexts: {file: contexts/c.jsonl, entity_slot: shop}
slots:
  shop: {entities: true}
  thing: {values: [tea, green tea, milk]}
templates:
  - name: sells
    fact: sells[thing]
    ask: ["Does {shop} sell {thing}?", "Is there {thing} at {shop}?", "{thing} from {shop}?"]
    answer: {"yes": "Yes.", "no": "No."}
  - name: parking
    fact: parking
    ask: ["Can one park at {shop}?", "Is there parking at {shop}?", "Parking near {shop}?"]
    answer: {"yes": "Yes, one can park.", "no": "No."}
negatives:
  - {kind: near_miss, share: 0.2}
  - {kind: wrong_topic, share: 0.2}
  - {kind: retrieved, share: 0.2}
variations: [typos, politeness]
variation_pairs: true
verify: {by: wording}
coverage: {at_least: 3, targets: [{where: {template: sells, answer: "yes"}, count: 12}]}
"""
TASK = "name: shop\npurpose: What shops sell.\nanswer_kind: open_generative\nabstain_answer: I do not know.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "contexts").mkdir()
    (tmp_path / "task.yaml").write_text(TASK + "candidates: [tiny]\nretriever: bm25\n")
    (tmp_path / "universe.yaml").write_text(UNIVERSE)
    contexts = []
    for number in range(24):
        thing, sold = ("tea", "milk")[number % 2], ("yes", "no")[number // 2 % 2]
        text = f"We asked for {thing}. They {'had' if sold == 'yes' else 'never have'} it. The car park was full."
        contexts.append({"entity": f"Shop {number}", "text": text, "facts": {"sells": {thing: sold}}})
    contexts += [
        {"entity": f"Shop {number}", "text": "Free parking.", "facts": {"parking": "yes"}} for number in range(12)
    ]
    (tmp_path / "contexts" / "c.jsonl").write_text("\n".join(json.dumps(context) for context in contexts))
    return tmp_path


def run(folder: Path, *words: str) -> str:
    result = runner.invoke(app, [*words, "--project", str(folder)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_universe_tells_its_size_by_template_and_kind_of_negative(folder: Path) -> None:
    told = json.loads(run(folder, "universe", "--json"))

    assert told["size"] == sum(told["templates"].values()) == sum(told["negatives"].values())
    assert set(told["templates"]) == {"sells", "parking"}
    assert told["found"] == ["retrieved"]
    shown = run(folder, "universe")
    assert f"{told['size']:,}" in shown
    assert "found while drawing" in shown


def test_a_huge_universe_is_counted_at_once(folder: Path) -> None:
    slots = "".join(
        f"  s{number}: {{values: [{', '.join(f'v{value}' for value in range(100))}]}}\n" for number in range(6)
    )
    asked = " ".join(f"{{s{number}}}" for number in range(6))
    declared = UNIVERSE.replace("  thing:", f"{slots}  thing:").replace("Can one park at {shop}?", f"{asked} {{shop}}?")
    (folder / "universe.yaml").write_text(declared)

    assert json.loads(run(folder, "universe", "--json"))["size"] > 10**12


def test_drafts_are_told_and_can_be_looked_at(folder: Path) -> None:
    drawn = json.loads(run(folder, "draw", "120", "--json"))

    assert drawn["accepted"] + drawn["drafts"] == 120
    assert drawn["drafts"] > 0  # the car park is no parking, and may be
    drafts = json.loads(run(folder, "examples", "--status", "draft", "--json"))
    doubts = {example["where"]["doubt"] for example in drafts["examples"]}
    assert any("park" in doubt for doubt in doubts)


def test_retrieved_negatives_come_from_the_task_s_own_index(folder: Path) -> None:
    run(folder, "draw", "60")

    found = json.loads(run(folder, "examples", "--where", "negative=retrieved", "--json"))

    assert found["count"] >= 8
    assert all(example["answers"] == [] for example in found["examples"])


def test_drawing_goes_on_where_it_stopped_with_everything_declared(folder: Path) -> None:
    run(folder, "draw", "40")

    assert json.loads(run(folder, "draw", "40", "--json"))["duplicates"] == 0


def test_coverage_tells_gaps_and_the_draws_that_fill_them(folder: Path) -> None:
    before = json.loads(run(folder, "coverage", "--json"))
    assert before["covered"] == 0
    assert before["draws"][0] == {"where": {"template": "sells", "answer": "yes"}, "n": 12}

    shown = run(folder, "coverage")

    assert "Thin and empty regions" in shown
    assert "growloop draw 12 --where template=sells --where answer=yes" in shown.replace("\n", " ")


def test_following_the_list_fills_the_gaps(folder: Path) -> None:
    (folder / "universe.yaml").write_text(UNIVERSE.replace("by: wording", "by: facts"))
    for draw in json.loads(
        run(folder, "coverage", "--at-least", "1", "--over", "template", "--over", "answer", "--json")
    )["draws"]:
        run(
            folder,
            "draw",
            str(draw["n"]),
            *(word for pair in draw["where"].items() for word in ("--where", "=".join(pair))),
        )

    after = json.loads(run(folder, "coverage", "--at-least", "1", "--over", "template", "--over", "answer", "--json"))

    assert after["covered"] == after["combinations"]
    assert after["draws"] == []
    assert "growloop freeze" in run(folder, "coverage", "--at-least", "1", "--over", "template", "--over", "answer")
