"""Whether bf16 pays on this machine, found out by doing rather than by model name."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any, Literal

import torch

Precision = Literal["auto", "fp32", "bf16"]
WORTHWHILE = 1.3
"""bf16 must be this many times faster to be chosen: casting and lost digits have a price."""
SIZES = (512, 384, 1536)
"""Tokens, input and output width of the product that is timed."""


def chosen_precision(wanted: Precision, device: str = "cpu") -> Literal["fp32", "bf16"]:
    """`auto` becomes what a measurement of some milliseconds on this device says."""
    if wanted != "auto":
        return wanted
    return "bf16" if bf16_speedup(device) >= WORTHWHILE else "fp32"


@lru_cache(maxsize=8)
def bf16_speedup(device: str = "cpu") -> float:
    """How many times faster a linear layer runs under bf16 autocast than in fp32 here; 0 where it cannot."""
    if device.startswith("cuda") and not torch.cuda.is_bf16_supported():
        return 0.0
    tokens, width, wide = SIZES
    layer, inputs = torch.nn.Linear(width, wide, device=device), torch.ones(tokens, width, device=device)
    with torch.inference_mode():
        return _seconds(layer, inputs, False) / _seconds(layer, inputs, True)


def autocast(precision: Literal["fp32", "bf16"], device: str = "cpu") -> Any:
    """The context in which a model runs in this precision; its weights stay fp32."""
    return torch.autocast(device.partition(":")[0], dtype=torch.bfloat16, enabled=precision == "bf16")


def _seconds(layer: torch.nn.Module, inputs: torch.Tensor, use_bf16: bool) -> float:
    """The fastest of several turns: the others were disturbed."""
    device = inputs.device.type
    turns = []
    for _ in range(7):
        start = time.perf_counter()
        with autocast("bf16" if use_bf16 else "fp32", device):
            for _ in range(4):
                layer(inputs)
        if device == "cuda":
            torch.cuda.synchronize()
        turns.append(time.perf_counter() - start)
    return min(turns)


def moved_to_device(model: Any) -> str:
    """Put a model on the GPU if there is one; returns the device it is on."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if model.device.type != device:
        model.to(device)
    return str(model.device)
