from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from growloop.cli import app

runner = CliRunner()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "p"
    assert runner.invoke(app, ["new", str(folder)]).exit_code == 0
    return folder


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.md"
    path.write_text("# House rules\n\nDogs stay outside.\n", encoding="utf-8")
    return path


def test_documents_become_contexts_and_rows_become_examples(project: Path, rules: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "Dogs?", "context": "Dogs stay outside.", "answer": "no"}\n', encoding="utf-8")

    result = runner.invoke(app, ["import", str(rules), str(questions), "-p", str(project)])

    assert result.exit_code == 0
    assert "rules.md: markdown, 1 passages" in result.stdout
    assert "1 accepted" in result.stdout
    assert "growloop index" in result.stdout
    assert (project / "contexts" / "rules.md.jsonl").is_file()


def test_a_document_that_cannot_be_read_does_not_stop_the_others(project: Path, rules: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 broken")

    result = runner.invoke(app, ["import", str(broken), str(rules), "-p", str(project)])

    assert result.exit_code == 1
    assert "Not imported: broken.pdf" in result.stdout
    assert [path.name for path in (project / "contexts").glob("*.md.jsonl")] == ["rules.md.jsonl"]


def test_a_preview_of_a_document_writes_nothing(project: Path, rules: Path) -> None:
    result = runner.invoke(app, ["import", str(rules), "--preview", "-p", str(project)])

    assert "rules.md: markdown, 1 passages" in result.stdout
    assert not (project / "contexts" / "rules.md.jsonl").exists()


def test_the_json_tells_of_documents_too(project: Path, rules: Path) -> None:
    told = json.loads(runner.invoke(app, ["import", str(rules), "-p", str(project), "--json"]).stdout)

    assert [(file["file"], file["format"], file["passages"]) for file in told["files"]] == [("rules.md", "markdown", 1)]
