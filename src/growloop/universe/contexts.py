"""The texts that questions are asked about: read line by line, joined into contexts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from pathlib import Path

from growloop.errors import BadData, did_you_mean
from growloop.records.universe import Contexts
from growloop.universe.facts import Facts, joined, read_facts
from growloop.universe.slots import read_lines
from growloop.universe.wording import filled

KEYS = ("id", "entity", "text", "facts", "source", "offset", "end", "page", "heading")
MOST_COMPLAINTS = 20


@dataclass(frozen=True, slots=True)
class Context:
    """One or several texts of one entity, read together."""

    id: str
    entity: str
    text: str
    shown: str
    """As it is put to the model."""
    facts: Facts
    source: str = ""
    """The document it was cut from, where it says so."""


def read_contexts(declared: Contexts, folder: Path) -> tuple[list[Context], list[BadData]]:
    """The contexts of the declared file in its order, and what is wrong with its lines."""
    texts: list[Context] = []
    complaints: list[BadData] = []
    for number, line in enumerate(read_lines(folder, declared.file, "contexts"), start=1):
        if not line.strip():
            continue
        try:
            texts.append(_text(line, number, declared))
        except ValueError as problem:
            complaints.append(BadData(f"{declared.file}, line {number}: {problem}."))
    if not texts and not complaints:
        complaints.append(BadData(f'{declared.file} is empty. Write one object a line: {{"entity": "…", "text": "…"}}'))
    if len(complaints) > MOST_COMPLAINTS:
        more = len(complaints) - MOST_COMPLAINTS
        complaints[MOST_COMPLAINTS:] = [BadData(f"{declared.file}: {more:,} more lines cannot be read.")]
    return list(_together(texts, declared)), complaints


def _text(line: str, number: int, declared: Contexts) -> Context:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ValueError("not valid JSON: nested too deeply") from None
    if not isinstance(row, dict):
        raise ValueError(f"expected an object with entity, text and facts, found {line.strip()[:40]}")
    for key in row:
        if key not in KEYS:
            raise ValueError(f'unknown key "{key}". {did_you_mean(key, KEYS)}')
    text, entity, facts = row.get("text"), row.get("entity", ""), row.get("facts") or {}
    if not isinstance(text, str) or not text.strip():
        raise ValueError('"text" is missing or empty')
    if not isinstance(entity, str) or (declared.entity_slot and not entity.strip()):
        raise ValueError('"entity" is missing: whom is the text about?')
    if not isinstance(facts, dict):
        raise ValueError(f'"facts" is {json.dumps(facts)[:40]}; it must be an object')
    name, source = str(row.get("id", f"line-{number}")), str(row.get("source") or "")
    return Context(name, entity.strip(), text.strip(), "", read_facts(facts), source)


def _together(texts: list[Context], declared: Contexts) -> Iterator[Context]:
    """Neighbouring texts of one entity joined, `together` at a time, in the order of the file."""
    by_entity: dict[str, list[Context]] = {}
    for number, text in enumerate(texts):
        by_entity.setdefault(text.entity or f"\0{number}", []).append(text)  # nameless texts stand alone
    for same_entity in by_entity.values():
        for part in _parts(same_entity, declared.together):
            yield _joined(part, declared)


def _parts(texts: Iterable[Context], size: int) -> Iterator[list[Context]]:
    iterator = iter(texts)
    while part := list(islice(iterator, size)):
        yield part


def _joined(part: list[Context], declared: Contexts) -> Context:
    text = "\n".join(one.text for one in part)
    entity = part[0].entity
    shown = filled(declared.show, {"entity": entity, "text": text})
    facts = reduce(joined, (one.facts for one in part))
    return Context("+".join(one.id for one in part), entity, text, shown, facts, part[0].source)
