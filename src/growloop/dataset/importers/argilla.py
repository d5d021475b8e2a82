"""Argilla's records, of version 1 and 2: `fields`, `responses`, `suggestions`, `metadata`.

The responses that were submitted are the answers; suggestions come from models and are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from growloop.dataset.importers.batch import Unreadable
from growloop.dataset.importers.columns import ROLES


def is_argilla(row: Mapping[str, Any]) -> bool:
    """True for a record of Argilla."""
    return isinstance(row.get("fields"), Mapping) and ("responses" in row or "suggestions" in row)


def rows_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A plain row for a record. Raises Unreadable."""
    fields, metadata = record.get("fields"), record.get("metadata")
    if not isinstance(fields, Mapping):
        raise Unreadable('a record without "fields"')
    row: dict[str, Any] = {**(metadata if isinstance(metadata, Mapping) else {}), **fields}
    row["id"] = record.get("external_id") or record.get("id")
    if "growloop" in record:
        row["growloop"] = record["growloop"]
    given: dict[str, list[Any]] = {}
    for question, value in _submitted(record.get("responses")):
        given.setdefault(question, []).append(value)
    texts = {question: values for question, values in given.items() if all(isinstance(v, str) for v in values)}
    named = [question for question in texts if question in ROLES["answers"]] or list(texts)[:1]
    if not named:
        if "growloop" in row or any(key in row for key in ROLES["answers"]):
            return [row]
        raise Unreadable("no response was submitted")
    others = {question: values[0] for question, values in given.items() if question not in named}
    return [{**row, **others, "answers": texts[named[0]]}]


def _submitted(responses: Any) -> Iterator[tuple[str, Any]]:
    """Question and value of each response that was neither discarded nor left a draft."""
    if isinstance(responses, Mapping):  # version 2: question → responses
        for question, several in responses.items():
            for response in several or []:
                if isinstance(response, Mapping) and response.get("status", "submitted") == "submitted":
                    yield str(question), response.get("value")
        return
    for response in responses or []:  # version 1: a user's responses to all questions
        if not isinstance(response, Mapping) or response.get("status", "submitted") != "submitted":
            continue
        for question, value in (response.get("values") or {}).items():
            yield str(question), value.get("value") if isinstance(value, Mapping) else value
