from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.conftest import Clock

from growloop.leases import LEASE_SECONDS, Leases


@pytest.fixture
def leases(pool_url: str, clock: Clock) -> Iterator[Leases]:
    with Leases.open(pool_url, clock=clock) as opened:
        yield opened


def queue(ids: str, wanted: int = 1) -> dict[str, int]:
    return dict.fromkeys(ids, wanted)


def test_two_people_never_have_the_same_before_them(leases: Leases) -> None:
    assert leases.take("Ada", queue("abcde"), limit=2) == ["a", "b"]
    assert leases.take("Bo", queue("abcde"), limit=2) == ["c", "d"]
    assert leases.take("Cy", queue("abcde"), limit=2) == ["e"]
    assert leases.take("Di", queue("abcde"), limit=2) == []


def test_whoever_comes_again_gets_the_same_and_what_is_kept_stays_theirs(leases: Leases) -> None:
    assert leases.take("Ada", queue("abcde"), limit=2) == ["a", "b"]
    assert leases.take("Ada", queue("abcde"), limit=2) == ["a", "b"]
    assert leases.take("Ada", queue("abcde"), limit=1, keep=["b"]) == ["a"]

    assert leases.take("Ada", queue("cde"), limit=1, keep=["b"]) == ["c"]  # b is judged, a put off

    assert leases.take("Bo", queue("abde"), limit=9) == ["a", "b", "d", "e"]


def test_a_lease_ends_by_itself_whatever_became_of_the_server(leases: Leases, clock: Clock, pool_url: str) -> None:
    leases.take("Ada", queue("ab"), limit=2)
    clock.now += LEASE_SECONDS - 1
    with Leases.open(pool_url, clock=clock) as reopened:
        assert reopened.take("Bo", queue("ab"), limit=2) == []
        clock.now += 1
        assert reopened.take("Bo", queue("ab"), limit=2) == ["a", "b"]


def test_what_is_wanted_from_two_is_before_two(leases: Leases) -> None:
    assert leases.take("Ada", queue("ab", wanted=2), limit=1) == ["a"]
    assert leases.take("Bo", queue("ab", wanted=2), limit=1) == ["a"]
    assert leases.take("Cy", queue("ab", wanted=2), limit=1) == ["b"]


def test_what_is_held_for_a_moment_is_handed_to_nobody_and_what_others_have_is_named(leases: Leases) -> None:
    leases.take("Ada", queue("a"), limit=1)
    leases.take("Bo", queue("ab"), limit=1)

    with leases.held("Ada", queue("abc")) as others:
        assert others == {"b"} == leases.before_others("Ada", queue("abc"))
        assert leases.take("Cy", queue("abcd"), limit=9) == ["d"]

    assert leases.take("Cy", queue("abcd"), limit=9) == ["c", "d"]  # a is still before Ada
    assert leases.before_others("Ada", queue("bc", wanted=2)) == set()


def test_many_who_come_at_once_get_different_ones(leases: Leases) -> None:
    waiting = dict.fromkeys((f"e{n}" for n in range(40)), 1)

    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda n: leases.take(f"P{n}", waiting, limit=4), range(10)))

    assert sorted(id for ids in given for id in ids) == sorted(waiting)
