"""Recommendations followed: draws from the universe, questions for the queue; and what they gained."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

import polars as pl

from growloop.asking import answer_many
from growloop.dataset.duplicates import connected, near_duplicates
from growloop.diagnose.features import TEXT
from growloop.errors import BadData
from growloop.loop.asked import answered_examples
from growloop.loop.auditing import enqueue
from growloop.loop.declaring import space_of
from growloop.loop.diagnosing import diagnosis, inside
from growloop.loop.gathering import Keep, draw
from growloop.loop.reading import with_texts
from growloop.loop.recommending import shown_recommendations
from growloop.loop.surroundings import judged, suspects, training_rows, unanswered
from growloop.loop.training import checkpoint_of, latest_model
from growloop.metrics.intervals import bootstrap_difference
from growloop.pool import Pool
from growloop.project import Project, append_line, now, read_lines
from growloop.recommender import RANDOM_SHARE, kind_of, most_useful
from growloop.records.coverage import Draw
from growloop.records.diagnosis import Diagnosis
from growloop.records.estimate import Estimate
from growloop.records.example import EXAMPLES
from growloop.records.progress import Progress
from growloop.records.recommendation import Recommendation, Recommendations, Taken
from growloop.records.run import Run

TAKEN_FILE = "taken.jsonl"
SOURCE = "recommendation:"
"""How the `source_id` of an example begins that was drawn for one; the run and the number follow."""
QUEUES = ("annotate", "relabel")
"""Actions that fill the queue."""
MOST_SCALED = 2.0
"""A recommendation is followed by so many times what it asks for at most: past that it would drown everything else."""
MOST_ANSWERED = 200
"""Drafts, at most, that the model answers to say how sure it is; the others count as the mean of these."""
TWINS = 0.8
"""Questions about one text that share so much of their words (Jaccard) are near-duplicates."""


def follow(
    project: Project, numbers: Sequence[int], *, run: str | None = None, examples: int | None = None
) -> Generator[Progress, None, list[Taken]]:
    """Follow recommendations by number: draw what they say, or fill the queue for a person; what each brought.

    `examples` is how many to gather in all, shared out as the recommendations ask; what goes beyond twice what they
    ask is drawn at random over the whole universe and all sides, and so is 15 % in any case, so that estimates stay
    unbiased; the rest is for training alone. Following one twice adds nothing. Raises NotFound for a number that is
    not there, BadData for one that only a person can follow, or that has changed since it was shown.
    """
    found = shown_recommendations(project, run, numbers)
    chosen = [item for number in dict.fromkeys(numbers) for item in found.items if item.number == number]
    for item in chosen:
        if not item.draws and item.action not in QUEUES:
            whose = "asks for nothing" if item.action == "stop" else f"({item.action}) is for a person to follow"
            raise BadData(f"Recommendation {item.number} {whose}: {item.because}")
    asked = max(1, sum(item.how_many for item in chosen))
    share = examples / asked if examples is not None else 1.0
    taken = []
    for place, item in enumerate(chosen):
        yield Progress("gather", place, len(chosen), f"{item.action}: {item.words}")
        taken.append((yield from _followed(project, found, item, share)))
    return taken


def _followed(
    project: Project, found: Recommendations, item: Recommendation, share: float
) -> Generator[Progress, None, Taken]:
    if item.draws:
        added = _draw_all(project, found.run, item, share)
    elif item.action == "relabel":
        added = _queue_suspects(project, found, item)
    else:
        added = yield from _queue_drafts(project, found, item)
    taken = Taken(run=found.run, recommendation=item, added=added, at=now())
    already = [old for old in all_taken(project) if (old.run, old.recommendation.number) == (found.run, item.number)]
    if already and added in (0, already[-1].added):
        return already[-1]
    append_line(project.folder / TAKEN_FILE, taken.model_dump_json())
    return taken


def all_taken(project: Project) -> list[Taken]:
    """Every recommendation that was followed, oldest first; followed again, its last record counts."""
    lines = read_lines(project.folder / TAKEN_FILE)
    found = (Taken.model_validate(line) for line in lines)
    return list({(taken.run, taken.recommendation.number): taken for taken in found}.values())


def _draw_all(project: Project, run: str, item: Recommendation, share: float) -> int:
    """Draw for a recommendation what was not drawn for it yet; how many the pool has of it then."""
    directed_share = min(share, MOST_SCALED) * (1 - RANDOM_SHARE)
    directed_draws = [part.model_copy(update={"n": round(directed_share * part.n)}) for part in item.draws]
    at_random = Draw(where={}, n=round((share - directed_share) * item.how_many))
    for place, part in enumerate([*directed_draws, at_random]):
        source = f"{SOURCE}{run}/{item.number}/{place}"
        directed = place < len(item.draws)
        missing = part.n - _drawn_for(project, pl.col("source_id") == source)
        if missing > 0:
            sift = _for_training(project, diagnosis(project, run), part.where) if directed else None
            draw(project, missing, where=_where_of(project, part.where, directed), keep=sift, source=source)
    return _drawn_for(project, pl.col("source_id").str.starts_with(f"{SOURCE}{run}/{item.number}/"))


def _drawn_for(project: Project, source: pl.Expr) -> int:
    with Pool.open(project.pool_url) as pool:
        return pool.examples(status=None).filter(source).height


def _where_of(project: Project, where: Mapping[str, str], directed: bool) -> dict[str, str]:
    """The coordinates to draw at: for training alone, where the universe keeps sides apart."""
    coordinates = {key: value for key, value in where.items() if not key.startswith(TEXT)}
    if directed and "split" in space_of(project).coordinates:
        coordinates["split"] = "train"
    return coordinates


def _for_training(project: Project, found: Diagnosis, where: Mapping[str, str]) -> Keep:
    """Keeps of drawn examples those with a slice's features whose group is held out nowhere, for training."""
    latest = project.latest_version()
    held_out = project.examples(latest.id).filter(pl.col("split") != "train") if latest else EXAMPLES.to_frame()
    texts = {key: value for key, value in where.items() if key.startswith(TEXT)}

    def keep(drawn: pl.DataFrame) -> pl.DataFrame:
        fitting = drawn.filter(inside(found, drawn, [texts])[0]) if texts else drawn
        fitting = fitting.join(held_out, on="group", how="anti", maintain_order="left")
        return fitting.with_columns(split=pl.lit("train"))

    return keep


