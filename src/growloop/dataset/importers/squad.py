"""SQuAD JSON, versions 1.1 and 2.0: articles with paragraphs with questions.

    {"data": [{"title": "Normans", "paragraphs": [{"context": "…", "qas": [
        {"id": "56dd…", "question": "In what country is Normandy located?", "is_impossible": false,
         "answers": [{"text": "France", "answer_start": 159}]}]}]}]}

An article is a group: its paragraphs share facts. Answers are kept as texts; an offset that points
elsewhere is put right where the text occurs in the paragraph, and the answer is dropped where it does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from growloop.dataset.importers.content import whole_document
from growloop.dataset.importers.rows import Rows, has_half_characters, mended_row
from growloop.errors import BadData


def read_squad(text: str, name: str) -> Rows:
    """The questions of a SQuAD file; `row` counts them from 1, through all articles."""
    document = whole_document(text, name)
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        raise BadData(f'{name}: a SQuAD file is an object with a list of articles under "data".')
    rows = Rows()
    check_halves = has_half_characters(text)
    for number, (title, context, question) in enumerate(_questions(document["data"]), start=1):
        if context is None or not isinstance(question, dict):
            rows.reject(number, "not an article with paragraphs with context and questions", question)
            continue
        _add(rows, number, title, context, question, check_halves)
    return rows


def _add(
    rows: Rows, number: int, title: str | None, context: str, question: dict[str, Any], check_halves: bool
) -> None:
    answers, moved, lost = _checked(question.get("answers"), context)
    if lost and not answers and not question.get("is_impossible"):
        rows.reject(number, f'no answer occurs in the context (first: "{lost[0]}")', question)
        return
    row = {key: question.get(key) for key in ("question", "id", "is_impossible")}
    row |= {"context": context, "answers": answers, "group": title, "article": title}
    value, mended = mended_row(row) if check_halves else (row, False)
    rows.add(number, value, repaired=bool(moved or lost or mended))


def _checked(answers: object, context: str) -> tuple[list[str] | None, int, list[str]]:
    """The answers that occur in the context, how many stood elsewhere than said, and those that do not occur."""
    if not isinstance(answers, list):
        return None, 0, []
    found: list[str] = []
    moved, lost = 0, []
    for answer in answers:
        text = str(answer.get("text") or "").strip() if isinstance(answer, dict) else str(answer).strip()
        start = answer.get("answer_start") if isinstance(answer, dict) else None
        if text and text not in context:
            lost.append(text)
            continue
        found.append(text)
        stands_there = not isinstance(start, int) or context[start : start + len(text) + 2].strip().startswith(text)
        moved += not stands_there
    return found, moved, lost


def _questions(articles: list[Any]) -> Iterator[tuple[str | None, str | None, Any]]:
    """Title, context and question of each question; a malformed part comes once, without a context."""
    for article in articles:
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(paragraphs, list):
            yield None, None, article
            continue
        title = article.get("title")
        for paragraph in paragraphs:
            yield from _of_paragraph(title if isinstance(title, str) else None, paragraph)


def _of_paragraph(title: str | None, paragraph: Any) -> Iterator[tuple[str | None, str | None, Any]]:
    context = paragraph.get("context") if isinstance(paragraph, dict) else None
    questions = paragraph.get("qas") if isinstance(paragraph, dict) else None
    if not isinstance(context, str) or not isinstance(questions, list):
        yield title, None, paragraph
        return
    for question in questions:
        yield title, context, question
