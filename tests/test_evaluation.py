"""Evaluating with a stand-in that knows the answers: scores, costs, budgets, and going on after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.remote.server import School, taught_by

from growloop.errors import BadDeclaration, EndpointProblem, ModelProblem
from growloop.evaluation import Evaluated, check_budgets, evaluate, peak_memory_mb
from growloop.metrics import figure_names
from growloop.records.example import EXAMPLES, examples_frame
from growloop.records.grading import GRADES
from growloop.records.progress import Progress
from growloop.records.run import PREDICTIONS, Timings
from growloop.records.task import Budgets, MinimumScore, Task

ABSTAIN = "I don't know"
Qa = Callable[..., dict[str, Any]]


class PowerCut(Exception):
    """Stands for anything that ends the process while it answers."""


class EchoAnswerer:
    """Answers from a list it is given, `size` questions at a time, last first; remembers what it was asked."""

    name = "echo"

    def __init__(self, answers: dict[str, str], *, size: int = 2, dies_after: int | None = None) -> None:
        self.answers, self.size, self.dies_after = answers, size, dies_after
        self.asked: list[str] = []

    def answer(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
        for number, part in enumerate(examples[::-1].iter_slices(self.size)):
            if number == self.dies_after:
                raise PowerCut
            self.asked += part["question"].to_list()
            yield self.predictions(part)

    def predictions(self, part: pl.DataFrame) -> pl.DataFrame:
        said = [self.answers.get(question, ABSTAIN) for question in part["question"]]
        frame = part.select("id", prediction=pl.Series(said, dtype=pl.String), abstained=False, confidence=0.5)
        return frame.with_columns(seconds=0.25, cut_tokens=0)


def task(**more: Any) -> Task:
    settings = {"name": "t", "purpose": "p", "answer_kind": "open_generative", "abstain_answer": ABSTAIN}
    return Task.model_validate(settings | more)


def finish(stage: Generator[Progress, None, Evaluated]) -> tuple[Evaluated, list[Progress]]:
    seen: list[Progress] = []
    while True:
        try:
            seen.append(next(stage))
        except StopIteration as end:
            return end.value, seen


@pytest.fixture
def examples(qa: Qa) -> pl.DataFrame:
    """Five examples: q0 to q3 answered by their own number, q4 not answerable."""
    rows = [qa(f"q{n}", str(n) if n < 4 else None, where={"side": "even" if n % 2 == 0 else "odd"}) for n in range(5)]
    return examples_frame({key: [row[key] for row in rows] for key in rows[0]})


RIGHT = {"q0": "0", "q1": "1", "q2": "2", "q3": "3"}


def test_answers_are_scored_summed_up_and_saved(examples: pl.DataFrame, tmp_path: Path) -> None:
    result, _ = finish(evaluate(EchoAnswerer({**RIGHT, "q3": "wrong"}), examples, task(), tmp_path))

    assert result.metrics["token_f1"].value == pytest.approx(4 / 5)
    assert result.metrics["abstention_recall"].value == 1
    assert list(result.metrics) == figure_names(("exact_match", "token_f1"))
    assert result.predictions["id"].to_list() == examples["id"].to_list()
    assert result.predictions.schema == PREDICTIONS
    assert pl.read_parquet(tmp_path / "predictions.parquet").equals(result.predictions)
    assert pl.read_parquet(tmp_path / "scores.parquet").equals(result.scores)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["predictions.parquet", "scores.parquet"]


def test_the_abstain_answer_in_words_counts_as_an_abstention(examples: pl.DataFrame, tmp_path: Path) -> None:
    result, _ = finish(evaluate(EchoAnswerer({**RIGHT, "q4": "i dont know."}), examples, task(), tmp_path))

    assert result.predictions["abstained"].to_list() == [False, False, False, False, True]
    assert result.metrics["exact_match_unanswerable"].value == 1


def test_progress_counts_up_with_a_running_score(examples: pl.DataFrame, tmp_path: Path) -> None:
    _, seen = finish(evaluate(EchoAnswerer({**RIGHT, "q2": "wrong"}), examples, task(), tmp_path))

    assert [(progress.done, progress.total) for progress in seen] == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert [progress.values.get("token_f1") for progress in seen] == [None, 1.0, 0.75, 0.8]
    assert "token f1 0.750" in seen[2].note


def test_a_killed_evaluation_goes_on_without_asking_again(examples: pl.DataFrame, tmp_path: Path) -> None:
    first = EchoAnswerer(RIGHT, dies_after=2)
    with pytest.raises(PowerCut):
        finish(evaluate(first, examples, task(), tmp_path))

    second = EchoAnswerer(RIGHT)
    result, seen = finish(evaluate(second, examples, task(), tmp_path))

    assert (first.asked, second.asked) == (["q4", "q3", "q2", "q1"], ["q0"])
    assert seen[0].done == 4
    assert result.metrics["exact_match"].value == 1
    assert result.timings.total_seconds == pytest.approx(5 * 0.25)


@pytest.mark.parametrize("lost", [[], ["scores.parquet"]])
def test_a_finished_evaluation_asks_nothing_and_reads_the_same(
    lost: list[str], examples: pl.DataFrame, tmp_path: Path
) -> None:
    before, _ = finish(evaluate(EchoAnswerer(RIGHT), examples, task(), tmp_path))
    for name in lost:
        (tmp_path / name).unlink()
    again = EchoAnswerer(RIGHT)

    after, _ = finish(evaluate(again, examples, task(), tmp_path))

    assert again.asked == []
    assert after.scores.equals(before.scores)
    assert (after.metrics, after.timings, after.notes) == (before.metrics, before.timings, before.notes)


def test_a_kill_between_the_final_files_and_dropping_the_parts_loses_nothing(
    examples: pl.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(PowerCut):
        finish(evaluate(EchoAnswerer(RIGHT, dies_after=1), examples, task(), tmp_path))
    part = (tmp_path / "parts" / "000001.parquet").read_bytes()
    finish(evaluate(EchoAnswerer(RIGHT), examples, task(), tmp_path))
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "000001.parquet").write_bytes(part)
    again = EchoAnswerer({})

    result, _ = finish(evaluate(again, examples, task(), tmp_path))

    assert again.asked == []
    assert result.metrics["exact_match"].value == 1


def test_half_written_files_of_a_killed_process_are_passed_over(examples: pl.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / ".000001.parquet.x7").write_bytes(b"PAR1 torn")

    result, _ = finish(evaluate(EchoAnswerer(RIGHT), examples, task(), tmp_path))

    assert result.metrics["exact_match"].value == 1


def test_rubrics_are_graded_at_the_end_with_reasons_beside_the_scores(
    examples: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grade(body: dict[str, Any]) -> str:
        answer = json.loads(body["messages"][1]["content"])["answer"]
        return json.dumps({"level": "yes" if answer in ("0", ABSTAIN) else "no", "reason": f"It says {answer}."})

    rubric = {"name": "helpful", "rubric": "Is it of help?", "levels": ["no", "yes"]}
    with taught_by(School(reply=grade, key="", faults=["500"])) as address:
        monkeypatch.setenv("GROWLOOP_GRADER_URL", address)
        monkeypatch.setenv("GROWLOOP_GRADER_MODEL", "tutor-1")
        result, seen = finish(evaluate(EchoAnswerer(RIGHT), examples, task(metrics=["token_f1", rubric]), tmp_path))

    assert result.scores["helpful"].to_list() == [1, 0, 0, 0, 1]
    assert result.metrics["helpful"].value == pytest.approx(2 / 5)
    grades = pl.read_parquet(tmp_path / "grades.parquet")
    assert grades.schema == GRADES
    assert grades["id"].to_list() == examples["id"].to_list()
    assert grades["reason"][1] == "It says 1."
    assert [(told.metric, told.answers, told.requests) for told in result.gradings] == [("helpful", 5, 6)]
    assert [progress.stage for progress in seen][-1] == "grade helpful"


def test_a_rubric_without_a_grader_is_told_before_anything_is_answered(
    examples: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GROWLOOP_GRADER_URL", "GROWLOOP_TEACHER_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    answerer = EchoAnswerer(RIGHT)

    with pytest.raises(EndpointProblem, match="No grader is named"):
        finish(evaluate(answerer, examples, task(metrics=[{"name": "helpful", "rubric": "r"}]), tmp_path))
    assert answerer.asked == []


def test_kill_minus_nine_while_answering_loses_no_part_that_was_seen(tmp_path: Path, repository: Path) -> None:
    """A real process is killed once it has shown two parts; the next run asks only for the rest."""
    script = textwrap.dedent(
        f"""
        import importlib.util, time
        from pathlib import Path
        from growloop.evaluation import evaluate
        from growloop.records.example import examples_frame
        spec = importlib.util.spec_from_file_location("tests_evaluate", {str(Path(__file__))!r})
        here = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(here)
        class Slow(here.EchoAnswerer):
            def answer(self, examples):
                for part in super().answer(examples):
                    yield part
                    print("part", flush=True)
                    time.sleep(0.05)
        examples = examples_frame({{"question": [f"q{{n}}" for n in range(200)], "answers": [["x"]] * 200}})
        for _ in evaluate(Slow({{}}, size=1), examples, here.task(), Path({str(tmp_path)!r})): pass
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(repository / "src")}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["part\n", "part\n"]
        process.send_signal(signal.SIGKILL)
        shown = 2 + len(process.stdout.readlines())

    everything = examples_frame({"question": [f"q{n}" for n in range(200)], "answers": [["x"]] * 200})
    answerer = EchoAnswerer({}, size=50)
    result, seen = finish(evaluate(answerer, everything, task(), tmp_path))

    assert shown <= seen[0].done <= shown + 1
    assert len(answerer.asked) == 200 - seen[0].done
    assert result.predictions.height == 200


