"""The recipes of docs/how-to/unusual-formats.md run on the public data they are written for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import growloop

CLINC, DISFL, MAMS = "intents/clinc", "noisy_questions/disfl_qa", "reviews/mams"


@pytest.mark.parametrize(
    ("name", "files", "counts"),
    [
        ("clinc", [f"{CLINC}/data_oos_plus.json.gz"], (23_850, 23_849, 1, 0)),
        ("disfl-qa", ["squad_v2/dev-v2.0.json.gz", f"{DISFL}/dev.json.gz"], (1_000, 1_000, 0, 0)),
        ("mams", [f"{MAMS}/ATSA_val.xml.gz"], (1_332, 1_332, 0, 0)),
    ],
)
def test_a_recipe_runs_and_every_row_is_accounted_for(
    repository: Path,
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    files: list[str],
    counts: tuple[int, ...],
) -> None:
    page = (repository / "docs" / "how-to" / "unusual-formats.md").read_text(encoding="utf-8")
    [recipe] = re.findall(rf"^```python\n# {name}\n(.*?)^```", page, flags=re.M | re.S)
    for file in files:
        (tmp_path / Path(file).name).symlink_to(shared_data / file)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"project": growloop.new(tmp_path / "project")}

    exec(recipe, names)

    report = names["report"]
    assert (report.rows, report.accepted, report.duplicates, report.rejected) == counts


@pytest.mark.parametrize(
    ("file", "options", "counts"),
    [
        (
            "label_noise/e2e/devset_original.csv.gz",
            {"mapping": {"question": "mr", "answers": "ref"}},
            (4_672, 4_521, 151, 0),
        ),
        (
            "label_noise/e2e/devel-fixed.no-ol.csv.gz",
            {"mapping": {"question": "mr", "answers": "ref"}},
            (4_299, 4_134, 165, 0),
        ),
        ("human_judgement/evouna_nq.json.gz", {"separator": "/"}, (3_610, 3_609, 0, 1)),
        ("human_judgement/nq301_human.tsv.gz", {"mapping": {"answers": "Model answer"}}, (1_490, 1_489, 1, 0)),
        (
            "intents/restaurant8k/test.json.gz",
            {"mapping": {"question": "userInput.text", "answers": "labels.slot"}},
            (3_731, 2_345, 34, 1_352),
        ),
        ("squad_like/squadshifts_new_wiki_v1.0.json.gz", {}, (7_938, 7_779, 159, 0)),
        ("noisy_questions/noiseqa/xquad-keyboard-natural.json.gz", {}, (1_190, 1_189, 1, 0)),
    ],
)
def test_public_files_are_read_by_naming_columns(
    shared_data: Path, tmp_path: Path, file: str, options: dict[str, Any], counts: tuple[int, ...]
) -> None:
    report = growloop.import_examples(growloop.new(tmp_path / "project"), shared_data / file, **options)

    assert (report.rows, report.accepted, report.duplicates, report.rejected) == counts
