from __future__ import annotations

from pathlib import Path

import pytest

from growloop.dataset.importers import mojibake, read_examples
from growloop.records.example import content_id, examples_frame

BROKEN = {
    "cafÃ©": "café",
    "itâ€™s": "it’s",
    "Ð¿Ñ€Ð¸Ð²ÐµÑ‚": "привет",
    "d√©cor": "décor",
    "didn‚Äôt": "didn’t",
    "ðŸ˜€ fun": "😀 fun",
}
WELL = [
    "café",
    "it’s",
    "привет",
    "AÇÃO",
    "« Où ? »",
    "ADIÓS”",
    "日本語",
    "√2 ≈ 1.41",
    "5 €",
    "naïve",
    "Ünïcödé",
    "plain",
]


def test_wrongly_decoded_text_is_told_from_text_that_is_well() -> None:
    texts = [*BROKEN, *WELL]
    frame = examples_frame({"question": texts, "context": ["c"] * len(texts), "answers": [["a"]] * len(texts)})

    assert mojibake.suspicious(frame).to_list() == [True] * len(BROKEN) + [False] * len(WELL)


@pytest.mark.parametrize("column", ["question", "context", "answers"])
def test_text_is_repaired_wherever_it_stands_and_the_id_with_it(column: str) -> None:
    pytest.importorskip("ftfy", reason="needs the extra growloop[import]")
    for broken, right in BROKEN.items():
        row = {"question": ["q", "café"], "context": ["c", "c"], "answers": [["a"], ["a"]]}
        given = examples_frame(row | {column: [[broken] if column == "answers" else broken, row[column][1]]})

        fixed, count = mojibake.repaired(given)

        [answers] = [fixed["answers"][0].to_list()]
        assert count == 1
        assert (answers[0] if column == "answers" else fixed[column][0]) == right
        assert fixed["id"][0] == content_id(fixed["question"][0], fixed["context"][0], answers)
        assert fixed.row(1) == given.row(1)


def test_nothing_is_repaired_unless_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"question": "cafÃ©?", "answer": "a"}\n{"question": "q", "answer": "a"}', encoding="utf-8")

    assert read_examples(path).examples["question"].to_list() == ["cafÃ©?", "q"]
    assert read_examples(path).repaired == 0


def test_real_reviews_are_repaired(shared_data: Path) -> None:
    pytest.importorskip("ftfy", reason="needs the extra growloop[import]")
    path = shared_data / "reviews" / "dstc11" / "val_qa.jsonl.gz"

    before, after = read_examples(path), read_examples(path, repair_text=True)

    assert after.repaired == mojibake.suspicious(before.examples).sum() == 158
    assert mojibake.suspicious(after.examples).sum() == 0
    assert "décor" in after.examples["context"].str.join(" ")[0]
