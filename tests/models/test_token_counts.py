from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from growloop.errors import ModelProblem
from growloop.models.bundled import bundled_folder
from growloop.models.catalog import describe
from growloop.models.token_counts import token_counter

TEXTS = pl.Series(["", "Dogs?", "Crème brûlée at the café, 12 €.", "東京 " * 600])


def test_it_counts_as_the_models_own_tokenizer_does() -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(bundled_folder())
    expected = [len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]) for text in TEXTS]

    assert token_counter("bundled").count(TEXTS).to_list() == expected


def test_the_window_is_the_one_that_training_and_answering_keep_to() -> None:
    counter = token_counter("bundled")

    assert counter.window == describe("bundled").window
    assert counter.answer_inside


@pytest.mark.parametrize(
    ("config", "window", "answer_inside"),
    [
        ({"model_type": "gpt2", "n_positions": 64}, 64, True),
        ({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}, 512, True),
        ({"model_type": "t5", "is_encoder_decoder": True, "n_positions": 128}, 128, False),
        ({"model_type": "two_parts", "text_config": {"max_position_embeddings": 96}}, 96, True),
        ({"model_type": "unbounded"}, 2048, True),
    ],
)
def test_the_window_is_read_from_any_kind_of_config(
    tmp_path: Path, config: dict[str, object], window: int, answer_inside: bool
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "tokenizer.json").write_bytes((bundled_folder() / "tokenizer.json").read_bytes())

    counter = token_counter(str(tmp_path))

    assert (counter.window, counter.answer_inside) == (window, answer_inside)


@pytest.mark.parametrize(("content", "told"), [(None, "no tokenizer.json"), ("{}", "cannot be read as a tokenizer")])
def test_a_folder_without_a_readable_tokenizer_is_told(tmp_path: Path, content: str | None, told: str) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)

    with pytest.raises(ModelProblem, match=told):
        token_counter(str(tmp_path))
