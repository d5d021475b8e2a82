import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("jinja2")

from markupsafe import escape

from growloop.reporting.evidence import marked


def words(html, kind):
    return re.findall(rf'<mark class="{kind}">(.*?)</mark>', html)


def test_an_answer_that_stands_in_the_context_is_marked_whole():
    html = marked("They offer beef pho, daily.", answers=["beef pho"], question="Is there soup?")

    assert words(html, "answer") == ["beef pho"]


def test_telling_words_of_a_free_form_answer_are_marked_and_common_ones_are_not():
    html = marked(
        "The dogs of Zur Post got water.", answers=["Yes, dogs are welcome."], question="Is my dog welcome at Zur Post?"
    )

    assert words(html, "answer") == ["dogs"]
    assert words(html, "question") == ["Zur Post"]


def test_everything_is_escaped():
    html = marked('<script>alert("pho")</script> & pho', answers=['<script>alert("pho")</script>'], question="<b>?")

    assert "<script>" not in html
    assert "&lt;" in html
    assert "&amp;" in html


def test_of_a_long_context_the_stretch_with_the_marks_is_shown():
    context = "filler words here. " * 200 + "The dragonfruit is great. " + "more filler follows. " * 200

    html = marked(context, answers=["dragonfruit"], question="?", at_most=300)

    assert words(html, "answer") == ["dragonfruit"]
    assert html.startswith("… ")
    assert html.endswith(" …")
    assert len(html) < 400


def test_a_short_context_without_marks_is_shown_as_it_is():
    assert marked("Nothing here.", answers=[], question="") == "Nothing here."
    assert marked("", answers=["x"], question="y") == ""


@given(
    st.text(alphabet="abc <&>\"'.\n’éß，狗 ", max_size=80),
    st.lists(st.text(alphabet="abc é狗", max_size=6), max_size=3),
    st.text(alphabet="abcé <狗", max_size=12),
)
def test_without_its_marks_the_context_is_unchanged(context, answers, question):
    html = marked(context, answers=answers, question=question)

    assert re.sub(r"</?mark[^>]*>", "", html) == str(escape(context))
