"""Calls made up from the API's own description, by Schemathesis: none breaks the server, all get what is promised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from tests.web.conftest import EchoAnswerer, served

from growloop.asking import Answered
from growloop.jobs import Jobs
from growloop.project import Project
from growloop.records.report import Standing
from growloop.web.app import create_app
from growloop.web.desk import Desk
from growloop.web.openapi import description
from growloop.web.workbench import LoopWorkbench

PROMISED = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = {"/api/v1/jobs/events"}
MADE_UP = settings(
    max_examples=2,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""Few of each call, as it should be and as it should not."""


class AnsweringWorkbench(LoopWorkbench):
    """The workbench of a project, but for the model: what it says is no matter here."""

    def ask(self, question: str, context: str | None, by: Standing, hear: Callable[[str], None]) -> Answered:
        read = context or ""
        return Answered(
            answer=EchoAnswerer().answer(read),
            context=read,
            passages=(),
            seconds=0.0,
            model="echo",
            iteration=None,
            abstained=False,
            run=None,
            confidence=0.5,
        )


@pytest.fixture
def address(turned: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Jobs, "wake", lambda _: False)  # jobs are asked for, and done by nobody
    app = create_app(turned)
    app.state.desk = Desk(AnsweringWorkbench(turned))
    with served(app) as found:
        yield found


def test_whatever_is_sent_gets_an_answer_that_the_description_promises(address: str, turned: Project) -> None:
    schema = schemathesis.openapi.from_dict(description(create_app(turned).routes))
    calls = [found.ok() for found in schema.get_all_operations()]
    assert len(calls) > 40

    for call in calls:
        if call.path not in ENDLESS:
            _made_up(call.as_strategy(), address)
            if call.body or call.query:
                _made_up(call.as_strategy(generation_mode=GenerationMode.NEGATIVE), address)


def _made_up(cases: Any, address: str) -> None:
    """A few requests of one kind, the same in each run."""

    @settings(MADE_UP)
    @given(case=cases)
    def send(case: Any) -> None:
        case.call_and_validate(base_url=address, checks=PROMISED, timeout=60)

    send()
