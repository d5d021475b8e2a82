"""Failing slices and what surrounds them, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from growloop.recommender import SliceFacts
from growloop.records.diagnosis import FailingSlice
from growloop.records.estimate import Estimate


def estimate(value: float, n: int) -> Estimate:
    return Estimate(value=value, low=max(0.0, value - 0.1), high=min(1.0, value + 0.1), n=n)


def failing_slice(where: dict[str, str] | None = None, *, wrong: int = 40, n: int = 100, **more: Any) -> FailingSlice:
    told = {"words": "vegan questions", "declared": True, "q_value": 0.001, "kinds": {}, "evidence": ("a", "b"), **more}
    rates = {"rate": estimate(wrong / n, n), "elsewhere": estimate(0.1, 300)}
    return FailingSlice(where=where or {"template": "vegan"}, n=n, wrong=wrong, recoverable=30.0, **rates, **told)


@pytest.fixture
def facts() -> Callable[..., SliceFacts]:
    """A slice with 200 training examples that the universe can draw more of, unless told otherwise."""

    def build(where: dict[str, str] | None = None, **more: Any) -> SliceFacts:
        of_slice = {key: more.pop(key) for key in ("wrong", "n", "kinds", "words") if key in more}
        failing = failing_slice(where, **of_slice)
        around = {"trained_on": 200, "share": 0.25, "training": 800, "drawable": dict(failing.where), **more}
        return SliceFacts(slice=failing, **around)

    return build
