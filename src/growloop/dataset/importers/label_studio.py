"""Label Studio's JSON export: tasks with `data` and `annotations`. (JSON-MIN and CSV exports are plain rows.)

An answer is a text area's text, or the text of a region marked in the context. A choice that says "unanswerable"
(or "no answer", "impossible") makes the task unanswerable; other choices become coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from growloop.dataset.importers.batch import Unreadable

UNANSWERABLE = {"unanswerable", "not answerable", "no answer", "impossible", "is_impossible", "no_answer"}


def is_label_studio(row: Mapping[str, Any]) -> bool:
    """True for a task of Label Studio."""
    return isinstance(row.get("data"), Mapping) and ("annotations" in row or "completions" in row)


def rows_of(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A plain row for a task, the answers of all its annotators in it. Raises Unreadable."""
    data, annotations = task.get("data"), task.get("annotations", task.get("completions"))
    if not isinstance(data, Mapping):
        raise Unreadable('a task without "data"')
    given = [a for a in annotations or [] if isinstance(a, Mapping) and not a.get("was_cancelled")]
    row: dict[str, Any] = {**data, "id": data.get("id", task.get("id"))}
    if isinstance(task.get("growloop"), Mapping):
        row["growloop"] = task["growloop"]
    if not given:
        if "growloop" in row:
            return [row]
        raise Unreadable("nobody has annotated it")
    answers: list[dict[str, Any]] = []
    refused: list[bool] = []
    choices: dict[str, str] = {}
    for annotation in given:
        found, impossible, chosen = _read(annotation)
        answers += found
        refused.append(impossible and not found)
        choices |= chosen
    if any(refused) and answers:
        raise Unreadable("some annotators answer it, others call it unanswerable")
    if not answers and not any(refused):
        if "growloop" in row:
            return [row]
        raise Unreadable("the annotation holds no answer")
    return [{**row, **choices, "answers": answers, "is_impossible": any(refused)}]


def _read(annotation: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool, dict[str, str]]:
    """Answers, whether it is called unanswerable, and other choices of one annotator."""
    answers: list[dict[str, Any]] = []
    impossible, choices = False, {}
    for result in annotation.get("result") or []:
        value = result.get("value") if isinstance(result, Mapping) else None
        if not isinstance(value, Mapping):
            continue
        if "choices" in value:
            chosen = [str(choice) for choice in value["choices"] or []]
            said = {choice.casefold().strip() for choice in chosen}
            impossible = impossible or bool(said & UNANSWERABLE)
            if not said & UNANSWERABLE:
                choices[str(result.get("from_name", "choice"))] = ", ".join(chosen)
        elif isinstance(value.get("text"), list):
            answers += [{"text": str(text)} for text in value["text"]]
        elif isinstance(value.get("text"), str):
            answers.append({"text": value["text"], "answer_start": value.get("start")})
    return answers, impossible, choices
