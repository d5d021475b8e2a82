"""One finished iteration of a food Q&A project, made up but complete, in any size."""

from __future__ import annotations

import math
import random
from typing import Any

import polars as pl
import pytest

from growloop.diagnose.compare import compare
from growloop.metrics.calibration import calibration
from growloop.records.calibration import Calibration
from growloop.records.example import examples_frame, matches
from growloop.records.report import BudgetCheck, Iteration, Report, SliceScore
from growloop.records.run import PREDICTIONS, SCORES, Estimate, Run, Timings
from growloop.records.task import Budgets, MinimumScore, Task
from growloop.records.version import DatasetVersion, Finding

ABSTAIN = "I don't know."
NAMES = (
    "Café Löwe",
    "The Rusty Anvil",
    "Olive & Thyme",
    "Pho Corner",
    "Mama Ngozi's",
    "Saffron Gate",
    "Zur Post",
    "Blue Door",
)
FOODS = (
    "pad thai",
    "beef pho",
    "margherita pizza",
    "okonomiyaki",
    "moules-frites",
    "jollof rice",
    "pierogi",
    "green curry",
)
CHATTER = (
    "We came by on a rainy Tuesday and the place was packed.",
    "Service was slow but friendly, tbh I've seen worse.",
    "My sister hated the music; I did not mind it.",
    "Parking is a nightmare, take the tram.",
    "Prices went up since last year — still fair for what you get!!",
)
FACTS = {
    "menu-item": (
        "Does {name} have {food}?",
        "I had the {food} and would order it again.",
        "Yes, {name} offers {food}.",
    ),
    "dogs-allowed": (
        "Can I bring my dog to {name}?",
        "Dogs get a bowl of water under the table here.",
        "Yes, dogs are welcome.",
    ),
    "alcohol": (
        "does {name} serve alcohol",
        "No wine list, only juices and a very good lemonade.",
        "No, alcohol is not served.",
    ),
    "vegan": (
        "Are there vegan options at {name}?",
        "Half the card is marked vegan.",
        "Yes, there are vegan options.",
    ),
    "cuisine": (
        "What is {name} known for?",
        "Everybody comes for the Georgian kitchen.",
        "It is known for Georgian food.",
    ),
    "vegetarian-dishes": (
        "What can a vegetarian eat at {name}?",
        "Vegetarians get {food} and a big salad.",
        "{food} and a big salad.",
    ),
}


def estimate(values: list[float]) -> Estimate:
    """A mean with a normal interval, good enough for something to show."""
    n = len(values)
    if n == 0:
        return Estimate(value=None, low=None, high=None, n=0)
    mean = sum(values) / n
    half = 1.96 * math.sqrt(sum((value - mean) ** 2 for value in values) / n / n)
    return Estimate(value=mean, low=max(0.0, mean - half), high=min(1.0, mean + half), n=n)


def made_examples(n: int, seed: int = 1) -> pl.DataFrame:
    """`n` questions about restaurants; about a third are asked of a wrong context."""
    chance = random.Random(seed)
    rows = []
    for number in range(n):
        template, (ask, fact, answer) = chance.choice(list(FACTS.items()))
        name, food = chance.choice(NAMES), chance.choice(FOODS)
        negative = chance.choices(["none", "wrong_entity", "wrong_topic"], [0.65, 0.25, 0.1])[0]
        about = name if negative != "wrong_entity" else chance.choice([other for other in NAMES if other != name])
        told = [*chance.sample(CHATTER, 3), fact.format(name=about, food=food)]
        chance.shuffle(told)
        where = {"template": template, "negative": negative, "variation": chance.choice(["none", "lower_case"])}
        rows.append(
            {
                "question": f"{ask.format(name=name, food=food)}",
                "context": f"{about}: {' '.join(told)} (visit {number})",
                "answers": [answer.format(name=name, food=food)] if negative == "none" else [],
                "negative": None if negative == "none" else negative,
                "where": {**where, "food": food},
                "split": "test",
                "origin": "universe" if number % 20 else "annotation",
            }
        )
    columns = ("question", "context", "answers", "negative", "where", "split", "origin")
    return examples_frame({name: [row[name] for row in rows] for name in columns})


