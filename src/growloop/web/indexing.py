"""The pool indexed for searching beside the requests, which tell how far it is instead of waiting."""

from __future__ import annotations

import time
from threading import Lock, Thread

from starlette.requests import Request
from starlette.responses import Response

from growloop.errors import GrowloopError, NotIndexed
from growloop.web.problems import problem, status_of
from growloop.web.workbench import Workbench

PAUSE_SECONDS = 0.1
"""Between two parts: SQLite has whoever waits to write look again at such intervals."""
_AGAIN = {"Retry-After": "2"}


class Indexing:
    """One thread at most that indexes what the pool holds."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._starting = Lock()
        self._thread: Thread | None = None
        self._problem: GrowloopError | None = None

    def begin_if_behind(self) -> None:
        """Begin where a search would have to wait."""
        if not self._workbench.is_searchable():
            self.begin()

    def begin(self) -> None:
        """Begin, unless it is under way. Raises what stopped the one before, once."""
        with self._starting:
            problem, self._problem = self._problem, None
            if problem is not None:
                raise problem
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._index, daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Until it is done."""
        if self._thread is not None:
            self._thread.join()

    def _index(self) -> None:
        try:
            for _ in self._workbench.index_examples():
                time.sleep(PAUSE_SECONDS)
        except GrowloopError as error:
            self._problem = error


async def being_indexed(request: Request, error: NotIndexed) -> Response:
    """Tells how far it is, and has it go on."""
    told: GrowloopError = error
    try:
        request.app.state.desk.indexing.begin()
    except GrowloopError as stopped:
        told = stopped
    return problem(request, status_of(told), str(told), _AGAIN if told is error else None)
