"""The project that is served, as its declarations say now."""

from __future__ import annotations

from threading import Lock

from starlette.requests import Request

from growloop.errors import GrowloopError
from growloop.project import Project

_DECLARED = ("task.yaml", "universe.yaml")


class Opened:
    """A project that is opened again where its declarations have changed on disk."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen = self._stamps()
        self._lock = Lock()

    def current(self) -> Project:
        """The project; while a declaration cannot be read, as it was before."""
        with self._lock:
            stamps = self._stamps()
            if stamps != self._seen:
                self._seen = stamps
                try:
                    fresh = Project.open(self._project.folder)
                    _ = fresh.universe
                except GrowloopError:  # the page on which it is put right tells what is wrong
                    return self._project
                self._project = fresh
            return self._project

    def _stamps(self) -> list[tuple[int, int] | None]:
        found = [self._project.folder / name for name in _DECLARED]
        return [(path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else None for path in found]


def project_of(request: Request) -> Project:
    """The project of the app that a request came to."""
    opened: Opened = request.app.state.opened
    return opened.current()
