"""Two pieces of work at once, each with half of the cores.

Cores that share one product wait for each other at its end, some thousand times in a step of a small model. Each
with a product of its own they never do, and other work on the machine slows one of them, not both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import chain, islice
from threading import Barrier
from typing import TypeVar

import torch

AT_ONCE = 2
MOST_PARAMETERS = 200_000_000
"""Products of larger models are long beside the wait at their end, and each thread keeps gradients of its own."""

Item = TypeVar("Item")
Made = TypeVar("Made")


def pays_at_once(device: str, parameters: int) -> int:
    """How many pieces of work to do at once: one on a GPU, on one core, and with large models."""
    pays = device == "cpu" and parameters <= MOST_PARAMETERS and torch.get_num_threads() >= AT_ONCE
    return AT_ONCE if pays else 1


def side_by_side(work: Callable[[Item], Made], items: Iterable[Item], at_once: int) -> Iterator[Made]:
    """What `work` makes of each item, in the order of the items; no more than so many `at_once`.

    A single item gets all cores. `work` begins without the caller's autocast and inference mode, which are kept by
    thread.
    """
    coming = iter(items)
    first = list(islice(coming, at_once))
    if len(first) == 1:
        yield from map(work, chain(first, coming))
        return
    pool = _pool(at_once, torch.get_num_threads())
    begun: deque[Future[Made]] = deque(pool.submit(work, item) for item in first)
    try:
        while begun:
            made = begun.popleft().result()
            begun.extend(pool.submit(work, item) for item in islice(coming, 1))
            yield made
    finally:
        for late in begun:
            late.cancel()
        for late in begun:  # what has begun uses the model: nothing may change it before it is done
            if not late.cancelled():
                late.exception()


@lru_cache(maxsize=2)
def _pool(threads: int, cores: int) -> ThreadPoolExecutor:
    """Threads that stay, for new ones would begin with all cores."""
    pool = ThreadPoolExecutor(threads, "side-by-side", initializer=_take, initargs=(max(1, cores // threads),))
    all_here = Barrier(threads)
    for started in [pool.submit(all_here.wait) for _ in range(threads)]:
        started.result()
    torch.set_num_threads(cores)  # a thread's number becomes that of threads to come
    return pool


def _take(cores: int) -> None:
    """Let this thread use so many cores, whatever others are told."""
    torch.get_num_threads()  # asked for the first time a thread takes the number last told to any
    torch.set_num_threads(cores)
