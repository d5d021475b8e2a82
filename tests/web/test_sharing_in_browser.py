"""Two annotators at once in a real browser, by keys alone; and the pages for people as everybody can use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from growloop.people import People
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame
from growloop.web.app import app_for
from growloop.web.workbench import LoopWorkbench

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@pytest.fixture
def drafts(project: Project) -> Project:
    """Nine drafts."""
    rows = {"question": [f"Dogs at Bar {n}?" for n in range(9)], "context": [f"Bar {n}." for n in range(9)]}
    rows |= {"answers": [["Yes."]] * 9, "status": ["draft"] * 9, "origin": ["teacher:m"] * 9}
    rows |= {"where": [{"template": "dogs"}] * 9}
    with Pool.open(project.pool_url) as pool:
        pool.add(examples_frame(rows))
    return project


@pytest.fixture
def come(browser: Any) -> Iterator[Callable[..., Any]]:
    """A fresh window at an address; no script may fail in it."""
    complaints: list[str] = []
    windows: list[Any] = []

    def open_window(address: str, **how: Any) -> Any:
        window = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address, **how)
        window.set_default_timeout(20_000)
        windows.append(window)
        page = window.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None
        )
        return page

    yield open_window
    for window in windows:
        window.close()
    assert complaints == []


def log_in_by_keys(page: Any, name: str) -> None:
    page.goto("/queue")
    page.wait_for_url("**/login?next=/queue")
    page.keyboard.type(name)  # the field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("html.js #review")
    page.wait_for_function("document.querySelector('[data-field=place]').textContent === '1'")


def shown(page: Any) -> str:
    return str(page.inner_text("#asked"))


def press(page: Any, key: str) -> None:
    """Press a key and wait until the next question, or nothing, is there, and the verdict is saved."""
    before = shown(page)
    page.keyboard.press(key)
    page.wait_for_function(
        "asked => document.querySelector('#asked').textContent !== asked "
        "|| document.querySelector('#review').dataset.state === 'none'",
        arg=before,
    )
    page.wait_for_selector("#review:not([data-saving])")


def test_two_annotators_at_once_never_meet_and_a_stale_page_overwrites_nothing(
    drafts: Project,
    people: People,
    serve: Callable[[Any], Any],
    come: Callable[..., Any],
    barriers: Callable[[Any], Any],
) -> None:
    with serve(app_for(LoopWorkbench(drafts), people=people)) as address:
        bo, di = come(address), come(address)
        log_in_by_keys(bo, "Bo")
        log_in_by_keys(di, "Di")
        bo_first, di_first = shown(bo), shown(di)
        assert (bo_first, di_first) == ("Dogs at Bar 0?", "Dogs at Bar 5?")  # five are fetched ahead

        press(bo, "a")
        di.request.post(
            "/api/v1/annotations",
            data={"question": shown(bo), "context": "Bar 1.", "shown_answer": "Yes.", "verdict": "unanswerable",
                  "example": _ids(drafts)[shown(bo)]},
            headers={"origin": address},
        )  # fmt: skip
        press(bo, "a")  # what Di judged meanwhile

        assert "Di judged this while you had it open. Nothing was overwritten" in bo.inner_text("#said")
        press(di, "u")
        _save_for_two_like_it_and_take_them_back(di, barriers)
        for _ in range(3):
            press(bo, "a")
        bo.wait_for_selector("#review[data-state=none]")

    with Pool.open(drafts.pool_url) as pool:
        said = {one.question: (one.by, one.verdict) for one in pool.annotations()}
    assert said == {
        "Dogs at Bar 0?": ("Bo", "correct"),
        "Dogs at Bar 1?": ("Di", "unanswerable"),
        **{f"Dogs at Bar {n}?": ("Bo", "correct") for n in (2, 3, 4)},
        "Dogs at Bar 5?": ("Di", "unanswerable"),
    }


def _save_for_two_like_it_and_take_them_back(di: Any, barriers: Callable[[Any], Any]) -> None:
    """From the verdict on Bar 5, by keys: Bars 6, 7 and 8 have the same label, one of them is spared.

    So have Bars 2, 3 and 4, which are left to Bo, before whom they are.
    """
    di.wait_for_selector("#like:not([hidden])")
    assert "3 like the last correction" in di.inner_text("#like")
    di.keyboard.press("l")
    di.wait_for_url("**/like")
    assert "3 more examples like it are before other people just now" in di.inner_text(".lead")
    assert barriers(di) == []
    di.focus(".example:first-child [name=id]")
    di.keyboard.press("j")
    di.keyboard.press("Space")
    assert di.inner_text("[data-selected]") == "2 selected"
    di.keyboard.press("s")
    di.wait_for_url("**/like?saved=2")
    assert "2 saved." in di.inner_text("#said")
    assert di.inner_text(".example .question") == "Dogs at Bar 7?"
    di.click("text=Undo all 2")
    di.wait_for_url("**/like?undone=2")
    assert di.locator(".example").count() == 3


def _ids(project: Project) -> dict[str, str]:
    with Pool.open(project.pool_url) as pool:
        return dict(pool.examples("draft").select("question", "id").iter_rows())


def test_nothing_on_the_pages_for_people_keeps_anybody_out(
    bench: Any,
    people: People,
    serve: Callable[[Any], Any],
    come: Callable[..., Any],
    barriers: Callable[[Any], list[str]],
) -> None:
    asked = {"question": "Dogs?", "context": "No dogs.", "shown_answer": "Yes.", "at": "2026-01-01T00:00:00Z"}
    bench.kept = [
        Annotation(id=1, example="d0", by="Bo", verdict="correct", **asked),
        Annotation(id=2, example="d0", by="Di", verdict="wrong", answers=("No.",), **asked),
    ]
    link = people.invite("Eve", "viewer")
    people.make_token("Ada", "nightly")
    found: list[str] = []
    with serve(app_for(bench, people=people)) as address:
        page = come(address)
        for path in ("/login", f"/invitation/{link}", "/people", "/account", "/agreement", "/queue", "/api/v1/docs"):
            if path == "/people":
                page.goto("/login")
                page.fill("[name=name]", "Ada")
                page.fill("[name=password]", PASSWORD)
                page.press("[name=password]", "Enter")
                page.wait_for_url("**/")
            page.goto(path)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found += barriers(page)
            page.set_viewport_size({"width": 390, "height": 844})
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [f"{path} is {overflow} px too wide at 390"] if overflow > 0 else []
            page.set_viewport_size({"width": 1280, "height": 900})

    assert found == []
