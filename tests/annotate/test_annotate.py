from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from growloop.annotate import (
    Queued,
    Sides,
    as_compared,
    fold,
    judged_predictions,
    latest_by_question,
    record,
    rejected,
    still_queued,
    undo,
    waiting,
)
from growloop.errors import BadData, NotFound
from growloop.pool import Pool
from growloop.records.agreement import VERDICTS
from growloop.records.annotation import Annotation
from growloop.records.example import EXAMPLES, content_id, examples_frame
from growloop.universe import PLACES

REVIEW = "Lupo: The pasta is great and dogs are welcome on the terrace."
OTHER = "Taco Bar: Cash only, and no dogs, says the sign at the door."


def said(verdict: str, question: str = "Dogs?", context: str = REVIEW, **more: Any) -> Annotation:
    more = {"shown_answer": "no", "at": "2026-01-01T00:00:00Z", **more}
    return Annotation(question=question, context=context, verdict=verdict, **more)  # type: ignore[arg-type]


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    names = {name for row in rows for name in row}
    return examples_frame({name: [row.get(name) for row in rows] for name in names}) if rows else EXAMPLES.to_frame()


def answers(folded: pl.DataFrame) -> list[list[str]]:
    return folded["answers"].to_list()


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool.open("sqlite://") as opened:
        yield opened


# saved and taken back


def test_a_verdict_is_saved_with_its_answers_trimmed_and_told_once(pool: Pool) -> None:
    saved = record(pool, said("wrong", answers=("  yes ", "", "yes", "on the terrace")))

    assert saved.id > 0
    assert pool.annotations() == [saved]
    assert saved.answers == ("yes", "on the terrace")


@pytest.mark.parametrize("verdict", ["correct", "unanswerable", "bad_question"])
def test_answers_beside_a_verdict_that_needs_none_are_not_kept(pool: Pool, verdict: str) -> None:
    assert record(pool, said(verdict, answers=("yes",))).answers == ()


def test_a_verdict_without_a_question_is_refused(pool: Pool) -> None:
    with pytest.raises(BadData, match="no question"):
        record(pool, said("correct", question=" \n"))


def test_an_undone_verdict_counts_no_longer_and_stays_on_record(pool: Pool) -> None:
    saved = record(pool, said("unanswerable"))

    undo(pool, saved.id)

    assert pool.annotations() == []
    assert [kept.withdrawn for kept in pool.annotations(include_withdrawn=True)] == [True]
    assert fold(pool.annotations(include_withdrawn=True), frame()).is_empty()


def test_undoing_what_was_never_said_is_an_error(pool: Pool) -> None:
    with pytest.raises(NotFound, match="7"):
        undo(pool, 7)


# folded into examples


def test_nothing_said_folds_into_an_empty_frame_of_examples() -> None:
    folded = fold([], frame())

    assert folded.is_empty()
    assert folded.schema == EXAMPLES


def test_a_correct_answer_becomes_the_accepted_answer() -> None:
    assert answers(fold([said("correct", shown_answer="yes")], frame())) == [["yes"]]


def test_a_correct_answer_stands_before_those_the_example_had(qa: Callable[..., dict[str, Any]]) -> None:
    pool = frame(qa("How long?", "two years", REVIEW))

    folded = fold([said("correct", "How long?", shown_answer="2 years")], pool)

    assert answers(folded) == [["2 years", "two years"]]
    assert rejected([said("correct", "How long?", shown_answer="2 years")], pool) == pool["id"].to_list()


@pytest.mark.parametrize("shown", ["", "I don't know.", " i DON'T  know.\r\n"])
def test_an_accepted_abstention_has_no_answer(shown: str) -> None:
    folded = fold([said("correct", shown_answer=shown)], frame(), abstain_answer="I don't know.")

    assert answers(folded) == [[]]


@pytest.mark.parametrize("verdict", ["partly", "wrong"])
def test_a_wrong_answer_gives_way_to_the_answers_given(verdict: str) -> None:
    assert answers(fold([said(verdict, answers=("yes", "on the terrace"))], frame())) == [["yes", "on the terrace"]]


def test_wrong_without_saying_what_is_right_makes_no_example() -> None:
    assert fold([said("wrong")], frame()).is_empty()


def test_a_correction_that_is_the_abstain_answer_means_unanswerable() -> None:
    assert answers(fold([said("wrong", answers=("i don't know.",))], frame(), abstain_answer="I don't know.")) == [[]]


