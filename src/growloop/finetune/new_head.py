"""A head that a checkpoint lacks, taught to name tokens before it is asked for answers.

An encoder made to write gets a head of random weights. Left to itself in training it comes to know the few hundred
words of the answers it sees. Taught first to name any token from its own final state, with the body untouched, it
knows the whole vocabulary, and what the body then copies comes out as what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch

from growloop.finetune.inputs import NOTHING, PackedBatch
from growloop.finetune.learners import ContinuingLearner

LEARNING_RATE = 4e-3
BATCHES_READ = 24
"""The body stays as it is, so what it makes of a text is computed once and learned from several times."""
POSITIONS_A_STEP = 512


def has_new_head(model: Any, folder: Path) -> bool:
    """True where weights of the head are in none of the checkpoint's files, so they are random."""
    from safetensors import safe_open

    stored: set[str] = set()
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="pt") as file:
            stored |= set(file.keys())
    return any(name not in stored for name, _ in _head_parameters(model))


def teach_head(learner: ContinuingLearner, batches: Iterator[PackedBatch], steps: int, seed: int) -> Iterator[int]:
    """Train the head alone for some steps to name the token at each position, the vocabulary as it is.

    Yields how many steps are done.
    """
    heads = _heads(learner.model)
    parameters = [parameter for _, parameter in _head_parameters(learner.model) if parameter.requires_grad]
    if len(heads) != 1 or not parameters:
        return
    states, tokens = _read(learner, islice(batches, BATCHES_READ))
    random, generator = Random(seed), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(parameters, lr=LEARNING_RATE)
    for step in range(1, steps + 1):
        places = torch.randperm(len(tokens), generator=generator)[:POSITIONS_A_STEP]
        loss = learner.naming_loss(heads[0], states[places], tokens[places], random) / len(places)
        gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimiser.step()
        yield step
    for parameter in parameters:
        parameter.grad = None


def _read(learner: ContinuingLearner, batches: Iterable[PackedBatch]) -> tuple[torch.Tensor, torch.Tensor]:
    """The final states of the body at every position of some texts, and the tokens there."""
    states, tokens = [], []
    for batch in batches:
        with torch.no_grad(), learner.cast():
            found = learner.model.base_model(**learner.options(batch), use_cache=False).last_hidden_state
        is_text = batch.blocks != NOTHING
        states.append(found[is_text.to(found.device)])
        tokens.append(batch.tokens[is_text])
    return torch.cat(states), torch.cat(tokens)


def _heads(model: Any) -> list[Any]:
    return [module for name, module in model.named_children() if name != model.base_model_prefix]


def _head_parameters(model: Any) -> list[tuple[str, torch.nn.Parameter]]:
    """The head's own weights; a vocabulary tied to the embeddings belongs to the body."""
    return [
        (name, parameter)
        for name, parameter in model.named_parameters()
        if not name.startswith(f"{model.base_model_prefix}.")
    ]
