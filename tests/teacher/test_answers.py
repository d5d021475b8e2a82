from __future__ import annotations

from typing import Any

import pytest

from growloop.records.task import Task
from growloop.remote import Cache, Reply, request_key
from growloop.teacher import messages_about, usable

CONTEXT = "Dogs may use\nthe Terrace, e.g. on Sundays. „Gern“, says Zoë."


def task(kind: str = "open_generative", **more: Any) -> Task:
    return Task(name="t", purpose="Dogs.", answer_kind=kind, abstain_answer="Not said.", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("They may.", (("They may.",), "")),
        ('  "They may."\n', (("They may.",), "")),
        ('"Yes" or "no"', (('"Yes" or "no"',), "")),
        ("<think>Dogs? Hm.</think>\nThey may.", (("They may.",), "")),
        ("Sí, ¡los perros! 犬", (("Sí, ¡los perros! 犬",), "")),
        ("Not said.", ((), "")),
        ("not said", ((), "")),
        ("I don’t know", ((), "")),
        ("I do not know.", ((), "")),
        (" \n", ((), "empty")),
        ("x" * 501, ((), "longer than 500 characters")),
    ],
)
def test_a_reply_is_an_answer_an_abstention_or_of_no_use(text: str, found: tuple[Any, str]) -> None:
    assert usable(Reply(text), CONTEXT, task()) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the terrace", (("the Terrace",), "")),
        ("Dogs may use the terrace.", (("Dogs may use\nthe Terrace",), "")),
        ("the roof", ((), "not in the context")),
        ("Zoë", (("Zoë",), "")),
        ("I don't know.", ((), "")),
    ],
)
def test_an_extracted_answer_is_in_the_words_of_the_context(text: str, found: tuple[Any, str]) -> None:
    assert usable(Reply(text), CONTEXT, task("extractive")) == found


def test_an_answer_that_was_cut_off_is_not_used() -> None:
    assert usable(Reply("They may, and", "length"), CONTEXT, task()) == ((), "cut off")
    assert usable(Reply("", "length"), CONTEXT, task()) == ((), "cut off")


@pytest.mark.parametrize("kind", ["extractive", "open_generative", "closed_generative"])
def test_the_teacher_is_told_the_purpose_and_what_to_say_when_it_does_not_know(kind: str) -> None:
    system, user = messages_about("Dogs?", CONTEXT, task(kind), ["Yes, dogs may."])

    assert "Dogs." in system["content"]
    assert "reply with exactly: Not said." in system["content"]
    assert user["content"].index("Question: Dogs?") < user["content"].index("- Yes, dogs may.")
    assert (CONTEXT in user["content"]) == (kind != "closed_generative")


def test_a_request_is_known_by_model_messages_and_settings() -> None:
    messages = messages_about("Dogs?", CONTEXT, task())
    keys = {
        request_key("m", messages, {"temperature": 0, "max_tokens": 5}),
        request_key("m", messages, {"max_tokens": 5, "temperature": 0}),
        request_key("m", messages, {"temperature": 1}),
        request_key("n", messages, {"temperature": 0, "max_tokens": 5}),
        request_key("m", messages_about("Cats?", CONTEXT, task()), {"temperature": 0, "max_tokens": 5}),
    }

    assert len(keys) == 4


def test_what_is_kept_is_known_to_the_next_who_opens_it(tmp_path: Any) -> None:
    with Cache(tmp_path / "teacher.db") as cache:
        cache.keep("a", "m", Reply("Ja „gern“", "stop", 3, 4))

    with Cache(tmp_path / "teacher.db") as cache:
        known = cache.known([*(str(number) for number in range(1_200)), "a"])

    assert known == {"a": Reply("Ja „gern“", "stop", 3, 4)}


def test_a_file_that_is_no_cache_is_named(tmp_path: Any) -> None:
    (tmp_path / "teacher.db").write_bytes(b"no database" * 100)

    with pytest.raises(Exception, match=r"teacher\.db cannot keep the replies"):
        Cache(tmp_path / "teacher.db")