def _queue_suspects(project: Project, found: Recommendations, item: Recommendation) -> int:
    train = training_rows(project, found.version)
    rows = inside(diagnosis(project, found.run), train, [item.where])[0]
    suspected = train.filter(rows).join(suspects(project), on="id")
    reason = pl.lit(f"its label looks wrong, and it is one of the {item.words} that fail")
    chosen = suspected.sort("score", descending=True).head(item.how_many).with_columns(reason=reason)
    enqueue(project, chosen)
    return chosen.height


def _queue_drafts(project: Project, found: Recommendations, item: Recommendation) -> Generator[Progress, None, int]:
    """Put the questions that nobody has answered in the queue, the most useful first."""
    with Pool.open(project.pool_url) as pool:
        drafts = pool.examples("draft")
    fitting = drafts.filter(inside(diagnosis(project, found.run), drafts, [unanswered(item.where)])[0])
    gain = (item.expected_gain.value if item.expected_gain else None) or 0.0
    trained_on = training_rows(project, found.version).group_by(kind_of()).len("trained_on")
    confidence = yield from _confidence(project, fitting)
    asked = fitting.with_columns(kind_of(), gain=pl.lit(gain), confidence=confidence)
    asked = asked.join(trained_on, on="kind", how="left", maintain_order="left")
    chosen = most_useful(asked.with_columns(twin_of=_twins(asked)), item.how_many, seed=project.task.seed)
    reason = pl.when(pl.col("chosen") == "useful").then(pl.lit(f"{item.words}: the model fails there"))
    enqueue(
        project, chosen.with_columns(reason=reason.otherwise(pl.lit("chosen at random, so that estimates stay fair")))
    )
    return chosen.height


def _twins(asked: pl.DataFrame) -> pl.Series:
    """For each question the first one about the same text that it nearly repeats, or itself, by id."""
    text = asked["context"].rank("dense").cast(pl.Int64)
    pairs = near_duplicates(asked["question"], TWINS, within=text)
    ids = asked["id"]
    families = connected(zip(ids.gather(pairs["left"]), ids.gather(pairs["right"]), strict=True))
    return ids.replace(families)


def _confidence(project: Project, drafts: pl.DataFrame) -> Generator[Progress, None, pl.Series]:
    """How sure the model is of its own answers, in row order; null where it was not asked."""
    few = drafts.sample(min(MOST_ANSWERED, drafts.height), seed=project.task.seed)
    read = yield from with_texts(project, few)
    asked = read.select("id", "question", "context")
    said = answer_many(checkpoint_of(project, latest_model(project)), project.task, asked).select("id", "confidence")
    return drafts.select("id").join(said, on="id", how="left", maintain_order="left")["confidence"]


def gain_seen(project: Project, taken: Taken, after: Run) -> Estimate | None:
    """What the share of right answers gained from a recommendation's slice, on questions answered before and after.

    In the unit of its `expected_gain`; None where no such question is shared, or what it was read from is gone.
    """
    if not project.is_done(taken.run) or not project.is_done(after.id):
        return None
    found = diagnosis(project, taken.run)
    before = project.run(taken.run)
    frames = [
        judged(answered_examples(project, run), project.run_frame(run.id, "scores"), found).drop_nulls("is_wrong")
        for run in (before, after)
    ]
    both = frames[0].join(frames[1].select("id", is_wrong_after="is_wrong"), on="id", maintain_order="left")
    shared = both.filter(inside(found, both, [taken.recommendation.where])[0])
    if shared.is_empty():
        return None
    right = [(~shared[name]).cast(pl.Float64).to_numpy() for name in ("is_wrong", "is_wrong_after")]
    gain, share = bootstrap_difference(*right), shared.height / both.height
    scaled = [None if part is None else share * part for part in (gain.value, gain.low, gain.high)]
    return Estimate(value=scaled[0], low=scaled[1], high=scaled[2], n=gain.n)
