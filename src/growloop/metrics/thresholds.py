"""The score from which on an answer counts as right: chosen on some questions, to be measured on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import BadData
from growloop.metrics import contingency
from growloop.records.example import matches

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
CUSTOMARY = 0.5


@dataclass(frozen=True)
class Halving:
    """On which answers thresholds are chosen, and on which they are then measured."""

    halves: int = 5
    seed: int = 0
    chosen_on: Mapping[str, str] = field(default_factory=dict)
    """Coordinates of the part to choose on; without, questions are dealt at random, `halves` times."""

    def sides(self, answers: pl.DataFrame) -> list[tuple[Booleans, Booleans]]:
        """Pairs of masks over the answers: choose here, measure there. No question is on both sides by chance."""
        if self.chosen_on:
            chosen = answers.select(matches(self.chosen_on)).to_series().to_numpy()
            return [(chosen, ~chosen)]
        _, asked = np.unique(answers["asked"].to_numpy(), return_inverse=True)
        count = int(asked.max(initial=-1)) + 1
        generator = np.random.default_rng(self.seed)
        firsts = [(generator.permutation(count) < count / 2)[asked] for _ in range(self.halves)]
        return [side for first in firsts for side in ((first, ~first), (~first, first))]

    @property
    def weight(self) -> float:
        """What a measured answer counts each time, so that it counts one in all."""
        return 1.0 if self.chosen_on else 1 / self.halves

    def check(self, answers: pl.DataFrame) -> None:
        """Raises BadData where the stated part holds none or all of the answers."""
        chosen = answers.filter(matches(self.chosen_on)).height
        if self.chosen_on and chosen in (0, answers.height):
            stated = ", ".join(f"{key}={value}" for key, value in self.chosen_on.items())
            raise BadData(
                f"{'All' if chosen else 'None'} of the {answers.height:,} judged answers lie at {stated}: thresholds "
                "are chosen on some and measured on the others.\n"
                "  Name coordinates that some of them have, or leave the halves to chance."
            )


def best_threshold(scores: Floats, right: Booleans) -> float:
    """The score from which on calling an answer right agrees best with people: highest kappa, then accuracy.

    Midway between two scores; the customary 0.5 where no cut agrees better than chance.

    >>> best_threshold(np.array([0.0, 0.2, 0.6, 1.0]), np.array([False, False, True, True]))
    0.4
    """
    values, place = np.unique(scores, return_inverse=True)
    counts = np.bincount(2 * place + right, minlength=2 * values.size).reshape(-1, 2)
    below = np.cumsum(counts, axis=0).astype(np.float64)  # wrong and right up to each value
    tables = np.stack([below, below[-1] - below], axis=1)[:-1]
    kappas = np.nan_to_num(contingency.kappa(tables), nan=0.0).round(12)
    if kappas.max(initial=0.0) <= 0:
        return CUSTOMARY
    cut = int(np.lexsort((contingency.accuracy(tables), kappas))[-1])
    return float((values[cut] + values[cut + 1]) / 2)
