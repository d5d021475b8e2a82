"""The page docs/reference/universe.md is true: what it shows is run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from growloop.records.declaration import read_declaration
from growloop.records.universe import NegativeKind, Universe, VariationKind
from growloop.universe import Space
from growloop.universe.variations import VARIATIONS


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "reference" / "universe.md").read_text(encoding="utf-8")


def block(page: str, language: str) -> str:
    return re.search(rf"^```{language}\n(.*?)^```", page, flags=re.M | re.S)[1]  # type: ignore[index]


@pytest.fixture
def shown(page: str, tmp_path: Path) -> Path:
    """A project folder with the files that the page shows."""
    (tmp_path / "contexts").mkdir()
    (tmp_path / "universe.yaml").write_text(block(page, "yaml"), encoding="utf-8")
    (tmp_path / "contexts" / "reviews.jsonl").write_text(block(page, "jsonl"), encoding="utf-8")
    return tmp_path


def test_the_universe_shown_has_no_problems(shown: Path) -> None:
    assert Space.problems(read_declaration(shown / "universe.yaml", Universe), shown) == []


def test_the_python_shown_runs(
    page: str, shown: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shown)

    exec(block(page, "python"), {})

    size, question, drawn = capsys.readouterr().out.splitlines()
    assert "'offers-food'" in size
    assert question == "Does Kumo House offer ramen?"
    assert len(eval(drawn)) == 4


def test_a_list_is_answered_in_the_order_of_the_text(shown: Path) -> None:
    space = Space.open(read_declaration(shown / "universe.yaml", Universe), shown)

    drawn = space.draw(50, where={"template": "vegetarian-options", "negative": "none"})

    assert drawn["answers"].explode().unique().to_list() == ["At Kumo House they are salad and tofu."]


def test_the_negatives_and_the_coverage_shown_can_be_declared(page: str, shown: Path) -> None:
    declared = (shown / "universe.yaml").read_text(encoding="utf-8")
    plain = re.sub(r"^negatives:\n(?:  .*\n)+", "", declared, flags=re.M)

    more = "".join(block(page, f"yaml {what}") for what in ("negatives", "coverage", "unknown"))
    (shown / "universe.yaml").write_text(plain + more)

    assert Space.problems(read_declaration(shown / "universe.yaml", Universe), shown) == []


def test_the_closed_questions_those_about_two_and_the_slots_shown_can_be_declared(page: str, shown: Path) -> None:
    declared = (shown / "universe.yaml").read_text(encoding="utf-8")
    slots = block(page, "yaml slots").removeprefix("slots:\n")
    slots += "  city: {values: [Bern, Rome, Oslo]}\n  other: {entities: true}\n"
    templates = "".join(re.findall(r"^```yaml templates\n(.*?)^```", page, flags=re.M | re.S))
    more = declared.replace("templates:\n", f"{slots}templates:\n{templates}")

    (shown / "universe.yaml").write_text(more)
    problems = Space.problems(read_declaration(shown / "universe.yaml", Universe), shown)

    assert len(problems) == 1  # what is about two needs more restaurants than the page shows
    assert "held_out" in problems[0]


def test_the_table_of_facts_shown_is_read(page: str, shown: Path) -> None:
    (shown / "contexts" / "facts.csv").write_text(block(page, "csv"), encoding="utf-8")
    declared = (shown / "universe.yaml").read_text(encoding="utf-8")
    (shown / "universe.yaml").write_text(declared.replace("  together: 2\n", "  facts: {file: contexts/facts.csv}\n"))

    universe = read_declaration(shown / "universe.yaml", Universe)

    assert Space.problems(universe, shown) == []
    assert "dogs 1" in Space.open(universe, shown).summary()


def test_every_variation_and_kind_of_negative_is_on_the_page(page: str) -> None:
    for name in (*VARIATIONS, *get_args(VariationKind), *get_args(NegativeKind)):
        assert f"`{name}`" in page
