"""The app: routes, guard and workbench put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from growloop import loop
from growloop.errors import NotIndexed
from growloop.people import People
from growloop.project import Project
from growloop.web import agreement, alike, api, comparison, dataset, declarations, jobs, pages, rounds, sign_on, survey
from growloop.web import people as people_pages
from growloop.web.desk import Desk
from growloop.web.door import Door
from growloop.web.guard import LOOPBACK, Guard, is_this_machine
from growloop.web.indexing import being_indexed
from growloop.web.problems import HANDLERS
from growloop.web.provider import Provider
from growloop.web.reception import Reception
from growloop.web.render import HERE
from growloop.web.uploads import UPLOAD_LIMIT
from growloop.web.workbench import LoopWorkbench, Workbench


def create_app(project: Project | Path | str, *, overlap: int = 1, **how: Any) -> Starlette:
    """The page and API of a project folder; what is reviewed is wanted from `overlap` people.

    `how` it is served is told as to `app_for`.
    """
    opened = project if isinstance(project, Project) else Project.open(project)
    workbench = LoopWorkbench(opened, overlap)
    app = app_for(workbench, people=loop.people(opened), **how)
    app.state.opened = workbench.opened
    app.state.maps = {}
    app.state.filters = {}
    return app


def app_for(
    workbench: Workbench,
    *,
    people: People | None = None,
    provider: Provider | None = None,
    token: str | None = None,
    host: str = "127.0.0.1",
    upload_limit: int = UPLOAD_LIMIT,
) -> Starlette:
    """The pages and API of any workbench.

    Once there are `people` who can log in, they answer to those, and to whom an identity `provider` vouches for; with
    a token, to whoever has it; without either, to this machine's own names and `host`, if only this machine reaches
    it. A file may have `upload_limit` bytes.
    """
    static = Mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    door = Door(people, token or None, is_open=is_this_machine(host))
    names = None if token else LOOPBACK | {host.strip("[]").lower()}
    guard = Middleware(Guard, hosts=names, door=door, upload_limit=upload_limit)
    shared = [*pages.ROUTES, *alike.ROUTES, *people_pages.ROUTES, *sign_on.ROUTES, *agreement.ROUTES]
    of_data = [*jobs.PAGES, *dataset.PAGES, *survey.PAGES, *rounds.PAGES, *comparison.PAGES, *declarations.PAGES]
    routes = [*api.ROUTES, static, *shared, *of_data]  # first what is asked for at every verdict
    app = Starlette(routes=routes, middleware=[guard], exception_handlers=HANDLERS | {NotIndexed: being_indexed})
    app.state.desk = Desk(workbench)
    app.state.reception = Reception(people) if people else None
    app.state.provider = provider
    app.state.upload_limit = upload_limit
    return app
