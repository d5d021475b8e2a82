from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from tests.conftest import Clock

from growloop.errors import BadData, NotFound
from growloop.people import DAY, SHORTEST_PASSWORD, People
from growloop.records.people import Person

PASSWORD = "correct horse battery"


@pytest.fixture
def people(pool_url: str, clock: Clock) -> Iterator[People]:
    """Ada, who is an admin, and nobody else."""
    with People.open(pool_url, clock=clock, hasher=PasswordHasher(1, 8, 1)) as opened:
        opened.accept(opened.invite("Ada", "admin"), PASSWORD)
        yield opened


def holds(people: People, secret: str) -> bool:
    return secret in "".join(str(row) for table in ("users", "secrets") for row in _rows(people, table))


def _rows(people: People, table: str) -> list[Any]:
    with people._engine.connect() as connection:
        return list(connection.execute(sa.text(f"SELECT * FROM {table}")))


def test_whoever_is_invited_chooses_a_password_and_logs_in_however_the_name_is_written(people: People) -> None:
    people.accept(people.invite("Bo Ström", "annotator"), PASSWORD)

    secret, person = people.log_in(" bo  STRÖM", PASSWORD) or ("", None)

    assert person == Person(name="Bo Ström", role="annotator")
    assert people.in_session(secret) == person
    assert people.log_in("Bo Ström", PASSWORD + "!") is None
    assert people.log_in("Nobody", PASSWORD) is None
    assert people.log_in("Bo Ström", "x" * 100_000) is None


def test_no_secret_is_kept_as_it_is(people: People) -> None:
    session, _ = people.log_in("Ada", PASSWORD) or ("", None)
    invitation, key = people.invite("Bo", "viewer"), people.make_token("Ada")

    assert not any(holds(people, secret) for secret in (PASSWORD, session, invitation, key))


def test_an_invitation_works_once_even_for_two_at_once(people: People) -> None:
    link = people.invite("Bo", "annotator")

    def accept(password: str) -> bool:
        try:
            return bool(people.accept(link, password))
        except NotFound:
            return False

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(accept, ["a first long password", "a second long password"]))

    assert sorted(done) == [False, True]


def test_an_invitation_ends_with_its_time_and_with_the_next_one(people: People, clock: Clock) -> None:
    first = people.invite("Bo", "annotator")
    second = people.invite("Bo", "annotator")
    with pytest.raises(NotFound, match="Ask for another"):
        people.accept(first, PASSWORD)
    assert people.invited(second).name == "Bo"

    clock.now += 7 * DAY

    with pytest.raises(NotFound):
        people.invited(second)
    with pytest.raises(NotFound):
        people.accept(second, PASSWORD)
    assert people.user("Bo").invited_until is None


def test_a_session_cannot_be_used_as_an_invitation_or_a_key(people: People) -> None:
    session, _ = people.log_in("Ada", PASSWORD) or ("", None)

    assert people.with_token(session) is None
    with pytest.raises(NotFound):
        people.accept(session, PASSWORD)
    assert people.in_session(people.make_token("Ada")) is None


def test_a_session_ends_by_logging_out_with_time_with_a_new_password_and_with_the_user(
    people: People, clock: Clock
) -> None:
    def session() -> str:
        return (people.log_in("Bo", PASSWORD) or ("", None))[0]

    people.add("Bo", "annotator", PASSWORD)
    one, other = session(), session()
    people.log_out(one)
    assert (people.in_session(one), people.in_session(other)) == (None, Person(name="Bo", role="annotator"))

    people.accept(people.invite("Bo", "annotator"), PASSWORD)
    assert people.in_session(other) is None
    last = session()
    clock.now += 14 * DAY
    assert people.in_session(last) is None
    clock.now -= 14 * DAY
    people.remove("Bo")
    assert people.in_session(last) is None


def test_another_role_counts_at_once(people: People) -> None:
    people.add("Bo", "annotator", PASSWORD)
    session, _ = people.log_in("Bo", PASSWORD) or ("", None)
    key = people.make_token("Bo")

    people.set_role("bo", "viewer")

    assert people.in_session(session) == people.with_token(key) == Person(name="Bo", role="viewer")


@pytest.mark.parametrize(
    "change", [lambda people: people.set_role("Ada", "viewer"), lambda people: people.remove("Ada")]
)
def test_somebody_who_lets_others_in_is_always_left(people: People, change: Callable[[People], Any]) -> None:
    people.add("Bo", "annotator", PASSWORD)

    with pytest.raises(BadData, match="somebody else an admin"):
        change(people)

    assert people.user("Ada").role == "admin"


def test_the_first_has_to_be_an_admin_and_the_last_may_go(pool_url: str) -> None:
    with People.open(pool_url) as people:
        with pytest.raises(BadData, match="first has to be an admin"):
            people.invite("Bo", "annotator")
        assert not people.any()
        people.invite("Ada", "admin")
        assert people.any()
        people.remove("Ada")
        assert not people.any()


@pytest.mark.parametrize("name", ["", " ", "a" * 65, "<b>", "a\nb", "../x", "-"])
def test_what_is_no_name_is_refused(people: People, name: str) -> None:
    with pytest.raises(BadData, match="cannot be a name"):
        people.add(name, "viewer", PASSWORD)


def test_a_name_that_is_taken_and_a_short_password_are_refused(people: People) -> None:
    with pytest.raises(BadData, match="already"):
        people.add("ADA", "viewer", PASSWORD)
    with pytest.raises(BadData, match=f"{SHORTEST_PASSWORD} characters"):
        people.add("Bo", "viewer", "short")
    with pytest.raises(NotFound, match="Users here: Ada"):
        people.user("Bo")


def test_a_key_is_valid_until_it_is_revoked_or_too_old(people: People, clock: Clock) -> None:
    people.add("Bo", "annotator", PASSWORD)
    key, old = people.make_token("Bo", "nightly"), people.make_token("Bo", days=1)
    assert people.with_token(key) == Person(name="Bo", role="annotator")
    assert [(token.name, token.label) for token in people.tokens("bo")] == [("Bo", ""), ("Bo", "nightly")]

    with pytest.raises(NotFound):
        people.revoke(people.tokens()[1].id, of="Ada")
    clock.now += DAY
    assert people.with_token(old) is None
    people.revoke(people.tokens()[0].id, by="Ada")

    assert people.with_token(key) is None


def test_the_trail_says_who_changed_what_and_cannot_be_rewritten(people: People) -> None:
    people.add("Bo", "annotator", PASSWORD, by="Ada")
    people.set_role("Bo", "viewer", by="Ada")
    people.tell("Bo", "wrong", "Dogs?")

    lines, total = people.trail(limit=3)
    assert [(line.by, line.action, line.about) for line in lines] == [
        ("Bo", "wrong", "Dogs?"),
        ("Ada", "role", "Bo: annotator → viewer"),
        ("Ada", "added", "Bo (annotator)"),
    ]
    assert total == 6  # with Ada's invitation
    for statement in ("UPDATE trail SET by = 'x'", "DELETE FROM trail"):
        try:
            with people._engine.begin() as connection:
                connection.execute(sa.text(statement))
        except sa.exc.IntegrityError as error:
            assert "append-only" in str(error)  # noqa: PT017 - SQLite says so, PostgreSQL does nothing
    assert people.trail(limit=3) == (lines, total)
