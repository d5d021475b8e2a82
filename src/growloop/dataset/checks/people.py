"""Names of people, by their form alone: a title and a name, or a known first name and a surname.

A name that stands alone is not taken for a person's, nor is one that a place goes by: `Mario Rossi` is, `Mario's`,
`Trattoria Mario Rossi` and `Mario Rossi Street` are not.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

TITLES = (
    *("Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof", "Professor", "Herr", "Frau", "Monsieur", "Madame", "Señor"),
    *("Señora", "Signor", "Signora", "Doctor", "Mme", "Sra"),
)
PLACES = (
    *("Airport", "Alley", "Arena", "Ave", "Avenue", "Award", "BBQ", "Bakery", "Bar", "Bed", "Bistro", "Boulevard"),
    *(
        "Brasserie",
        "Bridge",
        "Building",
        "Burger",
        "Burgers",
        "Cafe",
        "Café",
        "Cathedral",
        "Center",
        "Centre",
        "Chapel",
        "Chicken",
    ),
    *(
        "Church",
        "Club",
        "Coffee",
        "College",
        "Company",
        "Court",
        "Cucina",
        "Deli",
        "Diner",
        "Drive",
        "Eatery",
        "Foundation",
    ),
    *("Gallery", "Garden", "Gardens", "Grill", "Hall", "High", "Hospital", "Hotel", "House", "Inn", "Institute"),
    *("International", "Kitchen", "Lane", "Library", "Lounge", "Memorial", "Museum", "Noodle", "Noodles", "Park"),
    *("Pepper", "Pizza", "Pizzeria", "Place", "Prize", "Pub", "Restaurant", "Ristorante", "Road", "Room", "School"),
    *("Square", "St", "Stadium", "Station", "Steakhouse", "Street", "Sushi", "Tavern", "Theater", "Theatre", "Tower"),
    *("Trattoria", "University", "Way", "Wine", "Wings"),
)
"""What follows a name, or stands in its place, where it is one of a place, a company or a prize."""
HOUSES = (
    *("at", "At", "Bar", "Bistro", "Brasserie", "Cafe", "Café", "Casa", "Chez", "Da", "Hotel", "La", "Le", "Pizzeria"),
    *("Restaurant", "Ristorante", "Saint", "San", "Santa", "St", "St.", "The", "Trattoria", "Villa", "the"),
)
"""What stands before a name where it is one of a place."""
_WORD = r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+(?:[-'’][A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+)?"
_SURNAME = rf"(?:(?:[Vv]an|von|[Dd]e|[Dd]el|[Dd]ella|[Dd]i|[Dd]a|[Aa]l|bin|[Ee]l|O['’]|Mac|Mc)[ ]?)*{_WORD}"


@cache
def first_names() -> frozenset[str]:
    """The first names that are known."""
    lines = (Path(__file__).parent / "first_names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


@cache
def beginning() -> str:
    """A pattern for what every name begins with: quick, and found in each text that holds one."""
    return rf"\b(?:{'|'.join(sorted({*TITLES, *first_names()}))})\b"


@cache
def full() -> str:
    """A pattern for a whole name, for Python's `re`: the initials in it, and what must not stand around it."""
    firsts = "|".join(sorted(first_names(), key=len, reverse=True))
    before = "".join(rf"(?<!\b{house} )" for house in HOUSES)
    not_a_place = rf"(?!(?:{'|'.join(PLACES)})\b)"
    title = rf"(?:{'|'.join(TITLES)})\.? (?:[A-Z]\. ?)*{not_a_place}(?:{_WORD} )?{not_a_place}{_SURNAME}"
    first = rf"(?:{firsts})(?:-{_WORD})? (?:[A-Z]\. ?)*{not_a_place}{_SURNAME}"
    after = rf"(?!['’]s\b| (?:(?:{_WORD}|&|and) ){{0,2}}(?:{'|'.join(PLACES)})\b|\w)"
    return rf"{before}\b(?:{title}|{first}){after}"


def is_name(text: str) -> bool:
    """True for a text that reads as somebody's name.

    >>> [is_name(text) for text in ("Dr. Weber", "Maria del Carmen", "Mario's Kitchen", "Peter Street")]
    [True, True, False, False]
    """
    return re.fullmatch(full(), text) is not None
