"""A project's own functions, in Python files of its folder, named in task.yaml as FILE.py:function.

They are run as what they are, the project's own code, with the rights of whoever runs growloop.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from growloop.errors import BadDeclaration, did_you_mean


@dataclass(frozen=True)
class OwnFunction:
    """A function that task.yaml names, with where it stands."""

    name: str
    call: Callable[..., Any]
    path: Path
    module: ModuleType


def function_name(named: str, key: str) -> str:
    """The function's part of FILE.py:function, listed under `key`. Raises BadDeclaration on another form."""
    return _parts(named, key)[1]


def own_functions(listed: Sequence[str], folder: Path, key: str) -> dict[str, OwnFunction]:
    """The functions listed under a key of task.yaml by name, loaded from the project folder.

    Raises BadDeclaration where a file leads out of the folder, is not there or fails, or lacks the function.
    """
    modules: dict[str, ModuleType] = {}
    found: dict[str, OwnFunction] = {}
    for named in listed:
        file, name = _parts(named, key)
        if name in found:
            noun = key.removesuffix("s")
            raise BadDeclaration(f'task.yaml: {key}: there are two {noun}s "{name}". Rename one of the functions.')
        if file not in modules:
            modules[file] = _loaded(file, folder, key)
        found[name] = OwnFunction(name, _function(modules[file], file, name, key), folder / file, modules[file])
    return found


def _function(module: ModuleType, file: str, name: str, key: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if callable(function):
        return function  # type: ignore[no-any-return]
    functions = [known for known, value in vars(module).items() if callable(value) and known[0] != "_"]
    raise BadDeclaration(f'task.yaml: {key}: {file} has no function "{name}". {did_you_mean(name, functions)}')


def _parts(named: str, key: str) -> tuple[str, str]:
    file, colon, name = named.rpartition(":")
    if not (colon and file.endswith(".py") and name.isidentifier()):
        raise BadDeclaration(f'task.yaml: {key}: "{named}" is not of the form FILE.py:function.')
    return file, name


def _loaded(file: str, folder: Path, key: str) -> ModuleType:
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadDeclaration(f"task.yaml: {key}: {file} leads out of the project folder. Copy the file into it.")
    if not path.is_file():
        there = [other.relative_to(folder).as_posix() for other in folder.glob("*.py")]
        raise BadDeclaration(f"task.yaml: {key}: there is no file {file} in {folder}. {did_you_mean(file, there)}")
    spec = spec_from_file_location(f"growloop_own_{key}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadDeclaration(f"task.yaml: {key}: {file} cannot be loaded as Python.")
    module = module_from_spec(spec)
    written = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # a project folder holds what its owner put there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadDeclaration(f"The {key} in {file} cannot be loaded: {told(error, path)}") from error
    finally:
        sys.dont_write_bytecode = written
    return module


def told(error: Exception, path: Path) -> str:
    """An error with the last line of the file that led to it."""
    if isinstance(error, SyntaxError):
        return f"{path.name}, line {error.lineno}: {error.msg}."
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    line = f", line {frames[-1].lineno}" if frames else ""
    return f"{path.name}{line}: {type(error).__name__}: {error}"
