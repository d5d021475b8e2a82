from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count, islice

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from growloop.models.side_by_side import AT_ONCE, MOST_PARAMETERS, _pool, pays_at_once, side_by_side  # noqa: E402


@pytest.fixture
def cores() -> Iterator[int]:
    """As many threads as are used at once, whatever the suite was started with."""
    before = torch.get_num_threads()
    _pool.cache_clear()
    torch.set_num_threads(AT_ONCE)
    yield AT_ONCE
    torch.set_num_threads(before)
    _pool.cache_clear()


@pytest.mark.parametrize("amount", [0, 1, 2, 3, 40])
@pytest.mark.parametrize("at_once", [1, 2])
def test_what_is_made_comes_in_the_order_of_the_items(cores: int, amount: int, at_once: int) -> None:
    def slow_at_first(item: int) -> int:
        time.sleep(0.002 * (item % 3 == 0))
        return item * item

    assert list(side_by_side(slow_at_first, range(amount), at_once)) == [item * item for item in range(amount)]


def test_two_items_are_at_work_at_the_same_time_and_never_three(cores: int) -> None:
    together, working, most = threading.Barrier(2), [0], [0]
    lock = threading.Lock()

    def work(item: int) -> int:
        with lock:
            working[0] += 1
            most[0] = max(most[0], working[0])
        together.wait(timeout=20)
        with lock:
            working[0] -= 1
        return item

    assert list(side_by_side(work, range(6), 2)) == list(range(6))
    assert most[0] == 2


def test_each_thread_has_its_share_of_the_cores_and_a_single_item_all_of_them(cores: int) -> None:
    def mine(_: int) -> int:
        return int(torch.get_num_threads())

    assert list(side_by_side(mine, range(4), 2)) == [cores // 2] * 4
    assert list(side_by_side(mine, range(1), 2)) == [cores]
    assert torch.get_num_threads() == cores


def test_threads_that_come_later_begin_with_all_cores(cores: int) -> None:
    list(side_by_side(str, range(4), 2))
    found: list[int] = []

    later = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    later.start()
    later.join()

    assert found == [cores]


def test_items_are_fetched_as_they_are_needed(cores: int) -> None:
    fetched = []

    def coming() -> Iterator[int]:
        for item in count():
            fetched.append(item)
            yield item

    assert list(islice(side_by_side(str, coming(), 2), 3)) == ["0", "1", "2"]
    assert len(fetched) <= 6


def test_an_error_is_raised_in_its_turn_when_nothing_is_at_work_any_more(cores: int) -> None:
    working = threading.Event()

    def work(item: int) -> int:
        if item == 1:
            raise ValueError("item 1")
        if item == 2:
            working.set()
            time.sleep(0.05)
            working.clear()
        return item

    made = side_by_side(work, range(5), 2)

    assert next(made) == 0
    with pytest.raises(ValueError, match="item 1"):
        next(made)
    assert not working.is_set()


@pytest.mark.parametrize(
    ("device", "parameters", "expected"),
    [("cpu", 23_000_000, AT_ONCE), ("cuda:0", 23_000_000, 1), ("cpu", MOST_PARAMETERS + 1, 1)],
)
def test_two_at_once_pay_for_small_models_on_a_cpu(cores: int, device: str, parameters: int, expected: int) -> None:
    assert pays_at_once(device, parameters) == expected


def test_one_core_does_one_at_a_time(cores: int) -> None:
    torch.set_num_threads(1)

    assert pays_at_once("cpu", 1_000) == 1
