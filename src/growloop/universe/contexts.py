"""The texts that questions are asked about: read line by line, joined into contexts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import islice
from pathlib import Path

from growloop.errors import BadData, did_you_mean
from growloop.records.universe import Contexts, FactTable
from growloop.universe.facts import Facts, joined, read_facts
from growloop.universe.project_files import read_lines
from growloop.universe.tables import read_fact_table
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
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fact → what it tells of as it is written there, of the facts that slots take their values from."""


def read_contexts(declared: Contexts, folder: Path, named: Collection[str] = ()) -> tuple[list[Context], list[BadData]]:
    """The contexts of the declared file in its order, and what is wrong with its lines.

    Of the facts in `named` they keep as well what is told in the words in which it is written.
    """
    texts: list[Context] = []
    complaints: list[BadData] = []
    for number, line in enumerate(read_lines(folder, declared.file, "contexts"), start=1):
        if not line.strip():
            continue
        try:
            texts.append(_text(line, number, declared, named))
        except ValueError as problem:
            complaints.append(BadData(f"{declared.file}, line {number}: {problem}."))
    if not texts and not complaints:
        complaints.append(BadData(f'{declared.file} is empty. Write one object a line: {{"entity": "…", "text": "…"}}'))
    if len(complaints) > MOST_COMPLAINTS:
        more = len(complaints) - MOST_COMPLAINTS
        complaints[MOST_COMPLAINTS:] = [BadData(f"{declared.file}: {more:,} more lines cannot be read.")]
    if declared.facts is not None and not complaints:
        texts, complaints = _with_table(texts, declared.facts, folder, named)
    return list(_together(texts, declared)), complaints


def _text(line: str, number: int, declared: Contexts, named: Collection[str]) -> Context:
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
    about_somebody = declared.entity_slot or "{entity}" in declared.show
    if not isinstance(entity, str) or (about_somebody and not entity.strip()):
        raise ValueError('"entity" is missing: whom is the text about?')
    if not isinstance(facts, dict):
        raise ValueError(f'"facts" is {json.dumps(facts)[:40]}; it must be an object')
    name, source = str(row.get("id", f"line-{number}")), str(row.get("source") or "")
    told = _named(facts, named)
    return Context(name, entity.strip(), text.strip(), "", read_facts(facts), source, told)


def _named(facts: Mapping[str, object], wanted: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What some facts tell of, as it is written: what they are looked up by, else their values."""
    found: dict[str, tuple[str, ...]] = {}
    for name in wanted:
        value = facts.get(name)
        if value is not None:
            found[name] = tuple(map(str, value)) if isinstance(value, dict | list) else (str(value),)
    return found


def _with_table(
    texts: list[Context], table: FactTable, folder: Path, named: Collection[str]
) -> tuple[list[Context], list[BadData]]:
    """The texts with the facts of a table as well, and which of its rows are about no text."""
    by_key: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        by_key.setdefault(text.id if table.by == "id" else text.entity, []).append(number)
    complaints = []
    for row, key, facts, given in read_fact_table(table, folder):
        if key not in by_key:
            told = f'no text has the {table.by} "{key}"'
            complaints.append(BadData(f"{table.file}, row {row}: {told}. {_nearest(key, by_key)}".strip()))
        for number in by_key.get(key, ()):
            text = texts[number]
            more = _united(text.named, _named(given, named))
            texts[number] = replace(text, facts=joined(text.facts, facts), named=more)
    return texts, complaints[:MOST_COMPLAINTS]


def _nearest(key: str, known: Iterable[str]) -> str:
    return did_you_mean(key, known).partition("   ")[2]


def _united(one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: (*one.get(name, ()), *other.get(name, ())) for name in {**one, **other}}


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
    named = reduce(_united, (one.named for one in part))
    return Context("+".join(one.id for one in part), entity, text, shown, facts, part[0].source, named)
