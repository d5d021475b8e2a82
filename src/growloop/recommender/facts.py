"""What is known about a failing slice besides that it fails: what could be gathered, what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from growloop.recommender.curves import worthwhile
from growloop.records.diagnosis import FailingSlice


@dataclass(frozen=True)
class SlotUse:
    """How many different values of a slot the training examples of a slice have, and whether unseen ones fail."""

    in_training: int
    in_universe: int
    wrong_unseen: int = 0
    unseen: int = 0
    """Evaluated examples whose value training never saw."""
    wrong_seen: int = 0
    seen: int = 0


@dataclass(frozen=True)
class SliceFacts:
    """A failing slice and what surrounds it."""

    slice: FailingSlice
    trained_on: int
    """Training examples in it."""
    share: float = 1.0
    """Its share of the questions that were evaluated."""
    training: int = 0
    """All training examples."""
    drawable: Mapping[str, str] | None = None
    """What of its `where` the universe can draw for training; None where it can draw nothing of the kind."""
    negatives: tuple[str, ...] = ()
    """Kinds of negatives that the universe declares and that exist there."""
    slots: Mapping[str, SlotUse] = field(default_factory=dict)
    drafts: int = 0
    """Questions of the kind in the pool that nobody has answered."""
    suspects: int = 0
    """Training examples in it whose label the last audit found suspect."""

    @property
    def worthwhile(self) -> int:
        """How many examples more to gather."""
        return worthwhile(self.trained_on, share=self.share, of=self.training)
