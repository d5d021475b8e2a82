from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.dataset.cleaning import cleaned, without_mojibake

SPOILT = st.sampled_from(
    ["Ã©", "√©", "&amp;", "&amp;amp;", "&#128;", "\x92", "\u200b", "\x1b[31m", "‚Äô", " ", "&shy;", "\x85"]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dÃ©cor", "décor"),
        ("d√©cor", "décor"),
        ("didn‚Äôt", "didn’t"),
        ("isnâ\x80\x99t", "isn’t"),
        ("ÃƒÂ©", "é"),
        ("ðŸ˜€", "😀"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"),
        ("don\x92t", "don’t"),
        ("one\x0btwo\u2028three", "one\ntwo\nthree"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("&amp;amp;lt;", "<"),
        ("a&#8203;b", "ab"),
        ("&notanentity;", "&notanentity;"),
        (" \u00a0both ends\n", "both ends"),
        ("two  spaces\tinside\r\n\r\nand lines", "two  spaces\tinside\r\n\r\nand lines"),
    ],
)
def test_what_was_spoilt_comes_back_as_it_was_meant(text: str, expected: str) -> None:
    assert cleaned(text) == expected


def test_only_the_repairs_asked_for_are_made() -> None:
    assert cleaned(" dÃ©cor &amp; ", ("html",)) == " dÃ©cor & "


@given(st.lists(st.one_of(st.text(max_size=5), SPOILT), max_size=12).map("".join))
def test_cleaning_twice_is_the_same_as_once(text: str) -> None:
    once = cleaned(text)

    assert cleaned(once) == once


@given(st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cc"]), max_size=40))
def test_what_was_decoded_by_the_wrong_table_is_put_right_where_it_can_be_told(text: str) -> None:
    letters = "".join(character for character in text if character.isascii() or character in "éèüöäñçåøßÉ")
    spoilt = letters.encode().decode("mac_roman")

    assert without_mojibake(spoilt) == letters


@given(st.text(st.characters(max_codepoint=127, exclude_categories=["Cc"])))
def test_plain_text_is_never_changed_but_for_its_ends_and_entities(text: str) -> None:
    assert cleaned(text, ("mojibake", "control_characters")) == text
