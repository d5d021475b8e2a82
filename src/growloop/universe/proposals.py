"""A proposed template as it stands in universe.yaml, and universe.yaml with one more, all other lines as they are."""

from __future__ import annotations

import io

from growloop.errors import BadDeclaration
from growloop.records.declaration import load_yaml_text, plain
from growloop.records.suggestion import Suggestion
from growloop.records.universe import Universe
from growloop.universe.lines import FILE

HEADING = (
    "# --- Proposed: kinds of question that people ask and whose facts nobody has told yet; they are not drawn ---"
)
FILL_IN = """\
    # Who knows the answers? Give the contexts the fact that decides, add these lines, move it under `templates`:
    # fact: {fact}
    # answer: {{text: "{{value}}"}}
"""


def as_yaml(suggestion: Suggestion) -> str:
    """An item of `proposed`, with what is to be filled in as comments."""
    from ruamel.yaml import YAML

    item: dict[str, object] = {"name": suggestion.name, "ask": list(suggestion.ask)}
    if suggestion.slots:
        item["slots"] = {slot: list(values) for slot, values in suggestion.slots.items()}
    writer = YAML()
    writer.width = 10_000
    writer.indent(mapping=2, sequence=4, offset=2)
    written = io.StringIO()
    writer.dump([item], written)
    slots = list(suggestion.slots) if len(suggestion.slots) == 1 else []
    fact = f"{suggestion.name}[{slots[0]}]" if slots else suggestion.name
    return written.getvalue() + FILL_IN.format(fact=fact)


def with_proposal(text: str, suggestion: Suggestion) -> str:
    """The text of universe.yaml with a proposal at the end of `proposed`, comments and all else kept.

    Raises BadDeclaration where `proposed` is written in a way that lines cannot be added to.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    item = as_yaml(suggestion).rstrip("\n").split("\n")
    declared = load_yaml_text(text, FILE)
    if "proposed" not in declared:
        while lines and not lines[-1].strip():
            lines.pop()
        changed = [*lines, "", HEADING, "proposed:", *item, ""]
    else:
        at = _end_of(lines, declared)
        changed = [*lines[:at], *item, *lines[at:]]
    new = end.join(changed)
    before, after = (Universe.model_validate(plain(load_yaml_text(one, FILE))) for one in (text, new))
    if (
        after.model_copy(update={"proposed": before.proposed}) != before
        or len(after.proposed) != len(before.proposed) + 1
    ):
        raise BadDeclaration(
            f"{FILE}: nothing can be added to `proposed` as it is written. Put each item on lines of its own."
        )
    return new


def _end_of(lines: list[str], declared: object) -> int:
    """The line behind the last one of `proposed`."""
    keys = sorted(declared.lc.key(key)[0] for key in declared)  # type: ignore[attr-defined]
    start = declared.lc.key("proposed")[0]  # type: ignore[attr-defined]
    following = [line for line in keys if line > start]
    at = following[0] if following else len(lines)
    while at > start + 1 and (not lines[at - 1].strip() or lines[at - 1].startswith("#")):
        at -= 1
    return at
