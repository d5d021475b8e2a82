"""Turn after turn, until the model is good enough or only people can help."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from growloop.loop.following import all_taken, follow
from growloop.loop.iterating import next_iteration
from growloop.loop.recommending import recommend
from growloop.loop.weighing import budgets
from growloop.project import Project, write_atomically
from growloop.records.base import Record
from growloop.records.progress import Progress
from growloop.records.recommendation import Recommendation, Taken
from growloop.records.report import Ended, Iteration

PLAN_FILE = "plan.json"
"""What is being gathered for the next turn; there until that turn is done, so that a killed loop goes on with it."""
FOLLOWED_AT_ONCE = 3
"""Recommendations, the best first, that are followed between two turns."""


class Plan(Record):
    """The recommendations that are followed for the next turn."""

    run: str
    numbers: tuple[int, ...]
    examples: int | None = None


def run_until_good(
    project: Project,
    *,
    turns: int | None = None,
    first: int | None = None,
    examples: int | None = None,
    growth: float = 1.0,
    budget: int | None = None,
    warm_start: bool = False,
    epochs: float | None = None,
) -> Generator[Progress, None, Ended]:
    """Go round until every budget in task.yaml is met, following what is recommended and needs no person.

    It stops at iteration number `turns` at the latest, or once `budget` examples were gathered for recommendations.
    `first` is how many examples the first turn draws, `examples` how many the second gathers (what is recommended,
    where it is left out); from turn to turn that grows `growth`-fold. Killed at any moment and started again, it goes
    on where it was.
    """
    path = project.folder / PLAN_FILE
    yield from _carried_out(project, path)  # what a killed loop was gathering
    while True:
        turn = yield from next_iteration(project, n=_first(project, first), warm_start=warm_start, epochs=epochs)
        path.unlink(missing_ok=True)
        ended = _ended(project, turn, turns, budget)
        if ended is not None:
            return ended
        plan = _planned(project, turn, examples, growth ** (turn.number - 1), budget)
        if isinstance(plan, Ended):
            return plan
        write_atomically(path, plan.model_dump_json().encode())
        taken = yield from _carried_out(project, path)
        if not any(one.added for one in taken):
            path.unlink(missing_ok=True)
            return Ended(reason="nothing_new", words="What is recommended brought no new example.", turn=turn)


def _first(project: Project, first: int | None) -> int | None:
    """What the very first turn draws; later ones draw what is recommended alone."""
    return None if project.versions() else first


def _carried_out(project: Project, path: Path) -> Generator[Progress, None, list[Taken]]:
    if not path.exists():
        return []
    plan = Plan.model_validate_json(path.read_bytes())
    return (yield from follow(project, plan.numbers, run=plan.run, examples=plan.examples))


def _ended(project: Project, turn: Iteration, turns: int | None, budget: int | None) -> Ended | None:
    checks = budgets(project, project.run(turn.run))
    if checks and turn.in_use and all(check.met for check in checks):
        return Ended(reason="met", words="Every budget in task.yaml is met.", turn=turn)
    if turns is not None and turn.number >= turns:
        return Ended(reason="turns", words=f"Iteration {turn.number} is done, as far as it was to go.", turn=turn)
    if budget is not None and _gathered(project) >= budget:
        return Ended(reason="budget", words=f"{_gathered(project):,} examples were gathered, the budget.", turn=turn)
    return None


def _gathered(project: Project) -> int:
    return sum(taken.added for taken in all_taken(project))


def _planned(project: Project, turn: Iteration, examples: int | None, times: float, budget: int | None) -> Plan | Ended:
    if turn.diagnosed is None:
        told = "There are no validation questions to find out what fails: draw or import some."
        return Ended(reason="person", words=told, turn=turn)
    found = recommend(project, turn.diagnosed)
    alone = [item for item in found.items if item.draws][:FOLLOWED_AT_ONCE]
    if not alone:
        return Ended(reason="person", words=_for_a_person(found.items), turn=turn)
    many = round((examples or sum(item.how_many for item in alone)) * times)
    most = many if budget is None else min(many, budget - _gathered(project))
    return Plan(run=found.run, numbers=tuple(item.number for item in alone), examples=most)


def _for_a_person(items: Sequence[Recommendation]) -> str:
    wanted = "; ".join(f"{item.action.replace('_', ' ')}: {item.words}" for item in items if item.action != "stop")
    return f"A person is needed: {wanted}." if wanted else f"Nothing useful can be drawn: {items[0].because}"
