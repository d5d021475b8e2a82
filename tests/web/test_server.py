from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from growloop import loop
from growloop.errors import GrowloopError
from growloop.project import Project
from growloop.web.app import app_for
from growloop.web.server import is_this_machine, link, listen, run


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost", "::1", "[::1]"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "gpu-box.lan", "localhost.evil.example", ""])
def test_anything_else_may_be_reached_by_others(host: str) -> None:
    assert not is_this_machine(host)


def test_serving_to_others_without_users_or_a_token_is_refused_with_the_commands_that_work(project: Project) -> None:
    for token in (None, ""):
        with pytest.raises(GrowloopError, match=r"GROWLOOP_TOKEN=.* growloop serve --host 0\.0\.0\.0") as refusal:
            run(project, host="0.0.0.0", token=token)
        assert "growloop users invite NAME --role admin" in str(refusal.value)


def test_with_users_it_is_served_to_others(project: Project) -> None:
    with loop.people(project) as people:
        people.invite("Ada", "admin")

    with pytest.raises(GrowloopError, match="Cannot serve at 192"):  # an address that is not ours: it got that far
        run(project, host="192.0.2.1")


def test_a_port_in_use_is_told_with_the_way_out() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(GrowloopError, match="--port 0"):
            listen("127.0.0.1", taken.getsockname()[1])


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(GrowloopError, match="Cannot serve at 192"):
        listen("192.0.2.1", 0)


def test_the_link_opens_here_and_carries_the_token() -> None:
    with listen("0.0.0.0", 0) as everywhere, listen("127.0.0.1", 0) as here:
        ports = (everywhere.getsockname()[1], here.getsockname()[1])
        assert link(everywhere, "a b&c") == f"http://127.0.0.1:{ports[0]}/?token=a%20b%26c"
        assert link(here, None) == f"http://127.0.0.1:{ports[1]}/"


def test_a_served_app_answers(bench: Any, serve: Callable[[Any], Any]) -> None:
    with serve(app_for(bench)) as address, urllib.request.urlopen(f"{address}/health") as reply:
        assert reply.read() == b'{"status":"ok"}'
        assert "server" not in {name.lower() for name in reply.headers}
