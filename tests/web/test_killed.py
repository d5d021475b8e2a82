"""A server that is killed while verdicts come in has lost none that it called saved.

`python benchmarks/kills.py` does the same two hundred times.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
KILLS = 5


def test_no_verdict_that_was_called_saved_is_lost_when_the_server_is_killed(
    tmp_path: Path, pool_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    kills = importlib.import_module("kills")

    outcome = kills.kill_again_and_again(kills.a_project(tmp_path / "killed", pool_url), KILLS)

    assert (outcome.kills, outcome.lost) == (KILLS, 0)
    assert outcome.saved >= KILLS * 12
