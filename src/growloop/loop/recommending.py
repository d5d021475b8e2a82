"""What to gather next about what fails in an evaluation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl
from pydantic import ValidationError

from growloop.diagnose.scarcity import scarce_slices
from growloop.errors import BadData, GrowloopError, NotFound
from growloop.loop.asked import answered_examples
from growloop.loop.diagnosing import diagnosis
from growloop.loop.gathering import coverage
from growloop.loop.surroundings import curve_runs, growths_of, judged, slice_facts, training_rows, turns_until
from growloop.loop.weighing import budgets
from growloop.pool import Pool
from growloop.project import Project, write_atomically
from growloop.recommender import ranked
from growloop.records.coverage import CoverageReport
from growloop.records.diagnosis import Diagnosis, FailingSlice
from growloop.records.example import EXAMPLES
from growloop.records.recommendation import Recommendation, Recommendations

RECOMMENDATIONS_FILE = "recommendations.json"
MOST_SLICES = 12
"""Failing slices, the worst first, for which something is recommended."""


def recommend(project: Project, run: str | None = None) -> Recommendations:
    """What to do next about what fails in a run: the last turn's diagnosed one, or the last evaluation, unless named.

    Kept in the run's folder, also when later turns are made; made anew once the universe or the task have changed.
    What is recommended again then keeps its number, and what is new gets one that was never given.
    """
    chosen = run or _last_diagnosed(project)
    found = diagnosis(project, chosen)
    key = _key(project, found)
    kept = _kept(project, found.run)
    if kept is not None and kept.key == key:
        return kept
    items, numbers = _numbered(_ranked(project, found), kept)
    made = Recommendations(
        run=found.run, version=found.version, key=key, items=items, numbers=numbers, notes=found.notes
    )
    path = project.run_folder(found.run) / RECOMMENDATIONS_FILE
    write_atomically(path, made.model_dump_json(indent=1).encode())
    return made


def shown_recommendations(project: Project, run: str | None, numbers: Sequence[int]) -> Recommendations:
    """The same, for following some of them by number.

    Raises BadData where one has become something else than it was when it was shown last, NotFound where it is gone.
    """
    kept = _kept(project, diagnosis(project, run or _last_diagnosed(project)).run)
    found = recommend(project, run)
    before, after = ({item.number: item for item in one.items} if one else {} for one in (kept, found))
    for number in numbers:
        was, now = before.get(number), after.get(number)
        if now is None:
            gone = f": {was.action} of {was.words} is no longer recommended" if was else ""
            known = ", ".join(str(known) for known in sorted(after))
            raise NotFound(f"There is no recommendation {number}{gone}; there are {known}:  growloop recommend")
        if was is not None and not was.asks_as(now):
            raise BadData(
                f"Recommendation {number} has changed since it was shown: {now.action} {now.how_many:,}, not "
                f"{was.how_many:,}, of {now.words}. The same command again follows it as it is now; all of them:  "
                "growloop recommend"
            )
    return found


def _numbered(
    items: Sequence[Recommendation], kept: Recommendations | None
) -> tuple[tuple[Recommendation, ...], dict[str, int]]:
    """The items by the numbers that they had before, new ones by numbers that nothing had; and all these numbers."""
    numbers = {item.name: item.number for item in kept.items} | kept.numbers if kept else {}
    for item in items:
        numbers.setdefault(item.name, max(numbers.values(), default=0) + 1)
    return tuple(item.model_copy(update={"number": numbers[item.name]}) for item in items), numbers


def kept_recommendations(project: Project, run: str | None) -> tuple[Recommendation, ...]:
    """What was recommended after a run, as it was then; nothing where nothing is kept."""
    kept = _kept(project, run) if run else None
    return kept.items if kept else ()


def evidence(project: Project, items: Sequence[Recommendation]) -> pl.DataFrame:
    """The examples that recommendations point to, as far as the pool has them."""
    with Pool.open(project.pool_url) as pool:
        return pool.of_ids(list(dict.fromkeys(id for item in items for id in item.evidence)))


def _last_diagnosed(project: Project) -> str | None:
    turns = [turn for turn in project.iterations() if turn.diagnosed and project.is_done(turn.diagnosed)]
    return turns[-1].diagnosed if turns else None


def _key(project: Project, found: Diagnosis) -> str:
    """Changes with everything that recommendations follow from, but for the pool: they are of the version's data."""
    turns = [turn.run for turn in turns_until(project, found.run)] + curve_runs(project, found.run)
    universe = project.universe.model_dump_json() if project.universe else ""
    told = "\n".join([found.model_dump_json(), universe, project.task_hash, *turns])
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def _kept(project: Project, run: str) -> Recommendations | None:
    path = project.run_folder(run) / RECOMMENDATIONS_FILE
    try:
        return Recommendations.model_validate_json(path.read_bytes()) if path.exists() else None
    except ValidationError:  # written by another version of growloop
        return None


def _ranked(project: Project, found: Diagnosis) -> list[Recommendation]:
    waiting = _waiting(project)
    slices = [*found.slices[:MOST_SLICES], *_scarce(project, found, waiting)]
    growths = growths_of(project, found, slices)
    turn = next((turn for turn in project.iterations() if turn.diagnosed == found.run), None)
    checks = budgets(project, project.run(turn.run if turn else found.run))
    version = project.version(found.version)
    return ranked(
        found,
        slice_facts(project, found, slices),
        growths,
        trained_on=version.counts.get("train", 0),
        coverage=_coverage(project),
        met=bool(checks) and all(check.met for check in checks),
        has_universe=project.universe is not None,
        drafts=waiting.height,
    )


def _waiting(project: Project) -> pl.DataFrame:
    """The questions of the pool that nobody has answered; none where a universe says what there is.

    What is drawn from it has the shares that it declares, and is labelled without anybody.
    """
    if project.universe is not None:
        return EXAMPLES.to_frame()
    with Pool.open(project.pool_url) as pool:
        return pool.examples("draft")


def _scarce(project: Project, found: Diagnosis, waiting: pl.DataFrame) -> list[FailingSlice]:
    """Kinds that are asked more often than training has them and of which questions wait for an answer."""
    if waiting.is_empty():
        return []
    run = project.run(found.run)
    asked = judged(answered_examples(project, run), project.run_frame(run.id, "scores"), found)
    return scarce_slices(
        asked.drop_nulls("is_wrong"),
        training_rows(project, found.version),
        waiting,
        but=[failing.where for failing in found.slices],
    )


def _coverage(project: Project) -> CoverageReport | None:
    if project.universe is None or project.universe.coverage is None:
        return None
    try:
        return coverage(project, by_meaning=False)
    except GrowloopError:  # the universe is being edited and not whole: what was measured to fail still stands
        return None
