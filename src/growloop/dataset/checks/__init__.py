"""What may be wrong with a set of examples. A check is a function from examples and task to findings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from growloop.dataset.checks.answer_in_context import answer_in_context
from growloop.dataset.checks.characters import control_characters, html, mojibake, white_space
from growloop.dataset.checks.conflicting import conflicting
from growloop.dataset.checks.disputed import disputed
from growloop.dataset.checks.empty import empty
from growloop.dataset.checks.given_away import given_away
from growloop.dataset.checks.imbalance import imbalance
from growloop.dataset.checks.language import other_language
from growloop.dataset.checks.leakage import leakage
from growloop.dataset.checks.negatives import negative_answered
from growloop.dataset.checks.over_long import over_long
from growloop.dataset.checks.own import Check, own_names
from growloop.dataset.checks.personal_data import personal_data
from growloop.dataset.checks.remembered import SEE_SIDES, remembered
from growloop.dataset.checks.repeated import repeated
from growloop.dataset.checks.scope import out_of_scope
from growloop.dataset.checks.templates import template_imbalance
from growloop.dataset.checks.texts import with_context_key
from growloop.dataset.checks.verdicts import DISPUTED_VERDICTS
from growloop.dataset.checks.window import CUT_BY_WINDOW
from growloop.dataset.duplicates import with_keys
from growloop.errors import BadDeclaration, NotFound, did_you_mean
from growloop.records.example import EXAMPLES
from growloop.records.task import Task
from growloop.records.version import Finding

CHECKS: dict[str, Check] = {
    "leakage": leakage,
    "empty_fields": empty,
    "over_long": over_long,
    "answer_not_in_context": answer_in_context,
    "answer_given_away": given_away,
    "conflicting_answers": conflicting,
    "disputed_answerability": disputed,
    "negative_answered": negative_answered,
    "out_of_scope": out_of_scope,
    "other_language": other_language,
    "personal_data": personal_data,
    "mojibake": mojibake,
    "control_characters": control_characters,
    "html": html,
    "white_space": white_space,
    "template_imbalance": template_imbalance,
    "class_imbalance": imbalance,
    "repeated": repeated,
}
"""The checks that need nothing but the examples; all of them run whenever a version is frozen."""
NEED_MORE = (DISPUTED_VERDICTS, CUT_BY_WINDOW)
"""The checks that also need people's verdicts, or a model's tokenizer."""
THREADS = min(os.cpu_count() or 1, 4)
"""So many of them look at once: columns are gone through outside Python, where they do not wait for each other."""
NOT_OPTIONAL = "leakage"
"""No declaration can switch off what every score rests on."""


def lint(
    examples: pl.DataFrame,
    task: Task,
    *,
    checks: Sequence[str] | None = None,
    more: Mapping[str, Check] | None = None,
) -> list[Finding]:
    """What the checks (None: all that the task does not skip) find in some examples.

    `more` are checks beside the built-in ones: the task's own, and those that need a model's tokenizer.
    Raises NotFound on an unknown check, BadDeclaration where `lint:` in task.yaml names one.
    """
    refuse_unknown(task)
    known = {**CHECKS, **(more or {})}
    for name in checks or ():
        if name not in known:
            raise NotFound(f'There is no check "{name}". {did_you_mean(name, known)}')
    chosen = [name for name in known if name not in task.lint.skip] if checks is None else list(checks)
    keyed = with_context_key(with_keys(examples))
    plain = examples.select(EXAMPLES.names())
    seen = remembered(plain, task)
    with ThreadPoolExecutor(THREADS) as threads:
        looks = {name: threads.submit(known[name], keyed, task) for name in chosen if name in CHECKS.keys() - seen}
        own = {name: known[name](plain, task) for name in chosen if name not in CHECKS}
    found = own | seen | {name: look.result() for name, look in looks.items()}
    seen.update({name: found[name] for name in looks if name not in SEE_SIDES})
    return [_weighed(finding, task) for name in chosen for finding in found[name]]


def refuse_unknown(task: Task) -> None:
    """Raise BadDeclaration where `lint:` in task.yaml names a check that is not there, or one that must stay."""
    known = {*CHECKS, *NEED_MORE, *own_names(task)}
    for key, names in (("skip", task.lint.skip), ("severity", tuple(task.lint.severity))):
        for name in names:
            if name not in known:
                raise BadDeclaration(f'task.yaml: lint: {key}: there is no check "{name}". {did_you_mean(name, known)}')
            if name == NOT_OPTIONAL:
                raise BadDeclaration(
                    f"task.yaml: lint: {key}: the check for leakage stays as it is: without it no score can be trusted."
                )


def _weighed(finding: Finding, task: Task) -> Finding:
    severity = task.lint.severity.get(finding.check)
    return finding.model_copy(update={"severity": severity}) if severity else finding
