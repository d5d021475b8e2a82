"""What a checkpoint is, and loading it for a kind of answer."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from growloop.errors import MissingExtra, ModelProblem
from growloop.models.bundled import BUNDLED, SHA256
from growloop.models.cards import trained_for
from growloop.models.sources import find_checkpoint
from growloop.models.trained import Trained, read_trained
from growloop.models.weights import check_memory, count_parameters, size_of_files
from growloop.records.base import Record
from growloop.records.task import AnswerKind

Architecture = Literal["encoder", "decoder", "encoder-decoder"]
Role = Literal["extractive", "decoder", "encoder-decoder"]
"""How a checkpoint answers: by marking a span, by continuing one text, or by writing beside an encoded one."""
OFFSET_POSITIONS = {"roberta", "xlm-roberta", "camembert", "xlm-roberta-xl", "roberta-prelayernorm", "xmod"}
"""Families whose first position is the padding index + 1, which costs that much of the window."""
UNBOUNDED_WINDOW = 2048
"""Taken where neither config nor tokenizer names a longest input."""


class ModelCard(Record):
    """What a checkpoint is, from its files, without loading it."""

    name: str
    """What the task calls it."""
    path: Path
    architecture: Architecture
    parameters: int
    size_bytes: int
    window: int
    """The longest input in tokens, the answer included."""
    trained_for: str
    sha256: str | None = None
    """Known for the embedded default only."""


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model with everything needed to ask it."""

    model: Any
    tokenizer: Any
    card: ModelCard
    answer_kind: AnswerKind
    role: Role
    trained: Trained | None = None
    """Set where growloop trained it."""


def describe(model: str, folder: Path | None = None) -> ModelCard:
    """The card of a model, for an adapter together with its base.

    A relative folder is looked for in `folder` first, then here.
    """
    path = find_checkpoint(model, folder)
    if is_adapter(path):
        return _adapted_card(model, path, describe(base_of(path), folder))
    _need_transformers()
    with quiet():
        config = _config(path)
    return ModelCard(
        name=model,
        path=path,
        architecture=architecture_of(config),
        parameters=count_parameters(path),
        size_bytes=size_of_files(path),
        window=window_of(config, path),
        trained_for=trained_for(path, read_trained(path)),
        sha256=SHA256 if model == BUNDLED else None,
    )


def _adapted_card(model: str, path: Path, base: ModelCard) -> ModelCard:
    own = {"parameters": base.parameters + count_parameters(path), "size_bytes": base.size_bytes + size_of_files(path)}
    purpose = trained_for(path, read_trained(path), f"an adapter of {base.name}")
    return base.model_copy(update={"name": model, "path": path, "trained_for": purpose, "sha256": None, **own})


def is_adapter(path: Path) -> bool:
    """True for the folder of a tuned add-on, which needs its base."""
    return (path / "adapter_config.json").is_file()


def load_checkpoint(model: str, answer_kind: AnswerKind, *, folder: Path | None = None, seed: int = 0) -> Checkpoint:
    """The model in fp32 on the CPU, in evaluation mode, with the head that this kind of answer needs.

    A head that the checkpoint lacks is new; `seed` decides its weights. Adapters are merged into their base.
    """
    card = describe(model, folder)
    check_memory(card.name, card.parameters)
    trained = read_trained(card.path)
    with quiet(), _seeded(trained.seed if trained else seed):
        loaded = _load_weights(card, answer_kind, folder)
        tokenizer = _load_tokenizer(card.path)
    loaded.eval()
    return Checkpoint(loaded, tokenizer, card, answer_kind, role_of(card.architecture, answer_kind), trained)


def narrowed(checkpoint: Checkpoint, window: int | None) -> Checkpoint:
    """The same checkpoint reading at most `window` tokens at once."""
    if window is None or window >= checkpoint.card.window:
        return checkpoint
    return replace(checkpoint, card=checkpoint.card.model_copy(update={"window": window}))


