"""A text as the judge reads it: words without case, accents and endings, numbers in digits, months and years."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_INITIALS = re.compile(r"\b([a-z])\.\s?(?=[a-z]\.)")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b|(?<=s)'(?!\w)")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th|s)")
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"  # noqa: E501
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_RANKS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"  # noqa: E501
_ROMAN = "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
IN_DIGITS = (
    {word: str(number) for number, word in enumerate(_UNITS.split())}
    | {word: str(number) for number, word in enumerate(_RANKS.split(), start=1)}
    | {word: str(number) for number, word in enumerate(_ROMAN.split(), start=2)}
    | {word: str(10 * number) for number, word in enumerate(_TENS.split(), start=2)}
)
_MONTHS = "january february march april may june july august september october november december"
MONTHS = {
    name: number
    for number, month in enumerate(_MONTHS.split(), start=1)
    for name in (month, month[:3], *(["sept"] if month == "september" else []))
}
_AMBIGUOUS = {"may", "mar"}
"""Months only beside a digit."""
_ENDINGS = (
    "ings",
    "ing",
    "ed",
    "ies",
    "es",
    "s",
    "ly",
    "ian",
    "ean",
    "ese",
    "ish",
    "ic",
    "al",
    "er",
    "or",
    "y",
    "e",
    "an",
    "n",
)
"""Taken off where four letters stay, longest kind first: Norwegian and Norway, moved and moving are one word."""
EMPTY = frozenset(
    """
    a about after also an and are as at be been before being but by called can could currently did do does during for
    from had has have he her here his how i in into is it its known may might must named no not of on or over s shall
    she should so such t than that the their then there these they this those to under up was were what when where
    which who whom whose why will with would
    """.split()  # noqa: SIM905
)
"""Words that answer nothing by themselves."""
_YEARS = range(1000, 2101)
_DIGITS = 12
"""Longer runs of digits are names, not numbers."""


@dataclass(frozen=True)
class Reading:
    """A text taken apart; the words and all that is told of each stand in its order."""

    folded: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    capital: tuple[bool, ...]
    """Written with a capital or a digit first."""
    content: tuple[int, ...]
    """The places of the words that are not empty."""
    numbers: tuple[float, ...]
    months: frozenset[int]
    plain: str
    """The words but for articles."""
    kinds: frozenset[str]
    """The distinct stems of its content; of all its words, where it has no content."""

    @property
    def years(self) -> frozenset[float]:
        """The numbers that may be years."""
        return frozenset(number for number in self.numbers if number in _YEARS)


@lru_cache(maxsize=1 << 16)
def read(text: str) -> Reading:
    """The text taken apart.

    >>> read("Article Two, by John F. Kennedy’s hand").stems
    ('article', '2', 'by', 'john', 'f', 'kenned', 'hand')
    """
    folded = _folded(text)
    words = tuple(_WORD.findall(folded))
    stems = tuple(map(stem, words))
    content = tuple(place for place, word in enumerate(words) if word not in EMPTY)
    return Reading(
        folded=folded,
        words=words,
        stems=stems,
        capital=_capitals(text, len(words)),
        content=content,
        numbers=tuple(float(word) for word in stems if word.isdecimal() and len(word) < _DIGITS),
        months=_months(words),
        plain=" ".join(word for word in words if word not in ("a", "an", "the")),
        kinds=frozenset(stems[place] for place in content) or frozenset(stems),
    )


def _folded(text: str) -> str:
    """Without case and accents; initials drawn together, thousands and possessives plain."""
    letters = unicodedata.normalize("NFKD", text.replace("’", "'"))
    folded = "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
    return _INITIALS.sub(r"\1", _POSSESSIVE.sub("", _THOUSANDS.sub("", folded)))


def _capitals(text: str, words: int) -> tuple[bool, ...]:
    """Where folding leaves the number of words as it was; else none is known to have a capital."""
    plain = _THOUSANDS.sub("", text)
    found = tuple(word[0].isupper() or word[0].isdigit() for word in _WORD.findall(plain))
    return found if len(found) == words else (False,) * words


def _months(words: tuple[str, ...]) -> frozenset[int]:
    dated = any(word[0].isdecimal() for word in words)
    return frozenset(MONTHS[word] for word in words if word in MONTHS and (dated or word not in _AMBIGUOUS))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """What different forms of a word share; a number in digits.

    >>> [stem(word) for word in ("norwegian", "third", "1960s", "oct", "king")]
    ['norweg', '3', '1960', 'october', 'king']
    """
    if word in IN_DIGITS:
        return IN_DIGITS[word]
    if ordinal := _ORDINAL.fullmatch(word):
        return ordinal[1]
    if word in MONTHS and word not in _AMBIGUOUS:
        return _MONTHS.split()[MONTHS[word] - 1]
    return next((word[: -len(end)] for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 4), word)
