"""The universe map: coverage and score of each place, its examples and failures, and drawing more there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop import loop
from growloop.jobs import Jobs
from growloop.project import Project
from growloop.records.coverage import Charted, UniverseMap
from growloop.web.app import create_app
from growloop.web.survey import step


@pytest.fixture
def client(evaluated: Project) -> Iterator[TestClient]:
    with TestClient(create_app(evaluated), base_url="http://127.0.0.1:8321") as opened:
        yield opened


def test_every_place_has_its_examples_its_score_and_its_failures(client: TestClient) -> None:
    found = client.get("/api/v1/map?rows=template&columns=negative").json()

    places = {(cell["row"], cell["column"]): cell for cell in found["cells"]}
    assert {place: cell["have"] for place, cell in places.items()} == {
        ("cards", "none"): 15,
        ("cards", "wrong_topic"): 5,
        ("dogs", "none"): 15,
        ("dogs", "wrong_topic"): 5,
    }
    cards = places["cards", "none"]
    assert (cards["score"]["value"], cards["score"]["n"], cards["wrong"]) == (0.0, 8, 8)
    assert places["dogs", "none"]["score"]["value"] == 1.0
    assert (found["metric"], found["run"], found["known"]) == ("token_f1", "evaluate-1", ["negative", "template"])


def test_the_page_tells_each_place_in_words_and_leads_to_its_examples(client: TestClient) -> None:
    page = client.get("/map?rows=template&columns=negative").text
    assert 'aria-label="cards × none: 15 examples; Token F1 0.00 on 8 questions, 8 not wholly right"' in page

    chosen = client.get("/map?rows=template&columns=negative&row=cards&column=none").text
    assert 'href="/dataset?where=template%3Dcards&amp;where=negative%3Dnone&amp;status=accepted"' in chosen
    failures = client.get("/dataset?where=template%3Dcards&where=negative%3Dnone&sort=worst").text
    assert "8 examples answered wrongly" in failures
    assert "Draw more here" not in chosen  # there is no universe to draw from


@pytest.mark.parametrize("query", ["rows=nothing", "rows=template&columns=template", "rows=%3Cscript%3E"])
def test_a_map_that_cannot_be_drawn_is_told(client: TestClient, query: str) -> None:
    assert client.get(f"/api/v1/map?{query}").status_code == 422
    page = client.get(f"/map?{query}")
    assert page.status_code == 422
    assert "<script>" not in page.text


def test_without_coordinates_the_page_says_what_to_do(project: Project) -> None:
    (project.folder / "universe.yaml").unlink()
    with TestClient(create_app(project), base_url="http://localhost") as client:
        page = client.get("/map")

    assert page.status_code == 200
    assert "There is nothing to map yet." in page.text


def test_what_would_be_drawn_is_shown_and_then_is_drawn(desk: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Jobs, "wake", lambda _: False)
    place = "rows=template&columns=negative&row=open&column=none"
    with TestClient(create_app(desk), base_url="http://localhost") as client:
        offered = client.get(f"/map?{place}").text
        shown = client.get(f"/map?{place}&draw=4").text
        too_much = client.get(f"/map?{place}&draw=9999")
        body: dict[str, Any] = {"n": 4, "where": {"template": "open", "negative": "none"}}
        told = client.post("/api/v1/draws/preview", json=body).json()
        client.post("/jobs", data={"kind": "draw", "n": "4", "where": "template=open\r\nnegative=none\r\n"})

    assert "Show what would be drawn" in offered
    assert "4 would be drawn" in shown
    assert too_much.status_code == 422
    assert told["count"] == len(told["examples"])
    assert all(row["where"]["template"] == "open" and row["question"] in shown for row in told["examples"])
    [asked] = Jobs(desk.folder).newest(2)
    assert asked.job.options == {**body, "seed": None}


def test_two_slots_are_mapped_by_the_examples_there_are(desk: Project) -> None:
    loop.draw(desk, 6)

    with pytest.raises(Exception, match="two different"):
        loop.universe_map(desk, "day", "day")
    days = loop.universe_map(desk, "template", "day")

    assert {(cell.row, cell.column) for cell in days.cells} == {("open", d) for d in ("monday", "tuesday", "friday")}
    assert loop.universe_map(desk, "day", "pet").cells == ()


def test_of_many_values_those_that_need_most_are_shown(desk: Project) -> None:
    days = ", ".join(f"day{number}" for number in range(60))
    declared = desk.folder / "universe.yaml"
    text = declared.read_text(encoding="utf-8").replace("monday, tuesday, friday", days)
    declared.write_text(text, encoding="utf-8")
    desk = Project.open(desk.folder)
    loop.draw(desk, 25, where={"template": "open"})

    found = loop.universe_map(desk, "day", "template")

    assert (len(found.row_names), found.row_values) == (40, 60)
    assert sum(cell.have for cell in found.cells) < 25  # the emptiest are among them


@pytest.mark.parametrize(
    ("have", "colour"), [(0, "0"), (1, "1"), (2, "3"), (12, "3"), (13, "4"), (39, "4"), (40, "5"), (100, "5")]
)
def test_colours_by_coverage_are_those_of_the_report(have: int, colour: str) -> None:
    cells = [Charted(row="a", column="b", have=have), Charted(row="a", column="c", have=100)]
    sides = {"rows": "x", "columns": "y", "known": ("x", "y"), "row_names": ("a",), "column_names": ("b", "c")}
    found = UniverseMap(**sides, row_values=1, column_values=2, at_least=2, cells=tuple(cells))  # type: ignore[arg-type]

    assert step(found, cells[0], "coverage") == colour
