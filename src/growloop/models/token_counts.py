"""How many tokens a candidate makes of texts, from its files alone: no PyTorch, no weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl

from growloop.errors import MissingExtra, ModelProblem
from growloop.models.catalog import base_of, is_adapter, window_of
from growloop.models.sources import find_checkpoint


@dataclass(frozen=True)
class TokenCounter:
    """A candidate's tokenizer and the room it has."""

    model: str
    window: int
    """The longest input in tokens."""
    answer_inside: bool
    """True where the answer is written in the same window; encoder-decoders write beside it."""
    tokenizer: Any

    def count(self, texts: pl.Series) -> pl.Series:
        """The length of each text in tokens, without what is put around it."""
        encoded = self.tokenizer.encode_batch_fast(texts.to_list(), add_special_tokens=False)
        return pl.Series("tokens", [len(one.ids) for one in encoded], dtype=pl.Int64)


def token_counter(model: str, folder: Path | None = None) -> TokenCounter:
    """The counter of `bundled`, a local folder or a hub id; for an adapter that of its base.

    Raises MissingExtra without the tokenizers library, ModelProblem where the checkpoint has no tokenizer.json.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtra("tokenizers", "train") from error
    path = find_checkpoint(model, folder)
    while is_adapter(path):
        path = find_checkpoint(base_of(path), folder)
    file = path / "tokenizer.json"
    if not file.is_file():
        raise ModelProblem(f"{path} has no tokenizer.json; growloop needs a fast tokenizer to count tokens.")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises bare exceptions
        raise ModelProblem(f"{file} cannot be read as a tokenizer: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    config = _config(path)
    return TokenCounter(model, window_of(config, path), not config.is_encoder_decoder, tokenizer)


def _config(path: Path) -> SimpleNamespace:
    """config.json with the names that matter here; what a model of several parts says about text comes first."""
    settings = json.loads((path / "config.json").read_text(encoding="utf-8"))
    text = settings.get("text_config")
    named = {"model_type": "", "pad_token_id": None, "is_encoder_decoder": False, **settings}
    return SimpleNamespace(**{**named, **(text if isinstance(text, dict) else {})})
