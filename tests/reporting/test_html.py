import re
from html.parser import HTMLParser

import polars as pl
import pytest

pytest.importorskip("jinja2")
pytest.importorskip("altair")
pytest.importorskip("vl_convert")

from growloop.records.example import examples_frame
from growloop.records.report import Iteration, Report
from growloop.records.run import PREDICTIONS, Estimate, OperatingPoint
from growloop.reporting.html import render

HOSTILE = '</style></script><script>alert("x")</script><img src=https://example.org onerror=alert(1)>'
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Tags(HTMLParser):
    """Checks that elements close in order, and keeps every tag with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("n", [0, 1, 40])
def test_the_page_is_well_formed_at_any_size(made, n):
    report, kept = made(n)

    html = render(report, **kept)

    assert Tags(html).open == []
    for section in ("headline", "changed", "curve", "slices", "abstaining", "budgets", "worst", "data", "runs"):
        assert f'<section id="{section}"' in html


def test_the_page_holds_every_figure_of_the_headline(made):
    report, kept = made(120)

    html = render(report, **kept)

    assert "n=120" in html
    assert "0 · zero-shot" in html
    assert "Abstention precision" in html
    assert "41 ms" in html
    assert "91 MB" in html
    assert "22.7 M" in html


def test_whatever_the_data_says_stays_text(made):
    report, kept = made(30)
    examples = kept["examples"].with_columns(
        question=pl.lit(HOSTILE), context=pl.lit(HOSTILE), answers=pl.lit([HOSTILE], dtype=pl.List(pl.String))
    )
    examples = examples.with_columns(where=pl.lit([{"key": HOSTILE, "value": HOSTILE}], dtype=examples.schema["where"]))
    predictions = kept["predictions"].with_columns(prediction=pl.lit(HOSTILE))
    slices = tuple(part.model_copy(update={"where": {"template": HOSTILE}}) for part in report.slices[:3])
    others = tuple(part.model_copy(update={"where": {HOSTILE: HOSTILE}}) for part in report.slices[:3])
    report = report.model_copy(update={"slices": slices + others, "settings": {HOSTILE: HOSTILE}})
    kept |= {
        "examples": examples,
        "predictions": predictions,
        "task": kept["task"].model_copy(update={"name": HOSTILE, "purpose": HOSTILE}),
    }
    kept["runs"] = [run.model_copy(update={"notes": (HOSTILE,), "model": HOSTILE}) for run in kept["runs"]]
    finding = kept["version"].findings[0].model_copy(update={"message": HOSTILE, "remedy": HOSTILE})
    kept["version"] = kept["version"].model_copy(update={"findings": (finding,), "origins": {HOSTILE: 1}})

    tags = Tags(render(report, **kept))

    assert tags.open == []
    assert {tag for tag, _ in tags.seen} & {"script", "img", "iframe"} == set()
    assert not [name for _, attributes in tags.seen for name in attributes if name.startswith("on") or name == "style"]


def test_the_page_refers_to_nothing_outside_itself(made):
    report, kept = made(30)

    tags = Tags(render(report, **kept))

    links = [
        attributes[name] for _, attributes in tags.seen for name in ("src", "href", "action") if name in attributes
    ]
    assert all(link.startswith("#") or link == "data:," for link in links)
    policies = [
        a["content"] for tag, a in tags.seen if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")


def test_long_lists_are_cut_and_the_page_says_so_and_stays_small(made):
    report, kept = made(4000)

    html = render(report, **kept)

    assert len(html.encode()) < 1_000_000
    assert html.count('<li class="example">') <= 26
    assert re.search(r"The 20 worst of [\d,]+ imperfect answers", html)


def test_an_untuned_first_iteration_has_a_report_too(made):
    report, kept = made(20)
    zero_shot = report.model_copy(
        update={"iteration": report.compared_to, "compared_to": None, "comparisons": (), "budgets": ()}
    )

    html = render(zero_shot, **{**kept, "runs": (), "history": ()})

    assert "This is the first iteration" in html
    assert "Nothing was trained" in html
    assert "sets no budgets" in html


def test_earlier_iterations_stand_beside_this_one(made):
    report, kept = made(20)
    third = report.model_copy(
        update={"iteration": report.iteration.model_copy(update={"number": 2}), "compared_to": report.iteration}
    )

    html = render(third, iterations=[report.compared_to], **kept)

    assert re.findall(r'<th scope="col">(\d · [a-z-]+)</th>', html) == ["0 · zero-shot", "1 · tuned", "2 · tuned"]


def test_examples_without_coordinates_contexts_or_confidence_are_shown(qa, task, version_of):
    rows = [qa("Who?", "Ada", context=""), qa("Where?\r\nExactly?", context="Zürich 🏔 " * 300)]
    examples = examples_frame({name: [row[name] for row in rows] for name in rows[0]})
    said = {
        "id": examples["id"],
        "prediction": ["Bob", ""],
        "abstained": [False, True],
        "confidence": [None, None],
        "seconds": [0.1, 0.1],
        "cut_tokens": [0, 0],
    }
    predictions = pl.DataFrame(said, schema=PREDICTIONS)
    scores = pl.DataFrame(
        {"id": examples["id"], "answerable": [True, False], "abstained": [False, True], "token_f1": [0.0, 1.0]}
    )
    turn = Iteration(
        number=0,
        version="v",
        run="r",
        model="m",
        metrics={"token_f1": Estimate(value=0.5, low=0.0, high=1.0, n=2)},
        created="2026-11-22T17:48:12Z",
    )
    html = render(
        Report(iteration=turn),
        task=task,
        version=version_of(examples),
        examples=examples,
        predictions=predictions,
        scores=scores,
    )

    assert "The one imperfect answer" in html
    assert "no coordinates to slice by" in html
    assert Tags(html).open == []


def test_the_page_says_which_slices_changed_beyond_chance_and_how_answers_are_wrong(made):
    report, kept = made(40)
    told = report.comparisons[1].model_copy(
        update={"where": {"template": "<menu>"}, "verdict": "worse", "adjusted_p_value": 0.004}
    )
    doubtful = told.model_copy(update={"where": {"template": "dogs"}, "verdict": "cannot tell", "needed": 1_234})
    rows = [(None, None, 40, 3, 2, 1), ("template", "<menu>", 9, 3, 2, 1)]
    names = ["key", "value", "n", "wrong", "wrong_in_context", "format"]
    failures = pl.DataFrame(rows, schema=names, orient="row")

    html = render(report.model_copy(update={"compared_slices": (told, doubtful)}), failures=failures, **kept)

    assert "1 of 2 slices changed beyond chance" in html
    assert "0.004</td><td>worse" in html
    assert "cannot tell, about 1,200 more would" in html
    assert '<th scope="col">Wrong in context</th>' in html
    assert html.count("template=&lt;menu&gt;</th>") == 2
    assert Tags(html).open == []


def test_the_page_shows_what_other_null_thresholds_would_have_given(made):
    report, kept = made(30)
    points = tuple(
        OperatingPoint(
            null_threshold=share,
            answered=share,
            token_f1=0.5,
            token_f1_answerable=share,
            token_f1_unanswerable=1 - share,
            in_use=share == 0.5,
        )
        for share in (0.0, 0.5, 1.0)
    )
    without = render(report, **kept)
    kept["runs"] = [run.model_copy(update={"operating_points": points}) for run in kept["runs"]]

    html = render(report, **kept)

    assert "What abstaining costs" in html
    assert "What abstaining costs" not in without
    assert html.count("in use</span>") == 1


def test_what_confidence_is_worth_stands_on_the_page_where_the_model_gives_one(made):
    report, kept = made(60)

    html = render(report, **kept)
    kept["runs"] = [run.model_copy(update={"calibration": None}) for run in kept["runs"]]
    without = render(report, **kept)

    assert "Risk by coverage" in html
    assert "Calibration error (ECE)" in html
    assert "confidence" not in without.lower().split("<main>")[0]
    assert "Risk by coverage" not in without
