import polars as pl
import pytest

from growloop.records.report import SliceScore
from growloop.records.run import Estimate
from growloop.reporting import sections


def part(where, value, low=None, high=None, n=50):
    return SliceScore(where=where, metrics={"token_f1": Estimate(value=value, low=low, high=high, n=n)})


def test_the_summary_says_what_changed_and_where_it_is_weakest(made):
    report, kept = made(300)

    said = " ".join(sentence.text for sentence in sections.summary(report, "token_f1", kept["task"].slices))

    assert "Token F1 rose from" in said
    assert "on the same 300 questions" in said
    assert "Weakest at template=vegetarian-dishes" in said


def test_the_summary_names_the_trick_that_would_win(made):
    report, _ = made(50)

    said = sections.summary(report.model_copy(update={"trick": "A trick would win: silence."}), "token_f1", ())

    assert said[-1].text == "A trick would win: silence."


def test_a_difference_whose_interval_holds_0_is_not_called_a_rise(made):
    report, _ = made(50)
    small = Estimate(value=0.01, low=-0.02, high=0.04, n=50)
    doubtful = report.comparisons[1].model_copy(update={"difference": small, "verdict": "cannot tell", "needed": 300})

    said = sections.summary(report.model_copy(update={"comparisons": (doubtful,)}), "token_f1", ())

    assert "went from" in said[0].text
    assert said[0].text.endswith("so no difference is shown; about 300 more questions would.")


def test_missed_budgets_are_named(made):
    report, _ = made(20)
    met = [check.model_copy(update={"met": True}) for check in report.budgets]
    missed = met[0].model_copy(update={"met": False})

    fine = sections.summary(report.model_copy(update={"budgets": tuple(met)}), "token_f1", ())
    poor = sections.summary(report.model_copy(update={"budgets": (missed, *met[1:])}), "token_f1", ())

    assert sections.Sentence("All 3 budgets are met.") in fine
    assert sections.Sentence("1 of 3 budgets missed: seconds per answer.", bad=True) in poor


def test_other_slices_with_few_examples_must_be_bad_beyond_luck_to_lead():
    slices = [part({"food": "pho"}, 0.0, 0.0, 0.9, n=1), part({"food": "pizza"}, 0.4, 0.35, 0.45, n=400)]

    ranked, count = sections.other_slices(slices, "token_f1", ("template",), 10)

    assert [found.where["food"] for found in ranked] == ["pizza", "pho"]
    assert count == 2


def test_heat_cells_hold_the_mean_and_n_with_the_longer_coordinate_as_rows(made):
    _, kept = made(300)

    axes, cells = sections.heat_cells(kept["examples"], kept["scores"], "token_f1", ("negative", "template"))

    assert axes == ["template", "negative"]
    assert sum(cell["n"] for cell in cells) == 300
    assert {cell["column"] for cell in cells} == {"none", "wrong_entity", "wrong_topic"}


def test_outcomes_count_every_question_once(made):
    _, kept = made(300)

    counts = sections.outcome_counts(kept["scores"], "token_f1")

    assert sum(counts.values()) == 300
    assert counts["invented"] + counts["abstained"] == kept["scores"].filter(~pl.col("answerable")).height


def test_the_worst_come_lowest_first_and_surest_first(made):
    _, kept = made(300)

    rows, imperfect = sections.worst(kept["examples"], kept["predictions"], kept["scores"], "token_f1", 15)

    assert len(rows) == 15
    assert imperfect > 15
    assert [row["score"] for row in rows] == sorted(row["score"] for row in rows)
    zeros = [row["confidence"] for row in rows if row["score"] == 0]
    assert zeros == sorted(zeros, reverse=True)


def test_cut_contexts_are_counted_from_the_predictions(made):
    _, kept = made(300)

    [note] = sections.notes(kept["runs"], kept["predictions"])

    cut = kept["predictions"].filter(pl.col("cut_tokens") > 0).height
    assert note.startswith(f"{cut} of 300 contexts")
    assert sections.notes(kept["runs"], kept["predictions"].clear()) == [
        "11 of 400 contexts did not fit the model's window."
    ]


def test_nested_settings_are_flattened_with_their_path():
    settings = {"training": {"epochs": 3, "lora": False}, "metrics": ["a", "b"], "at_most": None}

    assert sections.flattened(settings) == [
        ("training.epochs", "3"), ("training.lora", "False"), ("metrics", "a, b"), ("at_most", "–"),
    ]  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, 2, 300])
def test_a_sample_is_small_and_holds_both_kinds_where_there_are(made, n):
    examples = made(max(n, 1))[1]["examples"].head(n)

    rows = sections.sample(examples, 6)

    assert len(rows) <= 6
    assert bool(rows) == bool(n) or n in (1, 2)
