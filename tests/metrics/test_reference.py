"""The page on metrics names every metric and figure there is."""

from __future__ import annotations

from pathlib import Path

from growloop.metrics import METRICS, figure_names
from growloop.records.run import Timings


def test_every_metric_figure_and_timing_is_documented(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")

    names = {*METRICS, *figure_names(list(METRICS)), *Timings.model_fields}
    assert {name for name in names if f"`{name}`" not in page} == set()
