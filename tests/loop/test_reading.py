"""Questions that come without a text, evaluated with the task's retriever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.loop.conftest import finish, write_project

import growloop
from growloop import loop
from growloop.loop.reading import with_texts
from growloop.project import Project
from growloop.records.run import PREDICTIONS


class LastWord:
    """Answers every question with the last word of the text before it."""

    name = "last word"

    def answer(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
        said = pl.col("context").str.strip_chars(" .").str.split(" ").list.last().fill_null("")
        cells = {"abstained": pl.lit(False), "confidence": 0.5, "seconds": 0.01, "cut_tokens": 0}
        rows = examples.select("id", said.alias("prediction"), **cells)
        yield rows.select(pl.col(name).cast(dtype) for name, dtype in PREDICTIONS.items())


@pytest.fixture
def asked(tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two kinds of questions without a text: what a review tells, and what none does."""
    monkeypatch.setattr("growloop.models.load_answerer", lambda *_, **__: LastWord())
    project = write_project(tmp_path / "small")
    (project.folder / "tiny").symlink_to(tiny_checkpoint)
    reviews = [(context, context.split(":")[0]) for context in loop.declaring.passages_of(project)["text"]]
    shared = [(entity, text.rstrip(".").split(" ")[-1]) for text, entity in reviews if "We shared" in text]
    rows = [
        {"question": f"{ask} {entity}?", "context": "", "answers": [answer], "where": {"kind": kind}}
        for number, (entity, dish) in enumerate(shared)
        for ask, kind, answer in (
            ("What dish was shared at", "dish", dish),
            ("What was the shared dish at", "dish", dish),
            ("Which dish was it that they shared at", "dish", dish),
            ("What phone number has", "phone", f"020 79 {number}"),
            ("How do I call", "phone", f"020 79 {number}"),
        )
    ]
    growloop.import_examples(project, rows, split="validation")
    growloop.freeze(project)
    return project


def test_what_the_retriever_missed_is_told_ranked_and_recommended_to_be_fixed(asked: Project) -> None:
    run = growloop.evaluate(asked, model="tiny", split="validation")

    found = loop.diagnosis(asked, run.id)
    [failing] = [one for one in found.slices if one.where == {"kind": "phone"}]
    told = {item.words: item for item in loop.recommend(asked, run.id).items}[failing.words]
    kept = asked.run_frame(run.id, "retrieved")

    assert kept["context"].str.len_chars().min() > 0
    assert set(failing.kinds) == {"retrieval_missed"}
    assert set(kept.filter(pl.col("id").is_in(list(failing.evidence)))["rank"]) == {0}
    assert told.action == "fix_retrieval"
    assert "questions have no text of their own" in run.notes[0]
    assert "We shared" in loop.read_examples(asked, run)["context"].str.join("").item()


def test_evaluated_again_the_same_is_found_and_after_the_texts_have_changed_it_is_read_anew(asked: Project) -> None:
    first = growloop.evaluate(asked, model="tiny", split="validation")
    again = growloop.evaluate(asked, model="tiny", split="validation")
    reviews = asked.folder / "contexts" / "reviews.jsonl"
    reviews.write_text(reviews.read_text(encoding="utf-8").replace("We shared the", "The best was the"))

    after = growloop.evaluate(Project.open(asked.folder), model="tiny", split="validation")

    assert again.id == first.id
    assert after.id != first.id
    assert "The best was the" in asked.run_frame(after.id, "retrieved")["context"].str.join("").item()


def test_what_is_asked_without_a_text_on_purpose_stays_without(asked: Project) -> None:
    rows = [{"question": "What is it like?", "context": "", "answers": [], "negative": "no_context"}]
    growloop.import_examples(asked, rows, split="test")
    growloop.freeze(asked)

    run = growloop.evaluate(asked, model="tiny", split="test")

    assert run.notes == () or "no text of their own" not in run.notes[0]
    assert not (asked.run_folder(run.id) / "retrieved.parquet").exists()


def test_a_question_without_a_text_is_read_with_what_the_retriever_finds_as_it_is_asked(asked: Project) -> None:
    rows = asked.examples(asked.versions()[-1].id).head(3)
    own = rows[:1].with_columns(context=pl.lit("Its own text."))

    read = finish(with_texts(asked, pl.concat([own, rows[1:]])))

    assert read["id"].to_list() == rows["id"].to_list()
    assert read["context"][0] == "Its own text."
    assert read["context"].str.len_chars().min() > 0
