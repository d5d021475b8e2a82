"""Templates proposed for questions: what fits none is clustered, and what varies within a cluster becomes slots."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.suggestion import Suggestion, Suggestions
from growloop.records.universe import Proposed, Template
from growloop.universe.canonical import idle_words
from growloop.universe.clusters import SOMETHING, clusters, with_rare_words_hidden
from growloop.universe.frames import Fitting, Token, frames_of, gaps_of, known_words, tokens_of
from growloop.universe.mapping import Mapper
from growloop.universe.slots import Values
from growloop.universe.wording import placeholders, words_of_name

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts → unit vectors, one a row."""

MOST_CLUSTERED = 4_000
"""Different questions compared with each other; of more, an even sample."""
DISTANCE = 0.35
"""How far apart the questions of a cluster may be on average; measured by `python benchmarks/suggesting.py`."""
RARE_SHARE = 0.004
"""A word in fewer of the questions tells what is asked about rather than how."""
MOST_PHRASINGS, MOST_VALUES, SHOWN = 12, 40, 3


def suggested(
    questions: pl.Series, mapper: Mapper, templates: Sequence[Template], slots: Mapping[str, Values], encode: Encode,
    *, smallest: int, most: int,
) -> Suggestions:  # fmt: skip
    """Templates for those of some questions that do not fit, at most `most`, of `smallest` questions at least."""
    mapped = mapper.map(questions)
    rest = (
        questions.filter(mapped["outside"])
        .rename("question")
        .to_frame()
        .group_by("question", maintain_order=True)
        .len()
    )
    read = rest.gather_every(max(1, -(-rest.height // MOST_CLUSTERED)))
    texts = read["question"].to_list()
    vectors = vectors_of(hidden(texts, slots), encode)
    labels = clusters(vectors, DISTANCE)
    sizes = Counter(labels.tolist())
    large = [label for label, size in sizes.most_common() if size >= smallest]
    makers = Naming({template.name for template in templates})
    found = []
    for label in large[:most]:
        rows = np.flatnonzero(labels == label)
        centre = vectors[rows].mean(axis=0)
        central = rows[np.argsort(-(vectors[rows] @ centre), kind="stable")]
        found.append((_of_cluster([texts[row] for row in central], slots, makers), centre))
    near = _resembled(templates, [centre for _, centre in found], encode)
    return Suggestions(
        questions=len(questions),
        fitting=len(questions) - int(mapped["outside"].sum()),
        clustered=len(texts),
        alone=len(texts) - sum(sizes[label] for label in large),
        suggestions=tuple(one.model_copy(update=more) for (one, _), more in zip(found, near, strict=True)),
    )


def hidden(texts: Sequence[str], slots: Mapping[str, Values]) -> list[str]:
    """Each question with what varies among questions like it as `something`, and values as their slot."""
    known = known_words(slots)
    tokens = [tokens_of(text, known, max(map(len, known), default=1)) for text in texts]
    without = []
    for text, words, gap in zip(texts, tokens, gaps_of(tokens), strict=True):
        held = range(*gap) if gap else range(0)
        replaced = [
            (one.start, one.end, one.key[1:-1]) for at, one in enumerate(words) if one.key[0] == "{" and at not in held
        ]
        replaced += [(words[gap[0]].start, words[gap[1] - 1].end, SOMETHING)] if gap else []
        for start, end, word in sorted(replaced, reverse=True):
            text = f"{text[:start]}{word}{text[end:]}"
        without.append(text)
    return without


def vectors_of(texts: Sequence[str], encode: Encode) -> NDArray[np.float32]:
    """What questions mean, with more weight on how something is asked than on what."""
    common = with_rare_words_hidden(texts, max(2, round(RARE_SHARE * len(texts))))
    different = list(dict.fromkeys(common))
    places = {text: place for place, text in enumerate(different)}
    if not different:
        return np.zeros((0, 1), dtype=np.float32)
    return encode(different)[[places[text] for text in common]]


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


def _of_cluster(questions: Sequence[str], slots: Mapping[str, Values], naming: Naming) -> Suggestion:
    """A template for questions that are much alike, the most typical first."""
    known = known_words(slots)
    tokens = [tokens_of(question, known, max(map(len, known), default=1)) for question in questions]
    fittings = frames_of(tokens, MOST_PHRASINGS)
    worded = [_worded(fitting, questions, tokens, slots) for fitting in fittings]
    plain = [_filled_in(text, _values_among(words)) for text, words in zip(questions, tokens, strict=True)]
    ask = [text for text, _ in worded] or plain[:MOST_PHRASINGS]
    own: dict[str, Counter[str]] = {}
    for _, values in worded:
        for slot, spans in values.items():
            own.setdefault(slot, Counter()).update(spans)
    listed = {slot: tuple(value for value, _ in counts.most_common(MOST_VALUES)) for slot, counts in own.items()}
    rows = {row for fitting in fittings for row in fitting.rows}
    return Suggestion(
        name=naming.name([tokens[row] for row in sorted(rows)] or tokens),
        ask=tuple(dict.fromkeys(ask)),
        slots={slot: values for slot, values in listed.items() if slot not in slots},
        new_values={slot: values for slot, values in listed.items() if slot in slots and values},
        questions=tuple(questions[:SHOWN]),
        size=len(questions),
        fitting=len(rows) or len(set(ask)),
    )


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


def _resembled(
    templates: Sequence[Template], centres: Sequence[NDArray[np.float32]], encode: Encode
) -> list[dict[str, object]]:
    """For each cluster the declared template whose phrasings are nearest on average."""
    if not centres or not templates:
        return [{} for _ in centres]
    phrasings = [(template.name, re.sub(r"[{}]", "", text)) for template in templates for text in template.ask]
    vectors = encode([text for _, text in phrasings])
    names = list(dict.fromkeys(name for name, _ in phrasings))
    means = np.stack([vectors[[of == name for of, _ in phrasings]].mean(axis=0) for name in names])
    unit = [
        array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-9) for array in (np.stack(centres), means)
    ]
    cosines = unit[0] @ unit[1].T
    return [
        {"resembles": names[best], "resemblance": round(float(row[best]), 3)}
        for row, best in zip(cosines, cosines.argmax(axis=1).tolist(), strict=True)
    ]


@dataclass(frozen=True)
class Scoped:
    """Proposed templates beside declared ones; the slots of a proposal are its own."""

    templates: tuple[Template | Proposed, ...]
    slots: dict[str, Values]


def scoped(templates: Sequence[Template], slots: Mapping[str, Values], proposed: Sequence[Proposed]) -> Scoped:
    """Templates and slots with those of proposals: slot `thing` of `freeze` is `freeze.thing`."""
    together, values = list[Template | Proposed](templates), dict(slots)
    for one in proposed:
        own = {slot: f"{one.name}.{slot}" for slot in one.slots}
        values |= {own[slot]: Values.of(names) for slot, names in one.slots.items()}
        ask = tuple(_renamed(text, own) for text in one.ask)
        together.append(one.model_copy(update={"ask": ask}))
    return Scoped(tuple(together), values)


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for name in placeholders(text):
        text = text.replace(f"{{{name}}}", f"{{{names.get(name, name)}}}")
    return text
