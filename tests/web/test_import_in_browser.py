"""The page Import in a real browser: drop, look, read differently, import."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from growloop.pool import Pool
from growloop.project import Project
from growloop.web.app import create_app

pytestmark = pytest.mark.browser

ATTACK = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
ROWS = "frage,antwort,context,thema\nDogs?,yes,Dogs are welcome.,pets\n,no,Cash only.,pay\nCards?,,Cash only.,pay\n"


@pytest.fixture
def page(browser: Any, project: Project, serve: Callable[[Any], Any]) -> Iterator[Any]:
    """The page of an empty project, in a fresh window; no script may fail on it."""
    complaints: list[str] = []
    with serve(create_app(project, upload_limit=100_000)) as address:
        window = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
        opened = window.new_page()
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto("/import")
        yield opened
        window.close()
    assert complaints == []


def drop(page: Any, name: str, content: str) -> None:
    """Drop a file beside the field; wherever it falls, it is taken."""
    carried = page.evaluate_handle(
        "([name, content]) => {"
        " const carried = new DataTransfer(); carried.items.add(new File([content], name)); return carried; }",
        [name, content],
    )
    page.dispatch_event("h1", "drop", {"dataTransfer": carried})


def choose(page: Any, name: str, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    page.set_input_files("#files", {"name": name, "mimeType": "text/plain", "buffer": data})


def card(page: Any, state: str) -> Any:
    found = page.locator(f".file[data-state={state}]")
    found.wait_for()
    return found


def shown(within: Any, selector: str) -> str:
    return " ".join(within.locator(selector).inner_text().split())


def test_drop_look_map_a_column_import_and_it_is_in_the_pool(page: Any, project: Project) -> None:
    drop(page, "menu.csv", ROWS)
    unclear = card(page, "unclear")
    assert "Columns here: frage, antwort, context, thema" in shown(unclear, "[data-field=complaint]")

    for selector, text in (("[data-role=question]", "frage"), ("[data-role=answers]", "antwort")):
        page.fill(f".file {selector}", text)
    page.fill(".file [name=where]", "topic = thema")
    page.press(".file [name=where]", "Tab")
    ready = card(page, "ready")
    assert "csv · utf-8 · question = frage, context = context, answers = antwort" in shown(ready, "[data-field=facts]")
    rows = " ".join(ready.locator("[data-field=rows]").inner_text().split())
    assert "Context Dogs are welcome. Question Dogs? Answer yes" in rows
    assert "Question Cards? Answer unanswerable" in rows
    ready.locator("button.primary").click()

    done = card(page, "imported")
    assert shown(done, "[data-field=counts]") == "rows 3 accepted 2 duplicates 0 rejected 1 repaired 0"
    assert "3 the question is empty" in shown(done, "tbody")
    with page.expect_download() as download:
        done.locator("a[download]").click()
    assert json.loads(Path(download.value.path()).read_text())["reason"] == "the question is empty"
    with Pool.open(project.pool_url) as pool:
        examples = pool.examples()
    assert examples["question"].to_list() == ["Dogs?", "Cards?"]
    assert examples["where"].to_list()[0] == [{"key": "topic", "value": "pets"}]
    assert list((project.folder / ".uploads").iterdir()) == []


def test_several_files_are_imported_at_once_documents_among_them(page: Any, project: Project) -> None:
    choose(page, "one.jsonl", json.dumps({"question": "Dogs?", "context": "No dogs.", "answers": ["no"]}))
    choose(page, "rules.md", "# House rules\n\nDogs stay outside.")
    page.locator(".file[data-state=ready]").nth(1).wait_for()

    page.click("[data-all]")

    page.locator(".file[data-state=imported]").nth(1).wait_for()
    assert (project.folder / "contexts" / "rules.md.jsonl").exists()
    assert "growloop index" in page.inner_text("#cards")


def test_a_file_chosen_before_the_pages_module_is_there_is_taken(
    browser: Any, project: Project, serve: Callable[[Any], Any]
) -> None:
    with serve(create_app(project)) as address:
        window = browser.new_context(base_url=address)
        opened = window.new_page()
        held: list[Any] = []
        opened.route("**/static/import.js", lambda route: held.append(route))
        opened.goto("/import", wait_until="commit")
        choose(opened, "rules.md", "# House rules\n\nDogs stay outside.")
        with opened.expect_response("**/preview"):
            held[0].continue_()
        card(opened, "ready")
        window.close()


def test_all_of_it_by_keys_alone(page: Any) -> None:
    choose(page, "rules.md", "# House rules\n\nDogs stay outside.")
    ready = card(page, "ready")

    page.focus("#files")
    reached = []
    for _ in range(2):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.textContent + getComputedStyle(document.activeElement).outlineStyle")
        )
    assert [name.split()[0] for name in reached] == ["Remove", "Importsolid"]
    page.keyboard.press("Enter")

    card(page, "imported")
    assert page.evaluate("document.activeElement.matches('.file[data-state=imported]')")
    assert ready.count() == 0


def test_a_removed_file_is_gone_from_page_and_folder(page: Any, project: Project) -> None:
    choose(page, "rules.md", "Dogs stay outside.")

    with page.expect_response(lambda reply: reply.request.method == "DELETE"):
        card(page, "ready").locator("[data-remove]").click()

    assert page.is_visible(".nothing")
    assert list((project.folder / ".uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("rows.jsonl", "x" * 100_001, "0.1 MB"), ("rows.csv", "", "is empty"), ("rows.bin", "\x01\x02", "neither JSON")],
)
def test_what_cannot_be_taken_is_told_on_its_card(page: Any, name: str, content: str, told: str) -> None:
    choose(page, name, content)

    page.wait_for_selector(".file .complaint:visible")
    assert told in page.inner_text(".file .complaint")
    assert page.is_visible("[data-remove]")


def test_a_server_that_goes_away_midway_is_told_with_what_to_do(page: Any) -> None:
    choose(page, "one.jsonl", json.dumps({"question": "Dogs?", "context": "No dogs.", "answers": ["no"]}))
    step = json.dumps({"progress": {"stage": "import", "done": 1, "total": 9, "note": ""}})
    page.route("**/run", lambda route: route.fulfill(body=step + "\n", content_type="application/x-ndjson"))

    card(page, "ready").locator("button.primary").click()

    page.wait_for_selector(".file .complaint:visible")
    assert "what came in is not added twice" in page.inner_text(".file .complaint")


def test_names_and_rows_are_shown_and_never_run(page: Any) -> None:
    choose(
        page, f"{ATTACK}.jsonl", json.dumps({"question": ATTACK, "context": ATTACK, "answers": [ATTACK]}) + '\n{"<b>'
    )

    ready = card(page, "ready")
    assert ATTACK in ready.inner_text()
    ready.locator("button.primary").click()

    assert '{"<b>' in card(page, "imported").locator("tbody").inner_text()
    assert page.title() == "Import · my-task · growloop"
    assert page.query_selector("main img") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_sideways(page: Any, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    long = "unbreakable" * 30

    choose(page, f"{long[:200]}.csv", f"question,answers,context\n{long},{long},{long}\n,{long},{long}\n")
    ready = card(page, "ready")
    ready.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ready.locator("button.primary").click()
    card(page, "imported")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
