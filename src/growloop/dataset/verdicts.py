"""People's verdicts on answers, read from a file of any format that examples can be imported from.

    question     question, query, prompt …                     needed
    answers      answers, gold_answers, golden_answer, gold …  needed; none: the question cannot be answered
    prediction   prediction, candidate, model_answer …         needed
    verdict      verdict, judgement, label, acceptable …       needed; a row without one is passed over
    annotator    annotator, by, rater, judge
    context, where

A verdict is correct, wrong or partly (also yes/no, true/false, right, incorrect …) or a number from 0 to 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from growloop.dataset.importers.batch import Unreadable
from growloop.dataset.importers.columns import ROLES as EXAMPLE_ROLES
from growloop.dataset.importers.detection import binary_format, head_of, text_format
from growloop.dataset.importers.encoding import survey
from growloop.dataset.importers.reading import BINARY, READERS
from growloop.dataset.importers.source import Source, open_sources
from growloop.errors import BadData, UnknownColumns
from growloop.records.agreement import VERDICTS

ROLES: dict[str, tuple[str, ...]] = {
    "question": EXAMPLE_ROLES["question"],
    "context": EXAMPLE_ROLES["context"],
    "answers": ("answers", "gold_answers", "golden_answers", "gold", "golds", "gold_answer", "golden_answer", "answer"),
    "prediction": ("prediction", "candidate", "candidate_answer", "model_answer", "shown_answer", "response", "output"),
    "verdict": ("verdict", "judgement", "judgment", "label", "acceptable", "correct", "is_correct", "rating"),
    "annotator": ("annotator", "by", "annotator_id", "rater", "judge"),
    "where": ("where",),
}
"""What a column can mean, and the names that are taken to mean it, best first."""
ASKED = ("question", "answers", "prediction")
"""The columns that an answer to be judged needs."""
NEEDED = (*ASKED, "verdict")
WORDS = {
    **dict.fromkeys(("correct", "right", "true", "yes", "acceptable"), 1.0),
    **dict.fromkeys(("partly", "partly correct", "partially correct", "partial"), 0.5),
    **dict.fromkeys(("wrong", "incorrect", "false", "no", "unacceptable", "not acceptable"), 0.0),
}
"""What a verdict in words counts."""
_WANTED = "Wanted: rows with question, answers (the accepted ones), prediction (the answer judged) and verdict."

Row = Mapping[str, Any]


def read_verdicts(given: Path | str | Iterable[Row], *, separator: str = "") -> pl.DataFrame:
    """The verdicts of a file, a folder or rows made in Python: a VERDICTS frame, all rows or none.

    `separator` stands between several accepted answers in one text. Raises NotFound where there is no file, BadData
    with file and line where a column is missing or a row cannot be read.
    """
    return read_answers(given, separator=separator, needed=NEEDED).drop_nulls("verdict")


def read_answers(
    given: Path | str | Iterable[Row], *, separator: str = "", needed: Sequence[str] = ASKED
) -> pl.DataFrame:
    """Answers from the same files, whose verdict is null where nobody gave one: a VERDICTS frame, a row for each row.

    `needed` are the columns that have to be there.
    """
    parts = [_verdicts(_read(source, needed), separator) for source in open_sources(given)]
    return pl.concat([VERDICTS.to_frame(), *parts])


@dataclass(frozen=True)
class _Table:
    """The rows of a file with their lines, and the column that fills each role."""

    name: str
    rows: list[Row]
    lines: list[int]
    columns: Mapping[str, str]

    def column(self, role: str, read: Callable[[Any], Any]) -> pl.Series:
        """A role's values; a row that lacks the column gives what is read from None."""
        column = self.columns.get(role, "")
        values: list[Any] = []
        for row in self.rows:
            try:
                values.append(read(row.get(column)))
            except Unreadable as problem:
                raise _unreadable(self.name, self.lines[len(values)], str(problem)) from None
        if role == "where":  # a hundred times quicker than from dictionaries
            return pl.Series(role, values, dtype=pl.String).str.json_decode(VERDICTS[role])
        return pl.Series(role, values, dtype=VERDICTS[role])


