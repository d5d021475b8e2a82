"""What to gather next, and gathering it: failing slices become draws, or questions for a person."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl
from pydantic import ValidationError

from growloop.asking import answer_many
from growloop.diagnose.features import TEXT, in_slices
from growloop.errors import BadData, GrowloopError, NotFound
from growloop.loop.auditing import enqueue
from growloop.loop.declaring import space_of
from growloop.loop.diagnosing import diagnosis
from growloop.loop.gathering import Keep, coverage, draw, drawable
from growloop.loop.measuring import answered_examples, budgets
from growloop.loop.training import checkpoint_of, latest_model
from growloop.metrics.intervals import bootstrap_difference
from growloop.pool import Pool
from growloop.project import Project, append_line, now, read_lines, write_atomically
from growloop.recommender import EVERYTHING, RANDOM_SHARE, Growth, SliceFacts, SlotUse, most_useful, ranked
from growloop.records.audit import SUSPECTS_FILE
from growloop.records.coverage import CoverageReport, Draw
from growloop.records.diagnosis import Diagnosis, FailingSlice
from growloop.records.estimate import Estimate
from growloop.records.example import EXAMPLES, coordinate
from growloop.records.progress import Progress
from growloop.records.recommendation import Recommendation, Recommendations, Taken
from growloop.records.report import Iteration
from growloop.records.run import Run

RECOMMENDATIONS_FILE = "recommendations.json"
TAKEN_FILE = "taken.jsonl"
MOST_SLICES = 12
"""Failing slices, the worst first, for which something is recommended."""
SUSPECT = 0.95
"""The audit's score, a mean of ranks, from which a label counts as suspect."""
MOST_SCALED = 2.0
"""A recommendation is followed by so many times what it asks for at most: past that it would drown everything else."""
QUEUES = ("annotate", "relabel")
"""Actions that fill the queue."""
SOURCE = "recommendation:"
"""How the `source_id` of an example begins that was drawn for one; the run and the number follow."""


def recommend(project: Project, run: str | None = None) -> Recommendations:
    """What to do next about what fails in a run: the last turn's diagnosed one, or the last evaluation, unless named.

    Kept in the run's folder, so that numbers stay while nothing changes; made anew once the universe, the data or
    the turns have changed.
    """
    chosen = run or _last_diagnosed(project)
    found = diagnosis(project, chosen)
    key = _key(project, found)
    kept = _kept(project, found.run)
    if kept is not None and kept.key == key:
        return kept
    made = Recommendations(
        run=found.run, version=found.version, key=key, items=tuple(_ranked(project, found)), notes=found.notes
    )
    path = project.run_folder(found.run) / RECOMMENDATIONS_FILE
    write_atomically(path, made.model_dump_json(indent=1).encode())
    return made


def kept_recommendations(project: Project, run: str | None) -> tuple[Recommendation, ...]:
    """What was recommended after a run, as it was then; nothing where nothing is kept."""
    kept = _kept(project, run) if run else None
    return kept.items if kept else ()


def _last_diagnosed(project: Project) -> str | None:
    turns = [turn for turn in project.iterations() if turn.diagnosed and project.is_done(turn.diagnosed)]
    return turns[-1].diagnosed if turns else None


def _key(project: Project, found: Diagnosis) -> str:
    """Changes with everything that recommendations follow from, but for the pool: they are of the version's data."""
    turns = [turn.run for turn in project.iterations()]
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
    slices = found.slices[:MOST_SLICES]
    growths = _growths(project, found, slices)
    turn = next((turn for turn in project.iterations() if turn.diagnosed == found.run), None)
    checks = budgets(project, project.run(turn.run if turn else found.run))
    version = project.version(found.version)
    return ranked(
        found,
        _facts(project, found, slices),
        growths,
        trained_on=version.counts.get("train", 0),
        coverage=_coverage(project),
        met=bool(checks) and all(check.met for check in checks),
        has_universe=project.universe is not None,
    )


def _coverage(project: Project) -> CoverageReport | None:
    if project.universe is None or project.universe.coverage is None:
        return None
    try:
        return coverage(project)
    except GrowloopError:  # the universe is being edited and not whole: what was measured to fail still stands
        return None


# what surrounds a failing slice


