from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from growloop.records.universe import Contexts
from growloop.universe.contexts import Context, read_contexts


@pytest.fixture
def reading(tmp_path: Path) -> Any:
    def read(*rows: Any, **declared: Any) -> tuple[list[Context], list[str]]:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (tmp_path / "c.jsonl").write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
        contexts, problems = read_contexts(Contexts(file="c.jsonl", **declared), tmp_path)
        return contexts, [str(problem) for problem in problems]

    return read


def test_texts_of_one_entity_are_read_together(reading: Any) -> None:
    rows = [{"id": str(n), "entity": "AB"[n % 2], "text": f"t{n}", "facts": {"l": [str(n)]}} for n in range(6)]

    contexts, problems = reading(*rows, together=2, show="{entity}: {text}")

    assert problems == []
    assert [context.id for context in contexts] == ["0+2", "4", "1+3", "5"]
    assert contexts[0].shown == "A: t0\nt2"
    assert contexts[0].facts == {"l": ("0", "2")}


def test_braces_in_a_text_are_left_alone(reading: Any) -> None:
    [context], _ = reading({"entity": "{text}", "text": "{entity} {x}"}, show="{entity}: {text}")

    assert context.shown == "{text}: {entity} {x}"


def test_texts_without_entity_stand_alone(reading: Any) -> None:
    contexts, problems = reading({"text": "one"}, {"text": "two"}, together=2)

    assert problems == []
    assert [(context.id, context.entity) for context in contexts] == [("line-1", ""), ("line-2", "")]


def test_byte_order_mark_crlf_and_empty_lines_do_not_matter(reading: Any) -> None:
    contexts, problems = reading('\ufeff{"text": "one"}\r', "\r", '{"text": "two\u2028three"}\r', "")

    assert problems == []
    assert [context.text for context in contexts] == ["one", "two\u2028three"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{oops", "not valid JSON, column 2"),
        ("[]", "expected an object"),
        ({"entity": "A", "txt": "t"}, 'unknown key "txt".*Did you mean "text"'),
        ({"entity": "A", "text": " "}, '"text" is missing or empty'),
        ({"text": "t"}, '"entity" is missing'),
        ({"entity": "A", "text": "t", "facts": []}, None),
        ({"entity": "A", "text": "t", "facts": [1]}, '"facts" is'),
        ({"entity": "A", "text": "t", "facts": {"f": [1]}}, 'the fact "f"'),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_named(reading: Any, line: Any, problem: str | None) -> None:
    contexts, problems = reading({"entity": "A", "text": "good"}, line, entity_slot="r")

    if problem is None:
        assert (len(contexts), problems) == (2, [])
        return
    [told] = problems
    assert told.startswith("c.jsonl, line 2: ")
    assert pytest.importorskip("re").search(problem, told)


def test_many_bad_lines_are_counted(reading: Any) -> None:
    _, problems = reading(*["{"] * 50)

    assert len(problems) == 21
    assert "30 more lines" in problems[-1]


def test_an_empty_file_is_a_problem(reading: Any) -> None:
    assert "is empty" in reading("")[1][0]
