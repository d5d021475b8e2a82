"""The report of the official SQuAD v2 script (evaluate-v2.0.py): its keys in its order, on its 0–100 scale.

Figures agree with the script to the last digit: scores are added up one by one in the order of the gold file, since
the last digit of a sum depends on it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from growloop.errors import BadData, NotFound
from growloop.metrics.text_overlap import Floats, overlap

_TEXT = itemgetter("text")
_SHOWN = 10
"""Notes about single questions before the rest is only counted."""


class OfficialScores(NamedTuple):
    """The official figures, and what the script would have complained about."""

    report: dict[str, float | int]
    notes: tuple[str, ...]


def score_squad_v2(
    gold: Path | Mapping[str, Any], predictions: Path | Mapping[str, str], *, native: bool | None = None
) -> OfficialScores:
    """Score answers by question id against a SQuAD v2 data set; files may be JSON or JSON.gz.

    Questions without a prediction are noted and left out of every figure (the script leaves them out of the overall
    figures and then fails on HasAns or NoAns); predictions for other questions are ignored, as in the script. `native`
    chooses compiled code or columns, as in `overlap`.
    """
    answers = _answers(_content(gold), _named(gold, "the gold data"))
    given = _predictions(_content(predictions), _named(predictions, "the predictions"))
    missing = [question for question in answers if question not in given]
    if len(missing) == len(answers):
        raise BadData(
            f"{_named(predictions, 'the predictions')}: none of its {len(given):,} ids is among the {len(answers):,} "
            f"questions of {_named(gold, 'the gold data')}. Are the two files for the same data set?"
        )
    for question in missing:
        del answers[question]
    accepted = list(answers.values())
    exact, f1 = overlap([given[question] for question in answers], accepted, native=native)
    has_answer = np.fromiter(map(bool, accepted), dtype=np.bool_, count=len(accepted))
    report = _figures("", exact, f1)
    for prefix, side in (("HasAns_", has_answer), ("NoAns_", ~has_answer)):
        if side.any():
            report |= _figures(prefix, exact[side], f1[side])
    return OfficialScores(report, _notes(missing))


def _figures(prefix: str, exact: Floats, f1: Floats) -> dict[str, float | int]:
    total = len(exact)
    return {
        f"{prefix}exact": 100.0 * _added(exact) / total,
        f"{prefix}f1": 100.0 * _added(f1) / total,
        f"{prefix}total": total,
    }


def _added(scores: Floats) -> float:
    """The sum from left to right; numpy's own, and Python's from 3.12 on, round differently."""
    return float(np.cumsum(scores)[-1])


def _notes(missing: list[str]) -> tuple[str, ...]:
    notes = [f"Missing prediction for {question}" for question in missing[:_SHOWN]]
    if len(missing) > _SHOWN:
        notes.append(f"Missing predictions for {len(missing) - _SHOWN:,} more questions")
    return tuple(notes)


def _named(source: Path | Mapping[str, Any], otherwise: str) -> str:
    return otherwise if isinstance(source, Mapping) else str(source)


def _content(source: Path | Mapping[str, Any]) -> Any:
    """The parsed JSON. Raises NotFound or BadData with the line at fault."""
    if isinstance(source, Mapping):
        return source
    path = Path(source)
    if not path.is_file():
        raise NotFound(f"{path}: there is no such file.")
    try:
        data = path.read_bytes()
        return json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    except json.JSONDecodeError as problem:
        raise BadData(f"{path}, line {problem.lineno}, column {problem.colno}: not JSON: {problem.msg}.") from None
    except (OSError, EOFError, UnicodeDecodeError) as problem:
        raise BadData(f"{path}: cannot be read as JSON or JSON.gz: {problem}.") from None


def _answers(content: Any, name: str) -> dict[str, tuple[str, ...]]:
    """The accepted answers of every question, in the order of the file."""
    try:
        found = {question["id"]: tuple(map(_TEXT, question["answers"])) for question in _questions(content)}
    except (KeyError, TypeError, IndexError) as problem:
        raise _other_shape(name, f"{type(problem).__name__}: {problem}") from None
    for wrong in _not_texts(chain.from_iterable(found.values())):
        raise _other_shape(name, f"the text of an answer is {wrong!r:.60}")
    return found


def _other_shape(name: str, problem: str) -> BadData:
    return BadData(
        f"{name}: not a SQuAD v2 data set ({problem}).\n"
        '  Wanted: {"data": [{"paragraphs": [{"qas": [{"id": …, "answers": [{"text": …}]}]}]}]}'
    )


def _not_texts(values: Iterable[Any]) -> list[Any]:
    """The values that are no texts."""
    return [value for value in values if not isinstance(value, str)]


def _questions(content: Any) -> Iterator[Any]:
    for article in content["data"]:
        for paragraph in article["paragraphs"]:
            yield from paragraph["qas"]


def _predictions(content: Any, name: str) -> Mapping[str, str]:
    wanted = "Wanted: {question id: answer text}, with the empty text for no answer."
    if not isinstance(content, Mapping):
        raise BadData(f"{name}: a JSON {type(content).__name__} where an object should be.\n  {wanted}")
    for wrong in _not_texts(content.values()):
        question = next(question for question, answer in content.items() if answer is wrong)
        raise BadData(f'{name}: the prediction for "{question}" is {wrong!r:.60}, not a text.\n  {wanted}')
    return content
