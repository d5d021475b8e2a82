"""Trees kept as arrays say what scikit-learn's say."""

from __future__ import annotations

import io

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from growloop.metrics.judge.trees import Trees, grown


def test_the_exported_trees_say_what_scikit_learn_says_also_of_missing_values() -> None:
    generator = np.random.default_rng(0)
    features = generator.normal(size=(400, 6))
    features[generator.random(features.shape) < 0.2] = np.nan
    right = np.nansum(features[:, :2], axis=1) + generator.normal(size=400) > 0
    booster = HistGradientBoostingClassifier(max_iter=20, random_state=3, early_stopping=False)

    trees = grown(features[:300], right[:300], np.ones(300), 3, max_iter=20)

    expected = booster.fit(features[:300], right[:300], sample_weight=np.ones(300)).decision_function(features)
    assert np.abs(trees.log_odds(features) - expected).max() < 1e-9


def test_trees_come_back_from_a_file_as_they_were() -> None:
    features = np.arange(60.0).reshape(60, 1)
    trees = grown(features, features[:, 0] > 30, np.ones(60), 0, max_iter=3)
    buffer = io.BytesIO()

    np.savez(buffer, **trees.arrays())
    with np.load(io.BytesIO(buffer.getvalue()), allow_pickle=False) as kept:
        again = Trees.of(kept)

    assert again.log_odds(features).tolist() == trees.log_odds(features).tolist()
    assert again.log_odds(features[:0]).size == 0
