from __future__ import annotations

from random import Random

import polars as pl
import pytest
import torch
from torch.nn.functional import cross_entropy

from growloop.finetune.answer_loss import abilities
from growloop.finetune.learners import ContinuingLearner, learner_of
from growloop.finetune.settings import fill
from growloop.models.catalog import Checkpoint, load_checkpoint, quiet
from growloop.models.masks import prefix_mask, shaped_mask
from growloop.records.task import Training


@pytest.fixture
def decoder(tiny):
    def load(name: str, attention: str = "sdpa") -> Checkpoint:
        checkpoint = load_checkpoint(str(tiny(name)), "open_generative")
        with quiet():
            checkpoint.model.set_attn_implementation(attention)
        return checkpoint

    return load


def learner(checkpoint: Checkpoint, examples: pl.DataFrame) -> ContinuingLearner:
    settings = fill(Training(max_answer_tokens=12), "decoder", precision="fp32")
    made = learner_of(checkpoint, examples, settings, "I don't know.")
    assert isinstance(made, ContinuingLearner)
    return made


def ordinary_loss(made: ContinuingLearner, numbers: list[int]) -> torch.Tensor:
    """Each example alone, logits for every position, as a textbook would have it."""
    losses = []
    for number in numbers:
        prompt = made.texts.context[number] + made.texts.question[number]
        answer = made.texts.answer[number]
        tokens = torch.tensor([prompt + answer])
        lengths = (len(made.texts.context[number]), len(made.texts.question[number]), len(answer))
        mask = shaped_mask(made.model, prefix_mask(*lengths)[None, None])
        seen = {"attention_mask": mask} if made.both_ways else {}
        logits = made.model(tokens, use_cache=False, **seen).logits[0, len(prompt) - 1 : -1]
        losses.append(cross_entropy(logits.float(), torch.tensor(answer), reduction="sum"))
    return torch.stack(losses).sum()


def gradient(model: torch.nn.Module, loss: torch.Tensor) -> torch.Tensor:
    model.zero_grad()
    loss.backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None])


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", ["llama", "qwen-chat", "gpt2", "bert", "mistral", "bloom"])
def test_shared_contexts_and_narrow_logits_give_the_loss_and_gradient_of_the_ordinary_way(
    decoder, menu, name, attention
):
    if name == "bloom" and attention == "sdpa":
        pytest.skip("this architecture has one kind of attention")
    made = learner(decoder(name, attention), menu(2))
    batch = [[0, 1, 2, 3, 4], [5, 6, 7]] if made.able.packs else [[number] for number in range(8)]

    ours = made.loss(batch, Random(0))
    ours_gradient = gradient(made.model, ours)
    ordinary = ordinary_loss(made, list(range(8)))
    ordinary_gradient = gradient(made.model, ordinary)

    assert float(ours.detach()) == pytest.approx(float(ordinary.detach()), rel=1e-5)
    assert torch.linalg.norm(ours_gradient - ordinary_gradient) <= 1e-4 * torch.linalg.norm(ordinary_gradient)


@pytest.mark.parametrize("name", ["llama", "qwen-chat", "gpt2", "bert"])
def test_full_attention_decoders_share_contexts_and_narrow_their_logits(decoder, name):
    able = abilities(decoder(name).model, both_ways=name == "bert")

    assert able.packs
    assert able.narrows
    assert able.shortens == (name == "bert")


@pytest.mark.parametrize("name", ["bloom", "mistral"])
def test_a_decoder_with_a_sliding_window_or_its_own_positions_shares_nothing(decoder, name):
    assert not abilities(decoder(name).model).packs


def test_trying_what_a_model_can_do_leaves_it_in_its_mode(decoder):
    model = decoder("llama").model.train()

    abilities(model)

    assert model.training


def test_the_token_that_opens_an_answer_weighs_as_the_settings_say(decoder, menu):
    made = learner(decoder("llama"), menu(1))
    plain = made.loss([[0, 1]], Random(0)), made.weight([[0, 1]])
    packed = made.packed([[0, 1]], Random(0))

    made.opening_weight = 3.0
    heavier = made.loss([[0, 1]], Random(0)), made.weight([[0, 1]])

    logits = made.model(**made.options(packed), use_cache=False).logits[packed.wanted]
    openings = cross_entropy(logits[packed.opens], packed.targets[packed.opens], reduction="sum")
    assert int(packed.opens.sum()) == 2
    assert float((heavier[0] - plain[0]).detach()) == pytest.approx(2 * float(openings.detach()), rel=1e-4)
    assert heavier[1] - plain[1] == 2 * 2
