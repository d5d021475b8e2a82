"""The page docs/reference/formats.md is true: what it shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from growloop.dataset.importers import IMPORTERS, read_examples
from growloop.dataset.importers.columns import OWN_KEYS, ROLES
from growloop.records.example import EXAMPLES


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")


def block(page: str, language: str) -> str:
    return re.search(rf"^```{language}\n(.*?)^```", page, flags=re.M | re.S)[1]  # type: ignore[index]


def test_the_jsonl_and_the_python_shown_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "questions.jsonl").write_text(block(page, "jsonl"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    exec(block(page, "python"), {})

    assert capsys.readouterr().out.startswith("jsonl 3 0 0\n")
    examples = read_examples(tmp_path / "questions.jsonl").examples
    assert examples["group"].to_list()[:2] == ["Luna Bar", "Luna Bar"]
    assert examples["answers"].list.len().to_list() == [1, 0, 2]
    assert examples["where"].to_list()[0] == [{"key": "topic", "value": "dogs"}]


def test_the_squad_file_shown_is_read(page: str, tmp_path: Path) -> None:
    (tmp_path / "squad.json").write_text(block(page, "json"), encoding="utf-8")

    imported = read_examples(tmp_path / "squad.json")

    assert (imported.format, imported.examples.height, imported.rejected.height) == ("squad", 2, 0)
    assert imported.repaired == 0


def test_every_column_key_and_format_is_on_the_page(page: str) -> None:
    named = {*EXAMPLES, *OWN_KEYS, *ROLES, *IMPORTERS} - {"negative"}

    assert [name for name in sorted(named) if f"`{name}`" not in page] == []
