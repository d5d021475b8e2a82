"""The page on metrics names every metric and figure there is."""

from __future__ import annotations

from pathlib import Path

from growloop.metrics import BUILT_IN, figure_names
from growloop.metrics.consistency import CONSISTENCY
from growloop.records.calibration import Calibration
from growloop.records.run import Timings


def test_every_metric_figure_and_timing_is_documented(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")

    names = {
        *BUILT_IN,
        CONSISTENCY,
        *figure_names(["exact_match", "token_f1"]),
        *Calibration.model_fields,
        *Timings.model_fields,
    }
    assert {name for name in names if f"`{name}`" not in page} == set()
