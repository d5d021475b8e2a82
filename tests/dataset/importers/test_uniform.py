"""Lines read as columns give what each of them gives alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.importers import read_examples
from growloop.dataset.importers.batch import Batch
from growloop.dataset.importers.columns import Layout, layout_of
from growloop.dataset.importers.jsonl import parse_lines
from growloop.dataset.importers.plain import COLUMNS, Read, read_rows
from growloop.dataset.importers.uniform import Uniform

UGLY = [
    "",
    " ",
    "\0",
    "\x1c a",
    "\u00a0q\u2003",
    "\ud800",
    "🍮",
    "\\",
    '":',
    "{",
    "I don't know.",
    "x" * 90,
    "dev",
    "\x85",
]
TEXT = st.sampled_from(["q", " r ", "train", *UGLY]) | st.text(max_size=6)
KEYS = ["id", "question", "context", "answers", "is_impossible", "split", "topic", "title", "negative"]
FIRST: dict[str, Any] = {"id": 1, "question": "q", "context": "c", "answers": ["a"], "is_impossible": False}
FIRST |= {"split": "train", "topic": "t", "title": "u", "negative": "n"}
OTHER = (
    TEXT | st.none() | st.booleans() | st.integers() | st.floats() | st.lists(TEXT, max_size=2) | st.just({"a": [1]})
)


@st.composite
def written(draw: st.DrawFn, first: dict[str, Any]) -> bytes:
    """A line like the first, more or less."""
    kinds: dict[type, Any] = {str: TEXT, int: st.integers(), bool: st.booleans(), list: st.lists(TEXT, max_size=3)}
    odd = draw(st.none() | st.sampled_from([*first, "growloop"]))
    value = {key: OTHER if key == odd else kinds[type(of_first)] for key, of_first in first.items()}
    pairs = [(key, draw(value[key])) for key in first]
    if odd and draw(st.integers(0, 3)) == 0:  # twice, or elsewhere
        pairs.append((odd, draw(OTHER)))
        pairs = draw(st.sampled_from([pairs, pairs[1:], pairs[::-1]]))
    colon, comma = draw(st.sampled_from([(": ", ", "), (":", ","), ("\t :", " ,  ")]))
    is_ascii = draw(st.booleans())
    line = "{" + comma.join(f"{json.dumps(k)}{colon}{json.dumps(v, ensure_ascii=is_ascii)}" for k, v in pairs) + "}"
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(line)))
        line = (
            line[:place]
            + draw(st.sampled_from([*' "\\{}[],:x1\r', "\\u0041", "\\ud83d", "\\u0000", ""]))
            + line[place + 1 :]
        )
    return line.encode("utf-8", "surrogatepass")


def alone(lines: list[bytes], layout: Layout) -> dict[int, dict[str, Any]]:
    """Number of each line that is an example as it stands → what it gives."""
    found = {}
    for number, line in enumerate(lines, start=1):
        batch: Batch = parse_lines([line], [number], line)
        read = Read()
        read_rows(batch, layout, set(), read)
        if read.numbers and not read.repaired:
            given = {name: [value] for name, [value] in (read.coordinates | read.where).items()}
            found[number] = {name: read.columns[name][0] for name in COLUMNS} | {n: v[0] for n, v in given.items()}
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.sets(st.sampled_from(KEYS)).map(
        lambda kept: {k: v for k, v in FIRST.items() if k in kept | {"question", "answers"}}
    ),
    st.booleans(),
    st.sampled_from(["", "I don't know."]),
    st.data(),
)
def test_lines_that_look_alike_give_what_each_gives_alone(
    first: dict[str, Any], is_text: bool, abstain_answer: str, data: st.DataObject
) -> None:
    first = first | {"answers": "a"} if is_text else first
    where = {"kind": "title"} if "title" in first and data.draw(st.booleans()) else {}
    layout = layout_of(first, where=where, abstain_answer=abstain_answer)
    lines = [json.dumps(first).encode(), *data.draw(st.lists(written(first) | st.binary(max_size=4), max_size=4))]
    lines = [line.replace(b"\n", b" ") for line in lines]
    uniform = Uniform.of(lines[0], layout)
    assert uniform is not None

    read, others = uniform.read(lines, range(1, len(lines) + 1), set())

    expected = alone(lines, layout)
    assert sorted([*read.numbers, *(position + 1 for position in others)]) == list(range(1, len(lines) + 1))
    assert 1 in read.numbers
    for place, number in enumerate(read.numbers):
        given = {name: read.columns[name].to_list()[place] for name in COLUMNS}
        named = {key: values[place] for key, values in (read.coordinates | read.where).items()}
        wanted = expected[number]
        assert given == {name: wanted[name] for name in COLUMNS}
        assert {k: v for k, v in named.items() if v} == {k: v for k, v in wanted.items() if k not in COLUMNS and v}


def test_lines_of_every_kind_come_out_in_their_order(tmp_path: Path) -> None:
    lines = [json.dumps({"question": f"q{n}", "answer": "a" if n % 7 else 3}) for n in range(500)]
    lines[11], lines[250], lines[251] = "{broken", "", '{"question": "q251", "question": "other", "answer": "a"}'
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines))

    imported = read_examples(path)

    numbers = [n for n in range(500) if n not in (11, 250, 251)]
    assert imported.examples["question"].to_list() == [f"q{n}" for n in numbers]
    assert imported.examples["answers"].explode().to_list() == ["a" if n % 7 else "3" for n in numbers]
    assert imported.rejected["row"].to_list() == [12, 252]
    assert imported.rejected["original"].to_list() == [lines[11], lines[251]]


def test_a_file_whose_first_lines_are_odd_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '\n{"question": 1, "answer": "a"}\n{"question": "q", "answer": null}\n{"question": "q", "answer": "a"}'
    )

    imported = read_examples(path)

    assert imported.examples.select("question", "answers").rows() == [("q", ["a"])]
    assert imported.rejected["row"].to_list() == [2, 3]
    assert imported.rejected.schema["row"] == pl.Int64
