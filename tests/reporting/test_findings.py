from __future__ import annotations

from io import StringIO

from rich.console import Console, RenderableType

from growloop.records.version import Finding
from growloop.reporting.findings import SHORTLY, findings_shortly, findings_table, fixed_table, verdict


def told(renderable: RenderableType) -> str:
    console = Console(width=120, record=True, file=StringIO())
    console.print(renderable)
    return console.export_text()


def found(severity: str = "warning", number: int = 0) -> Finding:
    return Finding.model_validate(
        {
            "check": f"check_{number}",
            "severity": severity,
            "examples": (f"id-{number}",),
            "count": 1234,
            "message": f"Message {number} [bold]not markup[/bold].",
            "remedy": f"Remedy {number}.",
        }
    )


def test_a_finding_shows_what_to_do_and_the_first_example() -> None:
    text = told(findings_table([found()], {"id-0": {"question": "Which [one]?", "context": "The  text\nof it. " * 20}}))

    for part in ("check_0", "warning", "1,234", "[bold]not markup", "Remedy 0.", "Which [one]?", "The text of it."):
        assert part in text
    assert "…" in text


def test_a_finding_without_examples_shows_none() -> None:
    finding = found().model_copy(update={"examples": ()})

    assert "Message 0" in told(findings_table([finding], {}))


def test_the_verdict_counts_by_severity() -> None:
    line = verdict([found("error"), found("info"), found("info")], 11_400)

    assert line.plain == "11,400 examples: 1 error, 0 warnings, 2 notes."


def test_a_version_tells_the_gravest_findings_a_line_each() -> None:
    many = [found("info", 1), *(found("warning", number) for number in range(2, 8)), found("error", 9)]

    text = told(findings_shortly(many))

    assert text.startswith("error: Message 9")
    assert text.count("Message") == SHORTLY
    assert f"{len(many) - SHORTLY} more" in text
    assert "growloop lint" in text
    assert "Remedy" not in text


def test_notes_alone_call_for_nothing() -> None:
    assert "growloop lint" not in told(findings_shortly([found("info")]))


def test_fixing_says_what_it_did_and_what_it_left() -> None:
    assert told(fixed_table({}, {})).strip() == "Nothing to fix."
    text = told(fixed_table({"mojibake": 158}, {"a person has judged them": 2}))
    assert "mojibake" in text
    assert "158" in text
    assert "Left alone: 2 examples: a person has judged them." in text
