"""The page in a real browser: ask, answer, judge, undo, by keys alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest

from growloop.web.app import app_for

pytestmark = pytest.mark.browser

ATTACK = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
REVIEW = "Lupo: Dogs are welcome on the terrace. The pasta is great."


@pytest.fixture
def page(browser: Any, bench: Any, serve: Callable[[Any], Any]) -> Iterator[Any]:
    """The page of the bench, in a fresh window; no script may fail on it."""
    complaints: list[str] = []
    with serve(app_for(bench)) as address:
        window = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=address)
        window.set_default_timeout(5_000)
        opened = window.new_page()
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto("/")
        yield opened
        window.close()
    assert complaints == []


def ask(page: Any, question: str, context: str) -> None:
    page.fill("#context", context)
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.wait_for_selector("#answer[data-state=answered], #answer[data-state=failed]")


def shown(page: Any, selector: str) -> str:
    return " ".join(page.inner_text(selector).split())


def test_ask_correct_and_undo_by_keys_alone(page: Any, bench: Any) -> None:
    press, type_text = page.keyboard.press, page.keyboard.type
    press("q")
    type_text("Dogs at Lupo?")
    press("Tab")
    type_text(REVIEW)
    press("Control+Enter")
    page.wait_for_selector("#answer[data-state=answered]")
    assert shown(page, "[data-field=answer]") == "Lupo: Dogs are welcome on the terrace"

    press("c")
    assert page.input_value("#right") == "Lupo: Dogs are welcome on the terrace"
    type_text("Yes, a big AZCU terrace")  # the prefilled answer is selected; keys are letters here
    press("Control+Enter")
    page.wait_for_selector("#list .verdict.fresh")

    [kept] = bench.kept
    assert (kept.verdict, kept.answers, kept.withdrawn) == ("wrong", ("Yes, a big AZCU terrace",), False)
    assert (kept.question, kept.context, kept.run) == ("Dogs at Lupo?", REVIEW, "train-1f2e")
    assert "→ Yes, a big AZCU terrace" in shown(page, "#list .verdict")
    assert "train: the next model learns it" in shown(page, "#list .verdict")

    press("z")
    page.wait_for_selector("#list .verdict.withdrawn")
    assert bench.kept[0].withdrawn


@pytest.mark.parametrize(("key", "verdict"), [("a", "correct"), ("u", "unanswerable")])
def test_one_key_gives_the_verdict_once(page: Any, bench: Any, key: str, verdict: str) -> None:
    ask(page, "Dogs?", REVIEW)

    page.keyboard.press(key)
    page.wait_for_selector("#list .verdict.fresh")
    page.keyboard.press(key)
    page.keyboard.press("c")

    assert [kept.verdict for kept in bench.kept] == [verdict]
    assert not page.is_visible("#correction")


def test_after_undo_the_answer_may_be_judged_again(page: Any, bench: Any) -> None:
    ask(page, "Dogs?", REVIEW)

    page.keyboard.press("a")
    page.wait_for_selector("#list .verdict.fresh")
    page.keyboard.press("z")
    page.wait_for_selector("#list .withdrawn")
    page.keyboard.press("u")
    page.wait_for_selector("#list .verdict.fresh")

    assert [(kept.verdict, kept.withdrawn) for kept in bench.kept] == [("correct", True), ("unanswerable", False)]
    assert page.inner_text("[data-total]") == "2"


def test_undo_remembers_across_a_reload_and_goes_further_back(page: Any, bench: Any) -> None:
    for question in ("One?", "Two?"):
        ask(page, question, REVIEW)
        page.keyboard.press("a")
        page.wait_for_selector(f"#list .verdict.fresh:has-text('{question}')")
    page.reload()

    page.keyboard.press("z")
    page.wait_for_selector("#list .withdrawn:has-text('Two?')")
    page.keyboard.press("z")
    page.wait_for_selector("#list .withdrawn:has-text('One?')")
    page.keyboard.press("z")

    assert "Nothing was saved from this tab yet" in shown(page, "#said")


@pytest.mark.parametrize(("selector", "keys"), [("#question", "Enter"), ("#context", "Control+Enter")])
def test_a_question_sent_before_the_pages_module_is_there_is_answered(
    browser: Any, bench: Any, serve: Callable[[Any], Any], selector: str, keys: str
) -> None:
    with serve(app_for(bench)) as address:
        window = browser.new_context()
        opened = window.new_page()
        opened.route("**/static/ask.js", lambda route: None)  # on its way for as long as the page is open
        opened.goto(address, wait_until="commit")
        opened.fill("#context", REVIEW)
        opened.fill("#question", "Dogs?")
        opened.press(selector, keys)
        opened.wait_for_selector("#answer[data-state=answered]")
        window.close()

    assert bench.asked == [("Dogs?", REVIEW)]


def test_keys_are_letters_while_typing(page: Any, bench: Any) -> None:
    ask(page, "Dogs?", REVIEW)

    for selector in ("#question", "#context"):
        page.focus(selector)
        page.keyboard.type("acuzq")

    assert bench.kept == []
    assert page.input_value("#question") == "Dogs?acuzq"


def test_escape_leaves_the_correction_and_saves_nothing(page: Any, bench: Any) -> None:
    ask(page, "Dogs?", REVIEW)

    page.keyboard.press("c")
    page.keyboard.type("half a thou")
    page.keyboard.press("Escape")

    assert not page.is_visible("#correction")
    assert bench.kept == []


def test_an_empty_correction_is_not_saved_and_says_why(page: Any, bench: Any) -> None:
    ask(page, "Dogs?", REVIEW)

    page.keyboard.press("c")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+Enter")

    assert "Write the right answer first" in shown(page, "#said")
    assert bench.kept == []


def test_a_verdict_that_could_not_be_saved_says_so_and_keeps_the_words(page: Any, bench: Any) -> None:
    ask(page, "Dogs?", REVIEW)
    bench.trouble = OSError("disk full")

    page.keyboard.press("c")
    page.keyboard.type("Yes")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#said.bad")

    assert "Not saved." in shown(page, "#said")
    assert page.input_value("#right") == "Yes"
    assert page.query_selector("#list .verdict") is None


def test_evidence_and_a_held_out_side_are_shown(page: Any, bench: Any) -> None:
    bench.passages = ("Taco Bar takes cash only. No cards.", "Fish on Fridays.")

    ask(page, "Cash?", "")

    assert "No cards." in shown(page, ".evidence")
    assert shown(page, ".evidence mark.answer") == "Taco Bar takes cash only"
    assert "confidence 0.87" in shown(page, "[data-field=sure]")
    assert "reviews.jsonl:2" in shown(page, ".evidence")
    assert "test, held out: it will be measured, not learned" in shown(page, ".side-note")


def test_an_abstention_is_marked_and_saved_as_silence(page: Any, bench: Any) -> None:
    ask(page, "Dogs?", ". Nothing about that.")

    assert shown(page, "[data-field=abstained]") == "abstained"
    page.keyboard.press("a")
    page.wait_for_selector("#list .verdict.fresh")
    assert (bench.kept[0].verdict, bench.kept[0].shown_answer) == ("correct", "")


def test_an_error_is_told_and_the_page_goes_on(page: Any, bench: Any) -> None:
    ask(page, "Cash?", "")
    assert "growloop index" in shown(page, "[data-field=complaint]")
    page.keyboard.press("a")

    ask(page, "Dogs?", REVIEW)

    assert shown(page, "[data-field=answer]") == "Lupo: Dogs are welcome on the terrace"
    assert bench.kept == []


def test_the_answer_is_read_as_it_is_written_and_judged_once_it_is_whole(page: Any, bench: Any) -> None:
    goes_on, usual = Event(), bench.ask

    def ask_slowly(question: str, context: str | None, by: str, hear: Callable[[str], None]) -> Any:
        hear("Dogs are")
        assert goes_on.wait(20)
        return usual(question, context, by, hear)

    bench.ask = ask_slowly
    page.fill("#context", REVIEW)
    page.fill("#question", "Dogs?")
    page.press("#question", "Enter")
    page.wait_for_selector("#answer[data-state=speaking]")

    assert shown(page, "[data-field=answer]") == "Dogs are"
    assert page.is_disabled("#judge [value=correct]")
    goes_on.set()
    page.wait_for_selector("#answer[data-state=answered]")
    assert shown(page, "[data-field=answer]") == "Lupo: Dogs are welcome on the terrace"
    assert not page.is_disabled("#judge [value=correct]")


def test_while_the_model_reads_the_page_says_so(page: Any, bench: Any) -> None:
    bench.pause = 0.4
    page.fill("#context", REVIEW)
    page.fill("#question", "Dogs?")
    page.press("#question", "Enter")

    assert "Reading…" in shown(page, "#answer")
    assert page.is_disabled("#ask button")
    page.wait_for_selector("#answer[data-state=answered]")
    assert not page.is_disabled("#ask button")


def test_the_strip_counts_what_waits(page: Any, bench: Any) -> None:
    ask(page, "Dogs?", REVIEW)

    page.keyboard.press("a")

    page.wait_for_selector("[data-status=waiting]:text-is('1')")
    assert "growloop next" in shown(page, ".next")


def test_whatever_is_said_is_shown_and_never_run(page: Any, bench: Any) -> None:
    bench.passages = (f"{ATTACK}. more",)
    ask(page, ATTACK, "")
    page.keyboard.press("c")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#list .verdict.fresh")

    assert ATTACK in page.inner_text("#list .question")
    page.reload()
    assert ATTACK in page.inner_text("#list .question")
    assert page.title() == "Ask · Food Q&A · growloop"
    assert page.query_selector("main img") is None


def test_the_answer_is_announced(page: Any) -> None:
    ask(page, "Dogs?", REVIEW)

    assert page.evaluate("document.querySelector('[data-field=answer]').closest('[aria-live]').ariaLive") == "polite"
    assert page.evaluate("document.activeElement.id") == "answer"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_sideways(page: Any, bench: Any, width: int, scheme: str) -> None:
    bench.passages = (f"Taco Bar: {'unbreakable' * 60}. {'word ' * 200}",)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})

    ask(page, "x" * 300, "")
    page.keyboard.press("c")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#list .verdict.fresh")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_can_be_reached_and_shows_its_focus(page: Any, bench: Any) -> None:
    ask(page, "Dogs?", REVIEW)
    page.focus(".skip")
    reached = []
    for _ in range(16):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(({ id, name, value, textContent }) => id || (name === 'theme' ? name : value) || textContent)"
                "(document.activeElement)"
                " + ' ' + getComputedStyle(document.activeElement.closest('.theme label') ?? document.activeElement)"
                ".outlineStyle"
            )
        )

    controls = ["question", "context", "beside", "Ask", "correct", "Correct", "unanswerable"]
    pages = ["Ask", "Review", "Import", "Dataset", "Map", "Iterations", "Jobs", "Task", "theme"]
    assert [name.split()[0] for name in reached] == [*pages, *controls]
    page.focus(".theme [value='']")
    page.keyboard.press("ArrowLeft")  # round to the last
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 28)"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert {name.split()[-1] for name in reached} == {"solid"}


def test_with_a_token_the_link_opens_the_page_from_anywhere(
    browser: Any, bench: Any, serve: Callable[[Any], Any]
) -> None:
    with serve(app_for(bench, token="s3cret")) as address:
        window = browser.new_context()
        opened = window.new_page()
        assert opened.goto(address).status == 401

        opened.route(
            "http://chat.example/",
            lambda route: route.fulfill(body=f"<a href='{address}/?token=s3cret'>join</a>", content_type="text/html"),
        )
        opened.goto("http://chat.example/")
        opened.click("a")
        opened.wait_for_selector("#question")

        assert "token" not in opened.url
        assert opened.evaluate("document.cookie") == ""
        ask(opened, "Dogs?", REVIEW)
        assert shown(opened, "[data-field=answer]") == "Lupo: Dogs are welcome on the terrace"
        window.close()


def test_without_scripts_the_forms_do_it(browser: Any, bench: Any, serve: Callable[[Any], Any]) -> None:
    with serve(app_for(bench)) as address:
        window = browser.new_context(java_script_enabled=False)
        opened = window.new_page()
        opened.goto(address)
        opened.fill("#question", "Dogs?")
        opened.fill("#context", f"{REVIEW}\nSecond line.")
        opened.click("#ask button")
        opened.fill("#right", "Yes")
        opened.click("button[value=wrong]")
        assert "Saved." in opened.inner_text("#said")
        opened.click("#list .undo button")
        assert "Taken back." in opened.inner_text("#said")
        window.close()

    [kept] = bench.kept
    assert (kept.verdict, kept.answers, kept.context) == ("wrong", ("Yes",), f"{REVIEW}\nSecond line.")
    assert kept.withdrawn
