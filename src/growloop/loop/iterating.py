"""One whole turn of the loop, and where the project stands."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

from growloop.loop.asked import CORRECTIONS
from growloop.loop.auditing import waiting_in
from growloop.loop.comparing import held_against
from growloop.loop.diagnosing import diagnosis
from growloop.loop.following import all_taken, gain_seen
from growloop.loop.freezing import freeze
from growloop.loop.gathering import draw
from growloop.loop.measuring import BASELINE_QUESTIONS, baseline, evaluated_by
from growloop.loop.recommending import recommend
from growloop.loop.reporting import report
from growloop.loop.reviewing import review_state
from growloop.loop.training import train
from growloop.loop.waiting import waiting_corrections
from growloop.loop.weighing import budgets
from growloop.metrics.official import OfficialScores, score_squad_v2
from growloop.pool import Pool
from growloop.project import Project, now
from growloop.records.comparison import Promotion
from growloop.records.progress import Progress
from growloop.records.recommendation import Taken
from growloop.records.report import Iteration
from growloop.records.run import Run
from growloop.records.status import Status
from growloop.records.version import DatasetVersion

DRAWN_AT_FIRST = 11_400
"""How many examples the first turn of the loop draws where nothing is in the pool yet."""


def next_iteration(
    project: Project, *, n: int | None = None, warm_start: bool = False, epochs: float | None = None
) -> Generator[Progress, None, Iteration]:
    """One whole turn of the loop: gather, freeze, measure the untrained model once, fine-tune, evaluate, diagnose,
    compare with the turn before, recommend, report.

    The first turn draws from the universe; a later one folds in people's corrections and what was gathered for
    recommendations, and draws `n` more if asked. Training starts from the candidate, or with `warm_start` from the
    model in use. A model that does worse than the one in use is held back. Only what changed is done again; killed
    at any moment and started again, it goes on where it was.
    """
    _gather(project, n)
    version = freeze(project)
    yield Progress("freeze", 1, 1, f"version {version.id}: {version.counts}")
    turns = {turn.number: turn for turn in project.iterations()}
    if 0 not in turns:
        turns[0] = yield from _zero_shot(project, version)
    last = turns[max(turns)]
    base = _base(turns, version, warm_start)
    trained = yield from train(project, model=base, version=version.id, epochs=epochs)
    run = yield from evaluated_by(project, version, trained.id, "test")
    judged = yield from _judged(project, version, trained.id)
    again = (last.trained_by, last.version) == (trained.id, version.id)
    number = last.number if again else last.number + 1
    before = _in_use(turns, number)
    turn = _turn(version, number, run, trained).model_copy(
        update={
            "diagnosed": judged.id if judged else None,
            "taken": tuple((yield from _seen(project, turns, number, judged))),
            "promotion": (yield from _promotion(project, before, run, version)),
        }
    )
    project.save_iteration(turn)
    if judged:
        yield Progress("diagnose", 1, 1, f"{diagnosis(project, judged.id).wrong:,} wrong answers")
        recommend(project, judged.id)
    report(project, number)
    return turn


def _zero_shot(project: Project, version: DatasetVersion) -> Generator[Progress, None, Iteration]:
    candidates = yield from baseline(project, version=version.id)
    run = yield from evaluated_by(project, version, candidates[0].model, "test", at_most=BASELINE_QUESTIONS)
    turn = _turn(version, 0, run)
    project.save_iteration(turn)
    return turn


def _in_use(turns: Mapping[int, Iteration], before: int) -> Iteration:
    """The last turn before one whose model was not held back."""
    return max((turn for turn in turns.values() if turn.number < before and turn.in_use), key=lambda turn: turn.number)


def _base(turns: Mapping[int, Iteration], version: DatasetVersion, warm_start: bool) -> str:
    """The model to train on: on a warm start the one in use, unless it was trained on this very version."""
    candidate = turns[0].model
    if not warm_start:
        return candidate
    last = turns[max(turns)]
    if last.version == version.id:  # this turn again: from where it began
        return last.model if last.number else candidate
    return _in_use(turns, last.number + 1).trained_by or candidate


def _judged(project: Project, version: DatasetVersion, model: str) -> Generator[Progress, None, Run | None]:
    """The answers that are diagnosed: to validation questions, so that the test side decides nothing."""
    if not version.counts.get("validation"):
        return None
    return (yield from evaluated_by(project, version, model, "validation"))


def _seen(
    project: Project, turns: Mapping[int, Iteration], number: int, judged: Run | None
) -> Generator[Progress, None, list[Taken]]:
    """The recommendations followed since the turn before, with the gain that was seen in each one's slice."""
    earlier = {(taken.run, taken.recommendation.number) for turn in turns.values() for taken in turn.taken}
    now_taken = turns[number].taken if number in turns else ()
    earlier -= {(taken.run, taken.recommendation.number) for taken in now_taken}
    fresh = [taken for taken in all_taken(project) if (taken.run, taken.recommendation.number) not in earlier]
    if not fresh or judged is None:
        return fresh
    yield Progress("compare", 0, len(fresh), "what the recommendations brought")
    return [taken.model_copy(update={"seen_gain": gain_seen(project, taken, judged)}) for taken in fresh]


