"""Metrics held against people: the annotations of a project, and public verdicts."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import growloop
from growloop.errors import BadData, NothingToDo
from growloop.project import Project, now
from growloop.records.annotation import Annotation


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = growloop.new(tmp_path / "p")
    rows = [{"question": f"Dish {n}?", "context": f"Dish {n} is here.", "answers": [f"yes {n}"]} for n in range(30)]
    growloop.import_examples(made, rows)
    return made


def test_the_annotations_of_a_project_are_verdicts(project: Project) -> None:
    for n in range(30):
        asked = {"question": f"Dish {n}?", "context": f"Dish {n} is here.", "by": "Ann", "at": now()}
        shown = (
            {"shown_answer": f"Yes {n}.", "verdict": "correct"} if n % 2 else {"shown_answer": "no", "verdict": "wrong"}
        )
        growloop.correct(project, Annotation(**asked, **shown))

    found = growloop.agreement(project=project)

    assert (found.verdicts, found.overall.correct) == (30, 0.5)
    assert found.overall.metrics[0].kappa.value == pytest.approx(1)


def test_a_project_without_verdicts_says_where_they_come_from(project: Project) -> None:
    with pytest.raises(NothingToDo, match="growloop serve"):
        growloop.agreement(project=project)


def test_without_a_file_or_a_project_there_is_nothing_to_do() -> None:
    with pytest.raises(NothingToDo, match="name a file"):
        growloop.agreement()


def test_questions_have_to_be_halved_once_at_least() -> None:
    with pytest.raises(BadData, match="halves: 0"):
        growloop.agreement([], halves=0)


def judged_by_people(folder: Path) -> Iterator[dict[str, Any]]:
    """NQ301: 1,490 answers, each judged by two people, by a third where they disagreed."""
    with (
        gzip.open(folder / "nq301_human.tsv.gz", "rt", encoding="utf-8", newline="") as judged,
        gzip.open(folder / "nq301_BEM.tsv.gz", "rt", encoding="utf-8", newline="") as with_golds,
    ):
        pairs = zip(csv.DictReader(judged, delimiter="\t"), csv.DictReader(with_golds, delimiter="\t"), strict=True)
        for row, golds in pairs:
            for annotator in ("annotator1", "annotator2", "annotator3"):
                asked = {"question": row["Question"], "answers": golds["Gold answers"].split(" | ")}
                yield asked | {"prediction": row["Model answer"], "verdict": row[annotator], "annotator": annotator}


def test_people_and_token_f1_on_public_verdicts_agree_as_published(shared_data: Path) -> None:
    found = growloop.agreement(judged_by_people(shared_data / "human_judgement"), metrics=["token_f1"])

    people, f1 = found.overall.people, found.overall.metrics[0]
    assert people.annotators == ("annotator1", "annotator2")
    assert people.agreement.value == pytest.approx(0.869, abs=0.001)
    assert people.kappa.value == pytest.approx(0.73, abs=0.01)
    assert f1.kappa.value is not None
    assert f1.kappa.value < people.kappa.value