def test_an_unanswerable_question_has_no_answers() -> None:
    assert answers(fold([said("unanswerable")], frame())) == [[]]


def test_a_bad_question_is_dropped_and_its_examples_rejected(qa: Callable[..., dict[str, Any]]) -> None:
    pool = frame(qa("Dogs?", "yes", REVIEW), qa("Pasta?", "yes", REVIEW))

    assert fold([said("bad_question")], pool).is_empty()
    assert rejected([said("bad_question")], pool) == [pool["id"][0]]
    assert rejected([said("bad_question", example="ex-1")]) == ["ex-1"]


def test_a_correction_remembers_what_it_corrects(qa: Callable[..., dict[str, Any]]) -> None:
    pool = frame(qa("Dogs?", "no", REVIEW, where={"template": "dogs", "negative": "none"}, group="Lupo"))

    [row] = fold([said("wrong", answers=("yes",)).model_copy(update={"id": 12})], pool).to_dicts()

    assert row["origin"] == "annotation"
    assert row["parent"] == pool["id"][0]
    assert row["where"] == [{"key": "negative", "value": "none"}, {"key": "template", "value": "dogs"}]
    assert row["group"] == "Lupo"
    assert row["source_id"] == "12"
    assert row["id"] == content_id("Dogs?", REVIEW, ["yes"])


def test_the_kind_of_negative_is_kept_only_while_unanswerable(qa: Callable[..., dict[str, Any]]) -> None:
    pool = frame(qa("Dogs?", None, REVIEW, negative="wrong_entity"))

    assert fold([said("unanswerable")], pool)["negative"].to_list() == ["wrong_entity"]
    assert fold([said("wrong", answers=("yes",))], pool)["negative"].to_list() == [None]


def test_white_space_and_unicode_forms_do_not_matter_for_matching_and_are_kept_as_given(
    qa: Callable[..., dict[str, Any]],
) -> None:
    pool = frame(qa("Is the café open?", "no", "Café  Luna\r\nopens at ten.", group="Luna", where={"template": "open"}))
    asked = said("wrong", "Is the cafe\u0301 open?", "Café Luna\nopens at\u00a0ten.", answers=("yes",))

    [row] = fold([asked], pool).to_dicts()

    assert (row["group"], row["parent"]) == ("Luna", pool["id"][0])
    assert (row["question"], row["context"]) == (asked.question, asked.context)


def test_the_last_word_on_a_question_counts() -> None:
    first, other, last = (
        said("correct", shown_answer="yes", id=1),
        said("wrong", "Pasta?", answers=("good",), id=2),
        said("wrong", "Dogs? ", answers=("on the terrace",), id=3),
    )

    assert latest_by_question([last, first, other]) == [other, last]
    assert sorted(answers(fold([last, first, other], frame()))) == [["good"], ["on the terrace"]]


def test_a_withdrawn_verdict_gives_the_word_back_to_the_one_before() -> None:
    first = said("correct", shown_answer="yes", id=1)
    taken_back = said("unanswerable", id=2, withdrawn=True)

    assert answers(fold([first, taken_back], frame())) == [["yes"]]


# the side it stands on


@pytest.mark.parametrize("side", ["train", "validation", "test"])
def test_a_correction_inherits_group_and_side_of_its_context(qa: Callable[..., dict[str, Any]], side: str) -> None:
    version = frame(qa("Pasta?", "great", REVIEW, group="Lupo", split=side))

    folded = fold([said("wrong", answers=("yes",))], frame(qa("Pasta?", "great", REVIEW, group="Lupo")), version)

    assert folded.select("group", "split").row(0) == ("Lupo", side)


def test_a_context_the_version_lacks_keeps_the_side_it_is_pinned_to_in_the_pool(
    qa: Callable[..., dict[str, Any]],
) -> None:
    pool = frame(qa("Pasta?", "great", REVIEW, group="Lupo", split="test"))

    assert fold([said("unanswerable")], pool, frame(qa("Cash?", "yes", OTHER, split="train")))["split"].item() == "test"


def test_the_side_of_the_group_holds_for_all_its_contexts(qa: Callable[..., dict[str, Any]]) -> None:
    pool = frame(qa("Pasta?", "great", REVIEW, group="Lupo"))
    version = frame(qa("Wine?", "yes", "Lupo: Good wine.", group="Lupo", split="validation"))

    assert Sides(pool, version).of("Dogs?", REVIEW) == "validation"


