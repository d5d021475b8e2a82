"""How long work tells what it is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Progress:
    """One sign of life of a long stage. Stages yield it; terminal, page and run folder consume it."""

    stage: str
    done: int
    total: int
    """0 where the end is not known."""
    note: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    """Numbers worth plotting, e.g. `loss`, `token_f1`."""
