"""Jobs, the map, the dataset and the declarations in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from growloop.pool import Pool
from growloop.project import Project
from growloop.web.app import create_app

pytestmark = pytest.mark.browser

PAGES = ("/dataset", "/map?row=open&column=none&draw=2", "/jobs", "/declare?file=universe.yaml", "/versions")


@contextmanager
def opened(browser: Any, address: str) -> Iterator[Any]:
    """A fresh window; no script may fail in it."""
    complaints: list[str] = []
    window = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address, bypass_csp=True)
    page = window.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    window.close()
    assert complaints == []


@pytest.fixture
def page(browser: Any, desk: Project, serve: Callable[[Any], Any]) -> Iterator[Any]:
    with serve(create_app(desk)) as address, opened(browser, address) as page:
        yield page


def look(page: Any, path: str, *, is_wide: bool, barriers: Callable[[Any], Any]) -> None:
    """A page keeps nobody out and fits: wide and light, or narrow and dark."""
    page.set_viewport_size({"width": 1280 if is_wide else 390, "height": 900})
    page.emulate_media(color_scheme="light" if is_wide else "dark")
    page.goto(path)
    assert barriers(page) == [], path
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_draw_is_shown_on_the_map_started_watched_to_its_end_and_its_examples_are_edited(
    page: Any, desk: Project, barriers: Callable[[Any], Any]
) -> None:
    # on the map: a place without examples, chosen by keys alone
    page.goto("/map")
    page.focus("#map tbody tr:first-child td:nth-of-type(1) a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.fill("#place [name=draw]", "3")
    page.click("text=Show what would be drawn")
    assert "3 would be drawn" in page.inner_text("#place")
    page.click("text=Draw 3 into the pool")

    # on the page Jobs: it runs in a process of its own and is watched to its end
    page.wait_for_selector(".job[data-state=done]", timeout=60_000)
    assert "3 examples drawn into the pool." in page.inner_text(".job")
    page.click(".job summary")
    page.wait_for_function("document.querySelector('.job pre').textContent.includes('draw 3/3')")

    # on the page Dataset: found, corrected, with its history
    page.goto("/dataset")
    page.keyboard.press("/")
    page.keyboard.type("open")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dataset?text=open*")
    page.click(".example:first-child .question a")
    page.fill("#answers", "No.")
    page.press("#answers", "Control+Enter")
    page.wait_for_url("**saved=answers")
    assert "Corrected" in page.inner_text("#history")
    page.click("text=Back to the examples")
    assert "Corrected" in page.inner_text(".example:first-child .marks")

    # and what is ticked by keys is rejected
    page.focus(".example:first-child [name=id]")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    assert page.inner_text("[data-selected]") == "1 selected"
    page.keyboard.press("r")
    page.wait_for_url("**did=reject**")
    assert "1 rejected." in page.inner_text("#said")
    with Pool.open(desk.pool_url) as pool:
        assert pool.counts() == {"accepted": 2, "rejected": 1}

    for number, path in enumerate(PAGES):
        look(page, path, is_wide=bool(number % 2), barriers=barriers)


def test_a_recommendation_is_followed_from_the_page_and_its_examples_are_seen(
    browser: Any, turned: Project, serve: Callable[[Any], Any], barriers: Callable[[Any], Any]
) -> None:
    with serve(create_app(turned)) as address, opened(browser, address) as page:
        page.goto("/iterations")
        page.focus("#recommendation-1 button")
        page.keyboard.press("Enter")

        page.wait_for_selector(".going[data-state=done]", timeout=60_000)
        assert "100 examples gathered into the pool." in page.inner_text("#going")
        if page.is_visible("[data-anew]"):  # else it was done before the page was there
            page.click("[data-anew]")
        assert "100 examples gathered; the next turn learns from them." in page.inner_text("#recommendation-1")
        page.goto("/dataset?where=negative%3Dwrong_topic&status=accepted")
        assert "wrong_topic" in page.inner_text(".example:first-child")

        for number, path in enumerate(("/iterations", "/compare")):
            look(page, path, is_wide=bool(number), barriers=barriers)
    with Pool.open(turned.pool_url) as pool:
        assert pool.counts() == {"accepted": 400}


def test_a_declaration_is_checked_at_its_lines_and_saved(page: Any, desk: Project) -> None:
    page.goto("/declare?file=universe.yaml")
    text = page.input_value("#text")

    page.fill("#text", text.replace("by: pet", "by: pets"))
    page.wait_for_selector("[data-field=problems] [data-line='3']")
    page.click("[data-field=problems] [data-line='3']")
    assert page.evaluate("getSelection().toString()").startswith("  - {name: pets")
    page.fill("#text", text.replace("May {pet}", "Can {pet}"))
    page.wait_for_function("document.querySelector('[data-field=preview]').textContent.includes('Can ')")
    page.keyboard.press("Control+s")
    page.wait_for_function("document.querySelector('#said').textContent.startsWith('Saved')")

    assert "Can {pet}" in (desk.folder / "universe.yaml").read_text(encoding="utf-8")
