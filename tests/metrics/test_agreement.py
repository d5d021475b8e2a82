from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.errors import BadData, BadDeclaration, NothingToDo
from growloop.metrics import METRICS
from growloop.metrics.agreement import agreement, ranked
from growloop.metrics.thresholds import Halving, best_threshold
from growloop.records.agreement import VERDICTS, Agreement, MetricAgreement

Row = tuple[str, str, float]


def verdicts_frame(rows: list[Row], annotator: str = "", where: dict[str, str] | None = None) -> pl.DataFrame:
    """Questions to which "right" is the accepted answer: (question, prediction, verdict)."""
    pairs = [{"key": key, "value": value} for key, value in (where or {}).items()]
    columns = [[question, "", ["right"], said, verdict, annotator, pairs] for question, said, verdict in rows]
    return pl.DataFrame(columns, schema=VERDICTS, orient="row")


def agreeing(n: int = 40) -> list[Row]:
    """As many right answers that people call correct as wrong ones that they call wrong."""
    return [(f"q{i}", "right" if i % 2 else "other", float(i % 2)) for i in range(n)]


def metric(found: Agreement, name: str = "exact_match") -> MetricAgreement:
    return next(one for one in found.overall.metrics if one.metric == name)


def test_a_metric_that_says_what_people_say_agrees_wholly() -> None:
    found = metric(agreement(verdicts_frame(agreeing())))

    assert found.threshold == 0.5
    for figure in (found.accuracy, found.kappa, found.kappa_at_half, found.spearman, found.kendall):
        assert figure.value == pytest.approx(1)
    assert found.kappa.n == 40
    assert 0.7 < (found.kappa.low or 0) < 1  # forty alike may still be luck


def test_accuracy_and_kappa_are_those_worked_out_by_hand() -> None:
    rows = agreeing(80) + [(f"x{i}", "right", 0.0) for i in range(20)]  # 40 and 40 alike, 20 wrongly called right

    found = metric(agreement(verdicts_frame(rows)))

    assert found.accuracy.value == pytest.approx(0.8)
    assert found.kappa.value == pytest.approx((0.8 - (0.6 * 0.4 + 0.4 * 0.6)) / (1 - 0.48))
    assert (found.kappa.low or 1) < found.kappa.value < (found.kappa.high or 0)  # type: ignore[operator]


def test_every_metric_takes_part_and_the_best_comes_first() -> None:
    found = agreement(
        verdicts_frame([(q, f"the answer is {said} here" if v else said, v) for q, said, v in agreeing()])
    )

    assert {one.metric for one in found.overall.metrics} == set(METRICS)
    assert metric(found, "token_f1").kappa.value == pytest.approx(1)
    assert metric(found, "exact_match").kappa.value == pytest.approx(0)
    order = [one.metric for one in found.overall.metrics]
    assert order.index("token_f1") < order.index("exact_match")


def test_a_metric_without_a_score_for_many_answers_is_not_the_best() -> None:
    whole = metric(agreement(verdicts_frame([*agreeing(), *(("x", f"right{i}", 1.0) for i in range(9))])))
    part = metric(agreement(verdicts_frame(agreeing(10)))).model_copy(update={"metric": "numeric"})

    assert whole.kappa.value < part.kappa.value  # type: ignore[operator]
    assert ranked([part, whole], 49) == [whole, part]
    assert ranked([whole, part], 10) == [part, whole]


def test_only_the_metrics_that_are_named_are_measured() -> None:
    found = agreement(verdicts_frame(agreeing()), ["token_f1"])

    assert [one.metric for one in found.overall.metrics] == ["token_f1"]
    with pytest.raises(BadDeclaration, match="token_f2"):
        agreement(verdicts_frame(agreeing()), ["token_f2"])


def test_where_people_call_all_correct_no_metric_has_a_kappa() -> None:
    found = agreement(verdicts_frame([(f"q{i}", "right", 1.0) for i in range(30)]))

    assert found.overall.correct == 1
    assert found.overall.trust == "cannot_tell"
    assert metric(found).accuracy.value == 1
    assert metric(found).kappa.value is None
    assert metric(found).spearman.value is None


def test_without_verdicts_there_is_nothing_to_do() -> None:
    with pytest.raises(NothingToDo, match="verdicts"):
        agreement(VERDICTS.to_frame())


def test_one_verdict_is_told_as_what_it_is() -> None:
    found = agreement(verdicts_frame([("q", "right", 1.0)]))

    assert found.overall.answers == 1
    assert metric(found).kappa.value is None


def test_what_is_half_right_counts_in_the_correlations_only() -> None:
    found = agreement(verdicts_frame([*agreeing(), *((f"h{i}", "right now", 0.5) for i in range(10))]))

    assert found.undecided == 10
    assert metric(found, "token_f1").kappa.n == 40
    assert metric(found, "token_f1").spearman.n == 50


def test_several_people_count_by_their_mean_and_are_held_against_each_other() -> None:
    first = verdicts_frame(agreeing(), "Ann")
    second = verdicts_frame(
        [(q, said, 1 - v if q in ("q0", "q1", "q2", "q3") else v) for q, said, v in agreeing()], "Bo"
    )

    found = agreement(pl.concat([first, second]))

    assert (found.verdicts, found.overall.answers, found.undecided) == (80, 40, 4)
    assert found.overall.people.annotators == ("Ann", "Bo")
    assert found.overall.people.agreement.value == pytest.approx(0.9)
    assert found.overall.people.kappa.value == pytest.approx(0.8)
    assert found.overall.people.alpha.value == pytest.approx(1 - 0.1 / (0.5 * 80 / 79))


