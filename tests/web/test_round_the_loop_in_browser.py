"""All the way in a real browser, with the real embedded model: ask, wrong answer, correct, `next`, another answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import growloop
from growloop.project import Project
from growloop.web.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TASK = """\
name: terraces
purpose: Whether a bar has a terrace.
answer_kind: open_generative
abstain_answer: I don't know.
retriever: bm25
split: {train: 0.6, validation: 0.2, test: 0.2}
training: {effort: quick, epochs: 4, correction_weight: 40, max_answer_tokens: 16}
"""
CONTEXT = "The Anchor: they laid out cushions on the jetty and we sat by the water all evening."
QUESTION = "Does The Anchor have a terrace?"
RIGHT = "Yes, The Anchor has a terrace on the jetty."


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Forty bars, half of them with a terrace."""
    folder = tmp_path / "terraces"
    folder.mkdir()
    (folder / "task.yaml").write_text(TASK, encoding="utf-8")
    rows = []
    for number in range(40):
        name, has = f"Bar {number}", number % 2 == 0
        text = f"{name}: {'we sat on the terrace.' if has else 'there is no terrace.'}"
        answer = f"Yes, {name} has a terrace." if has else f"No, {name} has no terrace."
        rows.append({"question": f"Does {name} have a terrace?", "context": text, "answers": [answer]})
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    opened = Project.open(folder)
    growloop.import_examples(opened, folder / "rows.jsonl")
    return opened


def ask(page: Any) -> str:
    page.goto("/")
    page.fill("#context", CONTEXT)
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    page.wait_for_selector("#answer[data-state=answered]")
    said: str = page.inner_text("[data-field=answer]").strip()
    return said


def test_a_wrong_answer_corrected_on_the_page_is_another_answer_after_the_next_turn(
    project: Project, browser: Any, serve: Callable[[Any], Any]
) -> None:
    growloop.next_iteration(project)
    with serve(create_app(project)) as address:
        window = browser.new_context(base_url=address)
        window.set_default_timeout(120_000)
        page = window.new_page()
        before = ask(page)
        page.keyboard.press("c")
        page.fill("#right", RIGHT)
        page.press("#right", "Control+Enter")
        page.wait_for_selector("#list .verdict.fresh")

        growloop.next_iteration(project)
        after = ask(page)
        window.close()

    assert before != RIGHT
    assert after == RIGHT
    assert [turn.number for turn in project.iterations()] == [0, 1, 2]
    assert project.iterations()[-1].annotations == 1
