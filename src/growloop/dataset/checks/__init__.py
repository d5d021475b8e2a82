"""What may be wrong with a set of examples. A check is a function from examples and task to findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from growloop.dataset.checks.answer_in_context import answer_in_context
from growloop.dataset.checks.conflicting import conflicting
from growloop.dataset.checks.empty import empty
from growloop.dataset.checks.imbalance import imbalance
from growloop.dataset.checks.leakage import leakage
from growloop.dataset.checks.repeated import repeated
from growloop.errors import NotFound, did_you_mean
from growloop.records.task import Task
from growloop.records.version import Finding

CHECKS: dict[str, Callable[[pl.DataFrame, Task], list[Finding]]] = {
    "leakage": leakage,
    "empty_fields": empty,
    "answer_not_in_context": answer_in_context,
    "conflicting_answers": conflicting,
    "repeated": repeated,
    "class_imbalance": imbalance,
}


def lint(examples: pl.DataFrame, task: Task, *, checks: Sequence[str] | None = None) -> list[Finding]:
    """What the checks (None: all) find in some examples. Raises NotFound on an unknown check."""
    chosen = list(CHECKS) if checks is None else list(checks)
    for name in chosen:
        if name not in CHECKS:
            raise NotFound(f'There is no check "{name}". {did_you_mean(name, CHECKS)}')
    return [finding for name in chosen for finding in CHECKS[name](examples, task)]
