"""Judging an item in a real browser: from the key press until the verdict is on disk and the next item is painted.

    python benchmarks/annotating.py [--items 100] [--queued 100000] [--visits 3] [--folder build/annotating]
                                    [--peers PYTHON] [--label-studio PYTHON]

growloop's own server with 100,000 drafts queued, beside a Gradio page, a Streamlit page and Label Studio with the same
items. Each has the verdict in its SQLite file before it says so: the others by showing the next item, growloop, which
shows that meanwhile, by its word. One Playwright script drives Debian's Chromium, item by item in turns, so that a
noisy moment is unfair to none. A time runs, by the page's own clock, from the key's event to after the first frame that
has both, the next question and the word that the verdict is saved; in Label Studio, where a first key chooses, from the
key that submits. After the last one every server is killed (kill -9), and each must hold exactly the verdicts given.
Then all pages of growloop, and the first of the others, are visited with an empty cache: bytes over the wire,
requests, first contentful paint, and what moves on them (cumulative layout shift). Label Studio holds the first 1,000.

The others run in environments of their own; without them they are left out, and it is said:

    python -m venv build/peers && build/peers/bin/pip install gradio==6.31.0 streamlit==1.67.0
    python -m venv build/label-studio && build/label-studio/bin/pip install label-studio==1.23.2
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl
from annotating_contestants import Contestant, Gradio, Growloop, LabelStudio, Streamlit
from contest import RESULTS, surroundings
from pool import Made
from rich.console import Console
from rich.table import Table

CHROMIUM = "/usr/bin/chromium"
TARGET_MS = 50.0
SETTLED = 500
"""Milliseconds that a page is in front before its key is pressed, as under a reader's eyes: its window has been drawn
again, and what the page before still does in the background is done."""
WARMING = 5
"""Items at first that are judged and not timed."""
PLACES = ("/", "/queue", "/agreement", "/import", "/dataset", "/map", "/iterations", "/jobs", "/declare")
CONSOLE = Console(width=140)

WATCH = """
window.shifts = [];
new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(
  ({ value, hadRecentInput }) => ({ value, hadRecentInput })))).observe({ type: "layout-shift", buffered: true });

// Promises how long it takes from a key to the first frame with another question, on which nothing is left to be saved.
window.judged = (key, selector, saving) => new Promise((done) => {
  const shown = () => /Item \\d+:/.exec(document.querySelector(selector)?.textContent)?.[0];
  const before = shown();
  let pressed;
  const press = (event) => {
    if (event.key !== key) return;
    pressed ??= event.timeStamp;
    removeEventListener("keydown", press, true);
  };
  addEventListener("keydown", press, true);
  const observer = new MutationObserver(() => {
    const now = shown();
    if (pressed === undefined || !now || now === before || (saving && document.querySelector(saving))) return;
    observer.disconnect();
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => done({ ms: performance.now() - pressed, question: now });
      painted.port2.postMessage(null);
    });
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
});
"""


def made(queued: int) -> pl.DataFrame:
    """Drafts that a teacher has answered, five to a text of sixty words, each with its number in the question."""
    drafts = pl.concat(Made().batches(queued)).with_row_index("number", offset=1)
    question = pl.format("Item {}: {}?", "number", "question")
    answered = pl.when(pl.col("answers").list.len() > 0).then("answers").otherwise(pl.lit(["yes"]))
    status = {"status": pl.lit("draft"), "origin": pl.lit("teacher:m"), "split": pl.lit(None, pl.String)}
    named = drafts.with_columns(id=pl.format("{}-{}", "id", "number"), question=question, answers=answered, **status)
    return named.drop("number")


def wait_until(page: Any, expression: str, seconds: float = 120) -> None:
    """Wait for something to be true on a page, without the `eval` that its security policy forbids."""
    ends = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > ends:
            raise TimeoutError(f"{page.url}: not within {seconds:.0f} s: {expression}")
        page.wait_for_timeout(50)


class Seat:
    """Somebody at the page of one contestant, who keeps a list of what they said."""

    def __init__(self, contestant: Contestant, browser: Any) -> None:
        self.contestant = contestant
        self.said: list[tuple[int, str]] = []
        self.times: list[float] = []
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(120_000)
        context.add_init_script(WATCH)
        self.page = context.new_page()
        contestant.enter(self.page)
        shown = f"document.querySelector('{contestant.question}')?.textContent.includes('Item ')"
        wait_until(self.page, shown)
        self.page.wait_for_timeout(1_000)
        self._item = item_in(str(self.page.text_content(contestant.question)))

    def judge(self, number: int) -> None:
        """Say one thing of what is shown, and wait until the next is there."""
        page, contestant = self.page, self.contestant
        key = list(contestant.keys)[number % len(contestant.keys)]
        page.bring_to_front()
        page.wait_for_timeout(SETTLED)
        if contestant.submits:
            page.keyboard.press(key)
            page.wait_for_timeout(100)
        last = contestant.submits or key
        given = [last.split("+")[-1], contestant.question, contestant.saving]
        page.evaluate("given => { window.result = window.judged(...given) }", given)
        page.keyboard.press(last)
        result = page.evaluate("window.result")
        self.said.append((self._item, contestant.keys[key]))
        self._item = item_in(result["question"])
        if number >= WARMING:
            self.times.append(result["ms"])

    def moved(self) -> float:
        """How much of the page was shifted by all items together."""
        return float(self.page.evaluate("window.shifts.reduce((sum, { value }) => sum + value, 0)"))


def judged(contestants: Sequence[Contestant], browser: Any, items: int) -> list[Seat]:
    """All contestants' seats after so many items, judged in turns."""
    seats = [Seat(contestant, browser) for contestant in contestants]
    for number in range(items + WARMING):
        turn = number % len(seats)
        for seat in seats[turn:] + seats[:turn]:
            seat.judge(number)
    return seats


