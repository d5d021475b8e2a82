"""Passages lose nothing, begin and end cleanly, and know their headings and pages."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.dataset.passages import Document, passages
from growloop.dataset.passages.plain import read_markdown, read_plain

SENTENCE = "The kettle is filled with fresh cold water up to the mark. "


def words(text: str) -> int:
    return len(text.split())


def texts(document: Document) -> list[str]:
    return [document.text[cut.offset : cut.end] for cut in passages(document)]


pieces = st.one_of(
    st.sampled_from(["\n\n", "\n", " ", "# Care\n", "Wide\n===\n", "1. ", "```\n", ". ", "。", "水は熱い。"]),
    st.sampled_from([SENTENCE * 9, "x" * 900, "words without an end " * 60]),
    st.text(max_size=30),
)  # fmt: skip


@given(st.lists(pieces, max_size=25).map("".join))
def test_the_passages_together_hold_all_of_the_text_in_order(text: str) -> None:
    document = read_markdown(text)

    cuts = passages(document)

    assert all(first.end <= second.offset for first, second in pairwise(cuts))
    assert all(part == part.strip() and part for part in texts(document))
    assert "".join("".join(texts(document)).split()) == "".join(text.split())


@given(st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=40))
def test_passages_of_long_texts_are_neither_short_nor_long(sentences: list[int]) -> None:
    text = "\n\n".join(SENTENCE * count for count in sentences)

    found = [words(part) for part in texts(read_plain(text))]

    assert len(found) == 1 or all(75 <= count <= 225 for count in found)


def test_a_passage_ends_with_a_paragraph_where_one_ends_nearby() -> None:
    paragraphs = [SENTENCE.strip() + " " + SENTENCE * 10 + f"End {number}." for number in range(4)]

    assert texts(read_plain("\n\n".join(paragraphs))) == paragraphs


def test_a_heading_stands_with_what_follows_it() -> None:
    text = "# Kettle\n\n" + SENTENCE * 12 + "\n## Care\n\n" + SENTENCE * 12

    found = passages(read_markdown(text))

    assert [text[cut.offset :].split("\n")[0] for cut in found] == ["# Kettle", "## Care"]
    assert [cut.heading for cut in found] == ["Kettle", "Kettle > Care"]


def test_the_second_passage_of_a_section_stands_under_its_heading_too() -> None:
    found = passages(read_markdown("# Care\n\n" + SENTENCE * 40))

    assert len(found) > 1
    assert {cut.heading for cut in found} == {"Care"}


def test_headings_that_follow_each_other_count_down_to_the_lowest() -> None:
    [cut] = passages(read_markdown("# Kettle\n\n## Care\n\nDescale it."))

    assert cut.heading == "Kettle > Care"


def test_short_sections_share_a_passage() -> None:
    text = "\n\n".join(f"## Part {number}\n\nTwo words." for number in range(4))

    assert texts(read_markdown(text)) == [text]


def test_a_marked_line_in_fenced_code_is_no_heading() -> None:
    assert read_markdown("```\n# a comment\n```\n").headings == ()
    assert [heading.title for heading in read_markdown("~~~\n# no\n~~~\n# Yes #\n").headings] == ["Yes"]


def test_an_underlined_line_is_a_heading_and_a_rule_is_none() -> None:
    headings = read_markdown("Kettle\n======\n\nText.\n\n---\n\nCare\n----\n").headings

    assert [(heading.title, heading.level) for heading in headings] == [("Kettle", 1), ("Care", 2)]


def test_the_number_of_a_list_item_does_not_end_a_sentence() -> None:
    items = [f"{number}. {SENTENCE.strip()}" for number in range(1, 40)]

    assert all(re.match(r"\d+\. The", part) for part in texts(read_plain("\n".join(items))))


def test_a_sentence_without_end_is_cut_at_a_line_end_or_between_words() -> None:
    found = texts(read_plain("\n".join(["seven words stand here in this line"] * 100)))

    assert all(words(part) <= 200 for part in found)
    assert all(part.startswith("seven") and part.endswith("line") for part in found)


@pytest.mark.parametrize("text", ["", " \n\t\n", "\u00a0"])
def test_white_space_makes_no_passage(text: str) -> None:
    assert passages(read_plain(text)) == []


def test_a_passage_knows_the_page_it_begins_on() -> None:
    first, second = SENTENCE * 14, SENTENCE * 14
    document = Document(f"{first}\n{second}", pages=(0, len(first) + 1))

    assert [cut.page for cut in passages(document)] == [1, 2]


def test_real_pages_are_cut_into_passages_of_about_a_hundred_and_fifty_words(repository: Path) -> None:
    pages = sorted((repository / "docs").rglob("*.md"))
    found = [words(part) for page in pages for part in texts(read_markdown(page.read_text(encoding="utf-8")))]

    assert max(found) < 260
