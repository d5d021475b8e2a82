"""benchmarks/half_labels.py: what each strategy asks for, what its rounds come to, and a whole run of a tiny model."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from growloop.metrics import score
from growloop.models.bundled import bundled_folder
from growloop.records.example import coordinate, coordinate_names
from growloop.records.run import PREDICTIONS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
POOL = 600
RARE = "vegetarian-options"


@pytest.fixture(scope="module")
def benchmark() -> Iterator[Callable[[str], Any]]:
    """Imports a module of the benchmarks, which are no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module


@pytest.fixture(scope="module")
def sides(benchmark: Callable[[str], Any]) -> Any:
    return benchmark("label_pools").drawn(POOL, 160, 20, seed=0)


@pytest.fixture(scope="module")
def standing(benchmark: Callable[[str], Any], sides: Any) -> Any:
    """A model that is right about everything but one kind of question, and as sure of that as of the rest."""
    module = benchmark("label_strategies")
    truth = pl.concat([sides.pool, sides.validation])
    mistaken = coordinate("template") == "known-for-cuisine"

    def answer(asked: pl.DataFrame) -> pl.DataFrame:
        rows = asked.select("id").join(truth, on="id", maintain_order="left")
        right = pl.col("answers").list.first().fill_null("")
        said = rows.select("id", prediction=pl.when(mistaken).then(pl.lit("Perhaps.")).otherwise(right))
        said = said.with_columns(abstained=pl.col("prediction") == "", confidence=0.9, seconds=0.0, cut_tokens=0)
        return said.select(pl.col(name).cast(dtype) for name, dtype in PREDICTIONS.items())

    labelled, said = sides.pool.sample(100, seed=1), answer(sides.validation)
    wrong = score(sides.validation, said, ["token_f1"])["token_f1"] < 0.75
    return module.Standing(
        truth=sides.pool,
        labelled=labelled,
        validation=sides.validation,
        predictions=said,
        answer=answer,
        embeddings=lambda: np.eye(POOL, dtype=np.float32),
        turns=(module.Turn(labelled, wrong),),
        most_answered=300,
        seed=3,
    )


def test_what_counts_in_the_test_is_rare_in_the_pool(sides: Any) -> None:
    shares = [1 - side["negative"].null_count() / side.height for side in (sides.pool, sides.validation)]
    rare = [side.filter(coordinate("template") == RARE).height / side.height for side in (sides.pool, sides.validation)]

    assert shares == [pytest.approx(0.1, abs=0.02), pytest.approx(0.4, abs=0.02)]
    assert rare[0] < 0.3 * rare[1]


def test_a_question_without_label_tells_nothing_of_its_answer(benchmark: Callable[[str], Any], sides: Any) -> None:
    found = benchmark("label_pools").unlabelled(sides.pool)

    assert found["answers"].list.len().max() == 0
    assert found["negative"].null_count() == found.height
    assert coordinate_names(found) == ["template"]
    assert "out_of_scope" not in found.select(coordinate("template")).to_series().to_list()


def test_every_strategy_asks_for_as_many_new_labels_as_are_wanted(
    benchmark: Callable[[str], Any], standing: Any
) -> None:
    for strategy in benchmark("label_strategies").STRATEGIES.values():
        asked = strategy(standing, 80)

        assert len(set(asked)) == 80
        assert set(asked) <= set(standing.truth["id"]) - set(standing.labelled["id"])


def test_recommendations_bring_more_of_what_fails_than_chance_does(
    benchmark: Callable[[str], Any], standing: Any
) -> None:
    module = benchmark("label_strategies")

    asked = {name: module.STRATEGIES[name](standing, 80) for name in ("growloop", "random", "oracle-greedy")}

    failing = {name: _failing(standing, ids) for name, ids in asked.items()}
    assert failing["oracle-greedy"] >= failing["growloop"] > 2 * failing["random"]


def _failing(standing: Any, ids: list[str]) -> int:
    chosen = standing.truth.filter(pl.col("id").is_in(ids))
    return int((score(chosen, standing.answer(chosen), ["token_f1"])["token_f1"] < 0.75).sum())


def test_k_center_takes_what_lies_farthest_from_all_it_knows(benchmark: Callable[[str], Any]) -> None:
    angles = np.radians([0, 5, 90, 180, 176])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    assert benchmark("label_strategies").farthest_first(vectors, np.array([0]), 3) == [3, 2, 1]


def test_labels_that_reach_what_random_ends_with_lie_between_two_rounds(benchmark: Callable[[str], Any]) -> None:
    scores = {"random": (0.2, 0.4, 0.5), "growloop": (0.2, 0.6, 0.7)}
    rounds = [
        {
            "strategy": name,
            "seed": seed,
            "labels": 100 * (place + 1),
            "token_f1": value + seed / 100,
            "exact_match": 0.1,
        }
        for name, values in scores.items()
        for seed in range(3)
        for place, value in enumerate(values)
    ]

    found = benchmark("label_curves").summary(rounds)

    assert found["labels_to_random"]["growloop"]["token_f1"] == pytest.approx(175)
    assert found["labels_to_random"]["random"]["token_f1"] == pytest.approx(300)
    assert found["beside_random"]["growloop"][200]["token_f1"]["mean"] == pytest.approx(0.2)
    assert found["below_random"]["growloop"] == []


def test_a_run_that_was_cut_off_goes_on_after_its_last_round(
    benchmark: Callable[[str], Any], sides: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = benchmark("half_labels")
    (tmp_path / "sides").mkdir()
    for name, rows in {"pool": 60, "validation": 12, "test": 8}.items():
        getattr(sides, name).head(rows).write_parquet(tmp_path / "sides" / f"{name}-0.parquet")
    given = ["--folder", str(tmp_path), "--model", str(_tiny_model(tmp_path)), "--start", "16", "--epochs", "1"]
    given += ["--first", "16", "--step", "8", "--labels", "24", "--answered", "20", "--results", str(tmp_path)]
    module.main([*given, "--train-start"])

    module.main([*given, "--only", "0", "uncertainty", "--until", "0"])
    cut_off = module.finished_rounds(tmp_path)
    module.main([*given, "--only", "0", "uncertainty"])
    module.main([*given, "--only", "0", "uncertainty"])
    module.main([*given, "--summary"])

    assert cut_off == []
    assert [row["labels"] for row in module.finished_rounds(tmp_path)] == [16, 24]
    assert "Token F1" in capsys.readouterr().out
    assert json.loads((tmp_path / "half_labels.json").read_text())["curves"].keys() == {"uncertainty"}


def _tiny_model(folder: Path) -> Path:
    """A BERT of a few thousand weights, its head for writing included, with the embedded model's own tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertLMHeadModel

    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertLMHeadModel(BertConfig(**sizes, max_position_embeddings=128)).save_pretrained(folder / "tiny")
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(folder / "tiny")
    return folder / "tiny"