def _promotion(
    project: Project, before: Iteration, run: Run, version: DatasetVersion
) -> Generator[Progress, None, Promotion]:
    """Whether the new model takes over, judged on the test questions and the corrections that both have answered."""
    if before.trained_by is None:
        return Promotion(promoted=True, reasons=("It is the first that was trained.",))
    runs = [[project.run(before.run)], [run]]
    if version.origins.get("annotation"):
        for answered, model in zip(runs, (before.trained_by, run.model), strict=True):
            answered.append((yield from evaluated_by(project, version, model, CORRECTIONS)))
    return held_against(project, *runs)


def _gather(project: Project, n: int | None) -> None:
    with Pool.open(project.pool_url) as pool:
        empty = not pool.counts()
    wanted = n if n is not None else DRAWN_AT_FIRST if empty and project.universe else 0
    if wanted:
        draw(project, wanted)


def _turn(version: DatasetVersion, number: int, run: Run, trained: Run | None = None) -> Iteration:
    return Iteration(
        number=number,
        version=version.id,
        run=run.id,
        trained_by=trained.id if trained else None,
        model=trained.model if trained else run.model,
        metrics=run.metrics,
        timings=run.timings,
        model_bytes=run.model_bytes,
        parameters=run.parameters,
        annotations=version.origins.get("annotation", 0),
        trained_on=version.counts.get("train", 0) if trained else 0,
        created=now(),
    )


def status(project: Project, *, counted: bool = True, queued: Callable[[], int] | None = None) -> Status:
    """Where the project stands and what to do next.

    Unless it is `counted`, what waits is told as 0, without the time that it takes to look through a large pool.
    `queued` tells how many in the queue nobody has judged, to whom that is known.
    """
    with Pool.open(project.pool_url) as pool:
        counts = pool.counts()
        waiting = waiting_corrections(project, pool) if counted else 0
        unjudged = queued or (lambda: waiting_in(pool).height)
        queue = unjudged() if counted else 0
    turns, latest = project.iterations(), project.latest_version()
    step, because = _next_step(project, counts, latest, turns, waiting)
    return Status(
        name=project.task.name,
        folder=str(project.folder),
        purpose=project.task.purpose,
        answer_kind=project.task.answer_kind,
        pool=counts,
        versions=tuple(version.id for version in project.versions()),
        iterations=tuple(turns),
        waiting=waiting,
        queued=queue,
        indexed=_is_indexed(project),
        next_step=step,
        because=because,
    )


def status_state(project: Project) -> tuple[object, ...]:
    """Differs whenever `status` may, and is quick to find out."""
    turns = project.iterations()
    lost = [turn.run for turn in turns[-1:] if not project.is_done(turn.run)]
    return project, review_state(project), turns, lost, project.versions(), _is_indexed(project)


def _is_indexed(project: Project) -> bool:
    return (project.folder / "index").is_dir()


def _next_step(
    project: Project, pool: Mapping[str, int], latest: DatasetVersion | None, turns: Sequence[Iteration], waiting: int
) -> tuple[str, str]:
    if not pool and project.universe is None:
        return "growloop import FILE", "The pool is empty and there is no universe.yaml to draw from."
    if not turns or turns[-1].number == 0:
        return "growloop next", "Nothing is trained yet: one turn draws, freezes, measures, trains and reports."
    if waiting:
        return "growloop next", f"{waiting} correction(s) wait to be learned from."
    if turns[-1].diagnosed and not _is_good_enough(project, turns[-1]):
        return "growloop recommend", "The budgets are not met: see what fails, and what to gather about it."
    return "growloop serve", "Ask the model, correct what is wrong; corrections go into the next turn."


def _is_good_enough(project: Project, turn: Iteration) -> bool:
    """True where nothing is demanded that is not met, or where the run that would say is gone."""
    return not project.is_done(turn.run) or all(check.met for check in budgets(project, project.run(turn.run)))


def score(gold: Path, predictions: Path) -> OfficialScores:
    """The official SQuAD v2 report: the official script's own keys, on its 0–100 scale; and what to know about it."""
    return score_squad_v2(gold, predictions)