@pytest.mark.parametrize("drawn_from", [False, True], ids=["held out in the universe", "held out in a draw"])
def test_a_context_of_the_universe_that_nothing_was_drawn_from_stands_with_its_entity(
    qa: Callable[..., dict[str, Any]], drawn_from: bool
) -> None:
    rows = [("", REVIEW, "Lupo", None if drawn_from else "test"), ("", OTHER, "Kumo", None)]
    places = pl.DataFrame(rows, schema=PLACES, orient="row")
    drawn = qa("Wine?", "yes", "Lupo: Good wine.", group="Lupo", split="test" if drawn_from else None)

    folded = fold([said("unanswerable", "Dogs?", REVIEW)], frame(drawn), frame(drawn), places=places)

    assert folded.select("group", "split").row(0) == ("Lupo", "test")


def test_a_fresh_context_is_there_to_be_learned_from() -> None:
    folded = fold([said("unanswerable"), said("unanswerable", "Pasta?"), said("unanswerable", context=OTHER)], frame())

    assert folded["split"].to_list() == ["train"] * 3
    assert folded.group_by("context").agg(pl.col("group").n_unique())["group"].to_list() == [1, 1]
    assert folded["group"].n_unique() == 2


def test_questions_without_a_context_do_not_make_one_big_group() -> None:
    folded = fold([said("unanswerable", "One?", ""), said("unanswerable", "Two?", " ")], frame())

    assert folded["group"].n_unique() == 2


def test_several_passages_together_fall_on_the_most_guarded_side(qa: Callable[..., dict[str, Any]]) -> None:
    version = frame(qa("a", "a", REVIEW, group="Lupo", split="train"), qa("b", "b", OTHER, group="Taco", split="test"))

    for together in (f"{REVIEW}\n\n{OTHER}", f"{OTHER} {REVIEW}"):
        folded = fold([said("unanswerable", context=together)], frame(), version)
        assert folded.select("group", "split").row(0) == ("Taco", "test")


def test_however_long_what_was_read_is_the_held_out_context_in_it_decides(qa: Callable[..., dict[str, Any]]) -> None:
    known = frame(qa("Dogs?", "no", REVIEW, group="Lupo", split="test"))

    for between in ("\n\n", " la" * 400_000):
        placed = Sides(known).of("Dogs?", f"{OTHER}{between}{REVIEW}")
        assert placed == "test"


def test_a_cutting_of_a_held_out_context_is_held_out_too(qa: Callable[..., dict[str, Any]]) -> None:
    version = frame(qa("a", "a", REVIEW, group="Lupo", split="test"))

    assert Sides(frame(), version).of("Dogs?", REVIEW[6:]) == "test"


def test_a_short_context_inside_another_is_chance(qa: Callable[..., dict[str, Any]]) -> None:
    version = frame(qa("a", "a", REVIEW, group="Lupo", split="test"))

    assert Sides(frame(), version).of("Dogs?", "dogs") == "train"


def test_a_sentence_found_in_several_groups_tells_nothing(qa: Callable[..., dict[str, Any]]) -> None:
    phrase = "The staff was friendly and the food came quickly."
    version = frame(
        qa("a", "a", f"Lupo: {phrase}", group="Lupo", split="train"),
        qa("b", "b", f"Taco: {phrase}", group="Taco", split="test"),
    )

    assert Sides(frame(), version).of("Dogs?", phrase) == "train"


def test_the_sides_of_many_are_told_in_their_order(qa: Callable[..., dict[str, Any]]) -> None:
    sides = Sides(frame(), frame(qa("a", "a", REVIEW, split="test"), qa("b", "b", OTHER, split="validation")))

    assert sides.of_all([("x", OTHER), ("x", "fresh"), ("x", REVIEW), ("x", OTHER)]) == [
        *("validation", "train", "test", "validation"),
    ]
    assert sides.of_all([]) == []


ODD = st.text(st.sampled_from("ab é\u0308\u00a0\t\n\x1c\x85 \u2028ﬁ①\u3000가\u1100\u1161\ufeff\u200b"))


@given(st.text() | ODD)
def test_one_text_is_compared_as_a_column_of_them_is(text: str) -> None:
    queue = pl.DataFrame({"id": ["x"], "question": [text], "context": [text]})
    place = Sides(frame(), queue.with_columns(group=pl.lit("g"), split=pl.lit("test")))

    assert Queued(queue).rows_asked(as_compared(text), text) == [0]
    assert place.of_all([("?", text)]) == ["test" if as_compared(text) else "train"]


