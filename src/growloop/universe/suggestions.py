"""Templates proposed for questions: what fits none is clustered, and what varies within a cluster becomes slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.records.suggestion import Suggestion, Suggestions
from growloop.records.universe import Proposed, Template
from growloop.universe.clusters import Labels, Vectors, clusters, unit
from growloop.universe.mapping import Mapper
from growloop.universe.meaning import Encode, KnownSlots, phrasing_named
from growloop.universe.slots import Values
from growloop.universe.word_vectors import WordVectors
from growloop.universe.wording import placeholders
from growloop.universe.wordings import Naming, of_kind

MOST_CLUSTERED = 4_000
"""Different questions compared with each other; of more, an even sample."""
FURTHEST = 0.3
"""The cosine with the middle of its cluster below which a question is alone."""


def suggested(
    questions: pl.Series, mapper: Mapper, templates: Sequence[Template], slots: Mapping[str, Values],
    encode: Encode | None, *, smallest: int, most: int,
) -> Suggestions:  # fmt: skip
    """Templates for those of some questions that do not fit, at most `most`, of `smallest` questions at least.

    Without `encode` questions are alike as far as their words are.
    """
    outside = mapper.map(questions)["outside"]
    rest = questions.filter(outside).unique(maintain_order=True)
    texts = rest.gather_every(max(1, -(-len(rest) // MOST_CLUSTERED))).drop_nulls().to_list()
    known = KnownSlots(slots)
    named = [known.named(text) for text in texts]
    read = encode or WordVectors([*named, *(phrasing_named(text) for one in templates for text in one.ask)])
    vectors = vectors_of(named, read)
    labels = kinds_of(vectors)
    makers = Naming({template.name for template in templates})
    found, centres = list[Suggestion](), []
    for rows, centre in _largest(vectors, labels, smallest, most):
        found.append(of_kind([texts[row] for row in rows], vectors[rows], known, makers))
        centres.append(centre)
    near = _resembled(templates, centres, read)
    sizes = Counter(labels[labels >= 0].tolist())
    return Suggestions(
        questions=len(questions),
        fitting=len(questions) - int(outside.sum()),
        clustered=len(texts),
        alone=len(texts) - sum(size for size in sizes.values() if size >= smallest),
        by_words=encode is None,
        suggestions=tuple(one.model_copy(update=more) for one, more in zip(found, near, strict=True)),
    )


def vectors_of(texts: Sequence[str], encode: Encode) -> Vectors:
    """What texts mean, a row each; those that say the same are read once."""
    different = list(dict.fromkeys(texts))
    if not different:
        return np.zeros((0, 1), dtype=np.float32)
    places = {text: place for place, text in enumerate(different)}
    return encode(different)[[places[text] for text in texts]]


def kinds_of(vectors: Vectors) -> Labels:
    """The cluster of each unit vector; -1 where it is alone, too far from the middle of its cluster."""
    labels = clusters(vectors)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        far = vectors[rows] @ unit(vectors[rows].mean(axis=0)) < FURTHEST
        labels[rows[far]] = -1
    return labels


def _largest(
    vectors: Vectors, labels: Labels, smallest: int, most: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Of each of the largest clusters the rows, the most central first, and the middle."""
    sizes = Counter(labels[labels >= 0].tolist())
    for label in [label for label, size in sizes.most_common() if size >= smallest][:most]:
        rows = np.flatnonzero(labels == label)
        centre = vectors[rows].mean(axis=0)
        yield rows[np.argsort(-(vectors[rows] @ centre), kind="stable")], centre


def _resembled(
    templates: Sequence[Template], centres: Sequence[NDArray[np.float32]], encode: Encode
) -> list[dict[str, object]]:
    """For each cluster the declared template whose phrasings are nearest on average."""
    if not centres or not templates:
        return [{} for _ in centres]
    phrasings = [(template.name, phrasing_named(text)) for template in templates for text in template.ask]
    vectors = encode([text for _, text in phrasings])
    names = list(dict.fromkeys(name for name, _ in phrasings))
    means = np.stack([vectors[[of == name for of, _ in phrasings]].mean(axis=0) for name in names])
    cosines = unit(np.stack(centres)) @ unit(means).T
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