def _verdicts(table: _Table, separator: str) -> pl.DataFrame:
    readers: dict[str, Callable[[Any], Any]] = {
        "question": _question,
        "context": _text,
        "answers": lambda value: _answers(value, separator),
        "prediction": _text,
        "verdict": _verdict,
        "annotator": _text,
        "where": _where,
    }
    return pl.DataFrame([table.column(role, readers[role]) for role in VERDICTS])


# rows and columns


def _read(source: Source, needed: Sequence[str]) -> _Table:
    kind = binary_format(source)
    looked = survey(source, is_text=kind not in BINARY)
    kind = kind or text_format(head_of(source, looked), source.name)
    if kind == "squad":
        raise BadData(f"{source.name}: a SQuAD file holds no verdicts. {_WANTED}")
    rows: list[Row] = []
    lines: list[int] = []
    for batch in READERS[kind](source, looked):
        if batch.rejected:
            raise _unreadable(source.name, batch.rejected[0].row, batch.rejected[0].reason)
        odd = next((n for n, row in enumerate(batch.rows) if not isinstance(row, Mapping)), None)
        if odd is not None:
            raise _unreadable(source.name, batch.numbers[odd], f"{_shown(batch.rows[odd])} is no object with columns")
        rows += batch.rows
        lines += batch.numbers
    return _Table(source.name, rows, lines, _columns(source.name, rows[:1000], needed))


def _columns(name: str, rows: Iterable[Row], needed: Sequence[str]) -> dict[str, str]:
    present = {_plain(column): column for column in chain.from_iterable(rows)}
    found = {role: next((present[known] for known in names if known in present), None) for role, names in ROLES.items()}
    missing = [role for role in needed if found[role] is None]
    if present and missing:
        names = ", ".join(ROLES[missing[0]][:4])
        raise UnknownColumns(
            f"{name}: no column is known to be the {missing[0]} (it may be called {names} …).\n"
            f"  Columns here: {', '.join(present.values())[:400]}\n  {_WANTED}",
            present.values(),
        )
    return {role: column for role, column in found.items() if column is not None}


def _plain(name: str) -> str:
    return "_".join(name.casefold().strip(" ?").replace("-", " ").replace("_", " ").split())


def _unreadable(name: str, line: int, problem: str) -> BadData:
    return BadData(f"{name}, line {line}: {problem}. Nothing was measured.\n  {_WANTED}")


# cells


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool | int | float):
        return str(value)
    raise Unreadable(f"{_shown(value)} is no text")


def _question(value: Any) -> str:
    text = _text(value)
    if not text.strip():
        raise Unreadable("the question is empty")
    return text


def _answers(value: Any, separator: str) -> list[str]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _from_json(value)
    if isinstance(value, list):
        return [_text(answer) for answer in value]
    text = _text(value)
    answers = text.split(separator) if separator else [text]
    return [answer.strip() for answer in answers if answer.strip()]


def _where(value: Any) -> str:
    """The pairs as JSON."""
    if isinstance(value, str) and value.strip():
        value = _from_json(value)
    if value in (None, ""):
        return "[]"
    if not isinstance(value, Mapping):
        raise Unreadable(f'where is {_shown(value)}, and should be an object such as {{"template": "menu-item"}}')
    given = sorted((str(key), _text(inside)) for key, inside in value.items() if inside is not None)
    return json.dumps([{"key": key, "value": inside} for key, inside in given], ensure_ascii=False)


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _verdict(value: Any) -> float | None:
    if value is None or isinstance(value, bool):
        return None if value is None else float(value)
    if isinstance(value, str):
        word = value.strip().casefold()
        if not word or word in WORDS:
            return WORDS.get(word)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise Unreadable(f"the verdict is {_shown(value)}; wanted: correct, partly, wrong, or 0 to 1") from None
    if not 0 <= number <= 1:
        raise Unreadable(f"the verdict is {_shown(value)}; a graded one goes from 0 (wrong) to 1 (correct)")
    return number


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)[:60]
