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


def test_one_reads_anew_and_the_others_get_what_was_known(
    slow: tuple[Lately[list[str]], Event, Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, begun, may = slow
    may.set()
    waiting.read()
    waiting.change(lambda value: [*value, "old"])
    begun.clear(), may.clear()
    monkeypatch.setattr(lately, "_SECONDS", -1)  # whatever is known is too old
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(waiting.read)
        begun.wait(60)

        assert waiting.read() == ["a", "b", "c", "old"]
        may.set()
        assert found.result() == ["a", "b", "c"]
