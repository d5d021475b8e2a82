"""benchmarks/half_labels.py: what each strategy asks for, what its rounds come to, and a whole run of a tiny model."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
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
def food(benchmark: Callable[[str], Any]) -> Any:
    return benchmark("food_pool").FOOD_QA


@pytest.fixture(scope="module")
def sides(food: Any) -> Any:
    return food.draw(replace(food.sizes, pool=POOL, validation=160, test=20), 0)


@pytest.fixture(scope="module", params=["squad", "dstc11"])
def public(benchmark: Callable[[str], Any], request: pytest.FixtureRequest) -> Any:
    """A pool of public data, and its sides under two seeds."""
    pools = benchmark("half_labels").POOLS
    if not benchmark("label_pools").SHARED_DATA.is_dir():
        pytest.skip("needs the public data sets (set GROWLOOP_SHARED_DATA)")
    pool = pools[request.param]
    sizes = replace(pool.sizes, pool=400, validation=80, test=100)
    return pool, [pool.draw(sizes, seed) for seed in (0, 1)]


@pytest.fixture(scope="module")
def standing(benchmark: Callable[[str], Any], food: Any, sides: Any) -> Any:
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
        pool=food,
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


def test_a_question_without_label_tells_nothing_of_its_answer(food: Any, sides: Any) -> None:
    found = food.unlabelled(sides.pool)

    assert found["answers"].list.len().max() == 0
    assert found["negative"].null_count() == found.height
    assert coordinate_names(found) == ["template"]
    assert "out_of_scope" not in found.select(coordinate("template")).to_series().to_list()


def test_public_pools_have_their_sizes_and_share_no_text_with_validation_and_test(
    benchmark: Callable[[str], Any], public: Any
) -> None:
    pool, (sides, other) = public

    benchmark("label_pools").check_apart({name: getattr(sides, name) for name in ("pool", "validation", "test")})

    assert (sides.pool.height, sides.validation.height, sides.test.height) == (400, 80, 100)
    assert sides.test.equals(other.test)
    assert not sides.pool.equals(other.pool)
    assert coordinate_names(pool.unlabelled(sides.pool)) == sorted(pool.told)


def test_every_answer_of_a_public_pool_stands_in_its_text_and_the_unanswerable_are_rare(public: Any) -> None:
    _, (sides, _) = public
    answers = sides.pool.explode("answers").drop_nulls("answers")
    shares = {name: 1 - side["answers"].list.len().gt(0).mean() for name, side in vars(sides).items()}

    assert answers.select(pl.col("context").str.contains(pl.col("answers"), literal=True).all()).item()
    assert shares["pool"] < 0.15
    assert shares["test"] > 0.2


def test_sides_that_share_a_text_are_refused(benchmark: Callable[[str], Any], sides: Any) -> None:
    with pytest.raises(AssertionError, match="of test on another side too"):
        benchmark("label_pools").check_apart({"pool": sides.pool, "test": sides.pool.head(3)})


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


def test_a_round_that_not_every_strategy_has_done_is_left_out(benchmark: Callable[[str], Any]) -> None:
    done = [("random", 0), ("random", 1), ("growloop", 0)]
    scores = {"labels": 100, "token_f1": 0.5, "exact_match": 0.1}

    found = benchmark("label_curves").summary([{"strategy": name, "seed": seed, **scores} for name, seed in done])

    assert found["curves"]["random"][100]["token_f1"]["seeds"] == 1


def test_a_run_that_was_cut_off_goes_on_after_its_last_round(
    benchmark: Callable[[str], Any], sides: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = benchmark("half_labels")
    (tmp_path / "food-qa" / "sides").mkdir(parents=True)
    for name, rows in {"pool": 60, "validation": 12, "test": 8}.items():
        getattr(sides, name).head(rows).write_parquet(tmp_path / "food-qa" / "sides" / f"{name}-0.parquet")
    given = ["--folder", str(tmp_path), "--model", str(_tiny_model(tmp_path)), "--start-share", "0.0005"]
    given += ["--pools", "food-qa", "--strategies", "uncertainty", "--seeds", "1", "--epochs", "1", "--first", "16"]
    given += ["--step", "8", "--labels", "24", "--answered", "20", "--results", str(tmp_path)]
    options = module.parser().parse_args(given)
    module.keep_sizes(options)

    def run(until: float | None) -> list[int]:
        options.until = until
        module.teach_start(options, "food-qa")
        module.run_one(options, "food-qa", "uncertainty", 0)
        return [row["labels"] for row in module.finished_rounds(tmp_path)]

    assert run(until=0) == []
    assert run(until=None) == [16, 24]
    assert run(until=None) == [16, 24]
    module.main([*given, "--summary"])
    assert "Token F1" in capsys.readouterr().out
    assert json.loads((tmp_path / "half_labels.json").read_text())["pools"]["food-qa"]["curves"].keys() == {
        "uncertainty"
    }


def test_runs_wait_for_their_start_and_begin_in_order(benchmark: Callable[[str], Any]) -> None:
    module = benchmark("half_labels")
    options = module.parser().parse_args(["--jobs", "2"])
    options.until = None
    starts, begun = {"spans": Future[None](), "writing": Future[None]()}, []

    class Beside:
        """Does at once what is asked; the first run on spans ends with the other start taught."""

        def submit(self, _: Any, __: Any, pool: str, strategy: str, seed: int) -> Future[None]:
            begun.append((pool, strategy, seed))
            if not starts["writing"].done():
                starts["writing"].set_result(None)
            finished: Future[None] = Future()
            finished.set_result(None)
            return finished

    starts["spans"].set_result(None)
    runs = [(pool, "random", seed) for seed in (0, 1) for pool in ("food-qa", "squad")]
    module.run_in_order(options, Beside(), starts, list(runs))

    assert begun[0] == ("squad", "random", 0)
    assert begun[1:] == [("food-qa", "random", 0), ("food-qa", "random", 1), ("squad", "random", 1)]


def _tiny_model(folder: Path) -> Path:
    """A BERT of a few thousand weights, its head for writing included, with the embedded model's own tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertLMHeadModel

    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertLMHeadModel(BertConfig(**sizes, max_position_embeddings=128)).save_pretrained(folder / "tiny")
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(folder / "tiny")
    return folder / "tiny"