def _facts(project: Project, found: Diagnosis, slices: Sequence[FailingSlice]) -> list[SliceFacts]:
    wheres = [failing.where for failing in slices]
    train = _training_rows(project, found.version)
    suspects = _suspects(project)
    with Pool.open(project.pool_url) as pool:
        drafts = pool.examples("draft")
    in_train, in_drafts = in_slices(train, wheres), in_slices(drafts, wheres)
    values = _SlotValues.of(project, found, train)
    negatives = tuple(negative.kind for negative in project.universe.negatives) if project.universe else ()
    return [
        SliceFacts(
            slice=failing,
            trained_on=int(inside.sum()),
            share=failing.n / max(found.n, 1),
            training=train.height,
            drawable=_to_draw(project, failing.where),
            negatives=negatives,
            slots=values.used(failing.where),
            drafts=int(waiting.sum()),
            suspects=train.filter(inside).join(suspects, on="id", how="semi").height,
        )
        for failing, inside, waiting in zip(slices, in_train, in_drafts, strict=True)
    ]


def _training_rows(project: Project, version: str) -> pl.DataFrame:
    return project.examples(version).filter(pl.col("split") == "train")


def _suspects(project: Project) -> pl.DataFrame:
    audits = [run for run in project.runs() if run.kind == "audit"]
    if not audits:
        return pl.DataFrame(schema={"id": pl.String, "score": pl.Float64})
    return project.run_frame(audits[-1].id, SUSPECTS_FILE).filter(pl.col("score") >= SUSPECT).select("id", "score")


def _to_draw(project: Project, where: Mapping[str, str]) -> dict[str, str] | None:
    """What of a slice can be drawn: coordinates, and features of the texts by which drawn examples are sifted."""
    if project.universe is None:
        return None
    texts = {key: value for key, value in where.items() if key.startswith(TEXT) and not key.endswith("cluster")}
    coordinates = drawable(project, where)
    if coordinates is None and not texts:
        return None
    return {**(coordinates or {}), **texts}


@dataclass(frozen=True)
class _SlotValues:
    """The values of the universe's slots: in the universe, in training, and in the answers that were diagnosed."""

    slots_of: Mapping[str, Collection[str]]
    """The slots that a template's questions have; entities are no values to add."""
    in_universe: Mapping[str, int]
    train: pl.DataFrame
    asked: pl.DataFrame
    """The diagnosed examples, with `is_wrong`."""

    @classmethod
    def of(cls, project: Project, found: Diagnosis, train: pl.DataFrame) -> _SlotValues:
        universe = project.universe
        if universe is None:
            return cls({}, {}, train, train)
        space = space_of(project)
        names = [name for name, slot in universe.slots.items() if not slot.entities]
        slots_of = {
            template.name: [name for name in names if any(f"{{{name}}}" in ask for ask in template.ask)]
            for template in universe.templates
        }
        counts = {name: len(space.slots[name].names) for name in names}
        run = project.run(found.run)
        asked = _judged(answered_examples(project, run), project.run_frame(run.id, "scores"), found)
        return cls(slots_of, counts, train, asked)

    def used(self, where: Mapping[str, str]) -> dict[str, SlotUse]:
        """How the slots of a slice's template are used; nothing where the slice is of no template in particular."""
        template = where.get("template", "")
        of_kind = coordinate("template") == template
        rows, asked = self.train.filter(of_kind), self.asked.filter(of_kind)
        return {slot: self._use(slot, rows, asked) for slot in self.slots_of.get(template, ())}

    def _use(self, slot: str, rows: pl.DataFrame, asked: pl.DataFrame) -> SlotUse:
        known = rows.select(coordinate(slot).alias("value"))["value"].drop_nulls().unique()
        told = asked.select("is_wrong", value=coordinate(slot)).drop_nulls()
        seen = told["value"].is_in(known.implode())
        wrong = told["is_wrong"]
        return SlotUse(
            in_training=known.len(),
            in_universe=self.in_universe[slot],
            wrong_unseen=int((wrong & ~seen).sum()),
            unseen=int((~seen).sum()),
            wrong_seen=int((wrong & seen).sum()),
            seen=int(seen.sum()),
        )


def _judged(examples: pl.DataFrame, scores: pl.DataFrame, found: Diagnosis) -> pl.DataFrame:
    """The scored examples with `is_wrong`."""
    score = scores.select("id", is_wrong=pl.col(found.metric) < found.right_from).drop_nulls()
    return examples.join(score, on="id", maintain_order="left")


# what more data did


