from __future__ import annotations

import time
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.finetune.batches import MOST_ROW_TOKENS, Sizes, dealt_out, parts_of, plan_epoch, total_steps


def sizes_of(groups: list[int], *, context: int = 100, own: int = 20) -> Sizes:
    return Sizes(groups, [context + group for group in groups], [own + number % 7 for number in range(len(groups))])


def plan(sizes: Sizes, *, repeats: list[int] | None = None, **changes: int):
    options = {"batch_size": 16, "together": 8, "seed": 0, "epoch": 0, **changes}
    return plan_epoch(sizes, repeats or [1] * len(sizes.group), **options)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), max_size=80),
    st.integers(1, 20),
    st.integers(1, 8),
    st.integers(0, 5),
)
def test_an_epoch_shows_every_example_as_often_as_asked_in_rows_of_one_context(examples, batch_size, together, epoch):
    groups, repeats = [group for group, _ in examples], [times for _, times in examples]

    batches = plan(sizes_of(groups), repeats=repeats, batch_size=batch_size, together=together, epoch=epoch)

    rows = [row for batch in batches for row in batch]
    assert Counter(number for row in rows for number in row) == Counter(dict(enumerate(repeats)))
    assert all(len({groups[number] for number in row}) == 1 for row in rows)
    assert all(len(row) == len(set(row)) <= together for row in rows)
    assert all(batches)


def test_the_order_is_a_pure_function_of_seed_and_epoch():
    sizes = sizes_of([number // 5 for number in range(200)])

    assert plan(sizes) == plan(sizes)
    assert plan(sizes) != plan(sizes, epoch=1)
    assert plan(sizes) != plan(sizes, seed=1)


def test_steps_are_about_as_large_as_asked():
    batches = plan(sizes_of([number // 5 for number in range(1000)]), batch_size=16)

    counts = [sum(map(len, batch)) for batch in batches]
    assert sum(counts) == 1000
    assert len(batches) == pytest.approx(1000 / 16, abs=4)
    assert max(counts) <= 16 + 8


def test_rows_of_one_batch_are_of_like_length():
    random = Random(0)
    count = 2000
    sizes = Sizes(range(count), [0] * count, [random.randint(20, 300) for _ in range(count)])

    batches = plan(sizes, together=1)

    padded = sum(len(batch) * max(map(sizes.row_tokens, batch)) for batch in batches)
    assert 1 - sum(sizes.own) / padded < 0.05


def test_rows_are_not_filled_beyond_what_attention_can_bear():
    sizes = Sizes([0] * 8, [600] * 8, [100] * 8)

    rows = [row for batch in plan(sizes) for row in batch]

    assert all(sizes.row_tokens(row) < MOST_ROW_TOKENS + 100 for row in rows)


def test_nothing_to_show_makes_no_batches_and_one_example_makes_one():
    assert plan(sizes_of([])) == []
    assert plan(sizes_of([0])) == [[[0]]]


def test_a_hundred_thousand_examples_are_planned_in_seconds():
    sizes = sizes_of([number // 5 for number in range(100_000)])

    began = time.perf_counter()
    batches = plan(sizes)

    assert sum(len(row) for batch in batches for row in batch) == 100_000
    assert time.perf_counter() - began < 10


def test_a_step_is_cut_into_as_many_parts_as_asked_or_as_the_memory_wants():
    sizes = sizes_of(list(range(12)))
    batch = [[number] for number in range(12)]

    def lengths(accumulation=1, most_tokens=10**6, most_pairs=10**9):
        parts = parts_of(batch, sizes, accumulation=accumulation, most_tokens=most_tokens, most_pairs=most_pairs)
        assert [row for part in parts for row in part] == batch
        return [len(part) for part in parts]

    longest = max(map(sizes.row_tokens, batch))
    assert lengths() == [12]
    assert lengths(accumulation=3) == [4, 4, 4]
    assert lengths(most_tokens=2 * longest) == [2] * 6
    assert lengths(most_pairs=3 * longest**2) == [3] * 4
    assert lengths(most_tokens=1) == lengths(most_pairs=1) == [1] * 12


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=6), st.integers(1, 3), st.integers(0, 200))
def test_parts_hold_every_example_once_in_rows_of_one_context(lengths, parts, context):
    groups = [group for group, length in enumerate(lengths) for _ in range(length)]
    sizes = Sizes(groups, [context] * len(groups), [20] * len(groups))
    batch = [[number for number, group in enumerate(groups) if group == row] for row in range(len(lengths))]

    dealt = dealt_out(batch, sizes, parts)

    rows = [row for part in dealt for row in part]
    assert sorted(number for row in rows for number in row) == list(range(len(groups)))
    assert all(len({groups[number] for number in row}) == 1 for row in rows)
    assert all(dealt)
    assert len(dealt) <= parts
    assert dealt == [batch] or parts > 1
    longest = max(sum(map(sizes.row_tokens, part)) for part in dealt)
    assert longest <= sum(map(sizes.row_tokens, batch))


def test_a_row_is_cut_in_two_where_that_leaves_both_parts_less_to_do():
    sizes = Sizes([0] * 8, [30] * 8, [20] * 8)

    assert dealt_out([list(range(8))], sizes, 2) == [[[4, 5, 6, 7]], [[0, 1, 2, 3]]]


def test_a_row_of_one_example_stays_whole():
    assert dealt_out([[0]], Sizes([0], [30], [20]), 2) == [[[0]]]


def test_a_long_context_is_not_read_twice_for_a_few_short_questions():
    assert dealt_out([[0, 1]], Sizes([0, 0], [500, 500], [20, 20]), 2) == [[[0, 1]]]


def test_a_last_epoch_may_be_cut_short():
    assert total_steps([10, 10, 10], 3) == 30
    assert total_steps([10, 10, 10], 2.5) == 25
    assert total_steps([1], 0.1) == 1
