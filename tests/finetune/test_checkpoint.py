from __future__ import annotations

import shutil

import pytest
import torch

from growloop.finetune import checkpoint as saved


def training(seed: int = 0) -> tuple[dict[str, torch.Tensor], torch.optim.Optimizer]:
    """Some weights and an optimiser that has taken two steps with them."""
    torch.manual_seed(seed)
    weights = {"a": torch.nn.Parameter(torch.randn(3, 2)), "b": torch.nn.Parameter(torch.randn(4))}
    optimiser = torch.optim.AdamW(weights.values(), lr=0.1, fused=True)
    for _ in range(2):
        step(weights, optimiser)
    return weights, optimiser


def step(weights: dict[str, torch.Tensor], optimiser: torch.optim.Optimizer) -> None:
    noise = torch.rand(())
    sum((weight**2).sum() * noise for weight in weights.values()).backward()
    optimiser.step()
    optimiser.zero_grad()


def state(number: int = 2) -> saved.State:
    return saved.State("key", {"epochs": 3}, step=number, best_step=1, best_token_f1=0.5, history=[{"step": 1.0}])


def test_a_restored_training_takes_the_very_step_it_would_have_taken(tmp_path):
    weights, optimiser = training()
    saved.save(tmp_path, state(), weights, optimiser, None)
    step(weights, optimiser)

    others, their_optimiser = training(seed=1)
    saved.restore(tmp_path, others, their_optimiser)
    step(others, their_optimiser)

    assert all(torch.equal(weights[name], others[name]) for name in weights)


def test_the_state_and_the_best_weights_come_back(tmp_path):
    weights, optimiser = training()
    best = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    saved.save(tmp_path, state(), weights, optimiser, best)

    found = saved.restore(tmp_path, weights, optimiser)

    assert saved.read_state(tmp_path, "key") == state()
    assert found is not None
    assert all(torch.equal(found[name], best[name]) for name in best)


def test_a_checkpoint_of_another_training_is_not_taken(tmp_path):
    saved.save(tmp_path, state(), *training(), None)

    assert saved.read_state(tmp_path, "another key") is None
    assert saved.read_state(tmp_path / "elsewhere", "key") is None


def test_a_checkpoint_torn_while_being_written_leaves_the_one_before(tmp_path):
    weights, optimiser = training()
    saved.save(tmp_path, state(2), weights, optimiser, None)
    shutil.copytree(tmp_path / "checkpoint" / "step-000002", tmp_path / "checkpoint" / "step-000003")
    (tmp_path / "checkpoint" / "step-000003" / "state.json").unlink()

    assert saved.read_state(tmp_path, "key") == state(2)

    saved.save(tmp_path, state(3), weights, optimiser, None)
    assert saved.read_state(tmp_path, "key") == state(3)


def test_only_the_latest_is_kept_and_nothing_is_pickled(tmp_path):
    for number in (2, 3):
        saved.save(tmp_path, state(number), *training(), None)

    names = sorted(path.relative_to(tmp_path / "checkpoint").as_posix() for path in tmp_path.rglob("*.*"))
    files = ("optimiser.safetensors", "state.json", "weights.safetensors")
    assert names == [f"step-000003/{name}" for name in files]


def test_a_discarded_checkpoint_is_gone(tmp_path):
    weights, optimiser = training()
    saved.save(tmp_path, state(), weights, optimiser, None)

    saved.discard(tmp_path)

    assert saved.read_state(tmp_path, "key") is None
    with pytest.raises(FileNotFoundError):
        saved.restore(tmp_path, weights, optimiser)
