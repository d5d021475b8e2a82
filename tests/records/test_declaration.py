from __future__ import annotations

from pathlib import Path

import pytest

from growloop.errors import BadDeclaration, NotFound
from growloop.records.declaration import load_yaml_text, plain, read_declaration
from growloop.records.task import Task
from growloop.records.universe import Universe

GOOD = "name: food\npurpose: answer customers\nanswer_kind: open_generative\n"


def complaint(path: Path, text: str, record: type = Task) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadDeclaration) as raised:
        read_declaration(path, record)
    return str(raised.value)


@pytest.fixture
def task_file(tmp_path: Path) -> Path:
    return tmp_path / "task.yaml"


def test_a_good_file_gives_the_record_with_defaults_filled(task_file: Path) -> None:
    task_file.write_text(GOOD, encoding="utf-8")

    task = read_declaration(task_file, Task)

    assert (task.name, task.answer_kind, task.candidates) == ("food", "open_generative", ("bundled",))


def test_crlf_and_a_byte_order_mark_are_read_like_any_file(task_file: Path) -> None:
    task_file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    assert read_declaration(task_file, Task).name == "food"


def test_an_unknown_key_names_file_line_and_the_nearest_key(task_file: Path) -> None:
    said = complaint(task_file, GOOD + "traning:\n  effort: quick\n")

    assert 'task.yaml, line 4: unknown key "traning".' in said
    assert 'Did you mean "training"?' in said


def test_an_unknown_key_deep_inside_is_compared_with_the_keys_of_its_own_block(task_file: Path) -> None:
    said = complaint(task_file, GOOD + "budgets:\n  minimum_scores:\n    - metric: x\n      at_lest: 1\n")

    assert 'line 7: unknown key "budgets.minimum_scores.0.at_lest"' in said
    assert 'Did you mean "at_least"?' in said


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (
            "name: a\n    rubric: b\n    levls: [c, d]",
            'line 7: unknown key "metrics.0.levls". Known here: cases, levels',
        ),
        ("name: a\n    pattern: b\n    hgh: [c]", 'line 7: unknown key "metrics.0.hgh". Known here: high, low'),
        ("name: a\n    rubric: b\n    cases: [{expect: hi, prediction: c}]", 'line 7: "metrics.0.cases.0.expect"'),
        ("5", 'line 5: "metrics.0" is 5'),
    ],
)
def test_a_complaint_about_a_metric_keeps_to_the_form_it_is_declared_in(
    task_file: Path, metric: str, said: str
) -> None:
    complaints = complaint(task_file, f"{GOOD}metrics:\n  - {metric}\n").split("\n")

    assert len(complaints) == 1
    assert said in complaints[0]


def test_a_wrong_choice_names_the_choices(task_file: Path) -> None:
    said = complaint(task_file, GOOD.replace("open_generative", "open_generativ"))

    assert "line 3" in said
    assert 'Did you mean "open_generative"?' in said


def test_a_wrong_type_says_what_was_found_and_what_is_wanted(task_file: Path) -> None:
    said = complaint(task_file, GOOD + "training:\n  epochs: many\n")

    assert "line 5" in said
    assert "'many'" in said
    assert "number" in said


def test_all_problems_are_told_at_once_in_order_of_lines(task_file: Path) -> None:
    said = complaint(task_file, "name: x\nnaem: y\nanswer_kind: z\nseeds: 3\n").split("\n")

    numbered = [line.split(",")[1].split(":")[0] for line in said if ", line" in line]
    assert numbered == [" line 2", " line 3", " line 4"]
    assert any('"purpose" is missing' in line for line in said)


def test_broken_yaml_names_the_line(task_file: Path) -> None:
    assert "line 2" in complaint(task_file, "name: x\npurpose: a: b\n")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words"])
def test_anything_but_keys_with_values_is_refused(task_file: Path, text: str) -> None:
    assert "expected keys with values" in complaint(task_file, text)


def test_a_name_for_what_it_stands_inside_of_is_refused_with_its_line(task_file: Path) -> None:
    told = complaint(task_file, "name: food\nscope: &all\n  - reviews\n  - [menus, *all]\n")

    assert told == "task.yaml, line 4: *all stands inside &all itself."


def test_what_is_named_may_be_used_again_beside_it() -> None:
    text = "a: &foods {values: [pie]}\nb: *foods\nc: {d: *foods}\n"

    assert plain(load_yaml_text(text, "universe.yaml"))["c"]["d"] == {"values": ["pie"]}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("candidates: {a: b}", "\"candidates\" is {'a': 'b'}: a list is wanted here, one item a line after '- '."),
        ("budgets: cheap", "\"budgets\" is 'cheap': keys with values are wanted here."),
        ("purpose:", '"purpose" is empty: a text is wanted here.'),
        ("training: {epochs: many}", "\"training.epochs\" is 'many': a number is wanted here."),
    ],
)
def test_a_wrong_type_is_told_in_the_words_of_yaml(task_file: Path, line: str, told: str) -> None:
    assert told in complaint(task_file, f"name: food\nanswer_kind: open_generative\n{line}\n")


def test_a_duplicate_key_is_refused_with_its_line(task_file: Path) -> None:
    assert "line 4" in complaint(task_file, GOOD + "name: again\n")


def test_text_that_is_not_utf_8_is_refused(task_file: Path) -> None:
    task_file.write_bytes(b"name: caf\xe9\n")

    with pytest.raises(BadDeclaration, match="not UTF-8"):
        read_declaration(task_file, Task)


def test_a_missing_file_says_how_to_make_one(task_file: Path) -> None:
    with pytest.raises(NotFound, match="growloop new"):
        read_declaration(task_file, Task)


def test_yes_and_no_stay_words_so_that_facts_can_use_them(tmp_path: Path) -> None:
    path = tmp_path / "universe.yaml"
    path.write_text(
        "contexts: {file: c.jsonl}\n"
        "templates:\n  - {name: dogs, ask: [Dogs?], fact: dogs, answer: {yes: Sure, no: No}}\n",
        encoding="utf-8",
    )

    assert read_declaration(path, Universe).templates[0].answer == {"yes": "Sure", "no": "No"}
