"""Serves the page of a project until stopped."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import quote

import uvicorn
from starlette.types import ASGIApp

from growloop.errors import GrowloopError
from growloop.loop import people
from growloop.project import Project
from growloop.web.app import create_app
from growloop.web.guard import is_this_machine
from growloop.web.provider import Provider


def run(
    project: Project, *, host: str = "127.0.0.1", port: int = 8321, token: str | None = None, overlap: int = 1
) -> None:
    """Serve a project at an address; prints the link. Raises GrowloopError where it cannot or should not."""
    if not token and not is_this_machine(host) and not _has_users(project):
        raise GrowloopError(
            f"{host} can be reached by others, and this page lets whoever opens it change the data.\n"
            "  Invite those who may, an admin first:  growloop users invite NAME --role admin\n"
            f"  or give it a token:  GROWLOOP_TOKEN=$(openssl rand -hex 16) growloop serve --host {host}"
        )
    provider = Provider.from_environment()
    listening = listen(host, port)
    print(f"Serving {project.task.name}.   Stop with Ctrl+C.\nOpen  {link(listening, token)}", flush=True)
    server_of(create_app(project, provider=provider, token=token, host=host, overlap=overlap)).run(sockets=[listening])


def _has_users(project: Project) -> bool:
    with people(project) as known:
        return bool(known.users())


def server_of(app: ASGIApp) -> uvicorn.Server:
    """A server for an app, quiet but for what goes wrong."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. Raises GrowloopError where the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()  # whoever follows the link at once waits, and is not refused
    except OSError as error:
        listening.close()
        raise _cannot_listen(host, port, error) from None
    return listening


def _cannot_listen(host: str, port: int, error: OSError) -> GrowloopError:
    return GrowloopError(
        f"Cannot serve at {host}, port {port}: {error.strerror}.\n  Take any free port:  growloop serve --port 0"
    )


def link(listening: socket.socket, token: str | None) -> str:
    """The address to open, with the token where there is one."""
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:  # bound to every address of this machine
        host = "127.0.0.1" if address.version == 4 else "::1"
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/" + (f"?token={quote(token, safe='')}" if token else "")
