"""Searching the pool: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.errors import BadData, NotIndexed
from growloop.pool import Pool, Restored
from growloop.records.annotation import Annotation
from growloop.records.example import examples_frame
from growloop.search_index import FEW, ROWS_AT_ONCE, words_of


@pytest.fixture
def pool(pool_url: str) -> Iterator[Pool]:
    with Pool.open(pool_url) as pool:
        yield pool


def toy(n: int = 12) -> pl.DataFrame:
    numbers = range(n)
    return examples_frame(
        {
            "question": [f"Question number{k}: are dogs allowed?" for k in numbers],
            "context": [f"Leave the {'dog' if k % 2 else 'CAT'} at Café-Zoë{k}." for k in numbers],
            "answers": [["No, sorry"] if k % 3 else [] for k in numbers],
            "where": [{"template": f"t{k % 3}", "food": "crème brûlée" if k % 4 else 'so "called"'} for k in numbers],
            "status": ["rejected" if k == 5 else "accepted" for k in numbers],
        }
    )


def numbers(pool: Pool, **asked: Any) -> list[int]:
    questions = pool.search(**asked).examples["question"].to_list()
    return [int(question.split("number")[1].split(":")[0]) for question in questions]


def test_nothing_asked_for_gives_everything_in_the_order_it_came(pool: Pool) -> None:
    pool.add(toy())

    found = pool.search()

    assert found.examples.equals(pool.examples(None))
    assert (found.count, found.more, found.after) == (12, False, None)


def test_an_empty_pool_finds_nothing(pool: Pool) -> None:
    for asked in ({}, {"where": {"a": "b"}}, {"text": "dog"}, {"status": "draft"}):
        found = pool.search(**asked)  # type: ignore[arg-type]

        assert (found.examples.height, found.count, found.more, found.after) == (0, 0, False, None)


def test_examples_are_found_by_their_coordinates(pool: Pool) -> None:
    pool.add(toy())

    assert numbers(pool, where={"template": "t1"}) == [1, 4, 7, 10]
    assert numbers(pool, where={"template": "t1", "food": 'so "called"'}) == [4]
    assert numbers(pool, where={"template": "t9"}) == []
    assert numbers(pool, where={"t1": "template"}) == []


def test_examples_are_found_by_all_their_words_in_any_case(pool: Pool) -> None:
    pool.add(toy())

    assert numbers(pool, text="cat DOGS") == [0, 2, 4, 6, 8, 10]
    assert numbers(pool, text="number7") == [7]
    assert numbers(pool, text="sorry, number7") == [7]
    assert numbers(pool, text="sorry number6") == []
    assert numbers(pool, text="number1*") == [1, 10, 11]
    assert numbers(pool, text="café-zoë3") == [3]
    assert numbers(pool, text="cafe") == []
    assert len(numbers(pool, text="?!")) == 12


@pytest.mark.parametrize(
    "text", ['"', "' OR 1=1 --", "dogs AND NOT cat", "(", "a:b", "*", "^dogs", "NEAR(dogs cat)", "%"]
)
def test_what_a_database_would_read_as_a_command_is_only_words(pool: Pool, text: str) -> None:
    pool.add(toy(3))

    found = pool.search(text=text, where={"food'": text})

    assert found.count == 0


def test_coordinates_status_and_words_go_together(pool: Pool) -> None:
    pool.add(toy())

    assert numbers(pool, where={"template": "t2"}, status="rejected") == [5]
    assert numbers(pool, where={"template": "t2"}, status="accepted", text="dog") == [11]
    assert numbers(pool, status="rejected", text="cat") == []


@pytest.mark.parametrize(("count", "limit"), [(25, 4), (1_800, 500)])
def test_pages_follow_each_other_both_ways_without_gap_or_repetition(pool: Pool, count: int, limit: int) -> None:
    pool.add(toy(count))
    for asked in ({}, {"text": "dogs"}, {"where": {"food": "crème brûlée"}}, {"status": "accepted"}):
        whole = pool.search(**asked, limit=count).examples  # type: ignore[arg-type]

        pages, after = [], 0
        while True:
            found = pool.search(**asked, limit=limit, after=after)  # type: ignore[arg-type]
            pages.append(found.examples)
            assert found.count == min(whole.height, 1_000)
            if found.after is None:
                break
            after = found.after

        assert pl.concat(pages).equals(whole)
        assert all(page.height == limit for page in pages[:-1])
        for earlier in reversed(pages[:-1]):
            found = pool.search(**asked, limit=limit, before=found.before or 0)  # type: ignore[arg-type]
            assert found.examples.equals(earlier)
        assert found.before is None


def test_the_page_before_one_near_the_start_is_the_first_in_full(pool: Pool) -> None:
    pool.add(toy(25))

    assert pool.search(limit=4, before=3).examples.equals(pool.search(limit=4).examples)


def test_past_the_end_there_is_a_way_back(pool: Pool) -> None:
    pool.add(toy(25))

    beyond = pool.search(limit=4, after=1_000)

    assert beyond.examples.is_empty()
    assert pool.search(limit=4, before=beyond.before or 0).examples.height == 4


def test_what_comes_in_later_is_found_too(pool: Pool) -> None:
    pool.add(toy(4))
    assert len(numbers(pool, text="dogs")) == len(numbers(pool, where={"template": "t0"})) * 2 == 4

    pool.add(toy(8))

    assert numbers(pool, text="dogs") == list(range(8))
    assert numbers(pool, where={"template": "t0"}) == [0, 3, 6]


def test_a_count_stops_at_a_thousand(pool: Pool) -> None:
    pool.add(examples_frame({"question": [f"q{n} word" for n in range(1001)]}))
    assert (pool.search(text="word").count, pool.search(text="word").more) == (1000, True)

    with_one_less = pool.search(text="word", after=1)
    assert with_one_less.examples["question"][0] == "q1 word"


def test_once_a_large_pool_is_indexed_no_search_waits_for_it(pool: Pool) -> None:
    pool.add(examples_frame({"question": [f"question n{n}" for n in range(ROWS_AT_ONCE + 1)]}))
    assert not pool.is_indexed()
    with pytest.raises(NotIndexed):
        pool.search(text="n7", patient=False)

    made_of = [name for name, done, last in pool.indexing() if done == last]

    assert set(made_of) == {"coordinates", "words"}
    assert pool.is_indexed()
    assert pool.search(text="n7", patient=False).count == 1


def test_more_rows_than_are_indexed_at_once_are_all_found(tmp_path: Path) -> None:
    with Pool.open(tmp_path / "growloop.db") as pool:
        pool.add(examples_frame({"question": [f"question n{n}" for n in range(2 * ROWS_AT_ONCE + 1)]}))

        for n in (0, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, 2 * ROWS_AT_ONCE):
            assert pool.search(text=f"n{n}").examples["question"].to_list() == [f"question n{n}"]


def test_a_status_of_many_rows_and_one_of_few_are_both_found(tmp_path: Path) -> None:
    with Pool.open(tmp_path / "growloop.db") as pool:
        statuses = ["rejected" if n % 10_000 == 7 else "accepted" for n in range(FEW + 1_000)]
        pool.add(examples_frame({"question": [f"question n{n}" for n in range(len(statuses))], "status": statuses}))

        rare = pool.search(text="question", status="rejected").examples["question"].to_list()
        assert rare == ["question n7", "question n10007", "question n20007"]
        assert pool.search(text="question", status="accepted", limit=8).examples["question"][-1] == "question n8"
        assert pool.search(text="n10007", status="accepted").count == 0


def test_a_pool_of_an_older_growloop_is_upgraded_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "growloop.db"
    with Pool.open(path) as pool:
        pool.add(toy())
    old = sqlite3.connect(path)
    for table in ("restorations", "search_progress"):
        old.execute(f"DROP TABLE {table}")
    old.commit()
    old.close()

    with Pool.open(path) as pool:
        assert numbers(pool, text="number7") == [7]
        assert pool.restore("v-1", pool.examples().head(3)) == Restored(accepted=3, set_aside=8)


MANY = 8 * ROWS_AT_ONCE


def _search_for_ever(path: str) -> None:
    with Pool.open(Path(path)) as pool:
        pool.search(text="question")


def test_an_indexing_killed_at_any_moment_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "growloop.db"
    with Pool.open(path) as pool:
        pool.add(examples_frame({"question": [f"question n{n}" for n in range(MANY)]}))
    for attempt in range(3):
        searcher = multiprocessing.get_context("spawn").Process(target=_search_for_ever, args=(str(path),), daemon=True)
        searcher.start()
        time.sleep(0.8 + 0.3 * attempt)
        os.kill(searcher.pid or 0, signal.SIGKILL)
        searcher.join()

    with Pool.open(path) as pool:
        for n in (0, MANY // 2, MANY - 1):
            assert pool.search(text=f"n{n}").count == 1
        assert pool.search(text="question", limit=MANY).examples["id"].n_unique() == MANY


def test_a_text_that_postgresql_cannot_hold_is_told(postgres_url: str) -> None:
    with Pool.open(postgres_url) as pool:
        with pytest.raises(BadData, match="cannot hold a text"):
            pool.add(examples_frame({"question": ["a\x00b"]}))

        assert pool.counts() == {}


def test_restoring_accepts_the_versions_rows_and_sets_the_others_aside(pool: Pool) -> None:
    pool.add(toy())
    version = pool.examples().head(4).with_columns(split=pl.lit("test"))
    pool.search(where={"template": "t1"})

    restored = pool.restore("v-1", version)

    assert restored == Restored(accepted=4, set_aside=7)
    assert pool.examples().equals(version)
    assert pool.counts() == {"accepted": 4, "rejected": 1, "set_aside": 7}
    assert numbers(pool, where={"template": "t1"}, status="accepted") == [1]


def test_annotations_up_to_a_restoration_wait_no_more(pool: Pool) -> None:
    said = Annotation(question="q", shown_answer="a", verdict="correct", at="2026-01-01T00:00:00Z")
    before = pool.annotate(said)
    pool.restore("v-1", toy(2))
    after = pool.annotate(said)

    assert pool.waiting_annotations() == [after]
    assert pool.annotations() == [before, after]


def test_taking_back_a_restored_annotation_sets_its_example_aside(pool: Pool) -> None:
    said = pool.annotate(Annotation(question="q", shown_answer="a", verdict="correct", at="2026-01-01T00:00:00Z"))
    made = examples_frame(
        {"question": ["q"], "answers": [["a"]], "origin": ["annotation"], "source_id": [str(said.id)]}
    )
    pool.restore("v-1", made)

    pool.withdraw(said.id)

    assert pool.counts() == {"set_aside": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  ?! ", []),
        ("Crème brûlée", ["Crème", "brûlée"]),
        ("snake_case e-mail", ["snake", "case", "e", "mail"]),
        ("dog*s", ["dog*", "s"]),
        ("**", []),
        ("日本 ΟΔΟΣ", ["日本", "ΟΔΟΣ"]),
    ],
)
def test_words_are_runs_of_letters_and_digits(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def is_old_enough(letter: str) -> bool:
    """True for what was a letter or digit in Unicode 3.2 too: FTS5 goes by the tables of 6.1, Python by newer ones."""
    return unicodedata.ucd_3_2_0.category(letter)[0] in "LN"


letters = st.characters(categories=("Lu", "Ll", "Lo", "Nd"), max_codepoint=0x2FFF).filter(is_old_enough)
word = st.text(alphabet=letters, min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(word, min_size=1, max_size=3), min_size=1, max_size=4), st.data())
def test_every_example_is_found_by_each_of_its_words(texts: list[list[str]], data: st.DataObject) -> None:
    examples = examples_frame({"question": [" ".join(words) for words in texts]}).unique("id", maintain_order=True)
    asked = data.draw(st.sampled_from([word for words in texts for word in words]))

    with Pool.open("sqlite://") as pool:
        pool.add(examples)
        found = pool.search(text=asked).examples["question"].to_list()

    assert {question for question in examples["question"] if asked in question.split(" ")} <= set(found)


TEXTS = [
    "Crème brûlée, 3.50 €", "Creme brulee", "cre\u0300me", "\u0301acute", "½ cup and x² of 1e5", "007 2nd ⅷ ①②",
    "snake_case under__score e-mail@example.com/path?q=1", "O'Neil said \"100%\" \\ done", "It’s “quoted” — so…",
    "ΟΔΟΣ 日本語テキスト 中", "ಕನ್ನಡ हिन्दी العربية ٣٤", "a\u00adb\u200bc", "🍮 emoji🍮inside",
    "k " * 50 + "x" * 300, "y" * 2000 + "z " + "w" * 700,
]  # fmt: skip
"""What databases could cut into words in different ways."""


def test_every_database_cuts_texts_into_the_same_words(pool: Pool) -> None:
    pool.add(examples_frame({"question": TEXTS}))
    words = [{word.casefold() for word in words_of(text.replace("*", ""))} for text in TEXTS]

    for asked in sorted(set().union(*words)):
        found = pool.search(text=asked).examples["question"].to_list()

        assert found == [text for text, own in zip(TEXTS, words, strict=True) if asked in own], asked


def test_a_text_of_more_words_than_a_database_lists_goes_in_and_is_found_by_its_beginning(pool: Pool) -> None:
    pool.search(text="none")  # the index is there when it comes

    pool.add(examples_frame({"question": ["first " + " ".join(f"{n:x}é" for n in range(200_000))]}))

    assert pool.search(text="first 1fé").count == 1


def test_examples_are_found_by_their_origin_beside_all_else(pool: Pool) -> None:
    rows = toy().with_columns(
        origin=pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("import:a.csv")).otherwise(pl.lit("universe"))
    )
    pool.add(rows)

    assert numbers(pool, origin="import:a.csv") == [0, 4, 8]
    assert numbers(pool, origin="import:a.csv", where={"template": "t1"}) == [4]
    assert numbers(pool, origin="universe", status="rejected") == [5]
    assert numbers(pool, origin="universe", text="sorry cat") == [2, 10]
    assert numbers(pool, origin="nowhere") == []
    assert pool.origins() == ["import:a.csv", "universe"]


def test_an_origin_of_many_rows_and_a_status_of_few_go_together(tmp_path: Path) -> None:
    with Pool.open(f"sqlite:///{tmp_path / 'growloop.db'}") as pool:
        rows = toy(FEW + 20).with_columns(origin=pl.lit("universe"))
        pool.add(rows)

        assert pool.search(origin="universe", status="rejected").count == 1
        assert pool.search(origin="universe", status="accepted", where={"template": "t1"}).more
        assert pool.search(origin="universe", text="number21").count == 1


def test_a_change_of_status_keeps_who_made_it_and_what_came_in_its_place(pool: Pool) -> None:
    rows = toy(4)
    pool.add(rows.head(3))
    [first, second] = rows["id"][:2]

    fresh = rows.tail(1).with_columns(parent=pl.lit(first))
    assert pool.set_status([first, second, "nobody"], "rejected", because="reworded", by="ada", fresh=fresh) == 2
    assert pool.set_status([first], "rejected", by="bob") == 0

    [change] = pool.status_changes(first)
    assert [change[name] for name in ("before", "after", "because", "by")] == [
        "accepted",
        "rejected",
        "reworded",
        "ada",
    ]
    assert pool.made_from(first)["id"].to_list() == fresh["id"].to_list()
    assert pool.of_ids([second, first])["id"].to_list() == [first, second]
    assert pool.newest(1)["id"].to_list() == fresh["id"].to_list()
    assert pool.counts() == {"accepted": 2, "rejected": 2}


def test_the_verdicts_on_some_examples_are_told_taken_back_ones_among_them(pool: Pool) -> None:
    pool.add(toy(3))
    ids = pool.examples(None)["id"].to_list()
    said = {"question": "?", "shown_answer": "", "verdict": "correct", "at": "2026-01-01T00:00:00Z"}
    first, _ = (pool.annotate(Annotation.model_validate({**said, "example": id})) for id in ids[:2])
    pool.withdraw(first.id)

    assert [(given.example, given.withdrawn) for given in pool.annotations_on(ids[:1])] == [(ids[0], True)]
    assert len(pool.annotations_on(ids)) == 2
