"""Builders and folders that all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def qa_row(question: str, answer: str | None = None, context: str = "Some text.", **more: Any) -> dict[str, Any]:
    """One example as a dictionary of columns; without an answer it is unanswerable."""
    return {"question": question, "context": context, "answers": [] if answer is None else [answer], **more}


@pytest.fixture
def qa() -> Callable[..., dict[str, Any]]:
    return qa_row


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("GROWLOOP_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the public data sets in {folder} (set GROWLOOP_SHARED_DATA)")
    return folder