# how many wait


def test_what_waits_is_what_the_next_version_would_hold_differently(qa: Callable[..., dict[str, Any]]) -> None:
    pool = frame(qa("Dogs?", "no", REVIEW), qa("Cash?", "yes", OTHER))
    given = [said("wrong", answers=("yes",), id=1), said("bad_question", "Cash?", OTHER, id=2)]
    corrected = pl.concat([pool.head(1).clear(), fold(given, pool)])

    assert waiting([], pool, pool) == 0
    assert waiting(given, pool, None) == 1
    assert waiting(given, pool, pool) == 2
    assert waiting(given, pool, corrected) == 0
    assert waiting([*given, said("unanswerable", id=3)], pool, corrected) == 1
    assert waiting(given[1:], pool, corrected) == 1  # a folded correction was taken back


# always


_TEXTS = st.sampled_from(["Dogs?", " Dogs? ", "Cash\u00a0?", "Cash ?", "ﬁne?", "犬は？", "a\r\nb", ""])
_CONTEXTS = st.sampled_from([REVIEW, OTHER, f"{REVIEW}\n{OTHER}", REVIEW.replace(" ", "\u00a0"), "", "short"])
_VERDICT_NAMES = st.sampled_from(["correct", "partly", "wrong", "unanswerable", "bad_question"])


@st.composite
def _spoken(draw: st.DrawFn) -> list[Annotation]:
    rows = draw(
        st.lists(st.tuples(_VERDICT_NAMES, _TEXTS, _CONTEXTS, _TEXTS, st.lists(_TEXTS, max_size=2), st.booleans()))
    )
    return [
        said(verdict, question, context, shown_answer=shown, answers=tuple(given), withdrawn=withdrawn, id=number)
        for number, (verdict, question, context, shown, given, withdrawn) in enumerate(rows, start=1)
    ]


def _known(splits: tuple[str | None, ...]) -> pl.DataFrame:
    return frame(
        {"question": "Dogs?", "context": REVIEW, "answers": ["no"], "group": "Lupo", "split": splits[0]},
        {"question": "Cash ?", "context": OTHER, "answers": [], "group": "Taco", "split": splits[1]},
    )


@given(_spoken(), st.permutations(["train", "test"]))
@settings(max_examples=40, deadline=None)
def test_folding_what_was_folded_already_changes_nothing(annotations: list[Annotation], sides: list[str]) -> None:
    pool, version = _known((None, None)), _known((sides[0], sides[1]))

    once = fold(annotations, pool, version)
    again = fold(annotations, pl.concat([pool, once]).unique("id", keep="first", maintain_order=True), version)
    in_the_next_version = fold(annotations, pool, pl.concat([version, once]))

    assert_frame_equal(again, once)
    assert_frame_equal(in_the_next_version, once)


@given(_spoken(), st.permutations(["train", "test"]))
@settings(max_examples=40, deadline=None)
def test_no_correction_of_a_held_out_context_is_ever_learned(annotations: list[Annotation], sides: list[str]) -> None:
    version = _known((sides[0], sides[1]))

    folded = fold(annotations, _known((None, None)), version)
    everything = pl.concat([version, folded])

    assert everything.group_by("group").agg(pl.col("split").n_unique())["split"].max() == 1
    held_out = REVIEW if sides[0] == "test" else OTHER
    touching = folded.filter(pl.col("context").str.replace_all(r"\s", " ").str.contains(held_out, literal=True))
    assert set(touching["split"]) <= {"test"}


@given(_spoken())
@settings(max_examples=40, deadline=None)
def test_every_question_is_answered_once_and_what_is_replaced_goes(annotations: list[Annotation]) -> None:
    pool = _known((None, None))

    folded = fold(annotations, pool)
    kept = pool.filter(~pl.col("id").is_in(rejected(annotations, pool)))

    assert folded["id"].is_unique().all()
    assert not set(folded["id"]) & set(kept["id"])
    assert folded.height <= len(latest_by_question(annotations))


