from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from growloop.errors import EndpointProblem
from growloop.remote.endpoint import Declined, Endpoint, Passing, Reply, seconds_to_wait

from .server import KEY, School

ASKED = [{"role": "user", "content": "<text>\nHunde – „gern“. Ja.\n</text>\nQuestion: Hunde?"}]


def complete(endpoint: Endpoint, seconds: float = 5.0) -> Reply:
    return endpoint.complete(ASKED, {"temperature": 0}, seconds=seconds)


def test_a_reply_comes_with_its_tokens_and_in_any_script(endpoint: Endpoint, school: School) -> None:
    assert complete(endpoint) == Reply("Hunde – „gern“", "stop", 100, 10)

    assert school.asked == [{"model": "tutor-1", "messages": ASKED, "temperature": 0}]
    assert school.headers[0]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("500", "server error"),
        ("503", "server error"),
        ("429", "too many requests"),
        ("cut", "connection lost"),
        ("hang_up", "connection lost"),
        ("body not json", "no JSON"),
        ("body []", "without an answer"),
        ('body {"choices": []}', "without an answer"),
        ('body {"choices": [{}]}', "without an answer"),
        ("slow 2", "no answer in time"),
    ],
)
def test_what_may_work_the_next_time_is_passing(endpoint: Endpoint, school: School, fault: str, reason: str) -> None:
    school.faults = [fault]

    with pytest.raises(Passing, match=reason):
        complete(endpoint, seconds=0.5 if fault.startswith("slow") else 5.0)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("403", "refuses the key"),
        ("404", "knows no model"),
        ("402", "wants to be paid"),
        ("429 insufficient_quota", "wants to be paid"),
        ("429 7200", "come back in 120 minutes"),
        ("redirect http://127.0.0.1:9/v1", "sends elsewhere"),
    ],
)
def test_what_no_second_try_can_mend_stops_everything(
    endpoint: Endpoint, school: School, fault: str, told: str
) -> None:
    school.faults = [fault]

    with pytest.raises(EndpointProblem, match=told):
        complete(endpoint)
    assert len(school.asked) == 1


def test_a_question_that_is_declined_is_told_in_the_words_of_the_endpoint(endpoint: Endpoint, school: School) -> None:
    school.faults = ["400 context too long"]

    with pytest.raises(Declined, match=r"refused \(400\).*context too long"):
        complete(endpoint)


def test_a_wrong_key_is_refused_and_shown_nowhere(endpoint: Endpoint) -> None:
    wrong = Endpoint(endpoint.url, endpoint.model, "sk-my-own-secret")

    with pytest.raises(EndpointProblem, match="refuses the key") as refused:
        complete(wrong)

    assert "sk-my-own-secret" not in f"{refused.value!r} {wrong!r} {refused.value.__cause__!r}"


def test_a_model_that_is_not_there_is_named(endpoint: Endpoint) -> None:
    with pytest.raises(EndpointProblem, match='knows no model "tutor-9"'):
        complete(Endpoint(endpoint.url, "tutor-9", endpoint.key))


def test_nobody_at_an_address_is_passing(endpoint: Endpoint) -> None:
    with pytest.raises(Passing, match=r"nobody answers at http://127\.0\.0\.1:9"):
        complete(Endpoint("http://127.0.0.1:9/v1", "m"))


def test_the_wait_that_is_asked_for_is_passed_on(endpoint: Endpoint, school: School) -> None:
    school.faults = ["429 0.25"]

    with pytest.raises(Passing) as busy:
        complete(endpoint)
    assert busy.value.wait == 0.25


@pytest.mark.parametrize(("header", "seconds"), [(None, None), ("3", 3.0), ("-1", 0.0), ("soon", None), ("inf", None)])
def test_seconds_to_wait_are_read(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header) == seconds


def test_a_moment_to_wait_for_is_read() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    assert 90 < (seconds_to_wait(moment) or 0) <= 100


# the environment

OWN = {"GROWLOOP_TEACHER_URL": "https://own/v1/", "GROWLOOP_TEACHER_MODEL": "m", "GROWLOOP_TEACHER_KEY": "k"}
OPENAI = {"OPENAI_BASE_URL": "https://other/v1", "OPENAI_API_KEY": "theirs", "OPENAI_MODEL": "n"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (OWN, ("https://own/v1", "m", "k")),
        (OPENAI, ("https://other/v1", "n", "theirs")),
        (OWN | OPENAI, ("https://own/v1", "m", "k")),
        (
            {**OWN, "GROWLOOP_TEACHER_URL": "http://localhost:1/v1/chat/completions"},
            ("http://localhost:1/v1", "m", "k"),
        ),
    ],
)
def test_the_environment_names_the_endpoint(given: dict[str, str], found: tuple[str, str, str]) -> None:
    endpoint = Endpoint.from_environment(given)

    assert (endpoint.url, endpoint.model, endpoint.key) == found


def test_a_key_for_one_address_is_never_sent_to_another() -> None:
    lent = {name: value for name, value in OWN.items() if name != "GROWLOOP_TEACHER_KEY"} | OPENAI

    assert Endpoint.from_environment(lent).key == ""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "not set: GROWLOOP_TEACHER_URL, GROWLOOP_TEACHER_MODEL"),
        ({"OPENAI_API_KEY": "k"}, "GROWLOOP_TEACHER_URL"),
        ({**OWN, "GROWLOOP_TEACHER_URL": "ftp://own"}, "begins with https"),
        ({**OWN, "GROWLOOP_TEACHER_URL": "https://me:pw@own/v1"}, "holds a secret"),
        ({**OWN, "GROWLOOP_TEACHER_KEY": "a\nb"}, "no key has"),
    ],
)
def test_what_the_environment_lacks_is_named(given: dict[str, str], told: str) -> None:
    with pytest.raises(EndpointProblem, match=told):
        Endpoint.from_environment(given)


@pytest.mark.parametrize(
    ("url", "warns"), [("https://far/v1", False), ("http://localhost/v1", False), ("http://far/v1", True)]
)
def test_an_address_over_which_others_can_read_is_warned_of(url: str, warns: bool) -> None:
    assert bool(Endpoint(url, "m").warning) == warns
