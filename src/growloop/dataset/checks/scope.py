"""Questions on what the task declares to be outside its scope, with an answer all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from growloop.dataset.checks.texts import finding
from growloop.records.example import is_answerable
from growloop.records.task import Task
from growloop.records.version import Finding

SUBJECTS = re.compile(r"[,;/]|\b(?:and|or|und|oder|et|ou|y|o)\b")
"""What stands between the subjects of one line: "Prices, opening hours and directions" are three."""
SENTENCE = re.compile(
    r"^(?:anything|everything|whatever|whether|which|what|who|when|where|how|why|if)\b", re.IGNORECASE
)
"""How a line begins that describes subjects in a sentence; its words alone do not tell them."""


def out_of_scope(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Answerable questions that name a subject which `scope: outside:` lists.

    Words are compared, so only subjects that are named, like "opening hours", are recognised; lines that describe
    ("Anything the menu does not say") are passed over.
    """
    found = []
    answerable = examples.filter(is_answerable())
    for subject in subjects(task.scope.outside):
        hit = answerable.filter(pl.col("question").str.contains(_pattern(subject)))
        if hit.height:
            found.append(_finding(hit, subject))
    return found


def subjects(lines: Iterable[str]) -> list[str]:
    """The subjects that lines of a scope name.

    >>> subjects(["Prices, opening hours and directions", "Anything not on the menu"])
    ['Prices', 'opening hours', 'directions']
    """
    parts = [part.strip(" .") for line in lines if not SENTENCE.match(line.strip()) for part in SUBJECTS.split(line)]
    return [part for part in dict.fromkeys(parts) if part and len(part.split()) <= 3]


def _pattern(subject: str) -> str:
    """The subject's words one after the other, each in the singular or plural."""
    stems = [re.escape(re.sub(r"(?<=\w\w\w)s$", "", word, flags=re.IGNORECASE)) for word in subject.split()]
    return r"(?i)\b" + r"s?\W+".join(stems) + r"s?\b"


def _finding(hit: pl.DataFrame, subject: str) -> Finding:
    message = (
        f'{hit.height:,} answerable questions are about "{subject}", which task.yaml puts outside the scope '
        f'(first: {hit["id"][0]}: "{hit["question"][0]}").'
    )
    return finding("out_of_scope", "warning", hit, message, "Take the answers out, or the subject from the scope.")
