from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.errors import BadData, GrowloopError, NotFound
from growloop.pool import Added, Pool
from growloop.records.annotation import QUEUED, Annotation
from growloop.records.example import EXAMPLES, examples_frame


@pytest.fixture
def pool(pool_url: str) -> Iterator[Pool]:
    with Pool.open(pool_url) as pool:
        yield pool


def said(verdict: Any = "wrong", **more: Any) -> Annotation:
    return Annotation(
        question="Dogs?", shown_answer="yes", verdict=verdict, at="2026-01-01T00:00:00Z", **{"answers": ("no",), **more}
    )


def test_what_goes_in_comes_out_in_the_same_order(pool: Pool) -> None:
    examples = examples_frame(
        {
            "question": ["Is it open?", "Vegan?", ""],
            "context": ["Line one\r\nline two", 'quotes " and \\', "crème brûlée 🍮\u2028end"],
            "answers": [["yes", "it is"], [], ['"']],
            "where": [{"template": "open", "food": "ramen"}, {}, {"a": 'b"c'}],
            "split": ["train", None, "test"],
            "negative": [None, "wrong_entity", None],
        }
    )

    assert pool.add(examples) == Added(accepted=3, duplicates=0)

    assert pool.examples().equals(examples)
    assert pool.examples().schema == EXAMPLES


def test_an_example_that_is_there_already_is_passed_over(pool: Pool, qa: Any) -> None:
    first = examples_frame(pl.DataFrame([qa("a", "1"), qa("b", "2")]))
    second = examples_frame(pl.DataFrame([qa("b", "2"), qa("c", "3"), qa("c", "3")]))

    pool.add(first)

    assert pool.add(second) == Added(accepted=1, duplicates=2)
    assert pool.examples()["question"].to_list() == ["a", "b", "c"]


def test_an_empty_pool_and_an_empty_frame_are_fine(pool: Pool) -> None:
    empty = pool.examples()

    assert empty.schema == EXAMPLES
    assert empty.height == 0
    assert pool.add(empty) == Added(accepted=0, duplicates=0)
    assert pool.counts() == {}


def test_many_frames_go_in_together_or_not_at_all(pool: Pool, qa: Any) -> None:
    frames = [examples_frame({name: [value] for name, value in qa(f"q{n}", "a").items()}) for n in range(3)]

    def breaks_off() -> None:
        with pool.adding() as add:
            add(frames[0])
            raise BadData("the second file is broken")

    with pytest.raises(BadData, match="second file"):
        breaks_off()
    assert pool.examples().is_empty()

    with pool.adding() as add:
        assert [add(frame).accepted for frame in (*frames, frames[0])] == [1, 1, 1, 0]
    assert pool.examples()["question"].to_list() == ["q0", "q1", "q2"]


def test_examples_can_be_asked_for_by_status(pool: Pool, qa: Any) -> None:
    pool.add(examples_frame(pl.DataFrame([qa("a", "1", status="accepted"), qa("b", "2", status="rejected")])))

    assert pool.examples("rejected")["question"].to_list() == ["b"]
    assert pool.examples(None).height == 2
    assert pool.counts() == {"accepted": 1, "rejected": 1}


def test_a_pool_opened_again_holds_what_was_written(tmp_path: Path, qa: Any) -> None:
    with Pool.open(tmp_path / "deep" / "growloop.db") as pool:
        pool.add(examples_frame(pl.DataFrame([qa("a", "1")])))
        pool.annotate(said())

    with Pool.open(tmp_path / "deep" / "growloop.db") as again:
        assert again.examples().height == 1
        assert len(again.annotations()) == 1


def test_commits_are_synced_to_disk(tmp_path: Path) -> None:
    with Pool.open(tmp_path / "growloop.db") as pool, pool._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


def test_an_annotation_gets_an_id_and_comes_back_whole(pool: Pool) -> None:
    saved = pool.annotate(said(context="Текст", note="see line 2", run="r-1", example="e-1", by="ada"))

    assert saved.id == 1
    assert pool.annotations() == [saved]


def test_a_withdrawn_annotation_is_hidden_but_kept(pool: Pool) -> None:
    first, second = pool.annotate(said()), pool.annotate(said("correct"))

    pool.withdraw(first.id)
    pool.withdraw(first.id)

    assert pool.annotations() == [second]
    assert [a.withdrawn for a in pool.annotations(include_withdrawn=True)] == [True, False]


def test_taking_back_an_annotation_that_never_was_is_refused(pool: Pool) -> None:
    with pytest.raises(NotFound, match="annotation 7"):
        pool.withdraw(7)


def test_two_programs_can_write_in_turn(tmp_path: Path) -> None:
    with Pool.open(tmp_path / "p.db") as one, Pool.open(tmp_path / "p.db") as other:
        ids = [pool.annotate(said(note=str(n))).id for n, pool in enumerate([one, other] * 10)]

        assert ids == list(range(1, 21))
        assert len(one.annotations()) == 20


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "growloop.db"
    path.write_bytes(b"this is not a database, but it is long enough to be looked at" * 20)

    with pytest.raises(BadData, match=r"growloop\.db cannot be read as a pool"):
        Pool.open(path)


def test_a_locked_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "growloop.db"
    with Pool.open(path) as pool, pool._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")  # the pool's one idle connection is used again below
        connection.close()
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")

        with pytest.raises(GrowloopError, match="locked by another program"):
            pool.annotate(said())

        blocker.execute("ROLLBACK")
        blocker.close()
        assert pool.annotate(said()).id == 1


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE examples (id TEXT)")
    other.commit()
    other.close()

    with pytest.raises(BadData, match='table "examples" without'):
        Pool.open(path)


