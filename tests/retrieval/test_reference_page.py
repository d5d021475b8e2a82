"""What the reference page shows, runs."""

import re

import pytest

pytest.importorskip("bm25s")


def test_the_python_example_finds_the_passage(repository, tmp_path, monkeypatch):
    page = (repository / "docs" / "reference" / "retrieval.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "house-rules.md").write_text("Dogs may come along.\n\nThe kitchen closes at ten.", encoding="utf-8")

    names: dict[str, object] = {}
    exec(example, names)

    assert names["found"]["text"].to_list()[0].startswith("Dogs may come along.")