def made_answers(examples: pl.DataFrame, skill: float, seed: int = 2) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Predictions and scores of a model that is right with probability `skill`, less so on some templates."""
    chance = random.Random(seed)
    said: dict[str, list[Any]] = {name: [] for name in [*PREDICTIONS, "exact_match", "token_f1", "answerable"]}
    for row in examples.iter_rows(named=True):
        where = {pair["key"]: pair["value"] for pair in row["where"]}
        ability = (
            skill
            - 0.2 * (where.get("template") == "vegetarian-dishes")
            - 0.1 * (where.get("negative") == "wrong_entity")
        )
        right, answerable = chance.random() < ability, bool(row["answers"])
        gold = row["answers"][0] if answerable else ABSTAIN
        wrong = chance.choice([ABSTAIN, "Yes, dogs are welcome.", "Yes, Pho Corner offers beef pho."])
        wrong = wrong if answerable or wrong != ABSTAIN else "Yes, dogs are welcome."
        prediction = gold if right else wrong
        abstained = prediction == ABSTAIN
        partly = 0.0 if right or abstained or not answerable else chance.choice([0.0, 0.25, 0.5, 0.75])
        score = 1.0 if right else partly
        values = (
            row["id"],
            prediction,
            abstained,
            chance.random() ** (0.4 if right else 1.6),
            chance.uniform(0.02, 0.08),
            84 if chance.random() < 0.03 else 0,
        )
        for name, value in zip(PREDICTIONS, values, strict=True):
            said[name].append(value)
        for name, value in {"exact_match": float(right), "token_f1": score, "answerable": answerable}.items():
            said[name].append(value)
    frame = pl.DataFrame(
        said, schema={**PREDICTIONS, "exact_match": pl.Float64, "token_f1": pl.Float64, "answerable": pl.Boolean}
    )
    return frame.select(PREDICTIONS.names()), frame.select(*SCORES.names(), "exact_match", "token_f1")


def summary(scores: pl.DataFrame) -> dict[str, Estimate]:
    """The headline metrics of scores."""
    abstained, answerable = scores["abstained"], scores["answerable"]
    right = (abstained & ~answerable).to_list()
    precision = estimate([float(ok) for ok, said in zip(right, abstained, strict=True) if said])
    recall = estimate([float(ok) for ok, able in zip(right, answerable, strict=True) if not able])
    both = [part.value or 0.0 for part in (precision, recall)]
    f1 = 2 * both[0] * both[1] / sum(both) if sum(both) else None
    return {
        "exact_match": estimate(scores["exact_match"].to_list()),
        "token_f1": estimate(scores["token_f1"].to_list()),
        "token_f1_answerable": estimate(scores.filter("answerable")["token_f1"].to_list()),
        "token_f1_unanswerable": estimate(scores.filter(~pl.col("answerable"))["token_f1"].to_list()),
        "abstention_precision": precision,
        "abstention_recall": recall,
        "abstention_f1": Estimate(
            value=f1, low=f1 and f1 - 0.02, high=f1 and min(1, f1 + 0.02), n=scores.height if f1 else 0
        ),
        "over_refusal": estimate(scores.filter("answerable")["abstained"].cast(pl.Float64).to_list()),
    }


def made_slices(examples: pl.DataFrame, scores: pl.DataFrame) -> list[SliceScore]:
    joined = examples.join(scores, on="id")
    pairs = joined.select(pl.col("where").explode()).unnest("where").unique().sort("key", "value").drop_nulls()
    found = []
    for key, value in pairs.iter_rows():
        part = joined.filter(matches({key: value}))
        metrics = {name: estimate(part[name].to_list()) for name in ("exact_match", "token_f1")}
        found.append(SliceScore(where={key: value}, metrics=metrics))
    return found


def made_task() -> Task:
    return Task(
        name="food-qa",
        purpose="Answer guests' questions about restaurants from reviews, and say so when a review does not tell.",
        answer_kind="open_generative",
        abstain_answer=ABSTAIN,
        budgets=Budgets(
            seconds_per_answer=0.5,
            memory_mb=2000,
            minimum_scores=(
                MinimumScore(metric="token_f1", at_least=0.85),
                MinimumScore(metric="token_f1", at_least=0.8, where={"template": "vegetarian-dishes"}),
            ),
        ),
    )


def made_version(examples: pl.DataFrame) -> DatasetVersion:
    able = examples["answers"].list.len().gt(0).sum()
    counts = {"train": 8 * examples.height, "validation": examples.height, "test": examples.height}
    return DatasetVersion(
        id="v-3f9c2a71d0be",
        parent="v-0a11f2",
        task_hash="5bd1",
        counts=counts,
        answerable={"train": 8 * able, "validation": able, "test": able},
        groups={"train": 112, "validation": 19, "test": 19},
        origins={"universe": sum(counts.values()) - 3, "annotation": 3},
        findings=(
            Finding(
                check="conflicting",
                severity="warning",
                count=4,
                message="4 questions have different answers for one context.",
                remedy="growloop serve",
            ),
            Finding(check="leakage", severity="info", count=0, message="No group stands on two sides."),
        ),
        created="2026-11-22T17:40:00Z",
    )


def made_budgets(metrics: dict[str, Estimate]) -> tuple[BudgetCheck, ...]:
    score = metrics["token_f1"].value
    minimum = MinimumScore(metric="token_f1", at_least=0.85)
    return (
        BudgetCheck(name="seconds per answer", budget=0.5, measured=0.041, met=True),
        BudgetCheck(name="memory_mb", budget=2000, measured=1140.0, met=True),
        BudgetCheck(
            name="token_f1", budget=0.85, measured=score, met=score is not None and score >= 0.85, minimum=minimum
        ),
    )


def made_report(n: int) -> tuple[Report, dict[str, Any]]:
    """A report of iteration 1 over `n` test questions, and everything else `render` takes."""
    examples = made_examples(n)
    before = made_answers(examples, 0.04, seed=5)[1]
    predictions, scores = made_answers(examples, 0.93)
    task, version = made_task(), made_version(examples)
    timings = Timings(
        seconds_per_answer_p50=0.041, seconds_per_answer_p95=0.083, total_seconds=17.1, peak_memory_mb=1140.2
    )
    shared: dict[str, Any] = {
        "version": version.id,
        "model_bytes": 90_868_376,
        "parameters": 22_713_216,
        "timings": timings,
    }
    stamp = {"created": "2026-11-22T17:48:12Z"}
    zero = Iteration(number=0, run="evaluate-aa01", model="bundled", metrics=summary(before), **shared, **stamp)
    turn = Iteration(
        number=1,
        run="evaluate-bb02",
        trained_by="train-77c0",
        model="bundled",
        metrics=summary(scores),
        annotations=3,
        **shared,
        **stamp,
    )
    comparisons = tuple(compare(before, scores, name, examples) for name in ("exact_match", "token_f1") if n)
    settings = {
        "training": {"effort": "standard", "epochs": 3.0, "learning_rate": 3e-4},
        "answer_kind": "open_generative",
    }
    report = Report(
        iteration=turn,
        compared_to=zero,
        slices=tuple(made_slices(examples, scores)),
        comparisons=comparisons,
        budgets=made_budgets(turn.metrics),
        settings=settings,
    )
    return report, {
        "task": task,
        "version": version,
        "examples": examples,
        "predictions": predictions,
        "scores": scores,
        "runs": made_runs(turn, settings, calibration(predictions, scores, "exact_match", 0.95)),
        "history": made_history(),
    }


def made_runs(turn: Iteration, settings: dict[str, Any], trust: Calibration) -> list[Run]:
    environment = {"python": "3.11.2", "machine": "Linux x86_64", "processors": "2", "torch": "2.13.0+cpu"}
    shared: dict[str, Any] = {"version": turn.version, "environment": environment, "created": turn.created}
    evaluated = Run(
        id=turn.run, kind="evaluate", model="train-77c0", split="test", metrics=turn.metrics, timings=turn.timings,
        notes=("11 of 400 contexts did not fit the model's window.",), settings={"at_most": None}, calibration=trust,
        **shared,
    )  # fmt: skip
    return [evaluated, Run(id="train-77c0", kind="train", model="bundled", split="train", settings=settings, **shared)]


def made_history() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for step in range(5, 705, 5):
        noise = random.Random(step).uniform(0.85, 1.15)
        rows.append(
            {"stage": "train", "step": step, "time": 1.0 * step, "loss": noise * (0.05 + 6 * math.exp(-step / 90))}
        )
        if step % 100 == 0:
            score = 0.95 * (1 - math.exp(-step / 160))
            rows.append(
                {"stage": "train", "step": step, "time": 1.0 * step, "token_f1": score, "abstention_f1": score - 0.05}
            )
    return rows


@pytest.fixture(scope="session")
def made():
    return made_report


@pytest.fixture(scope="session")
def task():
    return made_task()


@pytest.fixture(scope="session")
def version_of():
    return made_version
