"""Reads a declaration file (YAML) into its record; every complaint names file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from growloop.errors import BadDeclaration, NotFound, did_you_mean
from growloop.records.base import Record

R = TypeVar("R", bound=Record)
Location = tuple[int | str, ...]
_LIST, _KEYS = "a list is wanted here, one item a line after '- '", "keys with values are wanted here"
_WANTED = {
    "tuple_type": _LIST,
    "list_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "string_type": "a text is wanted here",
    "float_parsing": "a number is wanted here",
    "float_type": "a number is wanted here",
    "int_parsing": "a whole number is wanted here",
    "int_type": "a whole number is wanted here",
    "int_from_float": "a whole number is wanted here",
    "bool_parsing": "true or false is wanted here",
    "bool_type": "true or false is wanted here",
}
"""What is right in place of a wrong type, in the words of YAML; the validator's own are Python's."""
_PLACE = re.compile(r"(\w+\.yaml)(?:, line (\d+))?: (.*)", re.DOTALL)


Keep = Callable[[bytes, Callable[[], Any]], Any]
"""Gives what was made of some contents before, or has it made."""


def read_declaration(path: Path, record: type[R], keep: Keep | None = None) -> R:
    """The record that a YAML file declares; with `keep` a text that was read before is not parsed again.

    Raises NotFound where there is no file, and BadDeclaration naming every problem at once:
    line, what was found, and what would be right.
    """
    text = _text(path)
    if keep is not None:
        with suppress(ValidationError):  # told below, with its lines
            return record.model_validate(keep(text.encode(), lambda: plain(load_yaml_text(text, path.name))))
    return _declared(load_yaml_text(text, path.name), path.name, record)


def read_declaration_text(text: str, name: str, record: type[R]) -> R:
    """The same for a text that is in no file yet; `name` is what its file is called in complaints."""
    return _declared(load_yaml_text(text, name), name, record)


def _declared(declared: Any, name: str, record: type[R]) -> R:
    if not isinstance(declared, dict):
        raise BadDeclaration(f"{name}: expected keys with values, found {_kind(declared)}.")
    try:
        return record.model_validate(plain(declared))
    except ValidationError as error:
        details = sorted(error.errors(), key=lambda detail: line_of(declared, detail["loc"]) or 0)
        problems = [_complaint(name, declared, record, detail) for detail in details]
        raise BadDeclaration("\n".join(dict.fromkeys(problems))) from None


def load_yaml(path: Path) -> Any:
    """The file's content with line numbers kept (ruamel's own mappings and lists)."""
    return load_yaml_text(_text(path), path.name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"{path} does not exist. Make a project with:  growloop new {path.parent}") from None
    except UnicodeDecodeError as error:
        raise BadDeclaration(f"{path.name}: not UTF-8 text (byte {error.start}). Save the file as UTF-8.") from None


@dataclass(frozen=True)
class Problem:
    """What is wrong with a declaration, and where."""

    file: str
    line: int | None
    message: str


def problems_in(told: str) -> list[Problem]:
    """The problems that a BadDeclaration tells, one by one.

    >>> problems_in("task.yaml, line 3: unknown key.")
    [Problem(file='task.yaml', line=3, message='unknown key.')]
    """
    found: list[Problem] = []
    for text in filter(None, told.split("\n")):
        place = _PLACE.match(text)
        if place:
            file, line, message = place.groups()
            found.append(Problem(file, int(line) if line else None, message))
        elif found:  # a complaint of several lines
            found[-1] = replace(found[-1], message=f"{found[-1].message}\n{text}")
        else:
            found.append(Problem("", None, text))
    return found


def load_yaml_text(text: str, name: str) -> Any:
    """The same for a text; `name` is what its file is called in complaints."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        if "*" in text:
            _refuse_circles(YAML(typ="rt").compose(text), name)
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadDeclaration(f"{name}, line {line}: not valid YAML: {error.problem}.") from None
    except YAMLError as error:
        raise BadDeclaration(f"{name}: not valid YAML: {error}") from None


