"""A real server on this machine that plays a model behind an endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from growloop.remote import Endpoint, Patience

from .server import School, taught_by

HASTY = Patience(tries=3, first_seconds=0.001)
"""Asks again at once, as no one should but a test."""


@pytest.fixture
def school() -> School:
    return School()


@pytest.fixture
def endpoint(school: School) -> Iterator[Endpoint]:
    with taught_by(school) as address:
        yield Endpoint(address, school.model, school.key)
