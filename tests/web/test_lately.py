from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from growloop.web import lately
from growloop.web.lately import Lately


@pytest.fixture
def slow() -> tuple[Lately[list[str]], Event, Event]:
    """What is read only once it may, when it is read first; and events: it is being read, it may be."""
    begun, may = Event(), Event()

    def read() -> list[str]:
        begun.set()
        assert may.wait(60)
        return ["a", "b", "c"]

    return Lately(read), begun, may


def test_what_is_changed_while_it_is_read_is_changed_in_what_was_read(
    slow: tuple[Lately[list[str]], Event, Event],
) -> None:
    waiting, begun, may = slow
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(waiting.read)
        begun.wait(60)
        waiting.change(lambda value: [one for one in value if one != "b"])
        may.set()

        assert found.result() == ["a", "c"]
    assert waiting.read() == ["a", "c"]


def test_what_is_forgotten_while_it_is_read_is_read_again(slow: tuple[Lately[list[str]], Event, Event]) -> None:
    waiting, begun, may = slow
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(waiting.read)
        begun.wait(60)
        waiting.forget()
        may.set()
        found.result()
    begun.clear()

    waiting.read()

    assert begun.is_set()


def test_it_is_read_anew_in_the_background_and_told_meanwhile_as_it_was(
    slow: tuple[Lately[list[str]], Event, Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, begun, may = slow
    may.set()
    waiting.read()
    waiting.change(lambda value: [*value, "old"])
    begun.clear(), may.clear()
    monkeypatch.setattr(lately, "_SECONDS", -1)  # whatever is known is old

    assert waiting.read() == waiting.read() == ["a", "b", "c", "old"]
    begun.wait(60)
    waiting.change(lambda value: [*value, "new"])
    may.set()
    with waiting._reading:  # once it has been read
        assert waiting._known is not None
        assert waiting._known[1] == ["a", "b", "c", "new"]


def test_what_has_not_changed_is_not_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    marks, read = ["one"], []
    value = Lately(lambda: read.append(marks[0]) or list(read), lambda: marks[0])
    value.read()
    monkeypatch.setattr(lately, "_SECONDS", -1)
    monkeypatch.setattr(lately, "_TOO_OLD_SECONDS", -1)  # it is waited for

    assert value.read() == value.read() == ["one"]
    marks[0] = "two"
    assert value.read() == ["one", "two"]


def test_what_is_not_known_yet_is_not_waited_for() -> None:
    value = Lately(lambda: "read")

    before = value.known()
    value.read()

    assert (before, value.known()) == (None, "read")
