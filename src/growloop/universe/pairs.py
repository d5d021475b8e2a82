"""What has to be known of a question and a context to tell whether the one is answered by the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from growloop.records.universe import Template
from growloop.universe.cells import Cell
from growloop.universe.material import Material
from growloop.universe.verification import IDLE, PAIRS
from growloop.universe.wording import filled, placeholders, words, words_of_name

COMMON_SHARE = 0.25
"""A word in so many phrasings of a template is what the template is about."""


def pairs_of(cells: Sequence[Cell], material: Material) -> pl.DataFrame:
    """A PAIRS frame of the plain questions of some cells and their contexts."""
    listed = {slot: values for slot, values in material.slots.items() if values.listed}
    names = {slot: _names(values.names, values.numbers) for slot, values in listed.items()}
    kinds = material.kinds_by_name
    subject = subjects(material.templates)
    rows: dict[str, list[object]] = {name: [] for name in PAIRS}
    for cell in cells:
        slot = kinds[cell.template.name].fact.slot
        entity, context = _doubtful(cell, material)
        about = material.slots[entity].number(cell.filling[entity]) if entity else -1
        rows["question"].append(cell.plain_question)
        rows["context"].append(material.contexts[context].shown if cell.reads_context else "")
        rows["entity"].append(names[entity][words_of_name(cell.filling[entity])] if entity else [])
        rows["other_entity"].append(not cell.closed and about != material.entity_of[context])
        rows["value"].append(names[slot][words_of_name(cell.filling[slot])] if slot else [])
        rows["subject"].append([] if slot else subject[cell.template.name])
        rows["answers"].append([])
    return pl.DataFrame(rows, schema=PAIRS)


def _doubtful(cell: Cell, material: Material) -> tuple[str | None, int]:
    """The slot of the entity that is not spoken of, and the context that does not; of two, the silent one."""
    kind = material.kinds_by_name[cell.template.name]
    if cell.closed:
        return None, cell.context
    if not kind.beside:
        return material.entity_slot, cell.context
    if cell.beside is not None and kind.told[cell.context]:
        return kind.beside, cell.beside
    return (material.entity_slot if cell.beside is not None else kind.beside), cell.context


def _names(values: Iterable[str], numbers: Mapping[str, int]) -> dict[str, list[str]]:
    """By the bare words of each value, all the words it is known by: its own and its aliases'."""
    known: dict[int, list[str]] = {}
    for key, number in numbers.items():
        known.setdefault(number, []).append(key.strip())
    return {words_of_name(value): known[numbers[words_of_name(value)]] for value in values}


def subjects(templates: Sequence[Template]) -> dict[str, list[str]]:
    """For each template the words of its subject: those declared, or those that its phrasings share and no other's.

    >>> subjects([Template(name="t", fact="dogs", ask=("Dogs at {bar}?", "My dog?", "Open?"), answer={"yes": ""})])
    {'t': ['dog']}
    """
    counts = {template.name: _word_counts(template.ask) for template in templates}
    used = Counter(word for words_used in counts.values() for word in words_used)
    found = {}
    for template in templates:
        often = max(2.0, COMMON_SHARE * len(template.ask))
        shared = [word for word, count in counts[template.name].items() if count >= often and used[word] == 1]
        found[template.name] = list(template.subject) or sorted(shared)
    return found


def _word_counts(ask: Sequence[str]) -> Counter[str]:
    """In how many phrasings each telling word stands."""
    idle = {words_of_name(word).strip() for word in IDLE}
    texts = [filled(text, dict.fromkeys(placeholders(text), " ")) for text in ask]
    return Counter(word for text in texts for word in set(words(text).split()) - idle if len(word) > 2)
