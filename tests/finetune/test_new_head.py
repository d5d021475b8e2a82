from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import torch

from growloop.finetune.inputs import PackedBatch
from growloop.finetune.learners import ContinuingLearner, learner_of
from growloop.finetune.new_head import has_new_head, teach_head
from growloop.finetune.settings import fill
from growloop.models.catalog import load_checkpoint
from growloop.records.task import Training


def learner(folder, examples) -> ContinuingLearner:
    checkpoint = load_checkpoint(str(folder), "open_generative")
    settings = fill(Training(), "decoder", precision="fp32")
    made = learner_of(checkpoint, examples, settings, "I don't know.")
    assert isinstance(made, ContinuingLearner)
    return made


def batches(made: ContinuingLearner) -> Iterator[PackedBatch]:
    from random import Random

    return cycle([made.packed([[0, 1, 2]], Random(0))])


def own_tokens_named(made: ContinuingLearner) -> float:
    """The share of positions whose likeliest token is the one that stands there."""
    packed = next(batches(made))
    with torch.no_grad():
        states = made.model.base_model(**made.options(packed), use_cache=False).last_hidden_state
        named = made.model.cls(states).argmax(-1)
    return float((named == packed.tokens).float().mean())


def test_an_encoder_made_to_write_has_a_new_head_and_a_decoder_has_not(tiny):
    for name, expected in (("bert", True), ("llama", False), ("gpt2", False)):
        checkpoint = load_checkpoint(str(tiny(name)), "open_generative")

        assert has_new_head(checkpoint.model, checkpoint.card.path) is expected


def test_a_taught_head_names_tokens_and_the_body_stays_as_it_was(tiny, menu):
    made = learner(tiny("bert"), menu(1))
    before = own_tokens_named(made)
    body = {name: weight.clone() for name, weight in made.model.base_model.state_dict().items()}

    steps = list(teach_head(made, batches(made), steps=60, seed=0))

    assert steps == list(range(1, 61))
    assert own_tokens_named(made) > before + 0.3
    assert all(torch.equal(weight, body[name]) for name, weight in made.model.base_model.state_dict().items())
    assert all(parameter.grad is None for parameter in made.model.parameters())


def test_the_same_seed_teaches_the_same_head(tiny, menu):
    heads = []
    for _ in range(2):
        made = learner(tiny("bert"), menu(1))
        list(teach_head(made, batches(made), steps=3, seed=5))
        heads.append(made.model.cls.predictions.transform.dense.weight.clone())

    assert torch.equal(*heads)
