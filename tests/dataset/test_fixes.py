from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.dataset.fixes import Fixed, fixed
from growloop.records.example import EXAMPLES, examples_frame
from growloop.records.task import Lint, Task

TASK = Task(name="t", purpose="p", answer_kind="open_generative")
EXTRACTIVE = TASK.model_copy(update={"answer_kind": "extractive"})

TEXTS = st.sampled_from(
    ["Fish", " Fish", "Fish &amp; chips", "Fish & chips", "dÃ©cor", "décor", "\u200b", "", "a\x00", "a"]
)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, st.lists(TEXTS, max_size=2), st.sampled_from(["A", "B"])), max_size=8)


def pool_of(rows: list[tuple[str, str, list[str], str]]) -> pl.DataFrame:
    questions, contexts, answers, groups = zip(*rows, strict=True) if rows else ((), (), (), ())
    columns = {"question": questions, "context": contexts, "answers": answers, "group": groups}
    frame = pl.DataFrame({name: list(values) for name, values in columns.items()}, schema_overrides=_TYPES)
    return examples_frame(frame).unique("id", maintain_order=True)


_TYPES = {name: EXAMPLES[name] for name in ("question", "context", "answers", "group")}


def applied(done: Fixed, pool: pl.DataFrame) -> pl.DataFrame:
    status = pl.col("id").replace(list(done.statuses), list(done.statuses.values()))
    changed = pl.col("id").is_in(list(done.statuses))
    return pl.concat([pool.with_columns(status=pl.when(changed).then(status).otherwise("status")), done.fresh])


def changes_nothing(done: Fixed) -> bool:
    return done.fresh.is_empty() and not done.statuses and not done.repaired


def test_a_clean_copy_takes_the_place_of_what_was_spoilt() -> None:
    pool = pool_of([(" Is the dÃ©cor nice?", "Nice dÃ©cor &amp; all.\u200b", ["Yes "], "A"), ("Fine?", "c", [], "A")])

    done = fixed(pool, TASK)

    [row] = done.fresh.to_dicts()
    assert (row["question"], row["context"], row["answers"]) == ("Is the décor nice?", "Nice décor & all.", ["Yes"])
    assert (row["parent"], row["status"], row["group"]) == (pool["id"][0], "accepted", "A")
    assert done.statuses == {pool["id"][0]: "rejected"}
    assert done.repaired == {"mojibake": 1, "control_characters": 1, "html": 1, "white_space": 1}


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from([TASK, EXTRACTIVE]))
def test_fixing_twice_is_the_same_as_once(rows: list[tuple[str, str, list[str], str]], task: Task) -> None:
    pool = pool_of(rows)

    after = applied(fixed(pool, task), pool)

    assert changes_nothing(fixed(after, task))
    assert after["id"].is_unique().all()
    assert set(pool["id"]) <= set(after["id"])


def test_a_pool_without_anything_wrong_stays_as_it_is() -> None:
    assert changes_nothing(fixed(EXAMPLES.to_frame(), TASK))
    assert changes_nothing(fixed(pool_of([("q", "c", ["a"], "A")]), TASK))


def test_where_the_clean_text_is_there_already_the_spoilt_one_is_its_duplicate() -> None:
    pool = pool_of([("Dogs?", "c", ["no"], "A"), (" Dogs?", "c", ["no"], "A"), ("Dogs?\u200b", "c", ["no"], "A")])

    done = fixed(pool, TASK)

    assert done.fresh.is_empty()
    assert done.statuses == dict.fromkeys(pool["id"][1:], "duplicate")


def test_exact_repetitions_are_dropped_and_the_one_that_came_last_stays() -> None:
    pool = pool_of([("Dogs  here?", "c", ["no"], "A"), ("Dogs here?", "c", ["no"], "A")])

    done = fixed(pool, TASK)

    assert done.statuses == {pool["id"][0]: "duplicate"}
    assert done.repaired == {"repeated": 1}


@pytest.mark.parametrize(
    "other",
    [("Dogs  here?", "c", ["yes"], "A"), ("Dogs  here?", "c", [], "A"), ("Dogs  here?", "c", ["no"], "B")],
    ids=["another answer", "no answer", "another group"],
)
def test_what_differs_in_more_than_spaces_is_no_repetition(other: tuple[str, str, list[str], str]) -> None:
    assert changes_nothing(fixed(pool_of([("Dogs here?", "c", ["no"], "A"), other]), TASK))


def test_what_a_person_has_judged_is_left_alone_and_told() -> None:
    pool = pool_of([(" Dogs?", "c", ["no"], "A")])

    done = fixed(pool, TASK, judged=[pool["id"][0]])

    assert changes_nothing(done)
    assert done.left_alone == {"a person has judged them": 1}


def test_an_extractive_answer_never_leaves_its_context() -> None:
    pool = pool_of([("What is served?", "Fish &amp; chips", ["Fish &amp"], "A")])

    done = fixed(pool, EXTRACTIVE)

    assert changes_nothing(done)
    assert done.left_alone == {"an answer would no longer stand in its context": 1}


def test_a_text_of_nothing_but_rubbish_is_left_for_a_person() -> None:
    done = fixed(pool_of([("\u200b", "c", ["a"], "A"), ("q", "c", ["\u200b"], "A")]), TASK)

    assert changes_nothing(done)
    assert done.left_alone == {"nothing would be left of a text": 2}


def test_remedies_of_skipped_checks_are_not_applied() -> None:
    task = TASK.model_copy(update={"lint": Lint(skip=("html", "repeated"))})
    pool = pool_of([("a &amp; b ", "c", ["x"], "A"), ("Dogs  ?", "c", [], "A"), ("Dogs ?", "c", [], "A")])

    done = fixed(pool, task)

    assert done.fresh["question"].to_list() == ["a &amp; b"]
    assert done.repaired == {"white_space": 1}


def test_rejected_examples_are_not_touched() -> None:
    pool = pool_of([(" Dogs?", "c", ["no"], "A")]).with_columns(status=pl.lit("rejected"))

    assert changes_nothing(fixed(pool, TASK))


def test_published_reviews_lose_their_mojibake_and_nothing_else(shared_data) -> None:
    from growloop.dataset.importers import read_examples

    pool = read_examples(shared_data / "reviews" / "dstc11" / "val_qa.jsonl.gz").examples

    done = fixed(pool, TASK)

    assert done.repaired == {"mojibake": 158}
    assert done.fresh["context"].str.contains("décor|’|entrée|Bœuf|Meunière|Crèmes|ü|í").all()
    after = applied(done, pool)
    assert after.filter(pl.col("status") == "accepted").height == pool.height
    assert changes_nothing(fixed(after, TASK))