def test_a_model_that_leaves_examples_out_is_named_and_its_answers_are_kept(
    examples: pl.DataFrame, tmp_path: Path
) -> None:
    class Lazy(EchoAnswerer):
        def answer(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
            yield self.predictions(examples[:3])

    with pytest.raises(ModelProblem, match="echo left 2 of 5 examples unanswered"):
        finish(evaluate(Lazy(RIGHT), examples, task(), tmp_path))

    honest = EchoAnswerer(RIGHT)
    finish(evaluate(honest, examples, task(), tmp_path))
    assert sorted(honest.asked) == ["q3", "q4"]


def test_an_answer_given_twice_counts_once_and_one_that_was_not_asked_for_not_at_all(
    examples: pl.DataFrame, tmp_path: Path
) -> None:
    class Chatty(EchoAnswerer):
        def answer(self, examples: pl.DataFrame) -> Iterator[pl.DataFrame]:
            yield pl.concat([self.predictions(examples), self.predictions(examples[:2])])
            yield self.predictions(examples[1:3]).with_columns(prediction=pl.lit("other"))
            yield self.predictions(examples[:1]).with_columns(id=pl.lit("unasked"))

    result, seen = finish(evaluate(Chatty(RIGHT), examples, task(), tmp_path))

    assert result.predictions.height == 5
    assert seen[-1].done == 5
    assert result.metrics["exact_match"].value == 1


def test_no_examples_are_evaluated_without_asking_the_model(tmp_path: Path) -> None:
    result, seen = finish(evaluate(EchoAnswerer({}, dies_after=0), pl.DataFrame(schema=EXAMPLES), task(), tmp_path))

    assert result.metrics["token_f1"].n == 0
    assert result.timings.seconds_per_answer_p50 == 0
    assert seen[-1].total == 0


@pytest.mark.parametrize(("said", "notes"), [({}, 1), (RIGHT, 0)], ids=["silent", "right"])
def test_a_model_that_abstains_on_everything_is_named_as_that(
    examples: pl.DataFrame, tmp_path: Path, said: dict[str, str], notes: int
) -> None:
    result, _ = finish(evaluate(EchoAnswerer(said), examples, task(), tmp_path))

    assert len(result.notes) == notes
    assert all("questions that have an answer" in note for note in result.notes)


def test_cut_contexts_are_told_in_the_notes(examples: pl.DataFrame, tmp_path: Path) -> None:
    class Narrow(EchoAnswerer):
        def predictions(self, part: pl.DataFrame) -> pl.DataFrame:
            cut = pl.when(part["question"].is_in(["q1", "q2"])).then(600).otherwise(0)
            return super().predictions(part).with_columns(cut_tokens=cut)

    result, _ = finish(evaluate(Narrow(RIGHT), examples, task(), tmp_path))

    assert result.notes == (
        "2 of 5 contexts did not fit the model's window: 1,200 tokens were left out, at most 600 of one context.",
    )


def test_confidence_is_held_against_what_was_right(examples: pl.DataFrame, tmp_path: Path) -> None:
    answerer = EchoAnswerer({"q0": "0", "q1": "1", "q2": "2", "q3": "no"})

    result, _ = finish(evaluate(answerer, examples, task(target_precision=0.75), tmp_path))

    # three of four answers are right, each with a confidence of 0.5; q4 was not answered
    assert result.calibration is not None
    assert (result.calibration.metric, result.calibration.ece.value) == ("exact_match", 0.25)
    assert result.calibration.threshold is not None
    assert result.calibration.threshold.coverage == 1


def test_questions_in_other_words_are_to_be_answered_alike(examples: pl.DataFrame, tmp_path: Path) -> None:
    same = examples.with_columns(answers=pl.lit(["0"]), parent=pl.lit(examples["id"][0]))

    result, _ = finish(evaluate(EchoAnswerer({"q0": "0"}), same, task(), tmp_path))

    assert (result.metrics["consistency"].value, result.metrics["consistency"].n) == (0, 1)


def test_a_metric_that_does_not_fit_the_answers_is_named_in_the_notes(qa: Qa, tmp_path: Path) -> None:
    rows = [qa(f"q{n}", "Yes, dogs are allowed at the Blue Door.") for n in range(5)]
    sentences = examples_frame({key: [row[key] for row in rows] for key in rows[0]})

    result, _ = finish(evaluate(EchoAnswerer({"q0": "No."}), sentences, task(), tmp_path))

    assert any("token_f1 is lenient" in note for note in result.notes)


def test_timings_are_percentiles_of_the_seconds_of_each_answer(examples: pl.DataFrame, tmp_path: Path) -> None:
    class Uneven(EchoAnswerer):
        def predictions(self, part: pl.DataFrame) -> pl.DataFrame:
            number = part["question"].str.slice(1).cast(pl.Float64)
            return super().predictions(part).with_columns(seconds=number / 10)

    result, _ = finish(evaluate(Uneven(RIGHT), examples, task(), tmp_path))

    assert result.timings.seconds_per_answer_p50 == pytest.approx(0.2)
    assert result.timings.seconds_per_answer_p95 == pytest.approx(0.38)
    assert result.timings.total_seconds == pytest.approx(1.0)
    assert 20 < result.timings.peak_memory_mb < 100_000


def test_memory_held_before_answering_and_given_back_is_not_counted(examples: pl.DataFrame, tmp_path: Path) -> None:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("only Linux lets a process forget its peak memory")
    held = bytearray(os.urandom(1) * 300_000_000)
    peak = peak_memory_mb()
    del held

    result, _ = finish(evaluate(EchoAnswerer(RIGHT), examples, task(), tmp_path))

    assert result.timings.peak_memory_mb < peak - 200


def test_an_unknown_metric_is_refused_before_anything_is_asked(examples: pl.DataFrame, tmp_path: Path) -> None:
    answerer = EchoAnswerer(RIGHT)

    with pytest.raises(BadDeclaration, match="exact_match"):
        finish(evaluate(answerer, examples, task(metrics=["exactmatch"]), tmp_path))

    assert answerer.asked == []


# budgets

TIMINGS = Timings(seconds_per_answer_p50=0.2, seconds_per_answer_p95=0.9, total_seconds=9, peak_memory_mb=800)


def with_budgets(*minima: MinimumScore, **costs: float) -> Task:
    return task(budgets=Budgets(minimum_scores=minima, **costs))


def test_a_task_without_budgets_has_nothing_to_check(examples: pl.DataFrame, tmp_path: Path) -> None:
    result, _ = finish(evaluate(EchoAnswerer(RIGHT), examples, task(), tmp_path))

    assert check_budgets(task(), result.scores, examples, result.predictions, TIMINGS) == []


def test_costs_are_held_against_the_median_second_and_the_peak_memory(examples: pl.DataFrame, tmp_path: Path) -> None:
    result, _ = finish(evaluate(EchoAnswerer(RIGHT), examples, task(), tmp_path))
    strict = with_budgets(seconds_per_answer=0.2, memory_mb=799)

    seconds, memory = check_budgets(strict, result.scores, examples, result.predictions, TIMINGS)

    assert (seconds.name, seconds.measured, seconds.met) == ("seconds_per_answer", 0.2, True)
    assert (memory.name, memory.measured, memory.met) == ("memory_mb", 800, False)


@pytest.mark.parametrize(("budget", "met", "near"), [(0.16, True, True), (0.3, True, False), (0.05, False, False)])
def test_seconds_are_over_their_budget_only_where_the_whole_interval_is(
    examples: pl.DataFrame, budget: float, met: bool, near: bool
) -> None:
    seconds = pl.Series("seconds", [0.1, 0.3] * (examples.height // 2) + [0.2] * (examples.height % 2))
    answers = examples.select("id").with_columns(seconds)

    [check] = check_budgets(with_budgets(seconds_per_answer=budget), pl.DataFrame(), examples, answers, TIMINGS)

    assert check.low is not None
    assert check.low < 0.16
    assert (check.met, check.is_near) == (met, near)


def test_what_was_not_measured_is_not_met(examples: pl.DataFrame, tmp_path: Path) -> None:
    result, _ = finish(evaluate(EchoAnswerer(RIGHT), examples, task(), tmp_path))
    nowhere = MinimumScore(metric="token_f1", at_least=0, where={"side": "upper"})

    checks = check_budgets(with_budgets(nowhere, memory_mb=1), result.scores, examples, result.predictions, None)

    assert [(check.measured, check.met) for check in checks] == [(None, False), (None, False)]


def test_minimum_scores_hold_for_all_examples_or_for_those_at_their_coordinates(
    examples: pl.DataFrame, tmp_path: Path
) -> None:
    result, _ = finish(evaluate(EchoAnswerer({**RIGHT, "q1": "wrong"}), examples, task(), tmp_path))
    asked = with_budgets(
        MinimumScore(metric="token_f1", at_least=0.8),
        MinimumScore(metric="token_f1_answerable", at_least=0.8),
        MinimumScore(metric="abstention_f1", at_least=0.9, where={"side": "even"}),
        MinimumScore(metric="exact_match", at_least=0.6, where={"side": "odd"}),
    )

    checks = check_budgets(asked, result.scores, examples, result.predictions, TIMINGS)

    assert [check.measured for check in checks] == pytest.approx([0.8, 0.75, 1.0, 0.5])
    assert [check.met for check in checks] == [True, False, True, False]
    assert checks[3].name == "exact_match at side=odd"


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ("token_f2", 'minimum_scores: "token_f2" is not measured'),
        ("semantic", 'minimum_scores: "semantic" is not measured'),
        ("over_refusal", "of over_refusal less is better. Say at_most"),
        ("ece", "of ece less is better. Say at_most"),
    ],
)
def test_a_minimum_on_a_figure_that_is_not_measured_or_better_when_low_is_refused(
    metric: str, told: str, examples: pl.DataFrame, tmp_path: Path
) -> None:
    result, _ = finish(evaluate(EchoAnswerer(RIGHT), examples, task(), tmp_path))
    asked = with_budgets(MinimumScore(metric=metric, at_least=0.5))

    with pytest.raises(BadDeclaration, match=told):
        check_budgets(asked, result.scores, examples, result.predictions, TIMINGS)


def test_figures_of_which_less_is_better_have_a_most(examples: pl.DataFrame, tmp_path: Path) -> None:
    result, _ = finish(evaluate(EchoAnswerer({**RIGHT, "q1": ABSTAIN}), examples, task(), tmp_path))
    asked = with_budgets(
        MinimumScore(metric="over_refusal", at_most=0.2),
        MinimumScore(metric="ece", at_most=0.5),
        MinimumScore(metric="ece", at_most=0.4, where={"side": "even"}),
    )

    checks = check_budgets(asked, result.scores, examples, result.predictions, TIMINGS)

    assert [check.measured for check in checks] == pytest.approx(
        [0.25, 0.5, 0.5]
    )  # all right, each with confidence 0.5
    assert [check.met for check in checks] == [False, True, False]


def test_consistency_can_be_asked_for_and_is_not_met_where_nothing_was_asked_twice(tmp_path: Path) -> None:
    asked_twice = examples_frame(
        {"id": ["a", "b"], "question": ["q0", "q1"], "answers": [["0"]] * 2, "parent": [None, "a"]}
    )
    wanted = with_budgets(
        MinimumScore(metric="consistency", at_least=0.9),
        MinimumScore(metric="consistency", at_least=0.9, where={"side": "none"}),
    )
    result, _ = finish(evaluate(EchoAnswerer({"q0": "0", "q1": "0"}), asked_twice, task(), tmp_path))

    checks = check_budgets(wanted, result.scores, asked_twice, result.predictions, TIMINGS)

    assert [(check.measured, check.met) for check in checks] == [(1.0, True), (None, False)]
