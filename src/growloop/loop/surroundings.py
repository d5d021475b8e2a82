"""What is known around failing slices: their training examples, slot values and drafts, and what more data did."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from growloop.diagnose.features import RANK, TEXT
from growloop.finetune.subsample import subsample
from growloop.loop.asked import answered_examples
from growloop.loop.declaring import space_of
from growloop.loop.diagnosing import inside
from growloop.loop.gathering import drawable
from growloop.pool import Pool
from growloop.project import Project
from growloop.recommender import EVERYTHING, Growth, SliceFacts, SlotUse
from growloop.records.audit import SUSPECTS_FILE
from growloop.records.diagnosis import Diagnosis, FailingSlice
from growloop.records.example import coordinate
from growloop.records.report import Iteration
from growloop.records.run import Run, RunKind

SUBSAMPLED: RunKind = "curve"
"""The kind of runs that train on a part of the data, or ask what came of it."""
SUSPECT = 0.95
"""The audit's score, a mean of ranks, from which a label counts as suspect."""


def slice_facts(project: Project, found: Diagnosis, slices: Sequence[FailingSlice]) -> list[SliceFacts]:
    """What surrounds each of some failing slices of a diagnosis."""
    wheres = [failing.where for failing in slices]
    train = training_rows(project, found.version)
    suspect = suspects(project)
    with Pool.open(project.pool_url) as pool:
        drafts = pool.examples("draft")
    in_train, in_drafts = inside(found, train, wheres), inside(found, drafts, [unanswered(where) for where in wheres])
    values = _SlotValues.of(project, found, train)
    negatives = tuple(negative.kind for negative in project.universe.negatives) if project.universe else ()
    return [
        SliceFacts(
            slice=failing,
            trained_on=int(trained.sum()),
            share=failing.n / max(found.n, 1),
            training=train.height,
            drawable=_to_draw(project, failing.where),
            negatives=negatives,
            slots=values.used(failing.where),
            drafts=int(waiting.sum()),
            suspects=train.filter(trained).join(suspect, on="id", how="semi").height,
        )
        for failing, trained, waiting in zip(slices, in_train, in_drafts, strict=True)
    ]


def unanswered(where: Mapping[str, str]) -> dict[str, str]:
    """A slice as far as it can be told of questions that nobody has answered."""
    return {key: value for key, value in where.items() if key != f"{TEXT}answer_length"}


def training_rows(project: Project, version: str) -> pl.DataFrame:
    """The training side of a version: an EXAMPLES frame."""
    return project.examples(version).filter(pl.col("split") == "train")


def suspects(project: Project) -> pl.DataFrame:
    """`id` and `score` of the examples whose label the last audit found suspect; none before an audit."""
    audits = [run for run in project.runs() if run.kind == "audit"]
    if not audits:
        return pl.DataFrame(schema={"id": pl.String, "score": pl.Float64})
    return project.run_frame(audits[-1].id, SUSPECTS_FILE).filter(pl.col("score") >= SUSPECT).select("id", "score")


def _to_draw(project: Project, where: Mapping[str, str]) -> dict[str, str] | None:
    """What of a slice can be drawn: coordinates, and features of the texts by which drawn examples are sifted."""
    if project.universe is None:
        return None
    texts = {key: value for key, value in where.items() if key.startswith(TEXT) and key != RANK}
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
        asked = judged(answered_examples(project, run), project.run_frame(run.id, "scores"), found)
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


def judged(examples: pl.DataFrame, scores: pl.DataFrame, found: Diagnosis) -> pl.DataFrame:
    """The scored examples with `is_wrong`."""
    score = scores.select("id", is_wrong=pl.col(found.metric) < found.right_from).drop_nulls()
    return examples.join(score, on="id", maintain_order="left")


