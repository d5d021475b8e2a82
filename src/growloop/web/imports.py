"""The API of imports: a file comes in, is looked at, and its rows go into the pool."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from anyio import CancelScope
from anyio.to_thread import run_sync
from starlette.concurrency import iterate_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from growloop.errors import GrowloopError, NotFound
from growloop.records.imports import ImportOptions, ImportPreview, ImportReport
from growloop.records.progress import Progress, Watched
from growloop.web.desk import Desk, desk_of
from growloop.web.door import tell, untold
from growloop.web.problems import json_body, status_of
from growloop.web.uploads import Upload

if TYPE_CHECKING:
    from growloop.web.workbench import Brought

UPLOAD_KIND = "application/octet-stream"


async def upload(request: Request) -> Response:
    """Takes a file in: its bytes as they are, its name as `name`."""
    untold(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != UPLOAD_KIND:
        raise HTTPException(415, f"Send the bytes of the file, with the header Content-Type: {UPLOAD_KIND}.")
    try:
        taken = await desk_of(request).uploads.take(request.query_params.get("name", ""), request.stream())
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    return JSONResponse(taken.model_dump(), 201)


async def preview(request: Request) -> Response:
    """What the file would bring, read as the options say: `rows`, or a `document`."""
    untold(request)
    desk, options = desk_of(request), ImportOptions.model_validate(await json_body(request))
    waiting = desk.uploads.get(request.path_params["id"])
    path = desk.uploads.path_of(waiting.id)
    found = await run_sync(desk.workbench.preview_file, path, waiting.name, options)
    return JSONResponse(as_json(found))


async def run(request: Request) -> Response:
    """Imports the file: a line of JSON for each step, and a last one with the counts or with what went wrong."""
    desk, options = desk_of(request), ImportOptions.model_validate(await json_body(request))
    waiting = desk.uploads.get(request.path_params["id"])
    tell(request, "imports", waiting.name)
    return StreamingResponse(_imported(desk, waiting, options), media_type="application/x-ndjson")


async def remove(request: Request) -> Response:
    """Forgets a file that was not imported."""
    untold(request)
    desk_of(request).uploads.remove(request.path_params["id"])
    return JSONResponse({"id": request.path_params["id"], "removed": True})


async def rejected(request: Request) -> Response:
    """Every row that was ever rejected and not put right since, as a file to download."""
    path = desk_of(request).workbench.rejected_file()
    if not path.is_file():
        raise NotFound("No row is rejected: everything that was imported could be read.")
    return FileResponse(path, media_type="application/x-ndjson", filename=path.name)


async def _imported(desk: Desk, waiting: Upload, options: ImportOptions) -> AsyncIterator[str]:
    """The lines of `run`. Whoever stops listening stops the import, and nothing of it stays."""
    async with desk.importing:
        steps = desk.workbench.import_file(desk.uploads.path_of(waiting.id), waiting.name, options)
        try:
            async for line in iterate_in_threadpool(_lines(steps)):
                if "done" in line:
                    with suppress(NotFound):  # taken away meanwhile
                        desk.uploads.remove(waiting.id)
                    await run_sync(desk.indexing.begin_if_behind)
                yield json.dumps(line, ensure_ascii=False) + "\n"
        finally:
            with CancelScope(shield=True):
                await run_sync(steps.close)


def _lines(steps: Generator[Progress, None, Brought]) -> Iterator[dict[str, Any]]:
    stage = Watched(steps)
    try:
        for step in stage:
            yield {"progress": {"stage": step.stage, "done": step.done, "total": step.total, "note": step.note}}
    except GrowloopError as error:
        yield {"error": {"status": status_of(error), "message": str(error)}}
    else:
        yield {"done": as_json(stage.result)}


def as_json(found: ImportPreview | Brought) -> dict[str, Any]:
    """What a file brings or brought, by its kind."""
    if isinstance(found, ImportPreview | ImportReport):
        return {"rows": found.model_dump(mode="json")}
    return {"document": {**asdict(found), "path": found.path.name}}


ROUTES = [
    Route("/imports", upload, methods=["POST"]),
    Route("/imports/{id}/preview", preview, methods=["POST"]),
    Route("/imports/{id}/run", run, methods=["POST"]),
    Route("/imports/{id}", remove, methods=["DELETE"]),
    Route("/rejected", rejected),
]
