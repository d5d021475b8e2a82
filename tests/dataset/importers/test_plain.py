"""Reading many rows at once gives what reading each of them gives."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.importers.batch import Batch, Rejected, Unreadable
from growloop.dataset.importers.columns import layout_of
from growloop.dataset.importers.plain import COLUMNS, Read, read_rows
from growloop.dataset.importers.rows import read_row

TEXT = st.sampled_from(["", " ", " a ", "b", "a", "\0c", "I don't know.", "x" * 90, "[1]", "train", "dev"])
VALUE = TEXT | st.none() | st.booleans() | st.integers(0, 3) | st.floats() | st.just(2.0**70)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "question": st.sampled_from(["q", " q ", "", "r"]) | VALUE,
        "context": TEXT | VALUE | st.lists(TEXT, max_size=2),
        "answers": TEXT | st.lists(TEXT, max_size=3) | VALUE,
        "answer": TEXT,
        "is_impossible": st.booleans() | VALUE,
        "answerable": st.booleans(),
        "split": st.sampled_from(["train", "dev", None, "", "other"]),
        "negative": TEXT | VALUE,
        "id": VALUE,
        "title": VALUE,
        "entity": VALUE,
        "where": st.dictionaries(st.sampled_from(["x", "y"]), VALUE, max_size=2) | st.none(),
        "topic": VALUE | st.lists(TEXT, max_size=1),
        "growloop": st.none() | st.just({"status": "draft"}),
    },
)
CLEAN = st.fixed_dictionaries(
    {"question": st.sampled_from(["q", " r "]), "answers": TEXT},
    optional={
        "context": TEXT,
        "id": st.integers() | st.just(2.0**70),
        "topic": TEXT,
        "entity": TEXT,
        "split": st.sampled_from(["train", "dev"]),
    },
)


def one_by_one(rows: list[Any], layout: Any) -> tuple[list[dict[str, Any]], list[Rejected], int]:
    read, rejected, repaired = [], [], 0
    for number, row in enumerate(rows, start=1):
        try:
            read.append(read_row(row, layout))
        except Unreadable as reason:
            rejected.append(Rejected(number, str(reason), row))
            continue
        repaired += read[-1]["repaired"]
    return read, rejected, repaired


@settings(max_examples=400, deadline=None)
@given(
    st.lists(ROW, max_size=4) | st.lists(CLEAN, min_size=1, max_size=4) | st.tuples(st.lists(CLEAN, max_size=3), ROW),
    st.booleans(),
    st.sampled_from(["", "I don't know."]),
)
def test_many_rows_at_once_are_read_as_each_alone(rows: Any, is_table: bool, abstain_answer: str) -> None:
    rows = [*rows[0], rows[1]] if isinstance(rows, tuple) else rows
    names = [name for row in rows for name in row]
    layout = layout_of(
        names, where={"kind": "topic"} if "topic" in names else {}, is_table=is_table, abstain_answer=abstain_answer
    )
    several = Read()

    read_rows(Batch(rows, list(range(1, len(rows) + 1))), layout, set(), several)

    read, rejected, repaired = one_by_one(rows, layout)
    assert several.rejected == rejected or repr(several.rejected) == repr(rejected)  # NaN is not equal to itself
    assert several.repaired == repaired
    assert several.columns == {name: [row[name] for row in read] for name in COLUMNS}
    for name, values in several.coordinates.items():
        assert values == [row["coordinates"].get(name) for row in read]
    for name, values in several.where.items():
        assert values == [row["where"].get(name) for row in read]
    assert {key for row in read for key in row["where"]} == {k for k, v in several.where.items() if any(v)}


def test_one_bad_row_among_many_is_found() -> None:
    rows: list[Any] = [{"question": f"q{n}", "answer": "a"} for n in range(10_000)]
    rows[7_777] = {"question": "", "answer": "a"}
    read = Read()

    read_rows(Batch(rows, list(range(10_000))), layout_of(["question", "answer"]), set(), read)

    assert [row.row for row in read.rejected] == [7_777]
    assert len(read.numbers) == 9_999
    assert read.numbers == sorted(read.numbers)
