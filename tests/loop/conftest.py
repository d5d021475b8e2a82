"""A small project with a tiny model: the whole loop in seconds."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import growloop
from growloop import loop
from growloop.metrics import score, summarise
from growloop.models.bundled import bundled_folder
from growloop.pool import Pool
from growloop.project import Project, now, parquet_bytes, write_atomically
from growloop.records.example import examples_frame
from growloop.records.job import JobResult
from growloop.records.progress import Progress
from growloop.records.run import PREDICTIONS, Run

TASK = """\
name: small
purpose: Whether dogs may come in, from reviews.
answer_kind: open_generative
abstain_answer: I don't know.
candidates: [tiny]
retriever: bm25
budgets:
  seconds_per_answer: 10
  minimum_scores:
    - {metric: token_f1, at_least: 0.99, where: {negative: wrong_entity}}
training: {effort: quick, epochs: 1, batch_size: 8, rehearsal: 0.5, precision: fp32, max_answer_tokens: 12}
split: {train: 0.6, validation: 0.2, test: 0.2}
"""

UNIVERSE = """\
contexts: {file: contexts/reviews.jsonl, entity_slot: restaurant, show: "{entity}: {text}"}
slots:
  restaurant: {entities: true}
  food: {file: slots/food.txt}
templates:
  - name: dogs-allowed
    fact: dogs
    ask: ["May I bring my dog to {restaurant}?", "Are dogs allowed at {restaurant}?", "Does {restaurant} let dogs in?"]
    answer: {yes: "Yes, dogs are allowed at {restaurant}.", no: "No, dogs are not allowed at {restaurant}."}
  - name: offers-food
    fact: offers[food]
    ask: ["Does {restaurant} offer {food}?", "Can I get {food} at {restaurant}?", "Is there {food} at {restaurant}?"]
    answer: {yes: "Yes, {restaurant} offers {food}.", no: "No, {restaurant} does not offer {food}."}
negatives:
  - {kind: wrong_entity, share: 0.2}
  - {kind: wrong_topic, share: 0.2}
"""

NAMES = ["Blue Door", "Old Mill", "Café Lumière", "Tasca", "Nori", "The Barn", "Zum Hirschen", "Salt & Pine"]
FOODS = ["ramen", "gyoza", "pizza", "crème brûlée", "falafel", "tacos", "pho", "dal", "paella", "borscht"]


def write_project(folder: Path) -> Project:
    """Thirty-two restaurants, a review each, one about dogs or one about a food."""
    (folder / "contexts").mkdir(parents=True)
    (folder / "slots").mkdir()
    (folder / "task.yaml").write_text(TASK, encoding="utf-8")
    (folder / "universe.yaml").write_text(UNIVERSE, encoding="utf-8")
    (folder / "slots" / "food.txt").write_text("\n".join(FOODS), encoding="utf-8")
    reviews = []
    for number in range(64):
        entity, food = f"{NAMES[number % 8]} {number // 2}", FOODS[number % 10]
        yes = number % 4 < 2
        if number % 2:
            text = "My dog slept under the table." if yes else "They turned our dog away."
            facts: dict[str, object] = {"dogs": "yes" if yes else "no"}
        else:
            text = f"We shared the {food}." if yes else f"They have no {food} here."
            facts = {"offers": {food: "yes" if yes else "no"}}
        reviews.append({"entity": entity, "text": text, "facts": facts})
    lines = "\n".join(json.dumps(review, ensure_ascii=False) for review in reviews)
    (folder / "contexts" / "reviews.jsonl").write_text(lines + "\n", encoding="utf-8")
    return Project.open(folder)


def finish(stage: Generator[Progress, None, JobResult]) -> JobResult:
    """What a stage returns."""
    while True:
        try:
            next(stage)
        except StopIteration as end:
            result: JobResult = end.value
            return result


def made_evaluation(
    project: Project, wrong: pl.Expr, *, id: str = "evaluate-made", split: str = "validation", model: str = "tiny"
) -> Run:
    """An evaluation of a side of the latest version: some questions are answered wrongly, the others rightly."""
    version = project.latest_version()
    assert version is not None
    rows = project.examples(version.id).filter(pl.col("split") == split)
    right = pl.coalesce(pl.col("answers").list.first(), pl.lit(""))
    said = pl.when(wrong).then(pl.lit("Yes, as red as a <b>lobster</b>.")).otherwise(right)
    cells = rows.select(
        "id",
        said.alias("prediction"),
        abstained=said == "",
        confidence=pl.lit(0.5),
        seconds=pl.lit(0.01),
        cut_tokens=pl.lit(0, dtype=pl.Int64),
    )
    predictions = cells.select(pl.col(name).cast(dtype) for name, dtype in PREDICTIONS.items())
    scores = score(rows, predictions, ("exact_match", "token_f1"))
    known = {"version": version.id, "split": split, "model": model, "metrics": summarise(scores), "created": now()}
    run = Run.model_validate({"id": id, "kind": "evaluate", **known})
    for name, frame in (("predictions", predictions), ("scores", scores)):
        write_atomically(project.run_folder(run.id) / f"{name}.parquet", parquet_bytes(frame))
    project.save_run(run)
    return run


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of a few thousand weights with the embedded model's own tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tiny")
    config = BertConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        architectures=["BertModel"],
    )
    BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(folder)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A folder that nothing was brought into yet."""
    return loop.new(tmp_path / "menus", template="blank")


@pytest.fixture
def add(project: Project, qa: Callable[..., dict[str, Any]]) -> Callable[..., str]:
    """Puts one example into the pool and gives its id."""

    def added(*asked: Any, **more: Any) -> str:
        row = qa(*asked, **more)
        frame = examples_frame({name: [value] for name, value in row.items()})
        with Pool.open(project.pool_url) as pool:
            pool.add(frame)
        return str(frame["id"][0])

    return added


@pytest.fixture
def small_project(tmp_path: Path, tiny_checkpoint: Path) -> Project:
    project = write_project(tmp_path / "small")
    shutil.copytree(tiny_checkpoint, project.folder / "tiny")
    return project


@pytest.fixture(scope="session")
def turned_once(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Path:
    """The folder of a project that has gone round once; to be copied, not changed."""
    project = write_project(tmp_path_factory.mktemp("turned") / "small")
    shutil.copytree(tiny_checkpoint, project.folder / "tiny")
    growloop.next_iteration(project, n=120)
    return project.folder


@pytest.fixture(scope="session")
def audited_once(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> Path:
    """The folder of a project whose first version has been audited; to be copied, not changed."""
    project = write_project(tmp_path_factory.mktemp("audited") / "small")
    shutil.copytree(tiny_checkpoint, project.folder / "tiny")
    growloop.draw(project, 60)
    growloop.freeze(project)
    growloop.audit(project, folds=2, epochs=1)
    return project.folder


@pytest.fixture
def command_environment(repository: Path) -> dict[str, str]:
    """What a `python -m growloop` of these tests runs in."""
    return {**os.environ, "PYTHONPATH": str(repository / "src"), "COLUMNS": "100"}
