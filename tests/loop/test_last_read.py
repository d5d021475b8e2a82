"""Examples that were read are kept for the next stage, and not for ever."""

from __future__ import annotations

from growloop.loop.last_read import LastRead
from growloop.records.example import examples_frame

DOGS, CATS = (examples_frame({"question": [question]}) for question in ("Dogs?", "Cats?"))


def test_what_was_read_is_known_until_something_else_is() -> None:
    last = LastRead()

    last.keep("monday", DOGS)
    assert last.get("monday") is DOGS
    assert last.get("tuesday") is None

    last.keep("tuesday", CATS)
    assert last.get("tuesday") is CATS
    assert last.get("monday") is None


def test_what_nobody_asks_for_is_let_go() -> None:
    last = LastRead(idle_seconds=0)

    last.keep("monday", DOGS)
    assert last._letting_go
    last._letting_go.join()

    assert last.get("monday") is None
