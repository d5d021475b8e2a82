"""The project's own metrics and patterns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from growloop.errors import BadDeclaration
from growloop.metrics import measured
from growloop.metrics.declared import code_hashes, declared_metrics
from growloop.metrics.selftest import failed_cases
from growloop.records.task import Task

Rows = Callable[..., pl.DataFrame]
OWN = '''
import polars as pl

CASES = {"politeness": [
    {"expect": "high", "prediction": "Yes, please."},
    {"expect": "low", "prediction": "Yes, please, whatever."},
]}


def politeness(row):
    """Says please."""
    return "please" in row["prediction"]


def brevity(rows):
    return 1 / rows["prediction"].str.len_chars().clip(1)


def silent(rows):
    return [None] * rows.height


def too_much(rows):
    return [2] * rows.height


def too_few(rows):
    return []


def breaks(row):
    return row["absent"]


def odd(prediction):
    return 1


def exact_match(rows):
    return [1] * rows.height
'''


def no_embeddings() -> None:
    raise AssertionError("nothing here needs embeddings")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(OWN, encoding="utf-8")
    return tmp_path


def task_with(*metrics: object) -> Task:
    return Task.model_validate({"name": "t", "purpose": "p", "answer_kind": "open_generative", "metrics": metrics})


def scores_of(folder: Path, rows: pl.DataFrame, *metrics: object) -> dict[str, list[float]]:
    loaded = declared_metrics(task_with(*metrics), folder, no_embeddings)  # type: ignore[arg-type]
    return {name: column.tolist() for name, column in measured(rows, loaded).items()}


def test_a_function_measures_row_by_row_or_all_at_once(folder: Path, rows: Rows) -> None:
    said = rows(("Yes, please", ()), ("No", ("No",)))

    scores = scores_of(folder, said, "mine.py:politeness", "mine.py:brevity", "exact_match")

    assert scores == {"politeness": [1, 0], "brevity": [1 / 11, 1 / 2], "exact_match": [0, 1]}


def test_a_function_may_have_nothing_to_say(folder: Path, rows: Rows) -> None:
    assert np.isnan(scores_of(folder, rows(("a", ())), "mine.py:silent")["silent"]).all()
    assert scores_of(folder, rows(), "mine.py:silent")["silent"] == []


def test_a_pattern_is_looked_for_in_what_was_said(folder: Path, rows: Rows) -> None:
    pattern = {"name": "states_minutes", "pattern": r"\d+ min", "high": ["In 5 min."], "low": ["Soon."]}

    said = rows(("It takes 10 min.", ()), ("Soon", ("Soon",)), ("", ()))

    assert scores_of(folder, said, pattern) == {"states_minutes": [1, 0, 0]}


def test_own_cases_are_tried_like_the_built_in_ones(folder: Path) -> None:
    loaded = declared_metrics(
        task_with("mine.py:politeness", {"name": "short", "pattern": "^.{1,5}$", "low": ["long"]}),
        folder,
        no_embeddings,  # type: ignore[arg-type]
    )

    assert [len(failed_cases(metric)) for metric in loaded] == [1, 1]


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("mine.py:politenes", 'Did you mean "politeness"'),
        ("mine:politeness", "not of the form FILE.py:function"),
        ("../mine.py:politeness", "leads out of the project folder"),
        ("mine.py:odd", "Call its parameter `row`"),
        ("mine.py:exact_match", 'growloop has a metric "exact_match" already'),
        ("tokenf1", 'Did you mean "token_f1"'),
        ({"name": "bad", "pattern": "(a"}, 'the pattern of "bad" is not valid'),
    ],
)
def test_a_metric_that_cannot_be_loaded_is_refused_with_a_remedy(folder: Path, metric: object, message: str) -> None:
    with pytest.raises(BadDeclaration, match=message):
        declared_metrics(task_with(metric), folder, no_embeddings)  # type: ignore[arg-type]


def test_two_metrics_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(BadDeclaration, match='"brevity" is taken'):
        declared_metrics(
            task_with("mine.py:brevity", {"name": "brevity", "pattern": "a"}),
            folder,
            no_embeddings,  # type: ignore[arg-type]
        )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("too_much", "gave 2; a score lies between 0 and 1"),
        ("too_few", "gave 0 scores for 1 rows"),
        ("breaks", r"mine.py, line \d+: KeyError: 'absent'"),
    ],
)
def test_a_metric_that_fails_is_told_with_file_and_line(folder: Path, rows: Rows, name: str, message: str) -> None:
    with pytest.raises(BadDeclaration, match=message):
        scores_of(folder, rows(("a", ())), f"mine.py:{name}")


def test_changed_code_is_another_metric(folder: Path) -> None:
    task = task_with("mine.py:brevity")
    before = code_hashes(task, folder)

    (folder / "mine.py").write_text(OWN + "\n# changed", encoding="utf-8")

    assert code_hashes(task, folder) != before
