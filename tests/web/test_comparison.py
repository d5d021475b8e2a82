"""Two turns compared by the API and on the page: verdicts, and the answers that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from growloop import loop
from growloop.project import Project
from growloop.records.comparison import ChangedAnswers, RunComparison
from growloop.web.app import create_app

HOME = "http://127.0.0.1:8321"


@pytest.fixture(scope="module")
def client(turned_once: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Nothing is changed here: all tests share a project."""
    with TestClient(create_app(Project.open(str(turned_once))), base_url=HOME) as opened:
        yield opened


def answers(client: TestClient, query: str = "&limit=50") -> ChangedAnswers:
    return ChangedAnswers.model_validate_json(client.get(f"/api/v1/compare/answers?before=1&after=2{query}").text)


def test_verdicts_over_all_and_by_slice_are_those_of_the_loop(client: TestClient, turned: Project) -> None:
    found = RunComparison.model_validate_json(client.get("/api/v1/compare?before=1&after=2").text)

    assert found == loop.compare(turned, "1", "2")
    assert {one.where.get("negative"): one.verdict for one in found.slices}["wrong_topic"] == "better"


def test_answers_that_changed_are_told_with_both_the_right_one_and_the_context(client: TestClient) -> None:
    found = answers(client)

    won_and_lost = ["won"] * found.counts["won"] + ["lost"] * found.counts["lost"]
    assert [row.outcome for row in found.rows] == won_and_lost[:50] != []
    won = found.rows[0]
    assert (won.answers, won.after, won.score_before, won.score_after) == ((), "", 0.0, 1.0)
    assert won.before == "Yes, as red as a <b>lobster</b>."
    assert won.where["negative"] == "wrong_topic"
    assert won.context


def test_they_are_filtered_by_outcome_and_place_and_come_page_by_page(client: TestClient) -> None:
    everything = answers(client, "&limit=500")
    lost = answers(client, "&outcome=lost&where=phrasing=1&limit=2")

    there = [row for row in everything.rows if row.where["phrasing"] == "1"]
    assert lost.counts["won"] + lost.counts["lost"] == len(there)
    wanted = [row for row in there if row.outcome == "lost"]
    assert list(lost.rows) == wanted[:2]
    assert lost.next_offset == 2
    rest = answers(client, "&outcome=lost&where=phrasing=1&offset=2&limit=500")
    assert (list(rest.rows), rest.next_offset) == (wanted[2:], None)


def test_the_page_holds_the_last_turn_against_the_one_before_it(client: TestClient) -> None:
    page = client.get("/compare").text

    assert page == client.get("/compare?before=1&after=2").text
    assert "Yes, as red as a &lt;b&gt;lobster&lt;/b&gt;." in page
    assert '<span class="chip better">better</span>' in page
    assert len(re.findall(r'<span class="chip (?:won|lost)">', page)) == len(answers(client, "&limit=30").rows)
    slice_of = re.search(r'href="(/compare\?[^"]*negative%3Dwrong_topic)#answers"', page)
    assert slice_of
    there = client.get(slice_of[1].replace("&amp;", "&")).text
    assert "negative=wrong_topic <span" in there
    assert '<span class="chip lost">' not in there


def test_a_place_without_changes_leads_back_to_all(client: TestClient) -> None:
    page = client.get("/compare?before=1&after=2&where=negative=nothing").text

    assert "No answer is like that." in page
    assert 'href="/compare?before=1&amp;after=2#answers"' in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("before=9&after=1", 404),
        ("before=1&after=%3Cscript%3E", 404),
        ("before=../../x&after=1", 422),
        ("before=1&after=2&where=dogs", 422),
        ("before=1&after=2&outcome=best", 422),
        ("before=1&after=2&offset=-1", 422),
    ],
)
def test_what_cannot_be_compared_is_told(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/api/v1/compare/answers?{query}").status_code == status
    page = client.get(f"/compare?{query}")
    assert page.status_code == status
    assert "<script>" not in page.text


def test_before_there_are_two_turns_the_page_says_what_to_do(desk: Project) -> None:
    with TestClient(create_app(desk), base_url=HOME) as client:
        page = client.get("/compare")

        assert client.get("/api/v1/compare").status_code == 422
    assert page.status_code == 200
    assert "There are not two turns to compare yet." in page.text