def _refuse_circles(node: Any, name: str, inside: tuple[Any, ...] = ()) -> None:
    """Raise BadDeclaration where a `*name` stands inside what `&name` marks: the file would have no end."""
    if any(node is around for around in inside):
        line = inside[-1].start_mark.line + 1
        raise BadDeclaration(f"{name}, line {line}: *{node.anchor} stands inside &{node.anchor} itself.")
    values = node.value if node is not None and not isinstance(node.value, str) else []
    for value in values:
        for child in value if isinstance(value, tuple) else (value,):
            _refuse_circles(child, name, (*inside, node))


def plain(declared: Any) -> Any:
    """The same content in plain dictionaries, lists and scalars.

    YAML 1.2 as ruamel reads it keeps `yes` and `no` as words, which facts rely on.
    """
    if isinstance(declared, dict):
        return {str(key): plain(value) for key, value in declared.items()}
    if isinstance(declared, list):
        return [plain(value) for value in declared]
    return declared


def line_of(declared: Any, location: Location) -> int | None:
    """The line (from 1) on which the item at `location` stands, or its nearest parent does."""
    line: int | None = None
    here = declared
    for part in location:
        position = getattr(here, "lc", None)
        try:
            if isinstance(here, dict) and part in here:
                line = position.key(part)[0] + 1 if position else line
                here = here[part]
            elif isinstance(here, list) and isinstance(part, int):
                line = position.item(part)[0] + 1 if position else line
                here = here[part]
            else:
                break
        except (KeyError, IndexError, TypeError):
            break
    return line


def _complaint(name: str, declared: Any, record: type[Record], detail: ErrorDetails) -> str:
    location = _without_forms(declared, detail["loc"])
    line = line_of(declared, location)
    place = f"{name}, line {line}" if line else name
    key = ".".join(str(part) for part in location)
    if detail["type"] == "extra_forbidden":
        known = _keys_at(record, detail["loc"][:-1])
        return f'{place}: unknown key "{key}". {did_you_mean(str(location[-1]), known)}'
    if detail["type"] == "missing":
        return f'{place}: "{key}" is missing.'
    found = detail["input"]
    if detail["type"] in {"literal_error", "enum"}:
        allowed = [word.strip(" '") for word in detail["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return f'{place}: "{key}" is {found!r}. {did_you_mean(str(found), allowed)}'
    wanted = _WANTED.get(detail["type"]) or detail["msg"][0].lower() + detail["msg"][1:]
    return f'{place}: "{key}" is {"empty" if found is None else _shortened(found)}: {wanted}.'


def _keys_at(record: type[Record], location: Location) -> list[str]:
    """The keys that a record allows at a location, following fields, lists and mappings."""
    here: type[BaseModel] | None = record
    forms: list[type[BaseModel]] = []
    for part in location:
        if here and part in here.model_fields:
            forms = _records_in(here.model_fields[part].annotation)
            here = forms[0] if forms else None
        here = next((form for form in forms if form.__name__ == part), here)
    return list(here.model_fields) if here else []


def _records_in(annotation: Any) -> list[type[BaseModel]]:
    """The records that may stand there."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _records_in(part)]


def _without_forms(declared: Any, location: Location) -> Location:
    """The location without the names of the forms that a declaration was tried for: they stand in no file."""
    kept: list[int | str] = []
    here = declared
    for number, part in enumerate(location):
        there = part in here if isinstance(here, dict) else isinstance(here, list) and isinstance(part, int)
        if there or (isinstance(here, dict) and number == len(location) - 1):
            kept.append(part)
            here = here[part] if there else None
    return tuple(kept)


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _shortened(value: Any) -> str:
    text = repr(plain(value))
    return text if len(text) <= 60 else f"{text[:57]}..."
