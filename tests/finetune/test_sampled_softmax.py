from __future__ import annotations

import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from growloop.finetune.sampled_softmax import can_sample, naming_only, sample
from growloop.models.catalog import load_checkpoint

VOCABULARY = 1_000


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(at_hand=st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=60), seed=st.integers(0, 2**63 - 1))
def test_the_words_at_hand_are_always_in_the_sample_each_standing_for_itself(at_hand: list[int], seed: int) -> None:
    targets = torch.tensor(at_hand)

    words = sample(targets, VOCABULARY, 50, seeded(seed))

    assert words is not None
    assert torch.equal(words.tokens[words.places(targets)], targets)
    assert (words.counts[words.places(targets)] == 0).all()
    assert torch.equal(words.tokens, words.tokens.unique())
    assert words.counts.exp().sum() == pytest.approx(VOCABULARY, rel=1e-4)  # together they stand for all


def test_the_sampled_loss_and_gradient_are_on_average_those_of_the_whole_vocabulary() -> None:
    states = torch.randn(20, 16, generator=seeded(0)).requires_grad_()
    weight = torch.randn(VOCABULARY, 16, generator=seeded(1)) * 0.3
    targets = torch.randint(0, VOCABULARY, (20,), generator=seeded(2))
    whole = cross_entropy(states @ weight.T, targets)
    (wanted,) = torch.autograd.grad(whole, states)

    losses, gradients = [], []
    for seed in range(400):
        words = sample(targets, VOCABULARY, 200, seeded(seed))
        assert words is not None
        loss = cross_entropy(states @ weight[words.tokens].T + words.counts, words.places(targets))
        losses.append(loss.detach())
        gradients.append(torch.autograd.grad(loss, states)[0])

    assert torch.stack(losses).mean() == pytest.approx(whole.item(), rel=0.01)
    assert torch.allclose(torch.stack(gradients).mean(0), wanted, atol=0.05 * wanted.abs().max().item())


@pytest.mark.parametrize("size", [400, 500, 5_000])
def test_a_sample_that_would_be_most_of_the_vocabulary_is_not_drawn(size: int) -> None:
    assert sample(torch.tensor([1, 2]), 800, size, seeded(0)) is None


def test_the_same_generator_draws_the_same_words() -> None:
    first, second = (sample(torch.tensor([7]), VOCABULARY, 50, seeded(3)) for _ in range(2))

    assert first is not None
    assert second is not None
    assert torch.equal(first.tokens, second.tokens)


def test_a_model_names_only_the_sampled_words_and_all_of_them_again_afterwards(tiny) -> None:
    model = load_checkpoint(str(tiny("bert")), "open_generative").model
    tokens = torch.tensor([[5, 6, 7]])
    vocabulary = model.config.vocab_size
    whole = model(tokens).logits
    words = sample(tokens, vocabulary, 20, seeded(0))
    assert words is not None

    with naming_only(model, words):
        some = model(tokens).logits

    assert torch.allclose(some, whole[..., words.tokens] + words.counts, atol=1e-5)
    assert torch.equal(model(tokens).logits, whole)


def test_each_thread_names_its_own_sample(tiny) -> None:
    model = load_checkpoint(str(tiny("bert")), "open_generative").model
    tokens = torch.tensor([[5, 6, 7]])
    both_in, widths = threading.Barrier(2), {}

    def name(size: int) -> None:
        words = sample(tokens, model.config.vocab_size, size, seeded(size))
        assert words is not None
        with naming_only(model, words):
            both_in.wait(timeout=20)
            widths[size] = (model(tokens).logits.shape[-1], len(words.tokens))
            both_in.wait(timeout=20)

    threads = [threading.Thread(target=name, args=(size,)) for size in (10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(found == expected for found, expected in widths.values())
    assert widths[10] != widths[20]


def test_only_a_head_that_training_leaves_alone_can_be_sampled(tiny) -> None:
    model = load_checkpoint(str(tiny("bert")), "open_generative").model

    assert not can_sample(model)
    for weight in model.get_output_embeddings().parameters():
        weight.requires_grad_(False)
    assert can_sample(model)
