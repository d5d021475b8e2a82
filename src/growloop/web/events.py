"""Server-sent events: how they are written, and an answer told as it is written."""

from __future__ import annotations

import json
from asyncio import Queue, Task, create_task, get_running_loop
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from starlette.responses import StreamingResponse

from growloop.errors import GrowloopError
from growloop.web.desk import Desk, Question, Reply
from growloop.web.problems import BROKEN, status_of


def streamed(events: AsyncIterator[str]) -> StreamingResponse:
    """A reply of events, that no proxy holds back."""
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def event(found: Any, kind: str = "message") -> str:
    """One event, its data as JSON.

    >>> event({"text": "Yes"}, "text")
    'event: text\\ndata: {"text": "Yes"}\\n\\n'
    """
    name = "" if kind == "message" else f"event: {kind}\n"
    return f"{name}data: {json.dumps(found, ensure_ascii=False)}\n\n"


def reply_as_json(reply: Reply) -> dict[str, Any]:
    """An answer as the API gives it."""
    return {"question": reply.question, **asdict(reply.answered), "side": reply.side}


class _Gone(Exception):
    """Nobody listens any more."""


async def answer_told(desk: Desk, asked: Question) -> AsyncIterator[str]:
    """`text` events with the answer so far, then `answer` with all of it, or `error`; who leaves ends the answer."""
    heard: Queue[str | None] = Queue()
    is_here, tell = True, get_running_loop().call_soon_threadsafe

    def hear(text: str) -> None:
        if not is_here:
            raise _Gone
        tell(heard.put_nowait, text)

    def end(done: Task[Reply]) -> None:
        done.exception()  # looked at here too: asyncio complains of one that nobody is left to look at
        heard.put_nowait(None)

    asking = create_task(desk.listen(asked, hear))
    asking.add_done_callback(end)
    try:
        while (text := await heard.get()) is not None:
            yield event({"text": text}, "text")
        error = asking.exception()
        if error is None:
            yield event(reply_as_json(asking.result()), "answer")
        elif isinstance(error, GrowloopError):
            yield event({"status": status_of(error), "message": str(error)}, "error")
        else:
            yield event({"status": 500, "message": BROKEN}, "error")
            raise error  # on to the terminal
    finally:
        is_here = False