def test_an_url_that_cannot_be_understood_is_explained() -> None:
    with pytest.raises(GrowloopError, match="database:"):
        Pool.open("nosuchdatabase://somewhere/pool")


def test_a_hundred_thousand_examples_go_in_and_out(pool: Pool) -> None:
    numbers = pl.int_range(100_000, eager=True).cast(pl.String)
    examples = examples_frame(pl.DataFrame({"question": "Question " + numbers, "context": "Context " + numbers}))

    assert pool.add(examples).accepted == 100_000
    assert pool.examples().equals(examples)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(), st.text(), st.lists(st.text(), max_size=3), st.dictionaries(st.text(), st.text(), max_size=3)
        ),
        max_size=5,
        unique_by=lambda row: row[0],
    )
)
def test_any_text_survives(rows: list[tuple[str, str, list[str], dict[str, str]]]) -> None:
    question, context, answers, where = (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
    examples = examples_frame({"question": question, "context": context, "answers": answers, "where": where})

    with Pool.open("sqlite://") as pool:
        pool.add(examples)

        assert pool.examples().equals(examples)


def test_examples_are_replaced_all_at_once_or_not_at_all() -> None:
    old = examples_frame({"question": [" Dogs?", "Cats?"]})
    fresh = examples_frame({"question": ["Dogs?"], "parent": [old["id"][0]]})
    with Pool.open("sqlite://") as pool:
        pool.add(old)

        added = pool.replace(fresh, {old["id"][0]: "rejected"})

        assert added.accepted == 1
        assert pool.examples()["question"].to_list() == ["Cats?", "Dogs?"]
        assert pool.examples("rejected")["id"].to_list() == [old["id"][0]]
        with pytest.raises(GrowloopError):
            pool.replace(examples_frame({"question": ["New?"]}), {old["id"][1]: None})  # type: ignore[dict-item]
        assert pool.examples()["question"].to_list() == ["Cats?", "Dogs?"]


# the queue


def to_judge(examples: pl.DataFrame, *priorities: float, reason: str = "looks wrong") -> pl.DataFrame:
    priority = pl.Series("priority", priorities)
    return examples.head(len(priorities)).select("id", reason=pl.lit(reason)).with_columns(priority)


def test_the_most_urgent_waits_first(pool: Pool, qa: Any) -> None:
    examples = examples_frame(pl.DataFrame([qa("a", "1"), qa("b", "2"), qa("c")]))
    pool.add(examples)

    pool.enqueue(to_judge(examples, 0.1, 0.9, 0.5))

    queue = pool.queue()
    assert queue.schema == QUEUED
    assert queue["question"].to_list() == ["b", "c", "a"]
    assert queue["answers"].to_list() == [["2"], [], ["1"]]


def test_an_example_waits_once_with_its_latest_reason(pool: Pool, qa: Any) -> None:
    examples = examples_frame(pl.DataFrame([qa("a", "1")]))
    pool.add(examples)

    pool.enqueue(to_judge(examples, 0.1))
    pool.enqueue(to_judge(examples, 0.7, reason="looks very wrong"))

    assert pool.queue().select("reason", "priority").rows() == [("looks very wrong", 0.7)]


def test_what_is_taken_off_or_no_longer_accepted_does_not_wait(pool: Pool, qa: Any) -> None:
    examples = examples_frame(pl.DataFrame([qa("a", "1"), qa("b", "2"), qa("c", "3")]))
    pool.add(examples)
    pool.enqueue(to_judge(examples, 0.1, 0.2, 0.3))

    pool.dequeue([examples["id"][0], "unheard of"])
    pool.dequeue([])
    pool.replace(EXAMPLES.to_frame(), {examples["id"][1]: "rejected"})

    assert pool.queue()["question"].to_list() == ["c"]


def test_a_queue_of_nothing_is_empty(pool: Pool) -> None:
    pool.enqueue(pl.DataFrame(schema={"id": pl.String, "reason": pl.String, "priority": pl.Float64}))

    assert pool.queue().schema == QUEUED
    assert pool.queue().is_empty()


def test_a_stamp_stays_until_something_is_written(tmp_path: Path) -> None:
    path = tmp_path / "pool.db"
    with Pool.open(path) as pool:
        pool.add(examples_frame({"question": ["Open?", "Vegan?"]}))
    with Pool.open(path) as pool:
        first = pool.stamp()
    with Pool.open(path) as again:
        assert again.stamp() == first

        again.set_status(again.examples()["id"].to_list()[:1], "rejected")
        assert again.stamp() != first


def test_a_file_made_anew_has_another_stamp(tmp_path: Path) -> None:
    path, stamps = tmp_path / "pool.db", []
    for question in ("Open?", "Shut?"):
        with Pool.open(path) as pool:
            pool.add(examples_frame({"question": [question]}))
        with Pool.open(path) as pool:
            stamps.append(pool.stamp())
        path.unlink()

    assert stamps[0] != stamps[1]


@pytest.mark.parametrize("rows", [1, 499, 500, 501, 1203])
def test_any_number_of_rows_goes_in_in_its_order(pool: Pool, rows: int) -> None:
    examples = examples_frame({"question": [f"Question {n}?" for n in range(rows)]})

    assert pool.add(examples) == Added(accepted=rows, duplicates=0)
    assert pool.examples()["question"].to_list() == examples["question"].to_list()