def test_a_hundred_thousand_verdicts_fold_in_seconds(qa: Callable[..., dict[str, Any]]) -> None:
    pool = examples_frame(
        {
            "question": [f"Question {n}?" for n in range(10_000)],
            "context": [f"{REVIEW} {n // 10}" for n in range(10_000)],
            "answers": [["no"]] * 10_000,
        }
    )
    annotations = [
        said("wrong", f"Question {n % 20_000}?", f"{REVIEW} {n % 10_000 // 10}", answers=(f"yes {n}",), id=n + 1)
        for n in range(100_000)
    ]

    folded = fold(annotations, pool, pool.with_columns(split=pl.lit("train")))

    assert folded.height == 20_000
    assert set(folded["group"]) == set(pool["group"])


# the queue


@pytest.fixture
def queued(pool: Pool) -> pl.DataFrame:
    """Two examples about a review, and one about another, in the queue."""
    rows = [qa_of("Dogs?", REVIEW), qa_of("Pasta?", REVIEW), qa_of("Dogs?", OTHER)]
    examples = frame(*rows)
    pool.add(examples)
    pool.enqueue(examples.select("id", reason=pl.lit("looks wrong"), priority=pl.lit(0.5)))
    return pool.queue()


def qa_of(question: str, context: str) -> dict[str, Any]:
    return {"question": question, "context": context, "answers": ["yes"]}


def test_a_verdict_takes_an_example_off_the_queue_named_or_by_its_question_and_context(queued: pl.DataFrame) -> None:
    by_id = said("correct", "Something else?", example=queued["id"][1], id=1)
    by_text = said("correct", "Dogs? ", OTHER, id=2)

    left = still_queued(queued, [by_id, by_text])

    assert left["id"].to_list() == [queued["id"][0]]
    assert left.columns == queued.columns


def test_a_verdict_that_is_taken_back_puts_it_in_again(pool: Pool, queued: pl.DataFrame) -> None:
    given = record(pool, said("correct"))
    assert still_queued(queued, pool.annotations()).height == 2

    undo(pool, given.id)

    assert still_queued(queued, pool.annotations(include_withdrawn=True)).equals(queued)


def test_an_empty_queue_stays_empty(pool: Pool) -> None:
    assert still_queued(pool.queue(), [said("correct")]).is_empty()


# verdicts that metrics are held against


def test_a_verdict_on_a_models_answer_stands_beside_the_answers_of_the_pool() -> None:
    known = frame({"question": "Dogs?", "context": REVIEW, "answers": ["yes", "they may"], "where": {"lane": "dogs"}})

    judged = judged_predictions([said("correct", id=1, shown_answer="Yes!", by="Ann"), said("wrong", id=2)], known)

    assert judged.schema == VERDICTS
    assert judged["prediction"].to_list() == ["Yes!", "no"]
    assert judged["verdict"].to_list() == [1.0, 0.0]
    assert judged["answers"].to_list() == [["yes", "they may"]] * 2
    assert judged["annotator"].to_list() == ["Ann", ""]
    assert judged["where"].to_list() == [[{"key": "lane", "value": "dogs"}]] * 2


def test_what_a_person_says_is_right_wins_over_the_pool() -> None:
    known = frame({"question": "Dogs?", "context": REVIEW, "answers": ["no"]})

    judged = judged_predictions([said("partly", shown_answer="inside", answers=("on the terrace",))], known)

    assert judged.select("answers", "verdict").row(0) == (["on the terrace"], 0.5)


def test_an_answer_is_never_right_only_for_having_been_called_correct() -> None:
    own = frame({"question": "Dogs?", "context": REVIEW, "answers": ["yes"], "origin": "annotation"})

    assert judged_predictions([said("correct", shown_answer="yes")], own).is_empty()


def test_of_an_unanswerable_question_only_an_abstention_is_correct() -> None:
    silent = said("unanswerable", shown_answer="I don’t know", id=1)

    judged = judged_predictions([silent, said("unanswerable", id=2)], frame(), abstain_answer="I don't know.")

    assert judged["answers"].to_list() == [[], []]
    assert judged["verdict"].to_list() == [1.0, 0.0]


def test_verdicts_on_labels_bad_questions_and_withdrawn_ones_are_left_out() -> None:
    known = frame({"question": "Dogs?", "context": REVIEW, "answers": ["yes"]})
    given = [said("correct", example="x"), said("bad_question"), said("wrong", withdrawn=True), said("wrong")]

    assert judged_predictions(given, known).height == 1
    assert judged_predictions([said("correct", example="x", run="train-1")], known).height == 1