def role_of(architecture: Architecture, answer_kind: AnswerKind) -> Role:
    """How a checkpoint of this architecture gives this kind of answer."""
    if answer_kind == "extractive":
        return "extractive"
    return "encoder-decoder" if architecture == "encoder-decoder" else "decoder"


def architecture_of(config: Any) -> Architecture:
    """Encoder, decoder or both, from a transformers config; a BERT set up as a decoder counts as encoder."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    if getattr(config, "is_encoder_decoder", False):
        return "encoder-decoder"
    return "encoder" if config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES else "decoder"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' warnings and progress bars off the terminal; errors still come through."""
    from transformers.utils import logging

    verbosity, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bars:
            logging.enable_progress_bar()


def _need_transformers() -> None:
    if find_spec("transformers") is None or find_spec("torch") is None:
        raise MissingExtra("PyTorch with transformers", "train")


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _config(path: Path) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(path, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelProblem(
            f"{path / 'config.json'} is not a configuration that transformers can load: {_first_line(error)}\n"
            "Checkpoints that bring their own code are never loaded."
        ) from error


def base_of(adapter: Path) -> str:
    """What the model is called that an adapter was made for."""
    trained = read_trained(adapter)
    if trained is not None:
        return trained.base
    settings = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    base = settings.get("base_model_name_or_path")
    if not base:
        raise ModelProblem(f"{adapter / 'adapter_config.json'} does not name the model that it adapts.")
    return str(base)


def _load_weights(card: ModelCard, answer_kind: AnswerKind, folder: Path | None) -> Any:
    if not is_adapter(card.path):
        return _with_head(card, answer_kind)
    try:
        from peft import PeftModel
    except ImportError as error:
        raise MissingExtra("peft", "train") from error
    base = describe(base_of(card.path), folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name it is giving up
        adapted = PeftModel.from_pretrained(_load_weights(base, answer_kind, folder), card.path)
        return adapted.merge_and_unload()


def _with_head(card: ModelCard, answer_kind: AnswerKind) -> Any:
    import torch
    import transformers

    role = role_of(card.architecture, answer_kind)
    as_decoder = {"is_decoder": True} if role == "decoder" and card.architecture == "encoder" else {}
    loader = {
        "extractive": transformers.AutoModelForQuestionAnswering,
        "decoder": transformers.AutoModelForCausalLM,
        "encoder-decoder": transformers.AutoModelForSeq2SeqLM,
    }[role]
    try:
        return loader.from_pretrained(
            card.path, dtype=torch.float32, use_safetensors=True, trust_remote_code=False, **as_decoder
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ModelProblem(
            f'Model "{card.name}" cannot give {answer_kind} answers: {_first_line(error)}\n'
            "Choose another candidate, or another answer_kind in task.yaml."
        ) from error


def _load_tokenizer(path: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path, use_fast=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelProblem(f"The tokenizer in {path} cannot be loaded: {_first_line(error)}") from error
    if not tokenizer.is_fast:
        raise ModelProblem(f"{path} has no tokenizer.json; growloop needs a fast tokenizer to know where words stand.")
    return tokenizer


def window_of(config: Any, path: Path) -> int:
    """The smallest of what config and tokenizer name; tokenizers say 10^30 where they know no limit."""
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    limits = [getattr(text, name, None) for name in ("max_position_embeddings", "n_positions", "max_sequence_length")]
    if config.model_type in OFFSET_POSITIONS and limits[0]:
        limits[0] = limits[0] - (config.pad_token_id or 0) - 1
    limits.append(_tokenizer_limit(path))
    known = [limit for limit in limits if limit and 0 < limit < 10**9]
    return int(min(known, default=UNBOUNDED_WINDOW))


def _tokenizer_limit(path: Path) -> int | None:
    settings = path / "tokenizer_config.json"
    if not settings.is_file():
        return None
    limit = json.loads(settings.read_text(encoding="utf-8")).get("model_max_length")
    return int(limit) if isinstance(limit, int | float) and limit < 10**9 else None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
