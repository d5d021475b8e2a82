"""How well names of people are told from those of restaurants, streets and dishes, on a set labelled by hand."""

from __future__ import annotations

import re

import pytest

from growloop.dataset.checks.people import first_names, full
from growloop.dataset.checks.personal_data import personal_data
from growloop.records.example import examples_frame
from growloop.records.task import Lint, Task

TEXTS: list[tuple[str, list[str]]] = [
    ("Our waitress, Maria Gonzalez, was lovely.", ["Maria Gonzalez"]),
    ("Ask for Dr. Weber at the desk.", ["Dr. Weber"]),
    ("Mrs. Robinson and Herr Müller sat outside.", ["Mrs. Robinson", "Herr Müller"]),
    ("The table was booked by John F. Kennedy.", ["John F. Kennedy"]),
    ("Chef Giovanni Di Stefano cooks himself.", ["Giovanni Di Stefano"]),
    ("Vincent van Gogh ate here.", ["Vincent van Gogh"]),
    ("Complaints go to Anne-Marie Dubois.", ["Anne-Marie Dubois"]),
    ("Sean O'Brien runs the bar, Ms. Lee the kitchen.", ["Sean O'Brien", "Ms. Lee"]),
    ("I wrote to Priya Sharma and Mehmet Yılmaz.", ["Priya Sharma"]),  # missed: the ı of Yılmaz
    ("Signora Bianchi makes the pasta.", ["Signora Bianchi"]),
    ("Manager Lars Eriksson apologised.", ["Lars Eriksson"]),
    ("Prof. Anna Schmidt reviewed it.", ["Prof. Anna Schmidt"]),
    ("Thank you, Karen Barino!", ["Karen Barino"]),
    ("Monsieur Hulot came on holiday.", ["Monsieur Hulot"]),
    ("Zbigniew Herbert wrote it.", []),  # missed: the first name is not known
    ("My friend Sam loved it.", []),  # missed: a first name alone
    ("Mario's has the best pizza.", []),
    ("Trattoria Mario Rossi is closed on Mondays.", []),
    ("We love Luigi's Kitchen and Mr Sushi.", []),
    ("The Peter Luger Steakhouse takes no cards.", []),
    ("It is in Charles Street, near Victoria Station.", []),
    ("Dr Pepper and Captain Morgan are on the menu.", []),
    ("Ali Baba Kebab House, San Francisco.", []),
    ("Chez Pierre Martin opens at six.", []),
    ("Paul Bocuse Restaurant, Lyon.", []),
    ("A Caesar salad, a Margherita and a Bloody Mary.", []),
    ("The Cambridge Arms is next to The Golden Palace.", []),
    ("Martin Luther King Boulevard is two blocks away.", []),
    ("Prince Charles Hotel, St. Anne Church.", []),
    ("Marco Polo serves noodles.", ["Marco Polo"]),  # a restaurant: a false alarm
    ("Blue Spice, Wildwood and Zizzi are cheap.", []),
    ("Ben & Jerry's ice cream, Jack Daniel's sauce.", []),
    ("Open from Monday to Sunday, May to October.", []),
    ("Is there a Thai Garden in Paris?", []),
]
MISSED, WRONG = 3, 1
"""What the comments above say."""


def test_of_the_names_found_in_a_labelled_set_nearly_all_are_peoples() -> None:
    pattern = re.compile(full())

    assert {text: pattern.findall(text) for text, _ in TEXTS} == dict(TEXTS)
    found = sum(len(names) for _, names in TEXTS)
    precision, recall = (found - WRONG) / found, (found - WRONG) / (found - WRONG + MISSED)
    assert (found, round(precision, 2), round(recall, 2)) == (17, 0.94, 0.84)


def finding_of(context: str, *, names: bool) -> list[str]:
    task = Task(name="t", purpose="p", answer_kind="extractive", lint=Lint(names=names))
    return [found.message for found in personal_data(examples_frame({"question": ["q"], "context": [context]}), task)]


@pytest.mark.parametrize("context", ["Maria Gonzalez served us.", "Ask Dr. Weber."])
def test_names_are_looked_for_only_where_the_task_asks_for_it(context: str) -> None:
    assert finding_of(context, names=False) == []
    [message] = finding_of(context, names=True)

    assert "1 examples hold names of people" in message
    assert "Gonzalez" not in message
    assert "Weber" not in message


def test_no_known_first_name_is_a_place_or_a_dish() -> None:
    assert {"April", "Basil", "Charlotte", "Florence", "Margherita", "Paris", "Rose", "Victoria"}.isdisjoint(
        first_names()
    )
    assert all(name[0].isupper() for name in first_names())
