"""A judge trained on few verdicts: what it says, what it says of itself, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from growloop.errors import BadData, NothingToDo
from growloop.metrics import measured
from growloop.metrics.judge.construction import constructed
from growloop.metrics.judge.judge import Judge
from growloop.metrics.judge.metric import judge_metric
from growloop.metrics.judge.training import trained
from growloop.records.agreement import VERDICTS
from growloop.records.judge import JUDGED

QUESTION = "who wrote theorem number 900"


def asked(prediction: str, *answers: str, question: str = QUESTION) -> pl.DataFrame:
    return pl.DataFrame({"question": [question], "prediction": [prediction], "answers": [list(answers)]})


def test_it_tells_a_right_answer_from_a_wrong_one_to_a_question_it_has_not_seen(judge: Judge, cosines: Any) -> None:
    right = judge.judged(asked("It was Alan Turing.", "Alan Turing"), cosines)
    wrong = judge.judged(asked("It was Grace Hopper.", "Alan Turing"), cosines)

    assert right.schema == JUDGED
    assert (right["verdict"][0], wrong["verdict"][0]) == ("right", "wrong")
    assert right["probability"][0] > 0.9 > 0.1 > wrong["probability"][0]


def test_its_card_states_agreement_on_unseen_questions_with_intervals(judge: Judge) -> None:
    people = judge.card.people

    assert (people.answers, people.questions, judge.card.verdicts) == (160, 80, 160)
    assert people.accuracy.value is not None
    assert people.accuracy.value > 0.9
    assert people.kappa.low is not None
    assert judge.card.kinds["opposite"].n == 40


def test_of_an_answer_unlike_all_it_knows_it_cannot_tell(judge: Judge, cosines: Any) -> None:
    strange = "no, (not 1), but 2, however 3. " * 40

    found = judge.judged(asked(strange, *["five hundred"] * 9, question=strange), cosines)

    assert (found["outside"][0], found["verdict"][0]) == (True, "cannot_tell")


def test_it_comes_back_from_its_file_as_it_was(judge: Judge, cosines: Any) -> None:
    again = Judge.of_bytes(judge.to_bytes())

    rows = asked("Carl Gauss", "Kurt Gödel")
    assert again.card == judge.card
    assert again.judged(rows, cosines).equals(judge.judged(rows, cosines))


def test_a_damaged_file_is_told(judge: Judge) -> None:
    for damaged in (b"", judge.to_bytes()[:1000]):
        with pytest.raises(BadData, match="growloop judge train"):
            Judge.of_bytes(damaged)


def test_no_rows_are_no_verdicts(judge: Judge, cosines: Any) -> None:
    assert judge.judged(asked("x", "y").clear(), cosines).equals(pl.DataFrame(schema=JUDGED))


def test_as_a_metric_it_gives_the_probability_and_settles_silence(
    judge: Judge, cosines: Any, rows: Callable[..., pl.DataFrame]
) -> None:
    metric = judge_metric(judge, cosines)
    given = rows(("Ada Lovelace", ["Ada Lovelace"]), ("", ["Ada Lovelace"]), ("", []), ("Ada Lovelace", []))

    scores = measured(given.with_columns(question=pl.lit(QUESTION)), [metric])["judge"]

    assert scores[0] > 0.8
    assert scores[1:].tolist() == [0, 1, 0]


def test_without_peoples_verdicts_it_learns_from_made_answers_and_says_so(verdicts: pl.DataFrame, cosines: Any) -> None:
    made = constructed(verdicts.unique("question", maintain_order=True).head(15))
    stage = trained(verdicts.clear(), made, cosines)

    *_, last = stage_of(stage)

    assert last.card.verdicts == 0
    assert last.card.people.accuracy.value is None
    assert last.card.constructed.answers == last.card.made


def stage_of(stage: Any) -> list[Any]:
    found = []
    while True:
        try:
            found.append(next(stage))
        except StopIteration as done:
            return [*found, done.value]


def test_answers_of_one_kind_alone_teach_nothing(verdicts: pl.DataFrame, cosines: Any) -> None:
    with pytest.raises(NothingToDo, match="are right"):
        stage_of(trained(verdicts.filter(pl.col("verdict") == 1), verdicts.clear(), cosines))


def test_without_anything_there_is_nothing_to_learn_from(cosines: Any) -> None:
    nothing = pl.DataFrame(schema=VERDICTS)

    with pytest.raises(NothingToDo, match="nothing for a judge to learn"):
        stage_of(trained(nothing, nothing, cosines))


def test_the_same_verdicts_and_seed_make_the_same_judge(verdicts: pl.DataFrame, cosines: Any) -> None:
    few = verdicts.head(40)
    one, other = (stage_of(trained(few, few.clear(), cosines, seed=5))[-1] for _ in range(2))

    assert one.to_bytes() == other.to_bytes()
