"""E-mail addresses, telephone numbers, payment cards and bank accounts; where the task asks for it, names of people."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from growloop.dataset.checks import people
from growloop.dataset.checks.texts import finding, holding
from growloop.records.task import Task
from growloop.records.version import Finding

E_MAIL = r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}\b"
PHONE = (
    r"\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}\b"  # +44 20 7946 0958
    r"|(?:\(\d{3}\) ?|\b\d{3}[-. ])\d{3}[-.]\d{4}\b"  # (212) 555-0123
    r"|\b0\d{1,4}[ /-]\d{3,4}[ -]?\d{3,5}\b"  # 030 1234567
    r"|\b0\d(?:[ .]\d{2}){4}\b"  # 01 23 45 67 89
)
"""Never bare digits: years, coordinates and book numbers would be telephones."""
CARD = r"\b(?:\d{4}[ -]?){3}\d{1,7}\b|\b3\d{3}[ -]?\d{6}[ -]?\d{5}\b"
IBAN = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"


def personal_data(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """What must not be learned by a model: it may say it to anyone. One finding for each kind."""
    candidates = {
        HAS_E_MAIL: holding(examples, lambda text: text.str.contains(HAS_E_MAIL, literal=True)),
        HAS_DIGITS: holding(examples, lambda text: text.str.contains(HAS_DIGITS)),
    }
    found = [
        each
        for kind, prefilter, pattern, exact, is_one in KINDS
        for each in _of_kind(candidates[prefilter], kind, pattern, exact, is_one)
    ]
    if task.lint.names:
        found += _of_kind(examples, "names of people", people.beginning(), people.full(), bool)
    return found


def is_card(number: str) -> bool:
    """True where digits can be a payment card: 13 to 19 of them, a known first digit, Luhn's check sum.

    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(digit) for digit in number if digit.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6) or len(set(digits)) == 1:
        return False
    doubled = [2 * digit - 9 if digit > 4 else 2 * digit for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(number: str) -> bool:
    """True where the check digits of a bank account number are right.

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    plain = number.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    digits = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    return int(digits) % 97 == 1


def is_phone(number: str) -> bool:
    """True for as many digits as telephone numbers have, 8 to 15."""
    return 8 <= sum(character.isdigit() for character in number) <= 15


HAS_E_MAIL = "@"
HAS_DIGITS = "[0-9](?:[ ()./-]{0,3}[0-9]){7}"
"""What a text has to hold before the slower patterns look at it."""

ALONE = r"(?<!\d)(?<!\d[ -])(?:{})(?![ -]?\d)"
"""Not the middle of a longer number. Only Python's patterns can say so, and they see no more than the candidates."""
KINDS: tuple[tuple[str, str, str, str, Callable[[str], bool]], ...] = (
    ("e-mail addresses", HAS_E_MAIL, E_MAIL, E_MAIL, bool),
    ("telephone numbers", HAS_DIGITS, PHONE, ALONE.format(PHONE), is_phone),
    ("payment card numbers", HAS_DIGITS, CARD, ALONE.format(CARD), is_card),
    ("bank account numbers", HAS_DIGITS, IBAN, ALONE.format(IBAN), is_iban),
)


def _of_kind(
    examples: pl.DataFrame, kind: str, pattern: str, exact: str, is_one: Callable[[str], bool]
) -> list[Finding]:
    hit = holding(examples, lambda text: text.str.contains(pattern))
    found = [_matches(row, exact, is_one) for row in hit.select("question", "context", "answers").iter_rows()]
    kept = hit.filter(pl.Series([bool(matches) for matches in found], dtype=pl.Boolean))
    if kept.is_empty():
        return []
    first = next(matches[0] for matches in found if matches)
    message = f'{kept.height:,} examples hold {kind} (first: {kept["id"][0]}: "{_masked(first)}").'
    remedy = "Replace them by made-up ones, or reject these examples."
    return [finding("personal_data", "warning", kept, message, remedy)]


def _matches(row: tuple[str, str, list[str]], pattern: str, is_one: Callable[[str], bool]) -> list[str]:
    question, context, answers = row
    found = [match for text in (question, context, *answers) for match in _found(pattern, text)]
    return [match for match in found if is_one(match)]


def _found(pattern: str, text: str) -> list[str]:
    return [match.group() for match in re.finditer(pattern, text)]


def _masked(number: str) -> str:
    """What was found without being said: a report is passed on more easily than data."""
    return number[:2] + "".join("·" if character.isalnum() else character for character in number[2:])
