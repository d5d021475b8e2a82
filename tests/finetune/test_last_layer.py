from __future__ import annotations

import threading

import pytest
import torch

from growloop.finetune.last_layer import answering_only, can_shorten
from growloop.models.catalog import load_checkpoint, quiet


@pytest.fixture
def bert(tiny):
    def load(attention: str = "sdpa"):
        model = load_checkpoint(str(tiny("bert")), "open_generative").model.eval()
        with quiet():
            model.set_attn_implementation(attention)
        return model

    return load


def inputs(model, rows: int = 3, length: int = 11) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(5, model.config.vocab_size, (rows, length), generator=generator)
    mask = torch.ones(length, length, dtype=torch.bool).tril().expand(rows, 1, length, length)
    if model.config._attn_implementation == "eager":
        mask = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
    return {"input_ids": tokens, "attention_mask": mask}


def states(model, options: dict[str, torch.Tensor]) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model.base_model(**options).last_hidden_state
    return found


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_what_is_wanted_is_right_and_the_rest_is_nothing(bert, attention):
    model = bert(attention)
    options = inputs(model)
    wanted = torch.zeros(3, 11, dtype=torch.bool)
    wanted[0, [2, 3, 10]] = True  # as many in each row as may be: several, one, none
    wanted[1, 0] = True
    whole = states(model, options)

    with answering_only(model, wanted):
        found = states(model, options)

    assert torch.allclose(found[wanted], whole[wanted], atol=1e-5)
    assert not found[~wanted].any()


def test_afterwards_and_in_other_threads_every_place_is_computed(bert):
    model = bert()
    options = inputs(model)
    whole, elsewhere = states(model, options), []
    with answering_only(model, torch.ones(3, 11, dtype=torch.bool) & (torch.arange(11) > 8)):
        other = threading.Thread(target=lambda: elsewhere.append(states(model, options)))
        other.start()
        other.join()

    assert torch.equal(elsewhere[0], whole)
    assert torch.equal(states(model, options), whole)


@pytest.mark.parametrize(("name", "expected"), [("bert", True), ("llama", False), ("gpt2", False), ("t5", False)])
def test_only_a_kind_of_layer_that_is_known_is_shortened(tiny, name, expected):
    assert can_shorten(load_checkpoint(str(tiny(name)), "open_generative").model) == expected
