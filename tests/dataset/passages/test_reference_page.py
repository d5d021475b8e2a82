"""The page docs/reference/documents.md is true: what it shows is run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from growloop.dataset.passages import READERS, TEXTS, read_passages
from growloop.dataset.passages.stored import STORED


def block(page: str, language: str) -> str:
    return re.search(rf"^```{language}\n(.*?)^```", page, flags=re.M | re.S)[1]  # type: ignore[index]


def test_the_python_and_the_row_shown_are_what_comes_out(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (repository / "docs" / "reference" / "documents.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    exec(block(page, "python"), {})

    assert capsys.readouterr().out == "House rules 0 33\n"
    assert read_passages(tmp_path / "rules.md").rows == [json.loads(block(page, "jsonl"))]


def test_every_key_and_kind_is_on_the_page(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "documents.md").read_text(encoding="utf-8")

    assert [key for key in STORED if f"`{key}`" not in page] == []
    assert [kind for kind in {**READERS, **TEXTS} if kind not in page.lower()] == []
