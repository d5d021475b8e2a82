"""The page docs/reference/export.md and the command name every form and every key there is."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from growloop.cli.export import Format
from growloop.dataset.exporters import FORMS
from growloop.dataset.exporters.rows import KEPT


def test_every_form_has_its_line_with_the_ending_of_its_files(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "export.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}

    assert set(FORMS) <= set(rows)
    wrong = [
        name for name, form in FORMS.items() if f"`{form.suffix}`" not in rows[name] and "a folder" not in rows[name]
    ]
    assert wrong == []


def test_every_field_of_the_object_is_on_the_page(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "export.md").read_text(encoding="utf-8")

    assert [name for name in (*KEPT, "where") if f"`{name}`" not in page] == []


def test_the_command_offers_every_form() -> None:
    assert set(get_args(Format)) == set(FORMS)
