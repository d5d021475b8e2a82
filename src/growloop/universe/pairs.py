"""What has to be known of a question and a context to tell whether the one is answered by the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from growloop.universe.cells import Cell
from growloop.universe.material import Material
from growloop.universe.verification import IDLE, PAIRS
from growloop.universe.wording import filled, placeholders, words, words_of_name

COMMON_SHARE = 0.25
"""A word in so many phrasings of a template is what the template is about."""


def pairs_of(cells: Sequence[Cell], material: Material) -> pl.DataFrame:
    """A PAIRS frame of the plain questions of some cells and their contexts."""
    names = {slot: _names(values.names, values.numbers) for slot, values in material.slots.items()}
    kinds = {material.templates[kind.number].name: kind for kind in material.kinds}
    subjects = {template.name: list(template.subject) or _subject(template.ask) for template in material.templates}
    entity = material.entity_slot
    rows: dict[str, list[object]] = {name: [] for name in PAIRS}
    for cell in cells:
        slot = kinds[cell.template.name].fact.slot
        about = material.slots[entity].numbers[words_of_name(cell.filling[entity])] if entity else -1
        rows["question"].append(cell.plain_question)
        rows["context"].append(material.contexts[cell.context].shown if cell.reads_context else "")
        rows["entity"].append(names[entity][words_of_name(cell.filling[entity])] if entity else [])
        rows["other_entity"].append(about != material.entity_of[cell.context])
        rows["value"].append(names[slot][words_of_name(cell.filling[slot])] if slot else [])
        rows["subject"].append([] if slot else subjects[cell.template.name])
        rows["answers"].append([])
    return pl.DataFrame(rows, schema=PAIRS)


def _names(values: Iterable[str], numbers: Mapping[str, int]) -> dict[str, list[str]]:
    """By the bare words of each value, all the words it is known by: its own and its aliases'."""
    known: dict[int, list[str]] = {}
    for key, number in numbers.items():
        known.setdefault(number, []).append(key.strip())
    return {words_of_name(value): known[numbers[words_of_name(value)]] for value in values}


def _subject(ask: Sequence[str]) -> list[str]:
    """The words that many phrasings of a template share, but for those that any question has.

    >>> _subject(["Are dogs ok at {bar}?", "Dogs?", "May my dog enter {bar}?", "Is {bar} open to dogs?"])
    ['dog']
    """
    idle = {words_of_name(word).strip() for word in IDLE}
    texts = [filled(text, dict.fromkeys(placeholders(text), " ")) for text in ask]
    counts = Counter(word for text in texts for word in set(words(text).split()) - idle)
    often = max(2.0, COMMON_SHARE * len(ask))
    return sorted(word for word, count in counts.items() if count >= often and len(word) > 2)
