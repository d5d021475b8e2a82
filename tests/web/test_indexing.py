"""A pool too large to be indexed inside a request: what is told meanwhile, and that it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from growloop import loop
from growloop.errors import GrowloopError, NotIndexed
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import examples_frame
from growloop.records.progress import Progress
from growloop.search_index import ROWS_AT_ONCE
from growloop.web.app import create_app
from growloop.web.indexing import Indexing

ROWS = ROWS_AT_ONCE + 500


@pytest.fixture
def large(project: Project) -> Project:
    rows = {"question": [f"Are dogs allowed at {n}?" for n in range(ROWS)], "where": [{"template": "dogs"}] * ROWS}
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame(rows))
    return project


@pytest.fixture
def client(large: Project) -> Iterator[TestClient]:
    with TestClient(create_app(large), base_url="http://127.0.0.1:8321") as opened:
        yield opened


def test_a_search_tells_how_far_the_index_is_and_finds_once_it_is_made(client: TestClient) -> None:
    assert client.get("/api/v1/examples").json()["more"]  # what needs no index is not held up

    refused = client.get("/api/v1/examples?text=dogs+17")

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "2"
    assert "being indexed for searching: " in refused.json()["error"]["message"]
    client.app.state.desk.indexing.wait()  # type: ignore[attr-defined]
    for query in ("text=dogs+17", "where=template%3Ddogs&text=at+17"):
        assert client.get(f"/api/v1/examples?{query}").json()["count"] == 1


def test_the_page_shows_how_far_it_is_and_looks_again(client: TestClient) -> None:
    page = client.get("/dataset?where=template%3Ddogs")

    assert page.status_code == 503
    assert f'<progress aria-label="Indexed" max="{ROWS}"' in page.text
    assert '<a href="/dataset?where=template%3Ddogs">Look again</a>' in page.text
    client.app.state.desk.indexing.wait()  # type: ignore[attr-defined]
    page = client.get("/dataset?where=template%3Ddogs")
    assert page.status_code == 200
    assert "more than 1,000 examples" in page.text


def test_looking_at_the_dataset_has_it_indexed_before_anybody_searches(client: TestClient, large: Project) -> None:
    assert client.get("/dataset").status_code == 200

    client.app.state.desk.indexing.wait()  # type: ignore[attr-defined]

    assert loop.is_searchable(large)


def test_whoever_can_wait_is_not_refused(large: Project) -> None:
    with pytest.raises(NotIndexed, match=f"0 of {ROWS:,} so far"):
        loop.examples(large, text="dogs", patient=False)

    assert loop.examples(large, text="dogs 17").count == 1
    steps = list(loop.index_examples(large))
    assert steps[-1] == Progress("index coordinates", ROWS, ROWS)  # the words were indexed for the search


def test_what_stops_it_is_told_once_and_it_begins_again() -> None:
    class Stopped:
        def is_searchable(self) -> bool:
            return False

        def index_examples(self) -> Iterator[Progress]:
            yield Progress("index words", 1, 2)
            raise GrowloopError("The disk is full.")

    indexing = Indexing(Stopped())  # type: ignore[arg-type]
    indexing.begin_if_behind()
    indexing.wait()

    with pytest.raises(GrowloopError, match="disk is full"):
        indexing.begin_if_behind()
    indexing.begin_if_behind()
    indexing.wait()
