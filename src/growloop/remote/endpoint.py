"""One OpenAI-compatible endpoint: where it is, and one question to it.

Every way in which it can fail is told apart by what to do about it: stop (EndpointProblem), ask again (Passing), or
leave this question (Declined). The key is sent to the endpoint and shown to nobody.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any, Literal
from urllib.parse import urlsplit

from growloop.errors import EndpointProblem
from growloop.remote.request import Messages

LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONGEST_REPLY = 10_000_000
"""Bytes; an endpoint that sends more is broken."""
LONGEST_WAIT = 600.0
"""Seconds: where an endpoint asks for more, the person is asked to come back instead."""
BUSY = (408, 409, 425, 429)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


Role = Literal["teacher", "grader"]
_NAMES: dict[Role, tuple[str, ...]] = {
    "teacher": ("GROWLOOP_TEACHER",),
    "grader": ("GROWLOOP_GRADER", "GROWLOOP_TEACHER"),
}
"""How the variables of the environment begin that name an endpoint, the first that is set counting."""


class Passing(Exception):
    """It may well work the next time; `wait` seconds from now, where the endpoint says so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Declined(Exception):
    """The endpoint does not take this one question."""


@dataclass(frozen=True)
class Reply:
    """What a model said, and the tokens it took."""

    text: str
    finish: str = ""
    """Why it stopped: `stop`, `length`."""
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def said(self) -> str:
        """The text without what some models think aloud before they answer."""
        return _THOUGHT.sub("", self.text).strip()


@dataclass(frozen=True)
class Endpoint:
    """Where a model is, its name, and the key to it."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    role: Role = "teacher"
    """What it is asked for: complaints name the role, and the variables of the environment that are its own."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise EndpointProblem(f"The {self.role}'s address begins with https:// or http://, e.g. https://HOST/v1")
        if "@" in parts.netloc or parts.query:
            raise EndpointProblem(
                f"The {self.role}'s address holds a secret or a query. The key goes into the environment."
            )
        if not (self.key.isascii() and self.key.isprintable()) or " " in self.key:
            raise EndpointProblem(f"The {self.role}'s key has a blank, a line end or a letter in it that no key has.")
        object.__setattr__(self, "url", self.url.rstrip("/").removesuffix("/chat/completions"))

    @classmethod
    def from_environment(
        cls, given: Mapping[str, str] | None = None, role: Role = "teacher", *, model: str = ""
    ) -> Endpoint:
        """The endpoint that GROWLOOP_TEACHER_URL, _MODEL and _KEY name, else OPENAI_BASE_URL, _MODEL and _API_KEY.

        A grader looks at GROWLOOP_GRADER_… first. The key that is named for one address is never sent to another.
        `model` takes the place of the one in the environment.
        Raises EndpointProblem naming what lacks.
        """
        environment = os.environ if given is None else given
        places = [*((f"{own}_URL", f"{own}_KEY") for own in _NAMES[role]), ("OPENAI_BASE_URL", "OPENAI_API_KEY")]
        url, key = next((place for place in places if environment.get(place[0])), places[-1])
        models = (environment.get(f"{own}_MODEL") for own in (*_NAMES[role], "OPENAI"))
        model = next(filter(None, (model, *models)), "")
        lacking = [
            f"{_NAMES[role][0]}_{name}"
            for name, value in (("URL", environment.get(url)), ("MODEL", model))
            if not value
        ]
        if lacking:
            raise EndpointProblem(_unnamed(role, lacking))
        return cls(environment[url].strip(), model.strip(), environment.get(key, "").strip(), role)

    @property
    def _own(self) -> str:
        return _NAMES[self.role][0]

    @property
    def warning(self) -> str:
        """What a person should know before anything is sent; empty where there is nothing."""
        parts = urlsplit(self.url)
        if parts.scheme == "https" or parts.hostname in LOOPBACK:
            return ""
        return f"{self.url} is not https: contexts, questions, answers and the key can be read on their way there."

    def complete(self, messages: Messages, request: Mapping[str, Any], *, seconds: float) -> Reply:
        """The model's reply. Raises EndpointProblem, Passing or Declined."""
        given = {"model": self.model, "messages": messages, **request}
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "growloop"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        body = json.dumps(given, ensure_ascii=False).encode("utf-8", "replace")
        asked = urllib.request.Request(f"{self.url}/chat/completions", body, headers)  # noqa: S310 - http(s) alone
        try:
            with self._opener.open(asked, timeout=seconds) as response:
                return _reply(_whole(response, monotonic() + seconds))
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error) from None
        except (HTTPException, OSError) as error:
            raise self._no_answer(error) from None

    @property
    def _opener(self) -> urllib.request.OpenerDirector:
        """Over the proxy that the environment names; to this machine itself, never."""
        proxies: dict[str, str] | None = {} if urlsplit(self.url).hostname in LOOPBACK else None
        return urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _NoRedirects)

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        told = self._told(error)
        if error.code in (401, 403):
            return EndpointProblem(
                f"The {self.role} at {self.url} refuses the key ({error.code}).{told}\n"
                f"  Set {self._own}_KEY, and run the same command again: what was answered is kept."
            )
        if error.code == 404:
            return EndpointProblem(
                f'The {self.role} at {self.url} knows no model "{self.model}", or no /chat/completions (404).{told}\n'
                f"  Look at {self._own}_MODEL, and at {self._own}_URL: most end in /v1."
            )
        if error.code == 402 or "insufficient_quota" in told:
            return EndpointProblem(f"The {self.role} at {self.url} wants to be paid first ({error.code}).{told}")
        if 300 <= error.code < 400:
            return EndpointProblem(f"{self.url} sends elsewhere ({error.code}). Name the endpoint itself.")
        if error.code in BUSY or error.code >= 500:
            return self._busy(error, told)
        return Declined(f"refused ({error.code}).{told}")

    def _busy(self, error: urllib.error.HTTPError, told: str) -> Exception:
        wait = seconds_to_wait(error.headers.get("Retry-After"))
        if wait is not None and wait > LONGEST_WAIT:
            return EndpointProblem(f"The {self.role} at {self.url} asks to come back in {wait / 60:.0f} minutes.{told}")
        return Passing("too many requests (429)" if error.code == 429 else f"server error ({error.code})", wait)

    def _no_answer(self, error: Exception) -> Exception:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            return EndpointProblem(f"{self.url} cannot prove who it is: {reason.verify_message}. Nothing was sent.")
        if isinstance(reason, TimeoutError):
            return Passing("no answer in time")
        if isinstance(reason, ConnectionRefusedError):
            return Passing(f"nobody answers at {self.url}")
        return Passing("connection lost" if isinstance(reason, HTTPException | ConnectionError) else f"{reason}")

    def _told(self, error: urllib.error.HTTPError) -> str:
        """The endpoint's own words, short, on one line, and without the key."""
        try:
            text = error.read(20_000).decode("utf-8", "replace")
        except (HTTPException, OSError):
            return ""
        text = " ".join(_message_in(text).split())
        return f" It says: {text.replace(self.key, '…') if self.key else text}"[:300] if text else ""


