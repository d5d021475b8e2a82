import subprocess
import sys

import polars as pl
import pytest
from rich.console import Console

from growloop.records.run import Estimate, OperatingPoint
from growloop.records.status import Candidate, Status
from growloop.reporting import text
from growloop.reporting.comparison import comparison_table


def shown(renderable, width=110):
    console = Console(width=width, record=True, file=open("/dev/null", "w"), color_system=None)  # noqa: SIM115
    console.print(renderable)
    console.file.close()
    return console.export_text()


def test_the_headline_shows_zero_shot_beside_tuned_with_interval_and_n(made):
    report, _ = made(200)

    table = shown(text.headline_table([report.compared_to, report.iteration]))

    assert "0 · zero-shot" in table
    assert "1 · tuned" in table
    [line] = [line for line in table.splitlines() if line.strip().startswith("Abstention recall")]
    assert line.count("n=") == 2
    assert all(word in table for word in ("Over-refusal", "Seconds per answer", "41 ms", "91 MB", "22.7 M"))


def test_the_headline_fits_eighty_columns(made):
    report, _ = made(400)

    table = shown(text.headline_table([report.compared_to, report.iteration]), width=80)

    assert all("n=400" in line for line in table.splitlines() if line.strip().startswith(("Token F1 ", "Exact match")))


def test_of_many_iterations_the_first_and_the_last_are_shown(made):
    report, _ = made(10)
    turns = [report.iteration.model_copy(update={"number": number}) for number in range(9)]

    heading = shown(text.headline_table(turns)).splitlines()[1]

    assert [number for number in range(9) if f"{number} ·" in heading] == [0, 7, 8]


def test_no_iterations_make_an_empty_table():
    assert "Token F1" in shown(text.headline_table([]))


def test_square_brackets_in_names_are_shown_as_they_are(made):
    report, _ = made(20)
    slices = [part.model_copy(update={"where": {"food": "[bold]pho[/]"}}) for part in report.slices[:1]]
    candidate = Candidate(model="[red]hub[/red]/id", run=None, problem="cannot [be] loaded")

    assert "[bold]pho[/]" in shown(text.slices_table(slices))
    assert "[red]hub[/red]/id" in shown(text.candidates_table([candidate]))
    assert "cannot [be] loaded" in shown(text.candidates_table([candidate]))


def test_slices_come_worst_first_and_long_lists_are_cut(made):
    report, _ = made(300)
    many = [part.model_copy(update={"where": {"n": str(n)}}) for n, part in enumerate(list(report.slices) * 4)]

    table = shown(text.slices_table(report.slices))
    values = [float(line.split("[")[0].split()[-1]) for line in table.splitlines() if "n=" in line]

    assert values == sorted(values)
    assert "better slices are not shown" in shown(text.slices_table(many))


def test_candidates_show_cost_and_whether_they_fit(made):
    report, _ = made(50)
    turn = report.iteration
    missed = report.budgets[0].model_copy(update={"met": False})
    candidate = Candidate(
        model="bundled", run="r", trained_for="sentence similarity", parameters=turn.parameters,
        model_bytes=turn.model_bytes, metrics=turn.metrics, timings=turn.timings, budgets=(missed,),
    )  # fmt: skip

    table = shown(text.candidates_table([candidate, candidate.model_copy(update={"budgets": ()})]), width=160)

    assert "sentence similarity" in table
    assert "misses seconds per answer" in table
    assert "1,140 MB" in table


def test_comparisons_and_budgets_say_what_changed_and_what_is_met(made):
    report, _ = made(100)

    assert "Won" in shown(comparison_table(report.comparisons))
    near = report.budgets[0].model_copy(update={"measured": 0.51})
    told = shown(text.budgets_table([*report.budgets, near]))
    assert [words in told for words in ("met", "missed", "met, within the noise")] == [True] * 3
    assert "No budgets" in shown(text.budgets_table([]))


def test_worst_examples_show_what_was_said_and_what_is_right():
    worst = pl.DataFrame(
        {
            "question": ["Dogs?", "Wine?"],
            "answers": [["Yes, dogs are welcome."], []],
            "prediction": ["No.", ""],
            "abstained": [False, True],
            "token_f1": [0.0, 0.0],
        }
    )

    table = shown(text.worst_table(worst))

    assert "Yes, dogs are welcome." in table
    assert "(the context does not say)" in table
    assert "Every answer was right" in shown(text.worst_table(worst.clear()))


def test_a_version_shows_counts_and_findings(made):
    _, kept = made(60)

    table = shown(text.version_table(kept["version"]))

    assert "480" in table
    assert "4 questions have different answers" in table
    assert "growloop lint" in table


@pytest.mark.parametrize("turns", [0, 2])
def test_status_shows_where_the_project_stands(made, turns):
    report, _ = made(30)
    status = Status(
        name="food-qa", folder="/tmp/food", purpose="Answer questions.\n", pool={"accepted": 4000},
        versions=("v1",) * turns, iterations=(report.compared_to, report.iteration)[:turns], waiting=3, indexed=False,
        next_step="growloop next", because="",
    )  # fmt: skip

    table = shown(text.status_table(status))

    assert "4,000 accepted" in table
    assert ("1 · tuned" in table) == (turns == 2)


def test_metrics_official_report_evaluation_and_answer_are_shown(made):
    _, kept = made(30)
    nothing = {"token_f1": Estimate(value=None, low=None, high=None, n=0)}

    assert "–" in shown(text.metrics_table(nothing, title="None"))
    assert "71.123" in shown(text.official_table({"exact": 71.12345, "total": 11873}))
    assert "11,873" in shown(text.official_table({"exact": 71.12345, "total": 11873}))
    assert "Note: 11 of 400" in shown(text.evaluation_table(kept["runs"][0]))
    assert "abstained" in shown(text.answer_panel("", "A [context].", "bundled", 0.04, True))
    assert "A [context]." in shown(text.answer_panel("yes", "A [context].", "bundled", 0.04, False))


def test_tables_need_none_of_the_heavy_libraries():
    code = "import sys, growloop.reporting.text; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert not {"torch", "altair", "jinja2", "vl_convert"} & set(loaded.split())


def test_what_abstaining_costs_fits_eighty_columns_and_marks_the_threshold_in_use():
    points = [
        OperatingPoint(
            null_threshold=-12.5, answered=0.1, token_f1=0.5, token_f1_answerable=None, token_f1_unanswerable=0.9
        ),
        OperatingPoint(
            null_threshold=1.25,
            answered=0.6,
            token_f1=0.45,
            token_f1_answerable=0.4,
            token_f1_unanswerable=0.5,
            in_use=True,
        ),
    ]

    table = shown(text.operating_points_table(points), width=80)

    [used] = [line for line in table.splitlines() if "in use" in line]
    assert used.split() == ["1.25", "(in", "use)", "0.60", "0.40", "0.50", "0.45"]
    assert "–" in table


def test_the_place_of_a_passage_is_told_as_exactly_as_it_is_known():
    document = {"source": "manual.pdf", "page": 3, "offset": 1200, "end": 2100, "heading": "Care"}

    told = [str(line) for line in text.source_lines([document, {"source": "contexts/a.jsonl"}, {"id": "x"}])]

    assert told == ["From manual.pdf, page 3, characters 1,200-2,100, under Care", "From contexts/a.jsonl"]
