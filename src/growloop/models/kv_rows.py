"""A key-value cache for many answers at once: grown in place, begun from shared contexts, finished rows dropped.

The library's own cache copies all keys and values at every token; here a token's are written where they belong.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer


class RowsLayer(DynamicLayer):  # type: ignore[misc]
    """The keys and values of one layer, in buffers of shape [rows, heads, positions, width] made once."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, rows: torch.Tensor, more: int) -> None:
        """Begin with `keys[rows]`, so one context may serve many rows, and leave space for `more` positions."""
        super().__init__()
        self.filled = keys.shape[-2]
        self._keys = _spacious(keys, rows, more)
        self._values = _spacious(values, rows, more)
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True
        self._show(len(rows))

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append the new positions; returns everything so far, as views."""
        rows, until = key_states.shape[0], self.filled + key_states.shape[-2]
        self._keys[:rows, :, self.filled : until] = key_states
        self._values[:rows, :, self.filled : until] = value_states
        self.filled = until
        self._show(rows)
        return self.keys, self.values

    def keep(self, order: torch.Tensor) -> None:
        """Let row i be what row `order[i]` was; rows that stay in place are not copied."""
        places = torch.arange(len(order), device=order.device)
        moved = places[order != places]
        if len(moved):
            filled = slice(0, self.filled)
            self._keys[moved, :, filled] = self._keys[order[moved], :, filled]
            self._values[moved, :, filled] = self._values[order[moved], :, filled]
        self._show(len(order))

    def _show(self, rows: int) -> None:
        self.keys = self._keys[:rows, :, : self.filled]
        self.values = self._values[:rows, :, : self.filled]


def rows_cache(begun: Cache, rows: torch.Tensor, more: int) -> Cache:
    """A cache whose row i continues row `rows[i]` of `begun`, with space for `more` positions."""
    return Cache(layers=[RowsLayer(layer.keys, layer.values, rows, more) for layer in begun.layers])


def keep_rows(cache: Cache, order: torch.Tensor) -> None:
    """Drop and move rows in all layers; see RowsLayer.keep."""
    for layer in cache.layers:
        layer.keep(order)


def _spacious(states: torch.Tensor, rows: torch.Tensor, more: int) -> torch.Tensor:
    _, heads, filled, width = states.shape
    buffer = states.new_empty(len(rows), heads, filled + more, width)
    buffer[:, :, :filled] = states[rows]
    return buffer