def _growths(project: Project, found: Diagnosis, slices: Sequence[FailingSlice]) -> list[Growth]:
    """What happened in each slice, and over all, from turn to turn, on the questions that both turns answered."""
    kinds = {EVERYTHING: {}, **{failing.words: failing.where for failing in slices}}
    turns = [turn for turn in project.iterations() if turn.diagnosed and project.is_done(turn.diagnosed)]
    told = [_TurnSlices.of(project, turn, found, list(kinds.values())) for turn in turns]
    return [
        Growth(
            slice=words,
            trained_on=before.trained_on[place],
            wrong=int((before.wrong & inside).sum()),
            n=int(inside.sum()),
            trained_on_after=after.trained_on[place],
            wrong_after=int(after.wrong_of(before.ids.filter(inside)).sum()),
            n_after=after.wrong_of(before.ids.filter(inside)).len(),
        )
        for before, after in pairwise(told)
        for place, words in enumerate(kinds)
        for inside in [before.members[place] & before.ids.is_in(after.ids.implode())]
    ]


@dataclass(frozen=True)
class _TurnSlices:
    """One turn seen through some slices: training examples in each, the diagnosed answers and which were wrong."""

    trained_on: list[int]
    ids: pl.Series
    wrong: pl.Series
    members: list[pl.Series]

    @classmethod
    def of(
        cls, project: Project, turn: Iteration, found: Diagnosis, wheres: Sequence[Mapping[str, str]]
    ) -> _TurnSlices:
        run = project.run(turn.diagnosed or "")
        rows = _judged(answered_examples(project, run), project.run_frame(run.id, "scores"), found)
        train = in_slices(_training_rows(project, turn.version), wheres)
        return cls([int(inside.sum()) for inside in train], rows["id"], rows["is_wrong"], in_slices(rows, wheres))

    def wrong_of(self, ids: pl.Series) -> pl.Series:
        """Which answers to some questions were wrong."""
        return self.wrong.filter(self.ids.is_in(ids.implode()))


def gain_seen(project: Project, taken: Taken, after: Run) -> Estimate | None:
    """What the share of right answers gained from a recommendation's slice, on questions answered before and after.

    In the unit of its `expected_gain`; None where no such question is shared, or what it was read from is gone.
    """
    if not project.is_done(taken.run) or not project.is_done(after.id):
        return None
    found = diagnosis(project, taken.run)
    before = project.run(taken.run)
    frames = [
        _judged(answered_examples(project, run), project.run_frame(run.id, "scores"), found).drop_nulls("is_wrong")
        for run in (before, after)
    ]
    both = frames[0].join(frames[1].select("id", is_wrong_after="is_wrong"), on="id", maintain_order="left")
    inside = both.filter(in_slices(both, [taken.recommendation.where])[0])
    if inside.is_empty():
        return None
    right = [(~inside[name]).cast(pl.Float64).to_numpy() for name in ("is_wrong", "is_wrong_after")]
    gain, share = bootstrap_difference(*right), inside.height / both.height
    scaled = [None if part is None else share * part for part in (gain.value, gain.low, gain.high)]
    return Estimate(value=scaled[0], low=scaled[1], high=scaled[2], n=gain.n)


# following them


def follow(
    project: Project, numbers: Sequence[int], *, run: str | None = None, examples: int | None = None
) -> Generator[Progress, None, list[Taken]]:
    """Follow recommendations by number: draw what they say, or fill the queue for a person; what each brought.

    `examples` is how many to gather in all, shared out as the recommendations ask; what goes beyond twice what they
    ask is drawn at random over the whole universe and all sides, and so is 15 % in any case, so that estimates stay
    unbiased; the rest is for training alone. Following one twice adds nothing. Raises NotFound for a number that is
    not there, BadData for one that only a person can follow.
    """
    found = recommend(project, run)
    chosen = [_numbered(found, number) for number in dict.fromkeys(numbers)]
    for item in chosen:
        if not item.draws and item.action not in QUEUES:
            raise BadData(f"Recommendation {item.number} ({item.action}) is for a person to follow: {item.because}")
    asked = max(1, sum(item.how_many for item in chosen))
    share = examples / asked if examples is not None else 1.0
    taken = []
    for place, item in enumerate(chosen):
        yield Progress("gather", place, len(chosen), f"{item.action}: {item.words}")
        taken.append(_followed(project, found, item, share))
    return taken


def _numbered(found: Recommendations, number: int) -> Recommendation:
    item = next((item for item in found.items if item.number == number), None)
    if item is None:
        raise NotFound(f"There is no recommendation {number}; there are 1 to {len(found.items)}:  growloop recommend")
    return item


