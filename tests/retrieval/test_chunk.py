import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from growloop.retrieval.chunk import passages_from_texts, sentences


def split(text):
    return [text[start:end] for start, end in sentences(text)]


def texts(*contents):
    return pl.DataFrame(
        {"source": [f"t{number}" for number in range(len(contents))], "text": contents},
        schema={"source": pl.String, "text": pl.String},
    )


def test_sentences_end_at_marks_and_blank_lines_but_not_inside_numbers():
    text = 'It costs 3.50 euros. "Really?" he asked…\n\nA title without a mark\n\nLast one'

    assert split(text) == ["It costs 3.50 euros.", '"Really?"', "he asked…", "A title without a mark", "Last one"]


def test_chinese_and_japanese_sentences_need_no_white_space():
    assert split("可以带狗吗？可以。「はい。」そうです") == ["可以带狗吗？", "可以。", "「はい。」", "そうです"]


def test_line_breaks_within_a_sentence_do_not_end_it():
    assert split("one\r\ntwo.\r\n\r\nthree") == ["one\r\ntwo.", "three"]


def test_a_passage_is_packed_from_sentences_and_shares_one_with_its_neighbour():
    found = passages_from_texts(texts("One two. Three four. Five six."), max_characters=21)

    assert found["text"].to_list() == ["One two. Three four.", "Three four. Five six."]
    assert found["offset"].to_list() == [0, 9]
    assert found["id"].to_list() == ["t0:0", "t0:9"]


def test_a_sentence_longer_than_the_limit_is_cut_at_white_space():
    found = passages_from_texts(texts("abcd efgh ijkl mnop"), max_characters=10, overlap=0)

    assert found["text"].to_list() == ["abcd efgh", "ijkl mnop"]


def test_empty_and_blank_texts_give_no_passages():
    assert passages_from_texts(texts("", " \n\t ")).height == 0
    assert passages_from_texts(texts()).height == 0


@given(st.text(max_size=300), st.integers(1, 60), st.integers(0, 2))
def test_every_passage_stands_in_its_source_and_nothing_visible_is_lost(text, limit, overlap):
    found = passages_from_texts(texts(text), max_characters=limit, overlap=overlap)

    covered = set()
    for passage, offset in found.select("text", "offset").iter_rows():
        assert text[offset : offset + len(passage)] == passage
        assert len(passage) <= limit
        covered.update(range(offset, offset + len(passage)))
    assert all(position in covered or text[position].isspace() for position in range(len(text)))
