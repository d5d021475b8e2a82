from __future__ import annotations

from pathlib import Path

import pytest

from growloop.errors import BadData, BadDeclaration
from growloop.records.universe import Slot
from growloop.universe.contexts import Context
from growloop.universe.slots import Mentions, Values, read_slot


def test_a_file_holds_one_value_a_line(tmp_path: Path) -> None:
    (tmp_path / "foods.txt").write_bytes("\ufeff# foods\r\nramen\r\n\r\n  pie \r\nRamens\r\n".encode())

    assert read_slot("food", Slot(file="foods.txt"), tmp_path, []).names == ("ramen", "pie")


def test_values_come_from_the_declaration_or_the_entities(tmp_path: Path) -> None:
    assert read_slot("x", Slot(values=("a", "b", "A")), tmp_path, []).names == ("a", "b")
    about = [Context(str(number), entity, "t", "t", {}) for number, entity in enumerate(["E", "F", "E"])]
    assert read_slot("x", Slot(entities=True), tmp_path, about).names == ("E", "F")


@pytest.mark.parametrize("slot", [Slot(), Slot(values=("a",), entities=True), Slot(file="x", entities=True)])
def test_a_slot_has_exactly_one_source(tmp_path: Path, slot: Slot) -> None:
    with pytest.raises(BadDeclaration, match="exactly one of `values`, `file`, `entities`"):
        read_slot("food", slot, tmp_path, [])


def test_a_missing_file_is_named_with_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "food.txt").write_text("pie")

    with pytest.raises(
        BadData, match=r"foods\.txt does not exist, and slot \"food\" reads it\. In \. there are: food\.txt"
    ):
        read_slot("food", Slot(file="foods.txt"), tmp_path, [])


def test_an_empty_file_and_one_outside_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("# nothing yet\n")

    with pytest.raises(BadData, match=r'empty\.txt: slot "food" is empty'):
        read_slot("food", Slot(file="empty.txt"), tmp_path, [])
    with pytest.raises(BadData, match="leads out of the project folder"):
        read_slot("food", Slot(file="../secret.txt"), tmp_path, [])


def test_a_file_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("pie\ncafé\n".encode("latin-1"))

    with pytest.raises(BadData, match=r"latin\.txt, line 2: not UTF-8"):
        read_slot("food", Slot(file="latin.txt"), tmp_path, [])


def test_mentions_of_all_slots_are_found_in_one_pass() -> None:
    slots = {"food": Values.of(["soup", "miso soup", "pie"]), "place": Values.of(["Soup Bar", "Pies"])}

    found = Mentions(slots).found_in("At the soup bar: MISO-SOUPS, no pi.")

    assert found == {"food": {0, 1}, "place": {0}}
    assert Mentions({}).found_in("anything") == {}


def test_an_alias_speaks_of_its_value() -> None:
    foods = Values.of(["gyoza", "pie"], {"gyoza": ("pot stickers", "Jiaozi")})

    assert foods.names == ("gyoza", "pie")
    assert Mentions({"food": foods}).found_in("Pot stickers! And jiaozi.") == {"food": frozenset({0})}