def kept_by(contestant: Contestant) -> list[tuple[int, str]]:
    return [(item_in(question), verdict) for question, verdict in contestant.kept()]


def item_in(text: str) -> int:
    """The number of the item whose question stands in a text, whatever a page puts around it."""
    return int(re.search(r"Item (\d+):", text)[1])  # type: ignore[index]


def checked(seats: Sequence[Seat]) -> str:
    """That every store holds what was said at its page, each once; it has been killed before."""
    wrong = [seat.contestant.name for seat in seats if Counter(kept_by(seat.contestant)) != Counter(seat.said)]
    if wrong:
        return f"NOT EQUAL, the times do not count: {', '.join(wrong)} kept other verdicts than were given."
    return f"Every store held exactly the {len(seats[0].said)} verdicts given, after kill -9."


def visited(browser: Any, address: str, *, settle_ms: int = 500) -> dict[str, float]:
    """A page opened with an empty cache: what came over the wire, when it was painted, what moved."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(WATCH)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    page.goto(address, wait_until="load", timeout=120_000)
    wait_until(page, "performance.getEntriesByName('first-contentful-paint').length")
    page.wait_for_timeout(settle_ms)
    paints = page.evaluate("performance.getEntriesByType('paint').map(({ name, startTime }) => [name, startTime])")
    moved = "window.shifts.reduce((sum, one) => sum + (one.hadRecentInput ? 0 : one.value), 0)"
    told = {name.replace("-", "_") + "_ms": float(at) for name, at in paints}
    told |= {"kilobytes": sum(sizes) / 1e3, "requests": len(sizes), "layout_shift": float(page.evaluate(moved))}
    context.close()
    return told


def visits(contestants: Sequence[Contestant], browser: Any, rounds: int) -> dict[str, dict[str, float]]:
    """Every page's medians."""
    pages = {f"growloop {place}": contestants[0].address + place for place in PLACES}
    pages |= {each.name: each.address + each.answers_at for each in contestants[1:]}
    seen: dict[str, list[dict[str, float]]] = {page: [] for page in pages}
    for _ in range(rounds):
        for page, address in pages.items():
            seen[page].append(visited(browser, address, settle_ms=500 if page.startswith("growloop") else 3_000))
    return {page: {name: median(one[name] for one in found) for name in found[0]} for page, found in seen.items()}


