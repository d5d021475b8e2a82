"""Boosted trees as plain arrays: grown by scikit-learn, kept and read without it, and without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from growloop.errors import MissingExtra
from growloop.metrics.metric import Floats

_AT_ONCE = 4_000_000
"""Places (row × tree) followed at a time, so that memory does not grow with the rows."""


@dataclass(frozen=True)
class Trees:
    """All nodes of all trees, one after the other. A leaf leads to itself."""

    feature: NDArray[np.int64]
    threshold: Floats
    """A row goes left whose feature is at most this."""
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats
    roots: NDArray[np.int64]
    depth: int
    baseline: float

    def log_odds(self, features: Floats) -> Floats:
        """The log-odds of being right for each row of a matrix (rows, features); NaN is a missing value."""
        rows = max(1, _AT_ONCE // max(1, self.roots.size))
        parts = [self._added(features[start : start + rows]) for start in range(0, len(features), rows)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _added(self, features: Floats) -> Floats:
        place = np.repeat(self.roots[:, None], len(features), axis=1)
        row = np.arange(len(features))[None, :]
        for _ in range(self.depth):
            seen = features[row, self.feature[place]]
            goes_left = np.where(np.isnan(seen), self.missing_left[place], seen <= self.threshold[place])
            place = np.where(goes_left, self.left[place], self.right[place])
        added: Floats = self.baseline + self.value[place].sum(axis=0)
        return added

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything, by name, to be kept."""
        return {name: np.asarray(value) for name, value in asdict(self).items()}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> Trees:
        """The trees that `arrays` gave."""
        kept: dict[str, Any] = {name: arrays[name] for name in cls.__dataclass_fields__}
        return cls(**{**kept, "depth": int(kept["depth"]), "baseline": float(kept["baseline"])})


def grown(features: Floats, right: NDArray[np.bool_], weights: Floats, seed: int, **settings: Any) -> Trees:
    """Trees boosted on the rows of a matrix, by scikit-learn's histogram gradient boosting; `settings` are its own."""
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError:
        raise MissingExtra("Growing a judge's trees (scikit-learn)", "retrieve") from None
    booster = HistGradientBoostingClassifier(random_state=seed, early_stopping=False, **settings)
    known = np.where(np.isnan(features).all(axis=0), 0.0, features)  # it refuses what was never measured
    return _exported(booster.fit(known, right, sample_weight=weights))


def _exported(booster: Any) -> Trees:
    trees = [predictors[0].nodes for predictors in booster._predictors]
    sizes = np.array([len(nodes) for nodes in trees])
    starts = np.cumsum(sizes) - sizes
    nodes, start = np.concatenate(trees), np.repeat(starts, sizes)
    leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
    return Trees(
        feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64),
        threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        left=np.where(leaf, own, nodes["left"] + start).astype(np.int64),
        right=np.where(leaf, own, nodes["right"] + start).astype(np.int64),
        value=np.where(leaf, nodes["value"], 0.0),
        roots=starts.astype(np.int64),
        depth=int(nodes["depth"].max()),
        baseline=float(np.ravel(booster._baseline_prediction)[0]),
    )
