"""All recommendations of one evaluation, the most useful first, and how a budget is shared among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from growloop.recommender.actions import recommended
from growloop.recommender.curves import Growth, expected_gain, exponents, has_stalled, worthwhile
from growloop.recommender.facts import SliceFacts
from growloop.records.coverage import CoverageReport, Draw
from growloop.records.diagnosis import Diagnosis
from growloop.records.recommendation import Action, Recommendation

EVERYTHING = "questions of every kind"


def ranked(
    diagnosis: Diagnosis,
    facts: Iterable[SliceFacts],
    growths: Sequence[Growth],
    *,
    trained_on: int,
    coverage: CoverageReport | None = None,
    met: bool = False,
    has_universe: bool = True,
    drafts: int = 0,
) -> list[Recommendation]:
    """What to do next, numbered from 1; never empty.

    By expected gain; what has stalled comes last. Coverage holes follow what was measured to fail. Where the
    budgets are `met` the first says to stop; where no slice stands out, more of everything is all that is left, first
    of all of the `drafts`, questions in the pool that nobody has answered.
    """
    found = [recommended(fact, growths) for fact in facts]
    found.sort(key=lambda item: -((item.expected_gain.value if item.expected_gain else None) or 0.0))
    if holes := _holes(coverage):
        found.append(holes)
    if diagnosis.wrong and not any(item.action != "stop" for item in found):
        found.append(_more_of_everything(diagnosis, growths, trained_on, has_universe, drafts))
    if met or not found:
        found.insert(0, _enough(diagnosis, met))
    return [item.model_copy(update={"number": number}) for number, item in enumerate(found, start=1)]


def _holes(coverage: CoverageReport | None) -> Recommendation | None:
    if coverage is None or not coverage.draws:
        return None
    missing = coverage.combinations - coverage.covered
    wanted = sum(draw.n for draw in coverage.draws)
    told = f"{missing:,} of {coverage.combinations:,} combinations have no example yet, {coverage.thin:,} too few."
    return Recommendation(
        number=0,
        action="draw",
        where={},
        words="combinations that the pool lacks",
        how_many=wanted,
        because=f"{told} What they would bring is not measured.",
        draws=coverage.draws,
    )


def _more_of_everything(
    diagnosis: Diagnosis, growths: Sequence[Growth], trained_on: int, has_universe: bool, drafts: int
) -> Recommendation:
    if has_stalled(growths, EVERYTHING):
        told = "The whole has stopped improving although the data grew: look at the model, the contexts or the labels."
        return Recommendation(number=0, action="stop", where={}, words=EVERYTHING, because=told)
    how_many = worthwhile(trained_on)
    action: Action = "draw" if has_universe else "collect"
    told = f"{diagnosis.wrong:,} of {diagnosis.n:,} answers are wrong, and no kind of question stands out."
    if drafts and not has_universe:
        how_many, action = min(drafts, how_many), "annotate"
        told += f" {drafts:,} questions wait without an answer."
    gain = expected_gain(
        diagnosis.wrong,
        diagnosis.n,
        share=1.0,
        trained_on=trained_on,
        more=how_many,
        weights=exponents(growths, EVERYTHING),
    )
    return Recommendation(
        number=0,
        action=action,
        where={},
        words=EVERYTHING,
        how_many=how_many,
        because=told,
        expected_gain=gain,
        labels=0 if has_universe else how_many,
        draws=(Draw(where={}, n=how_many),) if has_universe else (),
    )


def _enough(diagnosis: Diagnosis, met: bool) -> Recommendation:
    if not diagnosis.n and not met:
        told = f"No answer has a score by {diagnosis.metric}, so nothing says what is good enough: look at the metric."
        return Recommendation(number=0, action="stop", where={}, words=EVERYTHING, because=told)
    told = "Every budget in task.yaml is met." if met else f"All of {diagnosis.n:,} answers are right."
    return Recommendation(number=0, action="stop", where={}, words=EVERYTHING, because=f"{told} It is good enough.")