def _unnamed(role: Role, lacking: list[str]) -> str:
    own = _NAMES[role][0]
    return (
        f"No {role} is named; not set: {', '.join(lacking)}. Name any OpenAI-compatible endpoint:\n"
        f"  export {own}_URL=https://HOST/v1 {own}_MODEL=NAME {own}_KEY=…"
    )


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An answer that sends elsewhere is not followed: the key would go along."""

    def redirect_request(self, *_: Any) -> None:
        return None


def seconds_to_wait(header: str | None) -> float | None:
    """What a Retry-After header says: seconds, or a moment. None where it says nothing that can be read.

    >>> seconds_to_wait("1.5")
    1.5
    """
    if header is None:
        return None
    try:
        return max(float(header), 0.0) if float(header) < float("inf") else None
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None


def _whole(response: HTTPResponse, deadline: float) -> bytes:
    """All that was sent. Raises Passing where it is cut off, never ends, or takes too long altogether."""
    parts: list[bytes] = []
    size = 0
    while part := response.read1(65_536):
        parts.append(part)
        size += len(part)
        if size > LONGEST_REPLY:
            raise Passing("a reply without end")
        if monotonic() > deadline:
            raise Passing("no answer in time")
    if response.length:
        raise Passing("connection lost")
    return b"".join(parts)


def _reply(body: bytes) -> Reply:
    try:
        found = json.loads(body)
        choice = found["choices"][0]
        text, finish = choice["message"].get("content"), choice.get("finish_reason")
        usage = found.get("usage") or {}
        tokens = [int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")]
    except ValueError:
        raise Passing("a reply that is no JSON") from None
    except (LookupError, TypeError, AttributeError):
        raise Passing("a reply without an answer in it") from None
    return Reply(text if isinstance(text, str) else "", str(finish or ""), *tokens)


def _message_in(body: str) -> str:
    """The message of an error in JSON, with its code; other bodies are pages, and say nothing."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, LookupError, TypeError):
        return ""
    if isinstance(error, dict):
        return " ".join(str(error[name]) for name in ("message", "code") if error.get(name))
    return str(error)
