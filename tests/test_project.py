from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import polars as pl
import pytest

from growloop.errors import BadData, NotFound
from growloop.project import Project, append_line, read_lines, write_atomically
from growloop.records.example import examples_frame
from growloop.records.report import Iteration
from growloop.records.run import Estimate, Run
from growloop.records.version import DatasetVersion

TASK = "name: t\npurpose: p\nanswer_kind: extractive\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "task.yaml").write_text(TASK, encoding="utf-8")
    return Project.open(tmp_path)


def version(name: str, created: str = "2026-01-01T00:00:00Z") -> DatasetVersion:
    counts = {"train": 1}
    return DatasetVersion(
        id=name, task_hash="h", counts=counts, answerable=counts, groups=counts, origins={}, created=created
    )


def run(name: str) -> Run:
    return Run(id=name, kind="evaluate", version="v", model="bundled", created="2026-01-01T00:00:00Z")


def turn(number: int, value: float) -> Iteration:
    metrics = {"token_f1": Estimate(value=value, low=0, high=1, n=2)}
    return Iteration(number=number, version="v", run="r", model="m", metrics=metrics, created="now")


def test_a_folder_without_a_task_is_not_a_project(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"has no task\.yaml"):
        Project.open(tmp_path)


def test_a_saved_version_comes_back_with_its_rows(project: Project) -> None:
    rows = examples_frame({"question": ["Zoë’s?"], "context": ["a\r\nb"], "answers": [[""]]})

    project.save_version(version("v-1"), rows, card="# Card")

    assert project.version("v-1") == version("v-1")
    assert project.examples("v-1").equals(rows)


def test_saving_a_version_again_changes_nothing(project: Project) -> None:
    project.save_version(version("v-1"), examples_frame({"question": ["a"]}))
    project.save_version(version("v-1"), examples_frame({"question": ["b"]}))

    assert project.examples("v-1")["question"].to_list() == ["a"]
    assert len(project.versions()) == 1


def test_a_version_that_is_frozen_again_is_the_latest_again(project: Project) -> None:
    for name in ("v-a", "v-b", "v-a"):
        project.save_version(version(name), examples_frame({"question": [name]}))

    assert [v.id for v in project.versions()] == ["v-b", "v-a"]


def test_other_files_come_into_a_version_with_its_rows(project: Project) -> None:
    project.save_version(version("v-1"), examples_frame({"question": ["a"]}), "# Card", beside={"notes.txt": b"said"})

    folder = project.version_folder("v-1")
    assert (folder / "notes.txt").read_bytes() == b"said"
    assert (folder / "card.md").read_text() == "# Card"


def test_a_damaged_manifest_is_named(project: Project) -> None:
    project.save_version(version("v-1"), examples_frame({"question": ["a"]}))
    (project.version_folder("v-1") / "manifest.json").write_text('{"id": "v-1"')

    with pytest.raises(BadData, match=r"v-1/manifest\.json is not the manifest"):
        project.versions()


def test_an_id_that_a_crash_left_without_a_folder_harms_nothing(project: Project) -> None:
    project.save_version(version("v-1"), examples_frame({"question": ["a"]}))
    project.make_latest("v-never-written")

    assert project.latest_version() == version("v-1")


def test_the_latest_version_is_the_one_frozen_last_even_within_one_second(project: Project) -> None:
    for name in ("v-b", "v-a", "v-c"):
        project.save_version(version(name), examples_frame({"question": [name]}))

    assert [v.id for v in project.versions()] == ["v-b", "v-a", "v-c"]


def test_a_run_without_its_done_marker_does_not_exist(project: Project) -> None:
    folder = project.run_folder("evaluate-1")
    write_atomically(folder / "run.json", run("evaluate-1").model_dump_json().encode())

    with pytest.raises(NotFound):
        project.run("evaluate-1")

    project.save_run(run("evaluate-1"))
    assert project.run("evaluate-1") == run("evaluate-1")


def test_a_turn_made_again_replaces_its_former_record(project: Project) -> None:
    for number, value in [(0, 0.1), (1, 0.2), (1, 0.3)]:
        project.save_iteration(turn(number, value))

    assert [t.metrics["token_f1"].value for t in project.iterations()] == [0.1, 0.3]


def test_a_last_line_torn_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    append_line(path, '{"a": 1}')
    with path.open("a") as file:
        file.write('{"a": ')

    assert list(read_lines(path)) == [{"a": 1}]


def test_a_broken_line_in_the_middle_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"a": 1}\nnonsense\n{"a": 2}\n', encoding="utf-8")

    with pytest.raises(BadData, match="line 2"):
        list(read_lines(path))


@pytest.mark.parametrize("name", ["../elsewhere", "/etc/passwd", "runs/../../x"])
def test_a_path_that_leads_out_of_the_project_is_refused(project: Project, name: str) -> None:
    with pytest.raises(BadData, match="leads out"):
        project.inside(name)


def _write_for_ever(path: str) -> None:
    letters = b"ab"
    while True:
        for letter in letters:
            write_atomically(Path(path), bytes([letter]) * 200_000)


def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for attempt in range(5):
        writer = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(str(path),), daemon=True)
        writer.start()
        deadline = time.monotonic() + 20
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.01 * attempt)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()

        content = path.read_bytes()
        assert len(content) == 200_000
        assert len(set(content)) == 1


def test_a_failed_write_keeps_what_was_there_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    with pytest.raises(TypeError):
        write_atomically(path, "not bytes")  # type: ignore[arg-type]

    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_frame_of_a_run_that_answered_nothing_is_named_as_missing(project: Project) -> None:
    project.save_run(run("train-1"))

    with pytest.raises(NotFound, match="keeps no scores"):
        project.run_frame("train-1", "scores")


def test_frames_of_a_run_are_read_back(project: Project) -> None:
    project.save_run(run("evaluate-1"))
    pl.DataFrame({"id": ["a"]}).write_parquet(project.run_folder("evaluate-1") / "scores.parquet")

    assert project.run_frame("evaluate-1", "scores")["id"].to_list() == ["a"]