def spread(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {"p50_ms": median(ordered), "p95_ms": ordered[int(len(ordered) * 0.95)], "slowest_ms": ordered[-1]}


def draw_times(told: dict[str, dict[str, Any]]) -> None:
    heads = ("p50 ms", "p95 ms", "slowest ms", "× growloop's p95", "shift per item", "start to first answer s")
    table = Table("contestant", *heads, title="Key press → on disk → next item painted", title_justify="left")
    for name, row in told.items():
        times = (f"{row[key]:,.1f}" for key in ("p50_ms", "p95_ms", "slowest_ms"))
        ratio = f"{row['p95_ms'] / told['growloop']['p95_ms']:.1f}"
        table.add_row(name, *times, ratio, f"{row['shift_per_item']:.4f}", f"{row['seconds_to_first_answer']:.1f}")
    CONSOLE.print(table)
    met = "met" if told["growloop"]["p95_ms"] <= TARGET_MS else "MISSED"
    CONSOLE.print(f"Target, p95 of growloop at most {TARGET_MS:.0f} ms: {met}.")


def draw_pages(pages: dict[str, dict[str, float]]) -> None:
    table = Table(
        "page", "kB", "requests", "first paint ms", "contentful ms", "CLS", title="Visited with an empty cache"
    )
    for page, row in pages.items():
        paints = (f"{row.get(name, float('nan')):,.0f}" for name in ("first_paint_ms", "first_contentful_paint_ms"))
        table.add_row(page, f"{row['kilobytes']:,.1f}", f"{row['requests']:.0f}", *paints, f"{row['layout_shift']:.4f}")
    CONSOLE.print(table)


def entered(folder: Path, items: pl.DataFrame, peers: Path, label_studio: Path) -> tuple[list[Contestant], list[str]]:
    """Who takes part, and why the others do not."""
    contestants: list[Contestant] = [Growloop(folder / "growloop", items)]
    left_out = []
    for kind, python in ((Gradio, peers), (Streamlit, peers), (LabelStudio, label_studio)):
        try:
            if not python.exists():
                raise RuntimeError(f"{python} is not there; see the head of this file")
            contestants.append(kind(folder / kind.__name__.lower(), items, python))  # type: ignore[abstract]
        except (RuntimeError, OSError) as problem:
            left_out.append(f"{kind.name} is left out: {problem}.")
    return contestants, left_out


def versions(python: Path, *packages: str) -> dict[str, str]:
    """The versions of packages in another environment."""
    code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    if not python.exists():
        return {}
    told = subprocess.run([python, "-c", code, *packages], capture_output=True, text=True, check=False).stdout.split()
    return dict(zip(packages, told, strict=False))


def measure(given: argparse.Namespace) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    shutil.rmtree(given.folder, ignore_errors=True)
    contestants, left_out = entered(given.folder.resolve(), made(given.queued), given.peers, given.label_studio)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            )
            pages = visits(contestants, browser, given.visits)
            seats = judged(contestants, browser, given.items)
            moved = {seat.contestant.name: seat.moved() / len(seat.said) for seat in seats}
    finally:
        for contestant in contestants:
            contestant.kill()
    times = {
        seat.contestant.name: {
            **spread(seat.times),
            "times_ms": seat.times,
            "shift_per_item": moved[seat.contestant.name],
            "seconds_to_first_answer": seat.contestant.seconds_to_answer,
        }
        for seat in seats
    }
    return {"times": times, "equality": checked(seats), "pages": pages, "left_out": left_out}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--items", type=int, default=100)
    arguments.add_argument("--queued", type=int, default=100_000)
    arguments.add_argument("--visits", type=int, default=3)
    arguments.add_argument("--folder", type=Path, default=Path("build/annotating"))
    here = os.environ.get
    peers = Path(here("GROWLOOP_BENCH_PEERS", "build/peers/bin/python"))
    label_studio = Path(here("GROWLOOP_BENCH_LABEL_STUDIO", "build/label-studio/bin/python"))
    arguments.add_argument("--peers", type=Path, default=peers, help="Python with Gradio and Streamlit")
    arguments.add_argument("--label-studio", type=Path, default=label_studio, help="Python with Label Studio")
    given = arguments.parse_args()
    told = measure(given)
    draw_times(told["times"])
    for line in (told["equality"], *told["left_out"]):
        CONSOLE.print(line, markup=False, highlight=False)
    draw_pages(told["pages"])
    others = {**versions(given.peers, "gradio", "streamlit"), **versions(given.label_studio, "label-studio")}
    about = {"queued": given.queued, "items": given.items, "peers": others}
    result = RESULTS / "annotating.json"
    result.write_text(
        json.dumps({"part": "annotating", **about, **told, **surroundings(("playwright",))}, indent=1) + "\n"
    )
    CONSOLE.print(f"Saved: {result}", markup=False, highlight=False)


if __name__ == "__main__":
    main()
