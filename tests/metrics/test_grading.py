"""Answers graded by a model behind an endpoint: a real server on this machine, with its faults."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.remote.conftest import HASTY
from tests.remote.server import School

from growloop.errors import EndpointProblem, GrowloopError
from growloop.metrics.grading import Purse, RubricGrading, rubric_metric
from growloop.metrics.metric import Metric
from growloop.metrics.selftest import failed_cases
from growloop.records.grading import Grader
from growloop.records.task import RubricCase, RubricMetric
from growloop.remote import Cache, Endpoint

Rows = Callable[..., pl.DataFrame]
Grading = Callable[..., Metric]


def by_length(body: dict[str, Any]) -> str:
    """Grades an answer by whether it says six, or anything."""
    answer = json.loads(body["messages"][1]["content"])["answer"]
    level = "yes" if "six" in answer else "partly" if answer else "no"
    return json.dumps({"reason": f"It says “{answer}”.", "level": level})


@pytest.fixture
def metric(tmp_path: Path, endpoint: Endpoint, school: School, monkeypatch: pytest.MonkeyPatch) -> Grading:
    school.reply = by_length
    for name, value in (("URL", endpoint.url), ("MODEL", endpoint.model), ("KEY", endpoint.key)):
        monkeypatch.setenv(f"GROWLOOP_GRADER_{name}", value)

    def make(cases: tuple[RubricCase, ...] = (), **settings: Any) -> Metric:
        grader = Grader(**{"at_once": 3, "seconds": 5, "price_in": 2, "price_out": 10, **settings})
        declared = RubricMetric(name="helpful", rubric="Does it say when?", cases=cases)
        return rubric_metric(declared, Purse(grader, tmp_path / "grader.db", HASTY))

    return make


def grading_of(metric: Metric) -> RubricGrading:
    assert isinstance(metric.grading, RubricGrading)
    return metric.grading


def asked_about(school: School) -> list[str]:
    return sorted(json.loads(body["messages"][1]["content"])["answer"] for body in school.asked)


def replies_in(cache: Path) -> int:
    with Cache(cache), sqlite3.connect(cache) as database:
        count: int = database.execute("SELECT count(*) FROM replies").fetchone()[0]
    database.close()
    return count


@pytest.fixture
def said(rows: Rows) -> pl.DataFrame:
    return rows(("At six.", ["six"]), ("Soon.", ["six"]), ("", []), ("At six.", ["six"]))


def test_levels_become_scores_in_equal_steps_and_equal_answers_are_asked_about_once(
    metric: Grading, said: pl.DataFrame, school: School
) -> None:
    assert metric().score(said).tolist() == [1, 0.5, 0, 1]
    assert asked_about(school) == ["", "At six.", "Soon."]


def test_reason_request_and_cost_are_kept_with_each_score(metric: Grading, said: pl.DataFrame) -> None:
    helpful = metric()
    helpful.score(said)

    grades, told = grading_of(helpful).grades(said), grading_of(helpful).told(said)

    assert grades["level"].to_list() == ["yes", "partly", "no", "yes"]
    assert grades["reason"][0] == "It says “At six.”."
    assert json.loads(json.loads(grades["request"][1])[1]["content"])["answer"] == "Soon."
    assert grades["model"].unique().to_list() == ["tutor-1"]
    assert (told.answers, told.requests, told.cached, told.ungraded) == (4, 3, 0, {})
    assert (told.tokens_in, told.tokens_out) == (300, 30)
    assert told.cost == pytest.approx(0.0009)


def test_what_was_graded_once_is_never_asked_about_again(metric: Grading, said: pl.DataFrame, school: School) -> None:
    metric().score(said)
    school.asked.clear()
    again = metric()

    assert again.score(said).tolist() == [1, 0.5, 0, 1]
    assert again.score(said).tolist() == [1, 0.5, 0, 1]
    assert school.asked == []
    assert (grading_of(again).told(said).cached, grading_of(again).told(said).cost) == (3, pytest.approx(0.0009))


def test_many_are_asked_about_at_once(metric: Grading, rows: Rows, school: School) -> None:
    school.together = 3

    metric().score(rows(*((f"Answer {n}", []) for n in range(9))))

    assert school.most_at_once == 3


def test_faults_of_the_endpoint_are_met_with_patience(metric: Grading, said: pl.DataFrame, school: School) -> None:
    school.faults = ["500", "429 0.02", "body no json", "cut"]

    assert metric().score(said).tolist() == [1, 0.5, 0, 1]


def test_a_reply_without_a_grade_is_asked_about_once_more_with_what_was_wrong(
    metric: Grading, said: pl.DataFrame, school: School
) -> None:
    school.reply = lambda body: "Splendid!" if len(body["messages"]) == 2 else by_length(body)
    helpful = metric()

    assert helpful.score(said).tolist() == [1, 0.5, 0, 1]
    assert "no JSON object with a level" in school.asked[-1]["messages"][3]["content"]
    assert grading_of(helpful).told(said).tokens_in == 600


def test_an_answer_that_gets_no_grade_has_no_score_and_the_reason_is_told(
    metric: Grading, said: pl.DataFrame, school: School
) -> None:
    school.reply = lambda body: "Splendid!" if "Soon" in str(body) else by_length(body)
    helpful = metric()

    scores = helpful.score(said)

    assert np.isnan(scores).tolist() == [False, True, False, False]
    assert grading_of(helpful).told(said).ungraded == {"no JSON object with a level": 1}
    assert grading_of(helpful).grades(said)["reply"][1] == "Splendid!"


def test_a_refused_answer_has_no_score_and_the_others_have(metric: Grading, said: pl.DataFrame, school: School) -> None:
    school.faults = ["400 too long"]
    helpful = metric(at_once=1)

    assert np.isnan(helpful.score(said)).tolist() == [True, False, False, True]
    assert "refused (400)" in next(iter(grading_of(helpful).told(said).ungraded))


def test_where_the_money_is_spent_it_stops_and_what_was_graded_is_kept(
    metric: Grading, rows: Rows, school: School
) -> None:
    many = rows(*((f"Answer {n}", []) for n in range(30)))

    with pytest.raises(GrowloopError, match=r"answers are not graded: `grader: max_tokens`"):
        metric(max_tokens=3_000).score(many)

    first = len(school.asked)
    metric().score(many)
    assert 0 < first < 30
    assert len(school.asked) == 30


def test_answers_without_a_reply_wait_for_the_next_time(metric: Grading, said: pl.DataFrame, school: School) -> None:
    school.faults = ["500"] * HASTY.tries

    with pytest.raises(EndpointProblem, match=r"did not reply to 1 of 3 answers: server error"):
        metric(at_once=1).score(said)

    assert metric().score(said).tolist() == [1, 0.5, 0, 1]


def test_kill_minus_nine_loses_no_grade_that_was_paid_for(
    metric: Grading, rows: Rows, school: School, tmp_path: Path, repository: Path
) -> None:
    school.pause = 0.03
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        import polars as pl
        from growloop.metrics.grading import Purse, rubric_metric
        from growloop.records.grading import Grader
        from growloop.records.task import RubricMetric
        purse = Purse(Grader(at_once=3), Path({str(tmp_path / "grader.db")!r}))
        said = {{"prediction": [f"Answer {{n}}" for n in range(40)], "question": "", "context": ""}}
        rows = pl.DataFrame(said).with_columns(answers=pl.lit([], dtype=pl.List(pl.String)))
        rubric_metric(RubricMetric(name="helpful", rubric="Does it say when?"), purse).score(rows)
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(repository / "src")}
    kept = 0
    with subprocess.Popen([sys.executable, "-c", script], env=environment) as process:
        while kept < 5 and process.poll() is None:
            kept = replies_in(tmp_path / "grader.db")
        process.send_signal(signal.SIGKILL)
    kept, paid = replies_in(tmp_path / "grader.db"), len(school.asked)

    scores = metric().score(rows(*((f"Answer {n}", []) for n in range(40))))

    assert 5 <= kept < 40
    assert scores.tolist() == [0.5] * 40
    assert len(school.asked) == paid + 40 - kept


def test_without_an_endpoint_it_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GROWLOOP_GRADER_URL", "GROWLOOP_TEACHER_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    helpful = rubric_metric(RubricMetric(name="helpful", rubric="r"), Purse(Grader(), tmp_path / "grader.db"))

    with pytest.raises(EndpointProblem, match=r"No grader is named; not set: GROWLOOP_GRADER_URL"):
        grading_of(helpful).ready()
    assert helpful.score(pl.DataFrame(schema={"question": pl.String})).tolist() == []


def test_its_cases_are_graded_like_any_answer(metric: Grading) -> None:
    right = RubricCase(expect="high", prediction="At six.")
    wrong = RubricCase(expect="high", prediction="Soon.")

    failed = failed_cases(metric((right, wrong)))

    assert [(case.prediction, case.score) for case in failed] == [("Soon.", 0.5)]
