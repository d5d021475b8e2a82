"""Which column of a file means what: told from the names, or named by the user.

    question   question, query, prompt, instruction …     needed
    context    context, passage, document, text …
    answers    answers, answer, gold, output, response …  needed, unless a column says it is unanswerable

The first name of a list that occurs wins; `answers` and `answer` may both occur, in different rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from growloop.errors import BadData, UnknownColumns, did_you_mean

ROLES: dict[str, tuple[str, ...]] = {
    "question": ("question", "query", "question_text", "q", "prompt", "instruction", "utterance"),
    "context": ("context", "contexts", "passage", "paragraph", "document", "evidence", "input", "text"),
    "answers": (
        *("answers", "answer", "answer_text", "gold_answers", "golden_answers", "gold_answer", "golden_answer", "gold"),
        *("references", "reference", "target", "output", "response", "completion"),
    ),
    "is_impossible": ("is_impossible", "unanswerable"),
    "answerable": ("answerable", "is_answerable"),
    "id": ("id", "source_id", "qid", "question_id", "_id", "uid"),
    "group": ("group", "entity_id", "entity", "title"),
    "split": ("split",),
    "negative": ("negative",),
    "where": ("where",),
}
"""What a column can mean, and the names that are taken to mean it, best first."""
OWN_KEYS = {"question", "context", "answers", "answer", "is_impossible", "answerable", "id", "source_id"} | {
    *("group", "entity_id", "entity", "where", "split", "negative", "origin", "parent", "status", "growloop"),
}
"""Keys that are never coordinates of `where`."""
SEVERAL = {"answers": ("answers", "answer"), "group": ROLES["group"], "id": ("id", "source_id")}
"""Roles of which several columns may be filled; the first that a row fills counts."""

SIDES = {"train": "train", "validation": "validation", "valid": "validation", "dev": "validation", "test": "test"}
"""How files call the sides, and what they are called here."""


@dataclass(frozen=True)
class Layout:
    """What the columns of a file mean."""

    roles: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {role: SEVERAL.get(role, (role,)) for role in ROLES}
    )
    coordinates: Mapping[str, str] = field(default_factory=dict)
    """Coordinate of `where` → the column it is taken from."""
    separator: str = ""
    """What stands between the answers of one text; empty: a text is one answer."""
    is_table: bool = False
    """True for CSV and spreadsheets, whose cells cannot hold lists: JSON in a cell is read."""
    abstain_answer: str = ""
    """What a model says when it does not know: as the only answer it means unanswerable."""

    @property
    def used(self) -> set[str]:
        """The columns that have a meaning."""
        return {name for names in self.roles.values() for name in names} | set(self.coordinates.values())

    def named(self, present: Iterable[str]) -> dict[str, str]:
        """Role → the columns that fill it, among those present."""
        there = set(present)
        filled = {
            role: [n for n in names if n in there or n.split(".")[0] in there] for role, names in self.roles.items()
        }
        return {role: ", ".join(names) for role, names in filled.items() if names}


def layout_of(
    names: Iterable[str],
    *,
    objects: Iterable[str] = (),
    mapping: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    separator: str = "",
    is_table: bool = False,
    abstain_answer: str = "",
) -> Layout:
    """What columns of these names mean; `mapping` (role → column) and `where` (coordinate → column) win.

    A column of `objects` is never taken for the context. An empty column takes a role's meaning away.
    Raises BadData for a role or column that is not there.
    """
    present = list(dict.fromkeys(names))
    given, coordinates = dict(mapping or {}), dict(where or {})
    for role in given:
        if role not in ROLES:
            raise BadData(f'--map {role}=…: there is no "{role}" to fill. {did_you_mean(role, ROLES)}')
    for option, column in [("map", column) for column in given.values() if column] + [
        ("where", c) for c in coordinates.values()
    ]:
        if column.split(".")[0] not in present and column not in present:
            raise BadData(f'--{option} …={column}: there is no column "{column}". {did_you_mean(column, present)}')
    taken = set(given.values())
    roles: dict[str, tuple[str, ...]] = {}
    for role, known in ROLES.items():
        not_free = taken | (set(objects) if role == "context" else set())
        roles[role] = _given(given[role]) if role in given else _detected(role, known, present, not_free)
    return Layout(roles, coordinates, separator, is_table, abstain_answer)


def _given(column: str) -> tuple[str, ...]:
    return (column,) if column else ()


def _detected(role: str, known: tuple[str, ...], present: list[str], taken: set[str]) -> tuple[str, ...]:
    by_name: dict[str, str] = {}
    for column in present:
        if column not in taken:
            by_name.setdefault(_plain(column), column)
    found = [by_name[name] for name in known if name in by_name]
    several = SEVERAL.get(role, (role,))
    if any(name in by_name for name in several) or not found:
        # also those that only later rows have
        return tuple(by_name.get(name, name) for name in several if name in by_name or name not in taken)
    return (found[0],)


def _plain(name: str) -> str:
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


def no_question(name: str, present: Iterable[str]) -> UnknownColumns:
    """What to say where no column is the question, or none the answers."""
    columns = list(present)
    listed = ", ".join(columns)
    return UnknownColumns(
        f"{name}: no column is known to be the question or its answers.\n  Columns here: {listed[:400]}\n"
        f"  Say which:  --map question=COLUMN --map answers=COLUMN",
        columns,
    )


def field_of(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """What a row holds under the first of these names that it fills; `a.b` leads into nested objects."""
    for name in names:
        value = row[name] if name in row else _inside(row, name) if "." in name else None
        if value is not None:
            return value
    return None


def _inside(value: Any, path: str) -> Any:
    """What a path leads to; through a list, what it leads to from each of its items."""
    for number, key in enumerate(keys := path.split(".")):
        if isinstance(value, list) and not key.isdigit():
            rest = ".".join(keys[number:])
            return [found for item in value if (found := _inside(item, rest)) is not None]
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value
