from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from growloop.models.catalog import load_checkpoint  # noqa: E402
from growloop.models.masks import additive, prefix_mask, reads_both_ways  # noqa: E402

Tiny = Callable[[str], Path]


def test_context_and_question_are_read_both_ways_and_the_answer_is_written_from_left_to_right() -> None:
    mask = prefix_mask(context=2, question=1, answer=2)

    assert mask.int().tolist() == [
        [1, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
    ]


def test_a_mask_to_add_is_zero_where_allowed_and_as_low_as_can_be_elsewhere() -> None:
    added = additive(torch.tensor([True, False]), torch.float32)

    assert added.tolist() == [0.0, torch.finfo(torch.float32).min]


@pytest.mark.parametrize(("name", "both_ways"), [("bert", True), ("llama", False), ("t5", False)])
def test_only_encoders_that_write_read_both_ways(tiny: Tiny, name: str, both_ways: bool) -> None:
    assert reads_both_ways(load_checkpoint(str(tiny(name)), "open_generative")) == both_ways
