"""Importing into a project: every row is accounted for, whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import growloop
from growloop import loop
from growloop.cli import app
from growloop.errors import BadData
from growloop.pool import Pool
from growloop.project import Project

runner = CliRunner()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return growloop.new(tmp_path / "project")


def written(path: Path, *rows: Any) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def kept(project: Project) -> list[dict[str, Any]]:
    path = project.folder / "rejected.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def pooled(project: Project) -> int:
    with Pool.open(project.pool_url) as pool:
        return pool.examples(status=None).height


GOOD = {"question": "q", "answer": "a"}


def test_every_row_is_accepted_a_duplicate_or_rejected(project: Project, tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", GOOD, GOOD, "{broken", {**GOOD, "context": "c"}, {"question": "no answer"})

    report = growloop.import_examples(project, path)

    assert (report.rows, report.accepted, report.duplicates, report.rejected) == (5, 2, 1, 2)
    assert [(line["file"], line["row"]) for line in kept(project)] == [(str(path), 3), (str(path), 5)]
    assert kept(project)[0]["original"] == "{broken"
    assert pooled(project) == 2


def test_importing_a_file_again_adds_nothing_and_doubles_no_rejected_row(project: Project, tmp_path: Path) -> None:
    first = written(tmp_path / "first.jsonl", GOOD, "{broken")
    second = written(tmp_path / "second.jsonl", {**GOOD, "context": "c"}, "{also broken")

    for path in (first, second, first, second):
        report = growloop.import_examples(project, path)

    assert (report.accepted, report.duplicates, report.rejected) == (0, 1, 1)
    assert [line["original"] for line in kept(project)] == ["{broken", "{also broken"]


def test_rows_that_were_put_right_in_the_file_are_rejected_no_more(project: Project, tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", GOOD, "{broken")
    growloop.import_examples(project, path)

    report = growloop.import_examples(project, written(path, GOOD, {**GOOD, "context": "c"}))

    assert (report.accepted, report.duplicates) == (1, 1)
    assert not (project.folder / "rejected.jsonl").exists()


def test_the_same_rejected_rows_under_another_name_are_kept_once(project: Project, tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        growloop.import_examples(project, written(tmp_path / name, GOOD, '{"question": "caf\\udce9"}'))

    [line] = kept(project)
    assert line["file"].endswith("b.jsonl")


def test_a_file_that_breaks_off_changes_nothing(project: Project, tmp_path: Path) -> None:
    rows = ", ".join(json.dumps({"question": f"q{n}", "answer": "a"}) for n in range(30_000))
    path = written(tmp_path / "rows.json", f'[{rows}, "no object", {{oops')

    with pytest.raises(BadData, match="not valid JSON"):
        growloop.import_examples(project, path)

    assert pooled(project) == 0
    assert kept(project) == []


def test_a_coordinate_that_turns_out_to_be_none_is_taken_back_everywhere(project: Project, tmp_path: Path) -> None:
    rows = [{"question": f"q{n}", "answer": "a", "late": str(max(0, n - 40_000) % 60)} for n in range(40_100)]

    report = growloop.import_examples(project, written(tmp_path / "rows.jsonl", *rows, "{broken"))

    assert (report.rows, report.accepted, report.rejected) == (40_101, 40_100, 1)
    with Pool.open(project.pool_url) as pool:
        assert pool.examples()["where"].list.len().sum() == 0
    assert len(kept(project)) == 1


def test_split_binds_all_rows_to_one_side(project: Project, tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", {**GOOD, "split": "test"}, {**GOOD, "context": "c"})

    growloop.import_examples(project, path, split="train")

    with Pool.open(project.pool_url) as pool:
        assert pool.examples()["split"].to_list() == ["train", "train"]


def test_progress_says_what_was_recognised_and_never_goes_back(project: Project, tmp_path: Path) -> None:
    rows = [{"question": f"q{n}", "answer": "a"} for n in range(50_000)]
    path = written(tmp_path / "rows.jsonl", "{broken", *rows)

    signs = list(loop.import_examples(project, path))

    assert signs[0].note == "jsonl · utf-8 · question=question, answers=answer"
    assert [sign.done for sign in signs] == sorted(sign.done for sign in signs)
    assert len(signs) > 3


def test_an_import_that_is_killed_has_changed_nothing_and_can_be_done_again(project: Project, tmp_path: Path) -> None:
    rows = [{"question": f"q{n}", "answer": "a", "context": "word " * 40} for n in range(60_000)]
    path = written(tmp_path / "rows.jsonl", "{broken", *rows)
    code = (
        "import sys, time; from growloop import loop; from growloop.project import Project\n"
        "stage = loop.import_examples(Project.open(sys.argv[1]), sys.argv[2])\n"
        "for n, sign in enumerate(stage):\n"
        "    print(n, flush=True)\n"
        "    time.sleep(60 if n == 2 else 0)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code, str(project.folder), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        while process.stdout.readline().strip() != "2":  # two parts are with the database, one is on its way
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)

    assert pooled(project) == 0
    assert kept(project) == []
    report = growloop.import_examples(project, path)
    assert (report.accepted, report.rejected) == (60_000, 1)
    assert pooled(project) == 60_000
    assert len(kept(project)) == 1


def test_the_command_shows_three_rows_as_a_model_sees_them_and_counts(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    lines = [
        "q;gold;ctx;col",
        "Dogs?;no;[bold]No[/bold] dogs.;x",
        "Cats?;;c;y",
        '"Cows?";yes;c;z',
        "bad",
        "last?;d;c;z",
    ]
    path.write_bytes("\r\n".join([*lines, "cafÃ©;a;c;z"]).encode())
    options = [str(path), "--map", "context=ctx", "--where", "topic=col", "--project", str(project.folder)]

    seen = runner.invoke(app, ["import", *options, "--preview"]).stdout
    counts = json.loads(runner.invoke(app, ["import", *options, "--json"]).stdout)
    told = runner.invoke(app, ["import", *options]).stdout

    assert "csv · utf-8 · question = q, context = ctx, answers = gold" in seen
    assert "[bold]No[/bold] dogs." in seen
    assert "(unanswerable)" in seen
    assert "last?" not in seen
    wanted = {"rows": 6, "accepted": 5, "duplicates": 0, "rejected": 1, "repaired": 0, "mojibake": 1}
    assert {name: counts[name] for name in wanted} == wanted
    assert "6 rows · 0 accepted · 5 duplicates · 1 rejected · 0 repaired" in told
    assert "cafÃ©" in told
    assert "--repair-text" in told


def test_the_command_reads_standard_input(project: Project) -> None:
    options = ["import", "-", "--json", "--project", str(project.folder)]

    counts = json.loads(runner.invoke(app, options, input=json.dumps(GOOD) + "\n{broken").stdout)
    runner.invoke(app, options, input="{broken\n" + json.dumps(GOOD))

    assert (counts["accepted"], counts["rejected"]) == (1, 1)
    assert [(line["file"], line["row"]) for line in kept(project)] == [("-", 2), ("-", 1)]


def test_rows_made_in_python_can_be_imported(project: Project) -> None:
    report = growloop.import_examples(project, ({"question": f"q{n}", "answer": "a"} for n in range(3)))

    assert (report.accepted, report.files) == (3, ("rows",))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from Linux's /proc")
def test_a_big_file_comes_in_with_bounded_memory(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "big.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(100_000):
            row = {"id": n, "question": f"question {n}?", "context": f"{n // 5} " + "word " * 260, "answers": ["a"]}
            file.write(json.dumps(row) + "\n")
    code = (
        "import re, sys; import growloop; from growloop.project import Project\n"
        "report = growloop.import_examples(Project.open(sys.argv[1]), sys.argv[2])\n"
        "print(report.accepted, re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code, str(project.folder), str(path)]

    done = subprocess.run(command, capture_output=True, text=True, env=environment)

    accepted, peak_kilobytes = map(int, done.stdout.split())
    assert accepted == 100_000
    assert peak_kilobytes < 500_000  # of 140 MB on disk; a million rows need no more
