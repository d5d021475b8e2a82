"""A task's own checks: functions in Python files of the project folder, named in task.yaml.

checks: [my_checks.py:no_competitors]
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from growloop.errors import BadDeclaration
from growloop.own_code import OwnFunction, function_name, own_functions, told
from growloop.records.task import Task
from growloop.records.version import Finding

Check = Callable[[pl.DataFrame, Task], list[Finding]]
"""Examples (the columns of `Example`) and the task → what was found."""


def own_names(task: Task) -> list[str]:
    """The names of the task's own checks: those of their functions."""
    return [function_name(named, "checks") for named in task.checks]


def own_checks(task: Task, folder: Path) -> dict[str, Check]:
    """The task's own checks by name, loaded from the project folder.

    Raises BadDeclaration where a file leads out of the folder, is not there or fails, or lacks the function.
    """
    return {name: _guarded(own) for name, own in own_functions(task.checks, folder, "checks").items()}


def _guarded(own: OwnFunction) -> Check:
    """The check with its failures told as what they are: somebody's code to mend, with file and line."""

    def check(examples: pl.DataFrame, task: Task) -> list[Finding]:
        try:
            found = list(own.call(examples, task))
        except Exception as error:
            raise BadDeclaration(f'The check "{own.name}" failed: {told(error, own.path)}') from error
        wrong = [value for value in found if not isinstance(value, Finding)]
        if wrong:
            kind = type(wrong[0]).__name__
            raise BadDeclaration(
                f'The check "{own.name}" ({own.path.name}) gave a {kind}; a check returns a list of Finding.'
            )
        return [finding.model_copy(update={"check": own.name}) for finding in found]

    return check
