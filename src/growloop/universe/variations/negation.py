"""Questions turned round: whether it is true that something is not so. Who says yes to the one says no to the other."""

from __future__ import annotations

import re

_NOT = {"can": "cannot", **{word: f"{word} not" for word in ("is", "are", "was", "were", "do", "does", "did")}}
_NOT |= {word: f"{word} not" for word in ("could", "will", "would", "has", "have", "may")}
_SUBJECT = r"(?:(?:the|our|your|my|this) )?\{[^{}]*\}|I|we|you|they|one|it|there"
_ASKED = re.compile(rf"({'|'.join(_NOT)}) ({_SUBJECT}) ([^?!.;:]*)\?", re.IGNORECASE)
_ANY = re.compile(r"(?:any|an?|some) ")


def negation(question: str) -> str:
    """Whether the contrary is true; unchanged where its subject cannot be told with certainty.

    >>> negation("Does {restaurant} offer {food}?")
    'Is it true that {restaurant} does not offer {food}?'
    >>> negation("Are there any vegan options at {restaurant}?")
    'Is it true that there are no vegan options at {restaurant}?'
    """
    asked = _ASKED.fullmatch(question.strip())
    if asked is None or " or " in question:
        return question
    verb, subject, rest = asked[1].lower(), asked[2], asked[3]
    if subject[0] != "{" and subject != "I":
        subject = subject.lower() if subject.isalpha() else subject[0].lower() + subject[1:]
    if subject == "there" and verb in ("is", "are", "was", "were"):
        return f"Is it true that there {verb} no {_ANY.sub('', rest, count=1) if _ANY.match(rest) else rest}?"
    return f"Is it true that {subject} {_NOT[verb]} {rest}?"
