from __future__ import annotations

from collections.abc import Callable

import pytest

from growloop.recommender import Growth, SliceFacts, SlotUse
from growloop.recommender.actions import recommended
from growloop.records.coverage import Draw

Facts = Callable[..., SliceFacts]
STALLED = [Growth("vegan questions", 100, 200, 400, 1_600, 200, 400)] * 3


def test_what_the_universe_has_more_of_is_drawn_with_reason_gain_and_evidence(facts: Facts) -> None:
    found = recommended(facts(), [])

    assert (found.action, found.how_many, found.labels) == ("draw", 200, 0)
    assert found.draws == (Draw(where={"template": "vegan"}, n=200),)
    assert found.because.startswith("40 % wrong (n=100), elsewhere 10 %. Training has 200 examples of it")
    assert found.expected_gain is not None
    assert 0 < (found.expected_gain.value or 0) < 0.25 * 0.5
    assert found.evidence == ("a", "b")


def test_a_wrong_text_that_was_found_is_no_matter_of_examples(facts: Facts) -> None:
    found = recommended(facts(kinds={"retrieval_missed": 30, "refused": 10}), [])

    assert (found.action, found.how_many, found.draws, found.expected_gain) == ("fix_retrieval", 0, (), None)
    assert not found.draws


@pytest.mark.parametrize(("suspects", "action"), [(19, "draw"), (20, "relabel")])
def test_many_labels_that_look_wrong_are_judged_before_more_are_gathered(
    facts: Facts, suspects: int, action: str
) -> None:
    found = recommended(facts(suspects=suspects), [])

    assert found.action == action
    assert found.labels == (20 if action == "relabel" else 0)


def test_a_slice_that_stopped_improving_is_left_alone_and_says_so(facts: Facts) -> None:
    found = recommended(facts(), STALLED)

    assert (found.action, found.how_many) == ("stop", 0)
    assert "more of this kind will not help" in found.because


def test_few_slot_values_are_learned_by_heart_so_more_values_are_drawn(facts: Facts) -> None:
    found = recommended(facts(slots={"food": SlotUse(in_training=40, in_universe=400)}), [])

    assert (found.action, found.how_many) == ("add_slot_values", 4 * 360)
    assert "40 different values of food" in found.because


def test_where_the_universe_has_no_more_values_a_person_adds_them(facts: Facts) -> None:
    found = recommended(facts(slots={"food": SlotUse(in_training=40, in_universe=42)}), [])

    assert (found.action, found.draws, found.labels) == ("add_slot_values", (), 358)


def test_many_values_are_too_few_where_unseen_ones_fail_and_seen_ones_do_not(facts: Facts) -> None:
    used = SlotUse(in_training=150, in_universe=400, wrong_unseen=30, unseen=40, wrong_seen=2, seen=60)
    alike = SlotUse(in_training=150, in_universe=400, wrong_unseen=4, unseen=40, wrong_seen=5, seen=60)

    assert recommended(facts(slots={"food": used}), []).action == "add_slot_values"
    assert recommended(facts(slots={"food": alike}), []).action == "draw"


def test_a_model_that_answers_what_cannot_be_answered_gets_negatives_of_every_kind(facts: Facts) -> None:
    kinds = ("wrong_entity", "wrong_topic")
    found = recommended(facts(kinds={"answered_unanswerable": 40}, negatives=kinds), [])

    assert found.action == "add_negatives"
    assert [draw.where for draw in found.draws] == [{"template": "vegan", "negative": kind} for kind in kinds]
    assert sum(draw.n for draw in found.draws) == found.how_many == 200


def test_questions_that_cannot_be_answered_are_asked_for_as_negatives_not_by_their_answer(facts: Facts) -> None:
    found = recommended(facts({"answer": "abstain"}, trained_on=0, negatives=("wrong_topic",)), [])

    assert found.draws == (Draw(where={"negative": "wrong_topic"}, n=250),)
    assert "training has no example of it" in found.because


def test_a_slice_of_one_kind_of_negative_gets_more_of_that_kind(facts: Facts) -> None:
    found = recommended(facts({"negative": "near_miss"}, negatives=("near_miss", "wrong_topic")), [])

    assert found.draws == (Draw(where={"negative": "near_miss"}, n=200),)


def test_without_a_universe_questions_that_lie_about_are_annotated_and_else_collected(facts: Facts) -> None:
    waiting = recommended(facts(drawable=None, drafts=30), [])
    nothing = recommended(facts(drawable=None), [])

    assert (waiting.action, waiting.how_many, waiting.labels) == ("annotate", 30, 30)
    assert waiting.because.endswith("30 questions of the kind wait without an answer.")
    assert (nothing.action, nothing.labels) == ("collect", 200)
    assert not nothing.draws


def test_a_kind_that_training_has_too_little_of_is_said_to_be_rare_there(facts: Facts) -> None:
    rare = recommended(facts(drawable=None, drafts=30, trained_on=40, training=800, share=0.25), [])
    usual = recommended(facts(drawable=None, drafts=30, trained_on=200, training=800, share=0.25), [])

    assert "It is 25 % of what is asked, 5 % of training; 30 questions" in rare.because
    assert "of what is asked" not in usual.because
