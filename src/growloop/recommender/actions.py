"""From a failing slice to one thing to do about it: the first of these rules that applies.

1. the wrong text was found             fix_retrieval
2. many training labels look wrong      relabel
3. more data was tried and did nothing  stop
4. too few different slot values        add_slot_values
5. it answers what cannot be answered   add_negatives
6. the universe has more of it          draw
7. questions of the kind lie about      annotate
8. none of that                         collect
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from growloop.metrics.intervals import wilson
from growloop.recommender.curves import Growth, expected_gain, exponents, has_stalled
from growloop.recommender.facts import SliceFacts, SlotUse
from growloop.records.coverage import Draw
from growloop.records.diagnosis import FailureKind
from growloop.records.recommendation import Action, Recommendation

FEW_VALUES, ENOUGH_VALUES = 100, 400
"""Of a slot, in training: some 40 are learned by heart, some 400 teach a model to copy what it reads."""
EXAMPLES_A_VALUE = 4
"""How many examples a new slot value is met in."""
ABSTAIN = "abstain"
"""The `answer` of questions that cannot be answered."""
RARER = 1.5
"""From how many times its share of training on, among what is asked, a kind is said to be rare there."""
SUSPECT_SHARE = 0.1
"""Of a slice's training labels; from so many on they are looked at before more are gathered."""


@dataclass(frozen=True)
class Step:
    """What is to be done about a slice, before it is known what that should bring."""

    action: Action
    because: str
    how_many: int = 0
    draws: tuple[Draw, ...] = field(default=())


Rule = Callable[[SliceFacts, Sequence[Growth]], Step | None]


def recommended(facts: SliceFacts, growths: Sequence[Growth]) -> Recommendation:
    """What to do about a slice; numbered 0, for it stands alone yet."""
    step = next(step for rule in RULES if (step := rule(facts, growths)) is not None)
    failing = facts.slice
    gain = None
    if step.how_many and failing.rate.n and failing.rate.value is not None:
        gain = expected_gain(
            round(failing.rate.value * failing.rate.n),
            failing.rate.n,
            share=facts.share,
            trained_on=facts.trained_on,
            more=step.how_many,
            weights=exponents(growths, failing.words),
        )
    return Recommendation(
        number=0,
        action=step.action,
        where=failing.where,
        words=failing.words,
        how_many=step.how_many,
        because=f"{_how_wrong(facts)} {step.because}",
        expected_gain=gain,
        labels=0 if step.draws else step.how_many,
        draws=step.draws,
        evidence=failing.evidence,
    )


def _how_wrong(facts: SliceFacts) -> str:
    failing = facts.slice
    rate, elsewhere = (f"{100 * (part.value or 0):.0f} %" for part in (failing.rate, failing.elsewhere))
    return f"{rate} wrong (n={failing.rate.n:,}), elsewhere {elsewhere}."


def _main_kind(facts: SliceFacts) -> FailureKind | None:
    kinds = facts.slice.kinds
    most = max(kinds, key=lambda kind: kinds[kind], default=None)
    return most if most and 2 * kinds[most] >= sum(kinds.values()) else None


def _wrong_text_found(facts: SliceFacts, _: Sequence[Growth]) -> Step | None:
    if _main_kind(facts) != "retrieval_missed":
        return None
    told = "Mostly the text that was found does not hold the answer: no example mends that. Look at the contexts, at "
    return Step("fix_retrieval", f"{told}`retriever` and at `passages` in task.yaml.")


def _labels_look_wrong(facts: SliceFacts, _: Sequence[Growth]) -> Step | None:
    if not facts.trained_on or facts.suspects < max(1, SUSPECT_SHARE * facts.trained_on):
        return None
    told = f"{facts.suspects:,} of its {facts.trained_on:,} training labels look wrong: judge those first."
    return Step("relabel", told, facts.suspects)


def _nothing_comes_of_it(facts: SliceFacts, growths: Sequence[Growth]) -> Step | None:
    if not has_stalled(growths, facts.slice.words):
        return None
    told = "It has stopped improving although its data grew: more of this kind will not help. "
    return Step("stop", told + "Look at the model, the contexts or the labels.")


