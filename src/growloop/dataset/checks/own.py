"""A task's own checks: functions in Python files of the project folder, named in task.yaml.

    checks: [my_checks.py:no_competitors]

They are run as what they are, the project's own code, with the rights of whoever runs growloop.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import polars as pl

from growloop.errors import BadDeclaration, did_you_mean
from growloop.records.task import Task
from growloop.records.version import Finding

Check = Callable[[pl.DataFrame, Task], list[Finding]]
"""Examples (the columns of `Example`) and the task → what was found."""


def own_names(task: Task) -> list[str]:
    """The names of the task's own checks: those of their functions."""
    return [_parts(named)[1] for named in task.checks]


def own_checks(task: Task, folder: Path) -> dict[str, Check]:
    """The task's own checks by name, loaded from the project folder.

    Raises BadDeclaration where a file leads out of the folder, is not there or fails, or lacks the function.
    """
    modules: dict[str, ModuleType] = {}
    found: dict[str, Check] = {}
    for named in task.checks:
        file, name = _parts(named)
        if name in found:
            raise BadDeclaration(f'task.yaml: checks: there are two checks "{name}". Rename one of the functions.')
        if file not in modules:
            modules[file] = _loaded(file, folder)
        function = getattr(modules[file], name, None)
        if not callable(function):
            functions = [key for key, value in vars(modules[file]).items() if callable(value) and key[0] != "_"]
            raise BadDeclaration(f'task.yaml: checks: {file} has no function "{name}". {did_you_mean(name, functions)}')
        found[name] = _guarded(name, function, folder / file)
    return found


def _parts(named: str) -> tuple[str, str]:
    file, colon, name = named.rpartition(":")
    if not (colon and file.endswith(".py") and name.isidentifier()):
        raise BadDeclaration(f'task.yaml: checks: "{named}" is not of the form FILE.py:function.')
    return file, name


def _loaded(file: str, folder: Path) -> ModuleType:
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadDeclaration(f"task.yaml: checks: {file} leads out of the project folder. Copy the file into it.")
    if not path.is_file():
        there = [other.relative_to(folder).as_posix() for other in folder.glob("*.py")]
        raise BadDeclaration(f"task.yaml: checks: there is no file {file} in {folder}. {did_you_mean(file, there)}")
    spec = spec_from_file_location(f"growloop_own_checks_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadDeclaration(f"task.yaml: checks: {file} cannot be loaded as Python.")
    module = module_from_spec(spec)
    written = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # a project folder holds what its owner put there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadDeclaration(f"The checks in {file} cannot be loaded: {_told(error, path)}") from error
    finally:
        sys.dont_write_bytecode = written
    return module


def _guarded(name: str, function: Check, path: Path) -> Check:
    """The check with its failures told as what they are: somebody's code to mend, with file and line."""

    def check(examples: pl.DataFrame, task: Task) -> list[Finding]:
        try:
            found = list(function(examples, task))
        except Exception as error:
            raise BadDeclaration(f'The check "{name}" failed: {_told(error, path)}') from error
        wrong = [value for value in found if not isinstance(value, Finding)]
        if wrong:
            raise BadDeclaration(
                f'The check "{name}" ({path.name}) gave a {type(wrong[0]).__name__}; a check returns a list of Finding.'
            )
        return [finding.model_copy(update={"check": name}) for finding in found]

    return check


def _told(error: Exception, path: Path) -> str:
    """An error with the last line of the file that led to it."""
    if isinstance(error, SyntaxError):
        return f"{path.name}, line {error.lineno}: {error.msg}."
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    line = f", line {frames[-1].lineno}" if frames else ""
    return f"{path.name}{line}: {type(error).__name__}: {error}"
