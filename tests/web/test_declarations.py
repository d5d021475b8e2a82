"""task.yaml and universe.yaml edited: checked as they are written, saved when they are right, never lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from growloop.project import Project
from growloop.web.app import create_app

ATTACK = "name: </textarea><script>alert(1)</script>\n"


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    with TestClient(create_app(project), base_url="http://127.0.0.1:8321") as opened:
        yield opened


def read(client: TestClient, name: str = "task.yaml") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/declarations/{name}").json()
    return found


def checked(client: TestClient, text: str, name: str = "task.yaml") -> dict[str, Any]:
    found: dict[str, Any] = client.post(f"/api/v1/declarations/{name}/check", json={"text": text}).json()
    return found


def saved(client: TestClient, text: str, *, name: str = "task.yaml", **more: Any) -> Any:
    body = {"text": text, "seal": read(client, name)["seal"], **more}
    return client.put(f"/api/v1/declarations/{name}", json=body)


def test_a_problem_is_told_with_its_line(client: TestClient) -> None:
    text = read(client)["text"].replace("name: my-task", "nam: my-task")
    line = text.split("\n").index("nam: my-task") + 1

    found = checked(client, text)["problems"]

    assert ("task.yaml", None, '"name" is missing.') in [tuple(problem.values()) for problem in found]
    assert [problem["line"] for problem in found if "nam" in problem["message"] and problem["line"]] == [line]


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "found nothing"), ("name: [", "not valid YAML"), ("- a\n- b", "found a CommentedSeq"), (":\n:", "YAML")],
)
def test_what_is_no_declaration_is_told(client: TestClient, text: str, told: str) -> None:
    [problem] = checked(client, text)["problems"]

    assert told in problem["message"]


def test_a_universe_shows_what_it_would_draw(client: TestClient) -> None:
    text = read(client, "universe.yaml")["text"]

    found = checked(client, text, "universe.yaml")
    other = checked(client, text.replace("waterproof", "windproof"), "universe.yaml")

    assert found["problems"] == []
    assert 1 <= len(found["preview"]) <= 6
    assert {row["where"]["template"] for row in found["preview"]} == {"is-waterproof"}
    assert {row["where"]["template"] for row in other["preview"] or ()} <= {"is-windproof"}


def test_a_universe_that_is_not_saved_yet_is_told_by_its_own_lines(client: TestClient) -> None:
    text = "# one\n# more\n# line\n" + read(client, "universe.yaml")["text"] + "\ncoverage: {over: [nothing]}\n"

    found = checked(client, text, "universe.yaml")["problems"]

    assert {problem["line"] for problem in found} == {text.split("\n").index("coverage: {over: [nothing]}") + 1}


def test_what_is_right_is_saved_and_holds_at_once(client: TestClient, project: Project) -> None:
    before = read(client)["text"]
    reply = saved(client, before.replace("my-task", "another-task"))

    assert reply.status_code == 200
    assert "another-task" in client.get("/declare").text
    assert Project.open(project.folder).task.name == "another-task"
    [kept] = client.get("/api/v1/declarations/task.yaml/former").json()["former"]
    assert client.get(f"/api/v1/declarations/task.yaml/former/{kept['id']}").json() == {"text": before}


def test_what_is_wrong_is_saved_only_if_it_is_asked_for(client: TestClient, project: Project) -> None:
    before = read(client)["text"]

    assert saved(client, "name: x").status_code == 400
    assert read(client)["text"] == before
    assert saved(client, "name: x", anyway=True).status_code == 200
    assert (project.folder / "task.yaml").read_text(encoding="utf-8") == "name: x"
    page = client.get("/declare")  # from which it is put right
    assert page.status_code == 200
    assert "is missing" in page.text


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(client: TestClient) -> None:
    mine = read(client)
    assert saved(client, mine["text"] + "# theirs\n").status_code == 200

    reply = client.put("/api/v1/declarations/task.yaml", json={"text": mine["text"], "seal": mine["seal"]})

    assert reply.status_code == 409
    assert "changed by somebody else" in reply.json()["error"]["message"]
    assert read(client)["text"].endswith("# theirs\n")


@pytest.mark.parametrize("name", ["growloop.db", "..%2Ftask.yaml", "task.yml", "versions"])
def test_nothing_but_the_declarations_is_read_or_written(client: TestClient, name: str) -> None:
    assert client.get(f"/api/v1/declarations/{name}").status_code == 404
    assert client.put(f"/api/v1/declarations/{name}", json={"text": "", "seal": ""}).status_code == 404
    assert client.get(f"/declare?file={name}").status_code == 404
    assert client.get(f"/api/v1/declarations/task.yaml/former/{name}").status_code == 404


def test_a_browser_without_scripts_checks_and_saves_and_loses_nothing(client: TestClient, project: Project) -> None:
    seal = read(client)["seal"]
    form = {"text": ATTACK.replace("\n", "\r\n"), "seal": seal}

    checked_page = client.post("/declare?file=task.yaml", data={**form, "do": "check"}).text
    refused = client.post("/declare?file=task.yaml", data={**form, "do": "save"})
    for page in (checked_page, refused.text):
        assert "<script>alert" not in page
        assert "&lt;/textarea&gt;" in page
        assert f'value="{seal}"' in page
    assert refused.status_code == 400
    text = read(client)["text"] + "# mine\n"
    done = client.post("/declare?file=task.yaml", data={"text": text, "seal": seal, "do": "save"})

    assert "Saved." in done.text
    assert (project.folder / "task.yaml").read_text(encoding="utf-8") == text
    [former] = re.findall(r'href="(/declare\?file=task\.yaml&amp;former=[^"]+)"', done.text)
    assert "# mine" not in client.get(former.replace("&amp;", "&")).text


def test_without_a_universe_one_can_be_written(client: TestClient, project: Project) -> None:
    text = read(client, "universe.yaml")["text"]
    (project.folder / "universe.yaml").unlink()
    assert "There is no universe.yaml yet" in client.get("/declare?file=universe.yaml").text

    assert saved(client, text, name="universe.yaml").status_code == 200

    assert client.get("/api/v1/declarations/universe.yaml/former").json() == {"former": []}
