"""The app: routes, guard and workbench put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from growloop.project import Project
from growloop.web import api, dataset, jobs, pages, survey
from growloop.web.desk import Desk
from growloop.web.guard import LOOPBACK, Guard
from growloop.web.problems import HANDLERS
from growloop.web.render import HERE
from growloop.web.uploads import UPLOAD_LIMIT
from growloop.web.workbench import LoopWorkbench, Workbench


def create_app(project: Project | Path | str, **how: Any) -> Starlette:
    """The page and API of a project folder.

    `how` it is served is told as to `app_for`.
    """
    opened = project if isinstance(project, Project) else Project.open(project)
    workbench = LoopWorkbench(opened)
    app = app_for(workbench, **how)
    app.state.opened = workbench.opened
    app.state.maps = {}
    return app


def app_for(
    workbench: Workbench, *, token: str | None = None, host: str = "127.0.0.1", upload_limit: int = UPLOAD_LIMIT
) -> Starlette:
    """The pages and API of any workbench.

    Without a token they answer only to this machine's own names and `host`; with one, to whoever has it. A file that
    is sent may have `upload_limit` bytes.
    """
    static = Mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    names = LOOPBACK | {host.strip("[]").lower()}
    guard = Middleware(Guard, hosts=names, token=token or None, upload_limit=upload_limit)
    own_pages = [*pages.ROUTES, *jobs.PAGES, *dataset.PAGES, *survey.PAGES]
    app = Starlette(routes=[*own_pages, *api.ROUTES, static], middleware=[guard], exception_handlers=HANDLERS)
    app.state.desk = Desk(workbench)
    app.state.upload_limit = upload_limit
    return app
