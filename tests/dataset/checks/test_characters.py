from __future__ import annotations

import pytest

from growloop.dataset.checks import lint
from growloop.records.example import examples_frame
from growloop.records.task import Task

TASK = Task(name="t", purpose="p", answer_kind="open_generative")


def checks_on(context: str) -> list[str]:
    examples = examples_frame({"question": ["q"], "context": [context], "answers": [["a"]]})
    wanted = ["mojibake", "control_characters", "html", "white_space"]
    return [finding.check for finding in lint(examples, TASK, checks=wanted)]


@pytest.mark.parametrize(
    ("context", "check"),
    [
        ("the d√©cor", "mojibake"),
        ("it isnâ€™t", "mojibake"),
        ("crÃ¨me brÃ»lÃ©e", "mojibake"),
        ("didn‚Äôt", "mojibake"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "mojibake"),
        ("10 â‚¬", "mojibake"),
        ("ðŸ˜€", "mojibake"),
        ("a \ufffd b", "mojibake"),
        ("zero\u200bwidth", "control_characters"),
        ("a\x00b", "control_characters"),
        ("\ufeffmark", "control_characters"),
        ("Fish &amp; chips", "html"),
        ("It&#39;s", "html"),
        ("&#x2019;", "html"),
        ("one<br/>two", "html"),
        ('<a href="x">here</a>', "html"),
        ("</ref> text", "html"),
        (" leading", "white_space"),
        ("trailing\r\n", "white_space"),
    ],
)
def test_what_nobody_wrote_is_found(context: str, check: str) -> None:
    assert checks_on(context) == [check]


@pytest.mark.parametrize(
    "context",
    [
        "Das war ein großer Spaß”",
        "UN CAFÉ” et une ÎLE…",
        "NÃO, MAÇÃ”",
        "the √2 and √π of x√Ω, ¬p ∨ q, a ≈ b",
        "‚Ähnlich‘ sagte er, ‚Äpfel‘",
        "«CAFÉ» · «PÂTÉ»",
        "café»… é»… à «là»",
        "Привет, Ñandú, Ærø, Øl",
        "नमस्ते क्‍ष \u200e\u200f می‌خواهم",
        "line one\nline two\ttab\r\nthree",
        "👩‍👩‍👧 família",
        "AT&T, Q&A; R&D; salt &pepper; ?a=1&copy=2",
        "if a < b and c > d, 3<5",
        "<Uyless Black, X.25 and Related Protocols, 1991>",
        "I <3 it",
    ],
)
def test_what_somebody_did_write_is_left_in_peace(context: str) -> None:
    assert checks_on(context) == []


def test_questions_and_answers_are_looked_at_like_contexts() -> None:
    examples = examples_frame(
        {"question": ["q\u200b", "q", "q"], "context": ["c", "c", "c\u200b"], "answers": [["a"], ["b", "a\u200b"], []]}
    )

    [finding] = lint(examples, TASK, checks=["control_characters"])

    assert finding.count == 3
    assert finding.examples == tuple(examples["id"])
    assert "\u200b" not in finding.message
    assert "\\u200b" in finding.message


def test_a_context_shared_by_many_examples_counts_for_each() -> None:
    examples = examples_frame({"question": ["1", "2", "3"], "context": ["dÃ©cor", "dÃ©cor", "fine"]})

    [finding] = lint(examples, TASK, checks=["mojibake"])

    assert finding.count == 2
    assert finding.remedy.endswith("growloop lint --fix")
