"""The report in a real browser."""

import shutil

import pytest

pytest.importorskip("altair")
pytest.importorskip("vl_convert")
pytest.importorskip("playwright")

from playwright.sync_api import sync_playwright

from growloop.reporting.html import render

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(made, tmp_path_factory):
    report, kept = made(400)
    path = tmp_path_factory.mktemp("report") / "1.html"
    path.write_text(render(report, **kept), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium:  apt-get install chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_window(browser, page_file, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_it_asks_the_network_for_nothing_and_breaks_no_policy(browser, page_file):
    page = browser.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(page_file.as_uri(), wait_until="networkidle")

    assert [url for url in asked if not url.startswith("data:")] == [page_file.as_uri()]
    assert complaints == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_background(browser, page_file, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")

    assert page.evaluate(POOR_CONTRAST) == []
    page.close()


POOR_CONTRAST = r"""() => {
  const linear = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = colour => {
    const [r, g, b] = colour.match(/[\d.]+/g).map(Number).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!/rgba\(.*, 0\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const poor = [];
  for (const e of document.querySelectorAll('body *:not(svg *)')) {
    const worded = [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (worded && e.getClientRects().length && ratio(getComputedStyle(e).color, behind(e)) < 4.5)
      poor.push(e.className + ': ' + e.textContent.slice(0, 40));
  }
  for (const text of document.querySelectorAll('.drawing text')) {
    const inCell = /^#(1b1f2[5-8]|fffff[de])$/.test(text.getAttribute('fill'));
    if (!inCell && ratio(getComputedStyle(text).fill, behind(text)) < 4.5) poor.push('drawing: ' + text.textContent);
  }
  const ramp = ['b5540a', 'e39a5c', 'f3cda8', 'cfe0f0', '7fb2df', '1f6fb3'];
  const inks = ['fffffe', '1b1f25', '1b1f26', '1b1f27', '1b1f28', 'fffffd'];
  for (const [n, hex] of ramp.entries()) {
    const cell = document.querySelector(`.drawing [fill="#${hex}"]`);
    const text = document.querySelector(`.drawing text[fill="#${inks[n]}"]`);
    if (cell && text && ratio(getComputedStyle(cell).fill, getComputedStyle(text).fill) < 4.5) poor.push('cell ' + hex);
  }
  return poor;
}"""