def _followed(project: Project, found: Recommendations, item: Recommendation, share: float) -> Taken:
    if item.draws:
        added = _draw_all(project, found.run, item, share)
    elif item.action == "relabel":
        added = _queue_suspects(project, found, item)
    else:
        added = _queue_drafts(project, found, item)
    taken = Taken(run=found.run, recommendation=item, added=added, at=now())
    already = [old for old in all_taken(project) if (old.run, old.recommendation.number) == (found.run, item.number)]
    if already and not added:
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
        missing = part.n - _drawn_for(project, source).height
        if missing > 0:
            sift = _for_training(project, part.where) if directed else None
            draw(project, missing, where=_where_of(project, part.where, directed), keep=sift, source=source)
    return _drawn_for(project, f"{SOURCE}{run}/{item.number}/").height


def _drawn_for(project: Project, source: str) -> pl.DataFrame:
    with Pool.open(project.pool_url) as pool:
        return pool.examples(status=None).filter(pl.col("source_id").str.starts_with(source))


def _where_of(project: Project, where: Mapping[str, str], directed: bool) -> dict[str, str]:
    """The coordinates to draw at: for training alone, where the universe keeps sides apart."""
    coordinates = {key: value for key, value in where.items() if not key.startswith(TEXT)}
    if directed and "split" in space_of(project).coordinates:
        coordinates["split"] = "train"
    return coordinates


def _for_training(project: Project, where: Mapping[str, str]) -> Keep:
    """Keeps of drawn examples those with a slice's features whose group is held out nowhere, for training."""
    latest = project.latest_version()
    held_out = project.examples(latest.id).filter(pl.col("split") != "train") if latest else EXAMPLES.to_frame()
    texts = {key: value for key, value in where.items() if key.startswith(TEXT)}

    def keep(drawn: pl.DataFrame) -> pl.DataFrame:
        inside = drawn.filter(in_slices(drawn, [texts])[0]) if texts else drawn
        inside = inside.join(held_out, on="group", how="anti", maintain_order="left")
        return inside.with_columns(split=pl.lit("train"))

    return keep


def _queue_suspects(project: Project, found: Recommendations, item: Recommendation) -> int:
    train = _training_rows(project, found.version)
    inside = train.filter(in_slices(train, [item.where])[0]).join(_suspects(project), on="id")
    reason = pl.lit(f"its label looks wrong, and it is one of the {item.words} that fail")
    chosen = inside.sort("score", descending=True).head(item.how_many).with_columns(reason=reason)
    enqueue(project, chosen)
    return chosen.height


def _queue_drafts(project: Project, found: Recommendations, item: Recommendation) -> int:
    """Put the questions that nobody has answered in the queue, the most useful first."""
    with Pool.open(project.pool_url) as pool:
        drafts = pool.examples("draft")
    inside = drafts.filter(in_slices(drafts, [item.where])[0])
    gain = (item.expected_gain.value if item.expected_gain else None) or 0.0
    known = _training_rows(project, found.version)
    trained_on = known.group_by(coordinate("template").alias("template")).len("trained_on")
    asked = inside.with_columns(
        template=coordinate("template"), gain=pl.lit(gain), confidence=_confidence(project, inside)
    )
    asked = asked.join(trained_on, on="template", how="left", nulls_equal=True, maintain_order="left")
    twins = asked["question"].str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars()
    chosen = most_useful(asked.with_columns(twin_of=twins), item.how_many, seed=project.task.seed)
    reason = pl.when(pl.col("chosen") == "useful").then(pl.lit(f"{item.words}: the model fails there"))
    enqueue(
        project, chosen.with_columns(reason=reason.otherwise(pl.lit("chosen at random, so that estimates stay fair")))
    )
    return chosen.height


MOST_ANSWERED = 200
"""Drafts, at most, that the model answers to say how sure it is; the others count as if it knew nothing."""


def _confidence(project: Project, drafts: pl.DataFrame) -> pl.Series:
    """How sure the model is of its own answers, in row order; null where it was not asked."""
    asked = drafts.select("id", "question", "context").head(MOST_ANSWERED)
    said = answer_many(checkpoint_of(project, latest_model(project)), project.task, asked).select("id", "confidence")
    return drafts.select("id").join(said, on="id", how="left", maintain_order="left")["confidence"]
