"""What is exported and imported again is the same, in every form, whatever the texts hold."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.exporters import FORMS, export_examples
from growloop.dataset.importers import read_examples
from growloop.records.example import SPLITS, examples_frame

ABSTAIN = "I do not know."
ONE_FILE = sorted(set(FORMS) - {"huggingface", "llama-factory", "axolotl"})

character = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
awkward = st.sampled_from(
    ["\n\nQuestion: ", "Context: ", '"', "'", ",", "\r\n", "\r", "\n", "\t", " ", "[", "{", "\u2028", "\x85", "\ufeff",
     "é", "e\u0301", "🍜", "\\", "\x1f", "null", "NaN", "1e400", "٣", "𝒳"]
)  # fmt: skip
text = st.lists(st.one_of(awkward, st.text(character, max_size=8)), max_size=6).map("".join)
filled = text.filter(lambda said: bool(said.strip()))
optional = st.one_of(st.none(), filled)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "question": filled,
            "context": text,
            "answers": st.lists(filled, max_size=3, unique=True),
            "negative": optional,
            "where": st.dictionaries(
                st.one_of(st.sampled_from(["template", "id", "text"]), filled), filled, max_size=3
            ),
            "group": filled,
            "split": st.sampled_from(SPLITS),
            "origin": filled,
            "parent": optional,
            "source_id": optional,
            "status": st.sampled_from(["accepted", "draft", "rejected", "duplicate"]),
        }
    ),
    min_size=1,
    max_size=6,
)


def frame_of(drawn: list[dict[str, Any]]) -> pl.DataFrame:
    frame = examples_frame({name: [row[name] for row in drawn] for name in drawn[0]})
    return frame.unique("id", keep="first", maintain_order=True)


def back(path: Path) -> pl.DataFrame:
    imported = read_examples(path)
    assert imported.rejected.to_dicts() == []
    return imported.examples.sort("id")


@pytest.mark.parametrize("format", ONE_FILE)
@settings(deadline=None, max_examples=40)
@given(drawn=rows)
def test_any_examples_come_back_as_they_were(format: str, drawn: list[dict[str, Any]]) -> None:
    examples = frame_of(drawn)
    shown = examples.with_columns(pl.lit("a wrong answer").alias("shown_answer"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"all{FORMS[format].suffix}"
        export_examples(shown, format, out, abstain_answer=ABSTAIN)

        again = back(out)

    assert again.to_dicts() == examples.sort("id").to_dicts()


@pytest.mark.parametrize("format", sorted(FORMS))
def test_a_folder_comes_back_whole(format: str, examples: pl.DataFrame, tmp_path: Path) -> None:
    shown = examples.with_columns(pl.lit("a wrong answer").alias("shown_answer"))
    exported = export_examples(shown, format, tmp_path / "out", abstain_answer=ABSTAIN)

    assert back(exported.path).to_dicts() == examples.sort("id").to_dicts()
