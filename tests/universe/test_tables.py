"""Values and facts that stand in tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from growloop.errors import BadData, BadDeclaration
from growloop.records.universe import Contexts, FactTable, Slot
from growloop.universe.contexts import read_contexts
from growloop.universe.project_files import MOST_BYTES
from growloop.universe.slots import read_slot

ROWS = {"name": ["ramen", "miso soup", None], "price": ["9", "4", "1"]}


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_a_slot_takes_its_values_from_a_column_of_a_table(tmp_path: Path, kind: str) -> None:
    table = pl.DataFrame(ROWS)
    write: dict[str, Callable[[Path], Any]] = {
        "csv": table.write_csv,
        "tsv": lambda path: table.write_csv(path, separator="\t"),
        "jsonl": table.write_ndjson,
        "parquet": table.write_parquet,
    }
    write[kind](tmp_path / f"foods.{kind}")

    values = read_slot("food", Slot(file=f"foods.{kind}", column="name"), tmp_path, [])

    assert values.names == ("ramen", "miso soup")


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("foods.csv", "nme\nramen\n", r'foods\.csv has no column "name".*Did you mean "nme"'),
        ("foods.csv", "name\n", r'foods\.csv: slot "food" is empty. The column "name" has no value'),
        ("foods.csv", "name,price\nramen,9\nsoup,4,5\n", r"foods\.csv, line 3: 3 cells, and there are 2 columns"),
        ("foods.txt", "name\n", r"tables end in \.csv"),
        ("foods.jsonl", "{", "not one JSON object a line"),
        ("foods.parquet", "no", "cannot be read as Parquet"),
    ],
)
def test_a_table_that_cannot_be_used_is_told(tmp_path: Path, file: str, content: str, problem: str) -> None:
    (tmp_path / file).write_text(content)

    with pytest.raises(BadData, match=problem):
        read_slot("food", Slot(file=file, column="name"), tmp_path, [])


def texts(folder: Path, *, by: str) -> Contexts:
    (folder / "c.jsonl").write_text(
        '{"id": "r1", "entity": "Kumo", "text": "One."}\n'
        '{"id": "r2", "entity": "Luna", "text": "Two.", "facts": {"dogs": "no"}}'
    )
    return Contexts(file="c.jsonl", facts=FactTable(file="facts.csv", by=by))  # type: ignore[arg-type]


def test_facts_come_from_a_table_beside_the_texts(tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text("id,dogs,menu[],offers[Miso Soup]\nr1,TRUE,pie; ramen,yes\nr2,,,\n")

    contexts, problems = read_contexts(texts(tmp_path, by="id"), tmp_path, {"offers", "menu"})

    assert problems == []
    assert contexts[0].facts == {"dogs": "yes", "menu": ("pie", "ramen"), "offers": {" miso soup ": "yes"}}
    assert contexts[0].named == {"offers": ("Miso Soup",), "menu": ("pie", "ramen")}
    assert contexts[1].facts == {"dogs": "no"}


def test_facts_by_entity_hold_for_all_its_texts_and_a_contradiction_is_not_asked_about(tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text("entity,dogs\nKumo,yes\nLuna,yes\n")

    contexts, _ = read_contexts(texts(tmp_path, by="entity"), tmp_path)

    assert [context.facts["dogs"] for context in contexts] == ["yes", None]


def test_a_row_about_no_text_is_named_with_its_number(tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text("id,dogs\nr1,yes\nr3,yes\n")

    _, [problem] = read_contexts(texts(tmp_path, by="id"), tmp_path)

    assert str(problem).startswith('facts.csv, row 2: no text has the id "r3".')


def test_a_table_without_its_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "facts.csv").write_text("name,dogs\nr1,yes\n")

    with pytest.raises(BadData, match='no column "id", which says whom a row is about'):
        read_contexts(texts(tmp_path, by="id"), tmp_path)


def test_a_slot_takes_its_values_from_what_contexts_tell(space: Callable[..., Any]) -> None:
    told = space(slots={"restaurant": {"entities": True}, "food": {"fact": "offers"}})

    foods = set(told.coordinates["food"])

    assert foods == {"ramen", "miso soup", "soup", "crème brûlée", "tacos", "pie"}


def test_a_slot_of_a_fact_that_nobody_tells_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadDeclaration, match='the fact "offer", which no context tells'):
        read_slot("food", Slot(fact="offer"), tmp_path, [])


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    line = b'{"text": "x"}\n'
    with (tmp_path / "c.jsonl").open("wb") as file:
        file.write(line * 1_200_000)
        file.truncate(2 * MOST_BYTES)  # a hole: takes no room on the disk

    with pytest.raises(BadData, match=r"c\.jsonl has 2\.0 GB.*at most 1\.0 GB.*About 71,42.* lines fit.*shuf -n 7142"):
        read_contexts(Contexts(file="c.jsonl"), tmp_path)