def turns_until(project: Project, run: str) -> list[Iteration]:
    """The turns up to the one in which a run was diagnosed; all where none diagnosed it.

    What is recommended after a run then stays the same when later turns are made.
    """
    turns = project.iterations()
    last = next((turn.number for turn in turns if turn.diagnosed == run), None)
    return [turn for turn in turns if last is None or turn.number <= last]


def growths_of(project: Project, found: Diagnosis, slices: Sequence[FailingSlice]) -> list[Growth]:
    """What more data did in each slice, and over all, on the questions that were answered with less and with more.

    From turn to turn, and from part to part of a turn's data where models were trained on parts of it.
    """
    kinds = {EVERYTHING: {}, **{failing.words: failing.where for failing in slices}}
    turns = [turn for turn in turns_until(project, found.run) if turn.diagnosed and project.is_done(turn.diagnosed)]
    told = [_seen_in(project, turn, found, list(kinds.values())) for turn in turns]
    by_model = {turn.trained_by: (turn, seen) for turn, seen in zip(turns, told, strict=True)}
    parts = [[*_with_less(project, turn, found, list(kinds.values())), seen] for turn, seen in by_model.values()]
    return [
        Growth(
            slice=words,
            trained_on=before.trained_on[place],
            wrong=int((before.wrong & shared).sum()),
            n=int(shared.sum()),
            trained_on_after=after.trained_on[place],
            wrong_after=int(after.wrong_of(before.ids.filter(shared)).sum()),
            n_after=after.wrong_of(before.ids.filter(shared)).len(),
        )
        for chain in (told, *parts)
        for before, after in pairwise(chain)
        for place, words in enumerate(kinds)
        for shared in [before.members[place] & before.ids.is_in(after.ids.implode())]
    ]


def _seen_in(project: Project, turn: Iteration, found: Diagnosis, wheres: Sequence[Mapping[str, str]]) -> _ModelSlices:
    known = training_rows(project, turn.version)
    return _ModelSlices.of(project, project.run(turn.diagnosed or ""), known, found, wheres)


def _with_less(
    project: Project, turn: Iteration, found: Diagnosis, wheres: Sequence[Mapping[str, str]]
) -> list[_ModelSlices]:
    """The models that were trained on parts of a turn's data, the smallest part first."""
    known = training_rows(project, turn.version)
    return [
        _ModelSlices.of(project, answered, subsample(known, share), found, wheres)
        for share, answered in _points_of(project, turn)
    ]


def _points_of(project: Project, turn: Iteration) -> list[tuple[float, Run]]:
    """The share of a turn's data that a model was trained on, and the evaluation of it."""
    runs = [run for run in project.runs() if run.kind == SUBSAMPLED]
    trained = [run for run in runs if run.split == "train" and run.settings["of"] == turn.trained_by]
    shares = {run.id: run.settings["share"] for run in trained}
    points = [(shares[run.model], run) for run in runs if run.model in shares and run.split == "validation"]
    return sorted(points, key=lambda point: point[0])


def curve_runs(project: Project, run: str) -> list[str]:
    """The evaluations of models trained on parts of the data, as far as they count after a run."""
    return [point.id for turn in turns_until(project, run) for _, point in _points_of(project, turn)]


@dataclass(frozen=True)
class _ModelSlices:
    """A model seen through some slices: training examples in each, the diagnosed answers and which were wrong."""

    trained_on: list[int]
    ids: pl.Series
    wrong: pl.Series
    members: list[pl.Series]

    @classmethod
    def of(
        cls, project: Project, run: Run, known: pl.DataFrame, found: Diagnosis, wheres: Sequence[Mapping[str, str]]
    ) -> _ModelSlices:
        rows = judged(answered_examples(project, run), project.run_frame(run.id, "scores"), found)
        train = inside(found, known, wheres)
        return cls([int(part.sum()) for part in train], rows["id"], rows["is_wrong"], inside(found, rows, wheres))

    def wrong_of(self, ids: pl.Series) -> pl.Series:
        """Which answers to some questions were wrong."""
        return self.wrong.filter(self.ids.is_in(ids.implode()))