def test_of_two_verdicts_of_one_person_the_last_counts() -> None:
    found = agreement(pl.concat([verdicts_frame([("q0", "other", 1.0)], "Ann"), verdicts_frame(agreeing(), "Ann")]))

    assert found.overall.people.annotators == ()
    assert metric(found).accuracy.value == 1


def test_slices_and_styles_are_measured_apart() -> None:
    good = verdicts_frame(agreeing(), where={"system": "good", "lane": "1"})
    bad = verdicts_frame([(f"b{i}", "right", float(i % 2)) for i in range(40)], where={"system": "bad"})
    few = verdicts_frame([("z", "a sentence that is much longer than the others", 0.0)], where={"system": "few"})

    found = agreement(pl.concat([good, bad, few]), ["exact_match"])

    parts = {str(part.where): part for part in found.slices}
    assert set(parts) == {str(where) for where in ({"lane": "1"}, {"system": "bad"}, {"system": "good"})}
    assert parts[str({"system": "good"})].trust == "trusted"
    assert parts[str({"system": "bad"})].metrics[0].kappa.value == pytest.approx(0, abs=0.3)
    assert [part.where for part in found.styles] == [{"style": "short_span"}]
    assert found.too_small == 2


def test_the_half_to_choose_on_can_be_stated() -> None:
    low = verdicts_frame(
        [(f"a{i}", "right or so" if i % 2 else "other", float(i % 2)) for i in range(40)], where={"half": "1"}
    )
    high = verdicts_frame(
        [(f"b{i}", "right" if i % 2 else "right or so", float(i % 2)) for i in range(60)], where={"half": "2"}
    )

    found = agreement(pl.concat([low, high]), ["token_f1"], halving=Halving(chosen_on={"half": "1"}))

    assert found.overall.metrics[0].kappa.n == 60
    assert found.overall.metrics[0].accuracy.value == pytest.approx(0.5)  # the threshold of the first half misleads
    assert found.slices == ()


@pytest.mark.parametrize("stated", [{"half": "3"}, {"lane": "x"}])
def test_a_stated_half_of_none_or_all_is_refused(stated: dict[str, str]) -> None:
    rows = verdicts_frame(agreeing(), where={"lane": "x"})

    with pytest.raises(BadData, match="judged answers lie at"):
        agreement(rows, halving=Halving(chosen_on=stated))


def test_no_question_is_in_both_halves() -> None:
    answers = pl.DataFrame({"asked": np.repeat(np.arange(25), 4)})

    for chosen, measured in Halving(halves=3).sides(answers):
        assert not set(answers["asked"].filter(pl.Series(chosen))) & set(answers["asked"].filter(pl.Series(measured)))
        assert (chosen | measured).all()


def test_noise_is_not_trusted_for_having_a_threshold_chosen_to_fit_it() -> None:
    """A score of as many values as answers fits any verdicts where it may be chosen and measured on the same."""
    generator = np.random.default_rng(0)
    words = [" ".join(["right", *["more"] * int(n)]) for n in generator.integers(0, 300, 400)]
    rows = [(f"q{i}", said, float(generator.random() < 0.5)) for i, said in enumerate(words)]

    found = agreement(verdicts_frame(rows), ["token_f1"])

    assert abs(found.overall.metrics[0].kappa.value or 0) < 0.12
    assert found.overall.trust == "none"


def test_the_same_verdicts_in_another_order_give_the_same_figures() -> None:
    rows = verdicts_frame([(q, f"{said} é" if i % 3 else said, v) for i, (q, said, v) in enumerate(agreeing(60))])

    assert agreement(rows) == agreement(rows.sample(fraction=1, shuffle=True, seed=3))


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.text(max_size=8), st.text(max_size=12), st.sampled_from([0.0, 0.3, 0.5, 1.0])), min_size=1)
)
def test_any_text_and_any_verdicts_give_figures_in_their_bounds(rows: list[Row]) -> None:
    found = agreement(verdicts_frame([(question or "q", said, verdict) for question, said, verdict in rows]))

    for one in found.overall.metrics:
        for figure in (one.accuracy, one.kappa, one.kappa_at_half, one.spearman, one.kendall):
            if figure.value is not None:
                assert -1 - 1e-9 <= figure.low <= figure.value <= figure.high <= 1 + 1e-9  # type: ignore[operator]


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.4, 0.7, 1.0]), st.booleans()), min_size=1, max_size=30))
def test_no_other_threshold_has_a_higher_kappa(pairs: list[tuple[float, bool]]) -> None:
    from growloop.metrics.contingency import kappa

    scores, right = np.array([score for score, _ in pairs]), np.array([verdict for _, verdict in pairs])

    def reached(threshold: float) -> float:
        table = np.zeros((2, 2))
        np.add.at(table, ((scores >= threshold).astype(int), right.astype(int)), 1)
        return float(np.nan_to_num(kappa(table)))

    best = max(0.0, reached(best_threshold(scores, right)))
    assert all(reached(other) <= best + 1e-9 for other in (-1.0, 0.05, 0.25, 0.5, 0.9, 2.0))
