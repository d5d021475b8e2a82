"""What is sent: the messages of one request, and the key under which the reply to it is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Messages = list[dict[str, str]]


def request_key(model: str, messages: Messages, request: Mapping[str, Any]) -> str:
    """Names a request: the same model, messages and settings have the same key, on any machine."""
    asked = json.dumps([model, messages, request], ensure_ascii=True, sort_keys=True)
    return hashlib.blake2b(asked.encode(), digest_size=16).hexdigest()
