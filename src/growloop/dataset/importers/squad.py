"""SQuAD JSON, versions 1.1 and 2.0: articles with paragraphs with questions.

    {"data": [{"title": "Normans", "paragraphs": [{"context": "…", "qas": [
        {"id": "56dd…", "question": "In what country is Normandy located?", "is_impossible": false,
         "answers": [{"text": "France", "answer_start": 159}]}]}]}]}

An article is a group: its paragraphs share facts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from growloop.dataset.importers.batch import Batch, Rejected, batches_of
from growloop.dataset.importers.encoding import Survey
from growloop.dataset.importers.json_values import mended, parse_document
from growloop.dataset.importers.source import Source
from growloop.errors import BadData

NOT_TAKEN = ("plausible_answers",)
"""Answers that look right and are not: they must not become coordinates."""
PLAIN = "\0plain"
"""Stands for the title of what is a plain row among the articles."""


def read_squad(source: Source, survey: Survey) -> Iterator[Batch]:
    """The questions of a SQuAD file; a row's number counts them through all articles."""
    with source.stream() as stream:
        content = stream.read()
    if survey.encoding != "utf-8":
        content = content.decode(survey.encoding, "replace").encode()
    document, has_halves = parse_document(content, source.name)
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        keys = ", ".join(map(str, document))[:200] if isinstance(document, dict) else type(document).__name__
        raise BadData(
            f'{source.name}: one JSON object, but no SQuAD file: no list of articles under "data" (here: {keys}).\n'
            f"  Make rows of it in Python and give them to growloop.import_examples."
        )
    rows: list[Any] = []
    numbers: list[int] = []
    rejected: list[Rejected] = []
    for number, (title, context, question) in enumerate(_questions(document["data"]), start=1):
        if context is None or not isinstance(question, dict):
            rejected.append(Rejected(number, "not an article with paragraphs with context and questions", question))
            continue
        rows.append(question if title is PLAIN else _row(title, context, question))
        numbers.append(number)
    yield Batch(rejected=rejected)
    for batch in batches_of(rows, numbers):
        if has_halves:
            whole = [mended(row) for row in batch.rows]
            batch.mended = {n for n, (row, new) in enumerate(zip(batch.rows, whole, strict=True)) if row != new}
            batch.rows = whole
        yield batch


def _row(title: str | None, context: str, question: dict[str, Any]) -> Any:
    row = {key: value for key, value in question.items() if key not in NOT_TAKEN}
    row |= {"context": context, "group": question.get("group") or title, "article": title}
    if type(question) is dict:
        return row
    repeated = type(question)(row)  # a question with a key that stands twice stays one
    repeated.__dict__.update(question.__dict__)
    return repeated


def _questions(articles: list[Any]) -> Iterator[tuple[str | None, str | None, Any]]:
    """Title, context and question of each question; a malformed part comes once, without a context."""
    for article in articles:
        if isinstance(article, dict) and "question" in article and "paragraphs" not in article:
            yield PLAIN, "", article
            continue
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
