"""A universe laid open: counted, indexed and drawn from."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import polars as pl

from growloop.errors import BadData, BadDeclaration, did_you_mean
from growloop.kept import Kept
from growloop.records.coverage import CoverageReport, Crossed, Size
from growloop.records.example import SPLITS
from growloop.records.suggestion import Suggestions
from growloop.records.universe import Coverage, Universe
from growloop.universe.boxes import boxes_of
from growloop.universe.cells import ABSTAIN, NONE, UNKNOWN, Cell, Stratum
from growloop.universe.changes import in_wording
from growloop.universe.coverage import Grid
from growloop.universe.covering import coverage_of
from growloop.universe.draw import drawn
from growloop.universe.examples import examples_of
from growloop.universe.mapping import Mapper
from growloop.universe.material import Material
from growloop.universe.meaning import ByMeaning, Encode
from growloop.universe.patterns import Pattern
from growloop.universe.placing import Placed, placed
from growloop.universe.problems import Reader
from growloop.universe.retrieved import RETRIEVED, Retrieve, Retrieved, retrieved
from growloop.universe.sides import Side
from growloop.universe.slots import Values
from growloop.universe.strata import strata
from growloop.universe.stream import streamed
from growloop.universe.suggestions import Scoped, scoped, suggested
from growloop.universe.verification import Similarity

PASSAGES = pl.Schema({"id": pl.String, "text": pl.String, "entity": pl.String, "source": pl.String})
PLACES = pl.Schema({"question": pl.String, "context": pl.String, "group": pl.String, "split": pl.String})
LEAST_HELD_OUT = 0.1
"""The share of a draw that each held-out side gets at least, so that there is enough to measure on."""


class Space:
    """The questions of a universe: counted, indexed and drawn without ever being listed.

    >>> space = Space.open(universe, folder, "I do not know.")    # doctest: +SKIP
    >>> space.size                                                # doctest: +SKIP
    61503210
    >>> space.draw(1000, where={"template": "dogs-allowed"})      # doctest: +SKIP
    """

    def __init__(
        self, material: Material, abstain_answer: str = "", encode: Encode | None = None, kept: Kept | None = None
    ) -> None:
        self._material = material
        self.abstain_answer = abstain_answer
        self._encode = encode
        self._kept = kept

    @classmethod
    def open(
        cls,
        universe: Universe,
        folder: Path,
        abstain_answer: str = "",
        *,
        text: str | None = None,
        encode: Encode | None = None,
        kept: Kept | None = None,
    ) -> Space:
        """The space a universe declares, its slots and contexts read from the project folder.

        With `encode`, texts to unit vectors, questions that fit no phrasing are mapped by what they mean. What is
        `kept` of this very universe is not counted again. Raises BadDeclaration or BadData naming everything that is
        wrong, with its line in `universe.yaml`, or in the `text` that is to be in it.
        """
        reader = Reader(universe, folder, text)
        space = cls(Material(universe, reader.contexts, reader.slots), abstain_answer, encode, kept)
        problems = reader.problems or reader.of_answers(space._answered)
        if problems:
            raise type(problems[0])("\n".join(map(str, problems)))
        return space

    @staticmethod
    def problems(universe: Universe, folder: Path) -> list[str]:
        """Everything that is wrong with a declared universe, its slots and contexts; empty where nothing is."""
        try:
            Space.open(universe, folder)
        except (BadDeclaration, BadData) as problems:
            return str(problems).split("\n")
        return []

    @property
    def _answered(self) -> set[str]:
        """The templates of which any question has an answer."""
        return set(self._once("answered", self._count_answered))

    def _count_answered(self) -> list[str]:
        return sorted({stratum.template.name for stratum in strata(self._material, {"negative": NONE})})

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """What follows from the universe alone, counted once where something is kept of it."""
        return make() if self._kept is None else self._kept.get(name, make)

    @property
    def slots(self) -> dict[str, Values]:
        """The values of each slot."""
        return self._material.slots

    # counting

    @property
    def size(self) -> int:
        """How many cells there are: every question about every context in every wording."""
        return sum(self.sizes.values())

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many cells each template has; what a retriever finds is not counted."""
        counted = Counter({template.name: 0 for template in self._material.templates})
        for stratum in self._strata:
            counted[stratum.template.name] += stratum.size * self._wordings
        return dict(counted)

    @cached_property
    def sizes_by_negative(self) -> dict[str, int]:
        """How many cells each kind of negative has, and the positives as `none`."""
        counted: Counter[str] = Counter()
        for stratum in self._strata:
            counted[stratum.common.negative] += stratum.size * self._wordings
        return dict(counted)

    def cell(self, index: int) -> Cell:
        """The cell with a number below `size`."""
        if not 0 <= index < self.size:
            raise IndexError(f"there are {self.size:,} cells, and number {index:,} was asked for")
        number, wording = divmod(index, self._wordings)
        place = bisect_right(self._ends, number)
        stratum = self._strata[place]
        cell = stratum.cell(number - self._ends[place] + stratum.size)
        return in_wording(cell, (NONE, *self._material.universe.variations)[wording], self._material)

    @cached_property
    def _strata(self) -> list[Stratum]:
        return strata(self._material, {})

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(stratum.size for stratum in self._strata))

    @property
    def summed_up(self) -> Size:
        """How large it is, by template and by kind of negative."""
        found = (RETRIEVED,) if self.retrieves else ()
        by_negative = self.sizes_by_negative
        return Size(size=self.size, templates=self.sizes, negatives=by_negative, variations=self._wordings, found=found)

    @property
    def _wordings(self) -> int:
        return len(self._material.universe.variations) + 1

    # drawing

    def draw(
        self,
        n: int,
        *,
        seed: int = 0,
        where: Mapping[str, str] | None = None,
        splits_share: Mapping[str, float] | None = None,
        retrieve: Retrieve | None = None,
        similarity: Similarity | None = None,
    ) -> pl.DataFrame:
        """`n` different examples, or all there are: an EXAMPLES frame.

        The same seed always gives the same examples in the same order, and a larger draw begins with the smaller.
        `where` keeps to some coordinates (`template`, `negative`, `variation`, `answer`, `phrasing`, `split`, any
        slot). `splits_share` says how much each side gets; by default what `held_out` says, at least a tenth each.
        `retrieve` finds contexts for questions (needed for negatives of the kind `retrieved`), `similarity` compares
        texts by meaning (needed where `verify` asks for it). A negative that may be answerable after all, and a
        question whose answer is not known, are drafts and say why in the coordinate `doubt`. Raises BadData on a
        coordinate that does not exist.
        """
        coordinates = dict(where or {})
        self._check(coordinates)
        chosen = strata(self._material, coordinates) if coordinates else self._strata
        found = self._to_retrieve(coordinates, retrieve)
        sides = self._side_shares(splits_share)
        cells = drawn([*chosen, *found], self._material, seed=seed, where=coordinates, sides=sides)
        return examples_of(list(islice(cells, max(n, 0))), self._material, similarity)

    def stream(
        self,
        n: int,
        *,
        seed: int = 0,
        where: Mapping[str, str] | None = None,
        splits_share: Mapping[str, float] | None = None,
    ) -> Iterator[pl.DataFrame]:
        """`n` different examples, or all there are, as EXAMPLES frames one after the other, in constant memory.

        Shares and coordinates are those of `draw`; the order is another one, quicker by far. The same seed gives the
        same examples, and a longer stream begins with the shorter. Raises BadData as `draw` does, and where the
        universe declares what needs the pool: retrieved negatives, drafts, `variation_pairs`.
        """
        coordinates = dict(where or {})
        self._check(coordinates)
        chosen = strata(self._material, coordinates) if coordinates else self._strata
        sides = self._side_shares(splits_share)
        yield from streamed(chosen, self._material, n, seed=seed, where=coordinates, sides=sides)

    @property
    def retrieves(self) -> bool:
        """True where drawing needs a retriever."""
        return any(negative.kind == RETRIEVED for negative in self._material.universe.negatives)

    def _to_retrieve(self, where: Mapping[str, str], retrieve: Retrieve | None) -> list[Retrieved]:
        if not self.retrieves:
            return []
        if retrieve is None:
            raise BadData('This universe has negatives of the kind "retrieved"; drawing them needs a retriever.')
        return list(retrieved(self._material, where, retrieve))

    def _side_shares(self, given: Mapping[str, float] | None) -> dict[Side, float]:
        if self._material.sides == (None,):
            return {None: 1.0}
        if given is None:
            held_out = self._material.universe.held_out
            validation, test = (
                max(share, LEAST_HELD_OUT) if share else 0.0 for share in (held_out.validation, held_out.test)
            )
            return {"train": max(1 - validation - test, LEAST_HELD_OUT), "validation": validation, "test": test}
        for side in given:
            if side not in SPLITS:
                raise BadData(f'There is no side "{side}". {did_you_mean(side, SPLITS)}')
        return {side: given.get(side, 0.0) for side in SPLITS}

    def has(self, where: Mapping[str, str]) -> bool:
        """True where there is anything to draw at some coordinates; what a retriever would find is not looked at."""
        try:
            self._check(where)
        except BadData:
            return False
        return bool(strata(self._material, where))

    def _check(self, where: Mapping[str, str]) -> None:
        known = self.coordinates
        for name, value in where.items():
            if name not in known:
                raise BadData(f'There is no coordinate "{name}" in this universe. {did_you_mean(name, known)}')
            if value not in known[name]:
                raise BadData(f'No {name} is "{value}" in this universe. {_nearest(value, known[name])}')

    @property
    def coordinates(self) -> dict[str, Sequence[str]]:
        """Every coordinate of this universe with its values."""
        universe = self._material.universe
        answers = dict.fromkeys(key for template in universe.templates for key in template.answer)
        phrasings = max(len(template.ask) for template in self._material.templates)
        sides = [side for side in SPLITS if side in self._material.sides]
        undecided = [UNKNOWN] if universe.unknown == "draft" else []
        return {
            **{slot: values.names for slot, values in self._material.slots.items()},
            "template": [template.name for template in self._material.templates],
            "phrasing": [str(phrasing) for phrasing in range(phrasings)],
            "negative": [NONE, *(negative.kind for negative in universe.negatives)],
            "variation": [NONE, *universe.variations],
            "answer": [*answers, *undecided, ABSTAIN],
            **({"split": [str(side) for side in sides]} if sides else {}),
        }

    # covering

    def coverage(
        self, examples: pl.DataFrame, declared: Coverage | None = None, *, by_meaning: bool = True
    ) -> CoverageReport:
        """How far some examples cover this universe: `declared`, or what `coverage` in universe.yaml says.

        Examples without coordinates of their own are placed where their questions belong; where they fit the words
        of no phrasing, at the template that they mean, unless `by_meaning` is false.
        """
        wanted = declared or self._material.universe.coverage or Coverage()
        grid = self._grid(wanted.over, wanted.strength, {name for target in wanted.targets for name in target.where})
        mapper = self._placer if by_meaning else self._mapper
        found = placed(examples, mapper, self._material.templates)
        outside = found.outside(grid.outside(found.examples))
        told = coverage_of(grid, found.examples, wanted)
        return told.model_copy(
            update={
                "outside": int(outside.sum()),
                "outside_questions": found.typical_of(outside),
                "mapped": found.mapped,
                "by_meaning": found.by_meaning if _could_tell(mapper, found) else None,
                "meant": found.meant,
                "unlisted": found.unlisted,
            }
        )

    def crossed(self, examples: pl.DataFrame, *pairs: tuple[str, str]) -> list[Crossed]:
        """How many of some examples there are of every combination of each two coordinates, placed by words alone."""
        grids = [self._grid(pair, 2) for pair in pairs]
        known = placed(examples, self._mapper, self._material.templates).examples if pairs else examples
        return [self._counted(grid, known, *pair) for grid, pair in zip(grids, pairs, strict=True)]

    def _counted(self, grid: Grid, examples: pl.DataFrame, rows: str, columns: str) -> Crossed:
        counts = grid.counts(examples)
        cells = []
        for names, place in grid.combinations(grid.possible):
            row, column = grid.where(names, place).values()
            cells.append((row, column, int(counts[names][place])))
        at_least = (self._material.universe.coverage or Coverage()).at_least
        return Crossed(rows=rows, columns=columns, at_least=at_least, counts=tuple(cells))

    def _grid(self, over: Sequence[str], strength: int, also: Iterable[str] = ()) -> Grid:
        """The combinations of some coordinates. Raises BadData where there is no such coordinate."""
        known = self.coordinates
        for name in (*over, *also):
            if name not in known:
                raise BadData(f'There is no coordinate "{name}" in this universe. {did_you_mean(name, known)}')
            if isinstance(known[name], Pattern):
                raise BadData(f'"{name}" has {len(known[name]):,} values by a pattern, too many to be covered.')
        boxes = self._once(f"boxes {' '.join(over)}", lambda: boxes_of(self._material, self._strata, over))
        return Grid.of(boxes, {name: known[name] for name in over}, strength, set(self._material.slots))

    # mapping

    def map(self, questions: pl.Series) -> pl.DataFrame:
        """Which template each question fits and with which slot values: a MAPPED frame, a row a question."""
        return self._placer.map(questions)

    def suggest(
        self, questions: pl.Series, encode: Encode | None = None, *, smallest: int = 5, most: int = 30
    ) -> Suggestions:
        """Templates for those of some questions that fit none by words; without `encode` they are alike by words."""
        declared, slots = self._material.universe.templates, self._material.slots
        return suggested(questions, self._mapper, declared, slots, encode, smallest=smallest, most=most)

    @cached_property
    def _mapper(self) -> Mapper:
        known = self._recognised
        return Mapper(known.templates, known.slots, self._material.universe.slots)

    @cached_property
    def _placer(self) -> Mapper | ByMeaning:
        known = self._recognised
        return ByMeaning(self._mapper, known.templates, known.slots, self._encode) if self._encode else self._mapper

    @cached_property
    def _recognised(self) -> Scoped:
        material = self._material
        return scoped(material.templates, material.slots, material.universe.proposed)

    # contexts

    def passages(self) -> pl.DataFrame:
        """Every context as it is put to the model, for the indexer: `id`, `text`, `entity`, `source`."""
        declared = self._material.universe.contexts
        contexts, source = self._material.contexts, declared.file if declared else ""
        rows = [(context.id, context.shown, context.entity, context.source or source) for context in contexts]
        return pl.DataFrame(rows, schema=PASSAGES, orient="row")

    def places(self) -> pl.DataFrame:
        """Where every context stands, drawn from or not: `question` (empty), `context`, `group`, held-out `split`."""
        sides = {number: side for side, numbers in self._material.contexts_on.items() for number in numbers}
        rows = [
            ("", context.shown, context.entity or context.id, sides.get(number))
            for number, context in enumerate(self._material.contexts)
        ]
        return pl.DataFrame(rows, schema=PLACES, orient="row")

    def summary(self) -> str:
        """One line on what the contexts hold."""
        contexts = self._material.contexts
        facts = Counter(name for context in contexts for name in context.facts)
        told = ", ".join(f"{name} {count:,}" for name, count in sorted(facts.items()))
        slots = ", ".join(f"{name} {len(values.names):,}" for name, values in self._material.slots.items())
        if not contexts:
            return f"no contexts: every question is closed; slot values: {slots or 'none'}"
        entities = len(self._material.entities.names)
        return f"contexts: {len(contexts):,} about {entities:,} entities; with facts: {told}; slot values: {slots}"


def _could_tell(mapper: Mapper | ByMeaning, found: Placed) -> bool:
    """True where nothing was left to be told by its meaning, or something could tell it."""
    return found.strange == 0 or (isinstance(mapper, ByMeaning) and mapper.looks)


def _nearest(value: str, known: Sequence[str]) -> str:
    """A hint that stays short where a slot has hundreds of values."""
    if isinstance(known, Pattern):
        return f"They match the pattern {known.text}, as {known[0]} does."
    return did_you_mean(value, known) if len(known) <= 20 else did_you_mean(value, known).split("   ")[-1]
