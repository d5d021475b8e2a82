from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop.records.status import Status


@pytest.fixture
def described(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return found


def test_every_call_is_described_in_a_sentence_with_its_own_id(described: dict[str, Any]) -> None:
    calls = [call for path in described["paths"].values() for call in path.values()]

    assert {"/api/v1/ask", "/api/v1/queue/lease", "/api/v1/imports/{id}/run"} <= set(described["paths"])
    assert all(call["summary"] for call in calls)
    assert len({call["operationId"] for call in calls}) == len(calls)


def test_records_are_the_schemas_and_every_reference_leads_to_one(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    references = set(re.findall(r"#/components/schemas/(\w+)", str(described)))

    assert references <= set(schemas)
    assert set(schemas["Status"]["properties"]) == set(Status.model_json_schema(mode="serialization")["properties"])
    assert not {"id", "at", "withdrawn"} & set(schemas["AnnotationSent"]["properties"])


def test_what_the_description_says_can_be_sent_is_taken(client: TestClient, described: dict[str, Any]) -> None:
    [number] = described["paths"]["/api/v1/annotations/{number}"]["delete"]["parameters"]
    assert (number["name"], number["schema"]) == ("number", {"type": "integer"})

    needed = described["components"]["schemas"]["AnnotationSent"]["required"]
    assert sorted(needed) == ["question", "shown_answer", "verdict"]
    sent = dict.fromkeys(needed, "correct")
    assert client.post("/api/v1/annotations", json=sent).status_code == 201


def test_people_read_it_on_a_page(client: TestClient) -> None:
    page = client.get("/api/v1/docs")

    assert page.headers["content-type"].startswith("text/html")
    assert "Takes question, context, by." in page.text
