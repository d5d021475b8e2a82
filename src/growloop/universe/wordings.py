"""A template for questions of one kind: their frames and most typical wordings, and what varies in them as slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from growloop.records.suggestion import Suggestion
from growloop.universe.canonical import idle_words
from growloop.universe.clusters import Vectors
from growloop.universe.frames import Fitting, Token, frames_of
from growloop.universe.meaning import KnownSlots
from growloop.universe.slots import Values
from growloop.universe.wording import words_of_name

MOST_FRAMES, MOST_PHRASINGS = 6, 12
"""Phrasings with slots of what varies, and phrasings in all."""
MOST_VALUES, SHOWN = 40, 3


class Naming:
    """Gives templates names that nobody has."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def name(self, questions: Sequence[Sequence[Token]]) -> str:
        """The two words that most of some questions have, of those that tell something."""
        words = Counter(
            key for question in questions for key in dict.fromkeys(token.key for token in question) if _tells(key)
        )
        plain = "-".join(word for word, _ in words.most_common(2)) or "questions"
        name, number = plain, 2
        while name in self._taken:
            name, number = f"{plain}-{number}", number + 1
        self._taken.add(name)
        return name


def _tells(key: str) -> bool:
    bare = words_of_name(key.replace("'", "").replace("’", "")).strip()
    return not key.startswith("{") and bool(bare) and bare not in idle_words() and not bare.isdigit()


def of_kind(questions: Sequence[str], vectors: Vectors, known: KnownSlots, naming: Naming) -> Suggestion:
    """A template for questions of one kind and their unit vectors, the most typical first."""
    slots = known.slots
    tokens = [known.tokens(question) for question in questions]
    fittings = frames_of(tokens, MOST_FRAMES)
    framed = {row for fitting in fittings for row in fitting.rows}
    worded = [_worded(fitting, questions, tokens, slots) for fitting in fittings]
    plain = standing_for(vectors, framed, MOST_PHRASINGS - len(fittings))
    ask = [text for text, _ in worded] + [_filled_in(questions[row], _values_among(tokens[row])) for row in plain]
    own: dict[str, Counter[str]] = {}
    for _, values in worded:
        for slot, spans in values.items():
            own.setdefault(slot, Counter()).update(spans)
    listed = {slot: tuple(value for value, _ in counts.most_common(MOST_VALUES)) for slot, counts in own.items()}
    rows = framed | set(plain)
    return Suggestion(
        name=naming.name([tokens[row] for row in sorted(rows)] or tokens),
        ask=tuple(dict.fromkeys(ask)),
        slots={slot: values for slot, values in listed.items() if slot not in slots},
        new_values={slot: values for slot, values in listed.items() if slot in slots and values},
        questions=tuple(questions[:SHOWN]),
        size=len(questions),
        fitting=len(rows),
    )


def standing_for(vectors: Vectors, taken: set[int], most: int) -> list[int]:
    """The rows, besides those taken, that together are nearest to all unit vectors; each adds most to those before."""
    cosines = vectors @ vectors.T
    best = cosines[:, sorted(taken)].max(axis=1) if taken else np.zeros(len(vectors), dtype=np.float32)
    chosen: list[int] = []
    for _ in range(min(most, len(vectors) - len(taken))):
        gains = np.maximum(cosines - best[:, None], 0).sum(axis=0)
        gains[[*taken, *chosen]] = -1
        chosen.append(int(gains.argmax()))
        best = np.maximum(best, cosines[:, chosen[-1]])
    return chosen


def _worded(
    fitting: Fitting, questions: Sequence[str], tokens: Sequence[Sequence[Token]], slots: Mapping[str, Values]
) -> tuple[str, dict[str, list[str]]]:
    """A frame as a phrasing, in the words of the most typical question; and what stood in its slots."""
    first = fitting.rows[0]
    names: list[str] = []
    values: dict[str, list[str]] = {}
    for number, spans in enumerate(fitting.gaps):
        keys = [
            tuple(token.key for token in tokens[row][start:end])
            for row, (start, end) in zip(fitting.rows, spans, strict=True)
        ]
        slot = _slot_of(keys, slots) or _slot_name(number, slots)
        names.append(slot)
        written = values.setdefault(slot, [])
        for row, (start, end), key in zip(fitting.rows, spans, keys, strict=True):
            if key != (f"{{{slot}}}",):
                text = questions[row][tokens[row][start].start : tokens[row][end - 1].end]
                written.append(text.replace("{", "").replace("}", ""))
    replaced = [
        (tokens[first][spans[0][0]].start, tokens[first][spans[0][1] - 1].end, name)
        for spans, name in zip(fitting.gaps, names, strict=True)
    ]
    inside = {place for spans in fitting.gaps for place in range(*spans[0])}
    replaced += _values_among([token for place, token in enumerate(tokens[first]) if place not in inside])
    return _filled_in(questions[first], replaced), values


def _values_among(tokens: Iterable[Token]) -> list[tuple[int, int, str]]:
    """Where known values stand, and their slots."""
    return [(token.start, token.end, token.key[1:-1]) for token in tokens if token.key.startswith("{")]


def _filled_in(question: str, replaced: Iterable[tuple[int, int, str]]) -> str:
    for start, end, slot in sorted(replaced, reverse=True):
        question = f"{question[:start]}{{{slot}}}{question[end:]}"
    return question[:1].upper() + question[1:]


def _slot_of(keys: Sequence[tuple[str, ...]], slots: Mapping[str, Values]) -> str | None:
    """The declared slot of which a gap holds values."""
    held = Counter(key[0][1:-1] for key in keys if len(key) == 1 and key[0].startswith("{"))
    return next((slot for slot, _ in held.most_common(1) if slot in slots), None)


def _slot_name(number: int, slots: Mapping[str, Values]) -> str:
    """What a slot is called of which only its values are known."""
    name = "thing" if number == 0 else f"thing-{number + 1}"
    while name in slots:
        name = f"other-{name}"
    return name
