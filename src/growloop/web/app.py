"""The app: routes, guard and workbench put together."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from growloop.project import Project
from growloop.web import api, pages
from growloop.web.desk import Desk
from growloop.web.guard import LOOPBACK, Guard
from growloop.web.problems import HANDLERS
from growloop.web.render import HERE
from growloop.web.workbench import LoopWorkbench, Workbench


def create_app(project: Project | Path | str, *, token: str | None = None, host: str = "127.0.0.1") -> Starlette:
    """The page and API of a project folder.

    Without a token it answers only to this machine's own names and `host`; with one, to whoever has it.
    """
    opened = project if isinstance(project, Project) else Project.open(project)
    return app_for(LoopWorkbench(opened), token=token, host=host)


def app_for(workbench: Workbench, *, token: str | None = None, host: str = "127.0.0.1") -> Starlette:
    """The page and API of any workbench."""
    static = Mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    guard = Middleware(Guard, hosts=LOOPBACK | {host.strip("[]").lower()}, token=token or None)
    app = Starlette(routes=[*pages.ROUTES, *api.ROUTES, static], middleware=[guard], exception_handlers=HANDLERS)
    app.state.desk = Desk(workbench)
    return app
