from __future__ import annotations

import pytest

from growloop.dataset.checks.personal_data import personal_data
from growloop.records.example import examples_frame
from growloop.records.task import Task

TASK = Task(name="t", purpose="p", answer_kind="extractive")


def kinds(context: str) -> list[str]:
    found = personal_data(examples_frame({"question": ["q"], "context": [context]}), TASK)
    return [finding.message.split(" hold ")[1].split(" (")[0] for finding in found]


@pytest.mark.parametrize(
    ("context", "kind"),
    [
        ("Write to ana.b+menu@blue-door.example.org.", "e-mail addresses"),
        ("Call +44 20 7946 0958 now", "telephone numbers"),
        ("Call +1 (212) 555-0123", "telephone numbers"),
        ("call (212) 555-0123", "telephone numbers"),
        ("212-555-0123", "telephone numbers"),
        ("Tel. 030 1234567", "telephone numbers"),
        ("Tel. 0171/1234567", "telephone numbers"),
        ("Tél. 01 23 45 67 89", "telephone numbers"),
        ("card 4111 1111 1111 1111", "payment card numbers"),
        ("card 5500-0000-0000-0004", "payment card numbers"),
        ("amex 3782 822463 10005", "payment card numbers"),
        ("DE89 3704 0044 0532 0130 00", "bank account numbers"),
        ("GB29NWBK60161331926819", "bank account numbers"),
    ],
)
def test_personal_data_is_found(context: str, kind: str) -> None:
    assert kinds(context) == [kind]


@pytest.mark.parametrize(
    "context",
    [
        "from 1939–1945 and 2005-2014, (1872–1967)",
        "at 40.748433, -73.985656",
        "ISBN 978-0-521-27556-9, ISBN 0-521-27556-9",
        "on 2014-02-03 at 12:30:45, or 01-02-2003",
        "1,234,567,890 people paid 12.345.678,90",
        "4111 1111 1111 1112 fails its check sum",
        "0000 0000 0000 0000",
        "DE88 3704 0044 0532 0130 00 fails its check digits",
        "2001 2002 2003 2004 were good years",
        "@handle, a@b, 3 @ 5 each, user@localhost",
        "version 10.20.30.40, rooms 101 102 103 104 105",
    ],
)
def test_years_books_coordinates_and_wrong_check_sums_are_not(context: str) -> None:
    assert kinds(context) == []


def test_the_message_does_not_repeat_what_it_found() -> None:
    examples = examples_frame({"question": ["Is it ana@example.org?"], "answers": [["Yes"]]})

    [finding] = personal_data(examples, TASK)

    assert "ana@example.org" not in finding.message
    assert finding.examples == tuple(examples["id"])
