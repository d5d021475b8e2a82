"""A small OpenAI-compatible server that plays a model, with its faults.

Run as a program it prints its port, and serves until it is killed: `python server.py SECONDS_A_REPLY`.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

KEY = "sk-secret-7d1f"


def first_sentence(question: str, context: str) -> str:
    """Answers with the first sentence of the text, and knows nothing where there is none."""
    return context.partition(".")[0].strip() or "I don't know."


@dataclass
class School:
    """What the server does and has seen. `faults` are met in turn, one a request, before it answers."""

    answer: Callable[[str, str], str] = first_sentence
    reply: Callable[[dict[str, Any]], str] | None = None
    """In the place of `answer`: from a whole request."""
    faults: list[str] = field(default_factory=list)
    always: str = ""
    """A fault that every request meets."""
    pause: float = 0.0
    together: int = 0
    """A request waits until so many are under way at once, five seconds at most."""
    key: str = KEY
    model: str = "tutor-1"
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    under_way: int = 0
    most_at_once: int = 0
    lock: Lock = field(default_factory=Lock)

    def arrive(self, body: dict[str, Any], headers: dict[str, str]) -> str:
        """Note a request, and say which fault it meets."""
        with self.lock:
            self.asked.append(body)
            self.headers.append(headers)
            self.at.append(time.monotonic())
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
            return self.always or (self.faults.pop(0) if self.faults else "")

    def leave(self) -> None:
        with self.lock:
            self.under_way -= 1

    def wait_for_others(self) -> None:
        deadline = time.monotonic() + 5
        while self.most_at_once < self.together and time.monotonic() < deadline:
            time.sleep(0.005)


def asked_about(body: dict[str, Any]) -> tuple[str, str]:
    """The question and the context of a request."""
    content = body["messages"][-1]["content"]
    context = re.search(r"<text>\n(.*)\n</text>", content, flags=re.DOTALL)
    question = re.search(r"^Question: (.*)$", content, flags=re.MULTILINE)
    return question[1] if question else "", context[1] if context else ""


def completion(text: Any, **more: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop", **more}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}, ensure_ascii=False).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    school: School

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = self.school.arrive(body, dict(self.headers))
        self.school.wait_for_others()
        time.sleep(self.school.pause)
        self.school.leave()  # before the reply: whoever has it may ask the next at once
        with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has gone
            self._reply(body, fault)

    def _reply(self, body: dict[str, Any], fault: str) -> None:
        if self.path != "/v1/chat/completions":
            return self._send(404, b'{"error": {"message": "no such path"}}')
        if self.school.key and self.headers["Authorization"] != f"Bearer {self.school.key}":
            told = {"error": {"message": f"Incorrect API key provided: {self.headers['Authorization'][7:]}."}}
            return self._send(401, json.dumps(told).encode())
        if body["model"] != self.school.model:
            return self._send(404, b'{"error": {"message": "The model does not exist", "code": "model_not_found"}}')
        if fault:
            return self._fail(fault)
        said = self.school.reply(body) if self.school.reply else self.school.answer(*asked_about(body))
        return self._send(200, completion(said))

    def _fail(self, fault: str) -> None:
        kind, _, detail = fault.partition(" ")
        if kind == "cut":  # promises more than it sends
            self._head(200, {"Content-Length": "1000"})
            self.wfile.write(b'{"choices": [')
            self.close_connection = True
        elif kind == "hang_up":
            self.close_connection = True
            self.connection.close()
        elif kind == "slow":
            time.sleep(float(detail))
            self._send(200, completion("too late"))
        elif kind == "redirect":
            self._send(307, b"", {"Location": detail})
        elif kind == "body":
            self._send(200, detail.encode())
        else:
            told = {"error": {"message": detail or "trouble", "code": detail or None}}
            header = {"Retry-After": detail} if kind in ("429", "503") and detail[:1].isdigit() else {}
            self._send(int(kind), json.dumps(told).encode(), header)

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A connection that somebody broke off is no news."""


@contextmanager
def taught_by(school: School) -> Iterator[str]:
    """The address of a server that does as `school` says."""
    handler = type("Handler", (_Handler,), {"school": school})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()


if __name__ == "__main__":
    with taught_by(School(pause=float(sys.argv[1]) if len(sys.argv) > 1 else 0.0)) as address:
        print(f"export GROWLOOP_TEACHER_URL={address} GROWLOOP_TEACHER_MODEL=tutor-1 GROWLOOP_TEACHER_KEY={KEY}")
        sys.stdout.flush()
        while True:
            time.sleep(60)
