from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from growloop.errors import EndpointProblem
from growloop.records.remote import Remote
from growloop.remote import Asked, Endpoint, Outcome, Patience, Retried, Spending, asking, replies

from .conftest import HASTY
from .server import School


def questions(n: int) -> list[Asked]:
    return [Asked(f"k{i}", [{"role": "user", "content": f"<text>\nYes {i}. No.\n</text>"}]) for i in range(n)]


@pytest.fixture
def told(endpoint: Endpoint) -> Callable[..., list[Outcome | Retried]]:
    def run(n: int, at_once: int = 4, **limits: Any) -> list[Outcome | Retried]:
        remote = Remote(seconds=5)
        spending = Spending(remote, **limits)
        return list(replies(asking(endpoint, remote), questions(n), spending, at_once, HASTY))

    return run


def answers(told: list[Outcome | Retried]) -> dict[str, str]:
    return {one.asked.key: one.reply.text for one in told if isinstance(one, Outcome) and one.reply}


@pytest.mark.parametrize("n", [0, 1, 3, 30])
def test_every_question_gets_its_own_reply(told: Callable[..., Any], school: School, n: int) -> None:
    assert answers(told(n)) == {f"k{i}": f"Yes {i}" for i in range(n)}
    assert len(school.asked) == n


def test_so_many_are_under_way_at_once_and_no_more(told: Callable[..., Any], school: School) -> None:
    school.together = 6

    told(18, at_once=6)

    assert school.most_at_once == 6


def test_faults_are_met_with_patience(told: Callable[..., Any], school: School) -> None:
    school.faults = ["500", "cut", "body x", "429 0.05", "hang_up"]

    met = told(20)

    assert len(answers(met)) == 20
    assert sorted(one.reason for one in met if isinstance(one, Retried)) == [
        "a reply that is no JSON",
        "connection lost",
        "connection lost",
        "server error (500)",
        "too many requests (429)",
    ]


def test_where_the_endpoint_says_to_wait_all_of_them_do(told: Callable[..., Any], school: School) -> None:
    school.faults = ["429 0.4"]

    told(6, at_once=1)

    assert school.at[1] - school.at[0] >= 0.39


def test_a_question_that_fails_every_time_is_told_with_the_reason(told: Callable[..., Any], school: School) -> None:
    school.faults = ["500", "503", "500"]

    first, *rest = [one for one in told(4, at_once=1) if isinstance(one, Outcome)]

    assert (first.reply, first.reason) == (None, "server error (500)")
    assert all(one.reply for one in rest)


def test_where_nothing_comes_back_it_gives_up_soon(told: Callable[..., Any], school: School) -> None:
    school.always = "500"

    with pytest.raises(EndpointProblem, match=r"5 questions in a row.*server error"):
        told(1_000)
    assert len(school.asked) < 60


def test_a_refused_key_stops_all_at_once(told: Callable[..., Any], school: School) -> None:
    school.key = "another"

    with pytest.raises(EndpointProblem, match="refuses the key"):
        told(1_000)
    assert len(school.asked) <= 12


def test_limits_hold_whatever_is_under_way(told: Callable[..., Any], school: School) -> None:
    assert len(answers(told(50, limit=7))) == 7
    school.asked.clear()

    told(50, max_tokens=1_000)

    assert 0 < 110 * len(school.asked) <= 1_000
    assert 110 * (len(school.asked) + 1) + 250 > 1_000  # what was set aside and not used was used later


def test_a_budget_too_small_for_one_question_sends_none(told: Callable[..., Any], school: School) -> None:
    assert told(5, max_tokens=50) == []
    assert school.asked == []


def test_the_wait_doubles_up_to_a_limit_and_is_spread() -> None:
    patience = Patience(first_seconds=1, longest_seconds=8)

    waits = [patience.wait(tried) for tried in (1, 2, 3, 4, 5, 9)]

    assert all(longest / 2 <= wait <= longest for wait, longest in zip(waits, (1, 2, 4, 8, 8, 8), strict=True))