def _too_few_values(facts: SliceFacts, _: Sequence[Growth]) -> Step | None:
    scarce = {slot: use for slot, use in facts.slots.items() if use.in_training < FEW_VALUES or _fails_unseen(use)}
    if not scarce:
        return None
    slot, use = min(scarce.items(), key=lambda pair: pair[1].in_training)
    reachable = min(use.in_universe, ENOUGH_VALUES)
    told = f"Training has {use.in_training:,} different values of {slot}; some {ENOUGH_VALUES} teach copying. "
    if _fails_unseen(use):
        told += f"Of values it never saw {use.wrong_unseen:,} of {use.unseen:,} are wrong, "
        told += f"of those it saw {use.wrong_seen:,} of {use.seen:,}. "
    if reachable > 1.2 * use.in_training and facts.drawable is not None:
        how_many = max(EXAMPLES_A_VALUE * (reachable - use.in_training), facts.worthwhile)
        return Step("add_slot_values", told.strip(), how_many, (Draw(where=dict(facts.drawable), n=how_many),))
    if use.in_universe >= FEW_VALUES:
        return None
    return Step("add_slot_values", f"{told}The universe has no more: add some to the slot.", ENOUGH_VALUES - reachable)


def _fails_unseen(use: SlotUse) -> bool:
    """True where values that training never saw fail more often, beyond what chance makes of so few."""
    if not (use.unseen and use.seen):
        return False
    low, _ = wilson(use.wrong_unseen / use.unseen, use.unseen)
    _, high = wilson(use.wrong_seen / use.seen, use.seen)
    return bool(low > high)


def _answers_the_unanswerable(facts: SliceFacts, _: Sequence[Growth]) -> Step | None:
    named = facts.slice.where.get("negative", "none")
    if facts.drawable is None or not facts.negatives:
        return None
    if named == "none" and _main_kind(facts) != "answered_unanswerable" and facts.slice.where.get("answer") != ABSTAIN:
        return None
    kinds = facts.negatives if named == "none" else (named,)
    each = -(-facts.worthwhile // len(kinds))
    elsewhere = {key: value for key, value in facts.drawable.items() if key != "answer"}
    draws = tuple(Draw(where={**elsewhere, "negative": kind}, n=each) for kind in kinds)
    told = f"It answers what the text does not say; training has {_examples(facts.trained_on)} of it."
    return Step("add_negatives", told, each * len(kinds), draws)


def _universe_has_more(facts: SliceFacts, _: Sequence[Growth]) -> Step | None:
    if facts.drawable is None:
        return None
    how_many = facts.worthwhile
    told = f"Training has {_examples(facts.trained_on)} of it, and the universe has more."
    return Step("draw", told, how_many, (Draw(where=dict(facts.drawable), n=how_many),))


def _questions_lie_about(facts: SliceFacts, _: Sequence[Growth]) -> Step | None:
    if not facts.drafts:
        return None
    wanted = min(facts.drafts, facts.worthwhile)
    told = f"{facts.drafts:,} questions of the kind wait without an answer."
    had = facts.trained_on / max(facts.training, 1)
    if facts.training and facts.share >= RARER * had:
        told = f"It is {100 * facts.share:.0f} % of what is asked, {100 * had:.0f} % of training; {told}"
    return Step("annotate", told, wanted)


def _nobody_has_any(facts: SliceFacts, _: Sequence[Growth]) -> Step | None:
    told = f"Training has {_examples(facts.trained_on)} of it, and there is nothing to draw: bring more of the kind."
    return Step("collect", told, facts.worthwhile)


def _examples(count: int) -> str:
    return "no example" if not count else "one example" if count == 1 else f"{count:,} examples"


RULES: tuple[Rule, ...] = (
    _wrong_text_found,
    _labels_look_wrong,
    _nothing_comes_of_it,
    _too_few_values,
    _answers_the_unanswerable,
    _universe_has_more,
    _questions_lie_about,
    _nobody_has_any,
)
