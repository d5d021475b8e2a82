"""Which template a question fits, and with which slot values: imported and hand-written questions in the universe.

Nothing is guessed by meaning here; `meaning.py` does that. A question fits a phrasing *exact*ly where both have the
same canonical words; it is *near* where they have once typos are put right, what was taken back is dropped, or small
words are left out; it is *unlisted* where all fits but for a value that the slot does not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import polars as pl

from growloop.records.example import EXAMPLES
from growloop.records.universe import Proposed, Slot, Template
from growloop.universe.canonical import canonical
from growloop.universe.phrasings import (
    MARK,
    KnownValues,
    settled,
    skeleton,
    skeletons,
    without_small_words,
    worded,
)
from growloop.universe.slots import Values
from growloop.universe.spelling import MOST_SLIPS, nearest
from growloop.universe.unlisted import PIECES, as_written, unlisted

MAPPED = pl.Schema(
    {
        "template": pl.String(),
        "phrasing": pl.Int64(),
        "how": pl.String(),
        "similarity": pl.Float64(),
        "filling": EXAMPLES["where"],
        "unlisted": EXAMPLES["where"],
        "outside": pl.Boolean(),
    }
)
"""The template a question fits and the place of its phrasing in `ask`; how it fits (`exact`, `near`, `unlisted`,
`meaning`, `none`), and by meaning how near it is; slot → value; slot → words in its place that are no value of it; and
whether nothing fits."""

LETTERS_PER_SLIP = 8
"""A question may have a slip of the finger for so many letters."""


class Mapper:
    """Maps questions to the templates and slot values of a universe.

    >>> template = Template(name="dogs", ask=("Dogs at {place}?",), fact="dogs", answer={"no": "No."})
    >>> mapper = Mapper([template], {"place": Values.of(["Kumo House"])})
    >>> mapper.map(pl.Series(["dogs at KUMO HOUSE", "Any parking?"]))["template"].to_list()
    ['dogs', None]
    """

    def __init__(
        self,
        templates: Sequence[Template | Proposed],
        slots: Mapping[str, Values],
        declared: Mapping[str, Slot] | None = None,
    ) -> None:
        self._known = KnownValues(slots, declared or {})
        self._phrasings = worded(templates, self._known)
        self._skeletons = skeletons(self._phrasings, self._known)

    def map(self, questions: pl.Series) -> pl.DataFrame:
        """A MAPPED frame with a row for each question; one that comes up again is looked at once."""
        asked = questions.cast(pl.String).rename("question").to_frame()
        different = asked.unique(maintain_order=True).with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
        mapped = self._mapped(different)
        rows = asked.join(different, on="question", how="left", nulls_equal=True, maintain_order="left").select("row")
        return rows.join(mapped, on="row", how="left", maintain_order="left").select(MAPPED.names())

    def _mapped(self, asked: pl.DataFrame) -> pl.DataFrame:
        """The same with `row`, for questions that differ."""
        words = asked.with_columns(words=canonical(asked["question"])).filter(pl.col("words").str.strip_chars() != "")
        rest = words.with_columns(marked=self._known.marked(pl.col("words")))
        found = [self._exact(rest).with_columns(how=pl.lit("exact"))]
        rest = rest.join(found[0], on="row", how="anti").with_columns(
            settled(pl.col("marked")), taken_back=settled(pl.col("marked")) != pl.col("marked")
        )
        for find in (self._exact, self._hurried, self._misspelled):
            found.append(find(rest).with_columns(how=pl.lit("near")))
            rest = rest.join(found[-1], on="row", how="anti")
        strange = _as_written(unlisted(rest, self._phrasings, self._known), asked)
        strange = strange.join(rest.select("row", "taken_back"), on="row", how="left", maintain_order="left")
        as_said = (pl.col("as_said") & ~pl.col("taken_back")).all().over("row")
        how = pl.when(as_said).then(pl.lit("exact")).otherwise(pl.lit("near"))
        how = pl.when(pl.col("listed").all().over("row")).then(how).otherwise(pl.lit("unlisted"))
        return self._as_mapped(asked, pl.concat([*found, strange.with_columns(how=how).drop("taken_back")]))

    def _exact(self, rest: pl.DataFrame) -> pl.DataFrame:
        keyed = rest.select("row", "marked", skeleton=skeleton(pl.col("marked")))
        return self._filled(keyed.join(self._skeletons, on="skeleton"))

    def _hurried(self, rest: pl.DataFrame) -> pl.DataFrame:
        """Those that fit without small words, where that leaves one template alone."""
        keyed = rest.select("row", "marked", skeleton=without_small_words(skeleton(pl.col("marked"))))
        return self._filled(keyed.join(self._short_skeletons, on="skeleton"))

    @cached_property
    def _short_skeletons(self) -> pl.DataFrame:
        short = self._skeletons.with_columns(skeleton=without_small_words(pl.col("skeleton")))
        names = dict(enumerate(phrasing.template for phrasing in self._phrasings))
        template = pl.col("phrasing").replace_strict(names, return_dtype=pl.String)
        telling = pl.col("skeleton").str.contains(r"\w\w|\d\}.*\d\}")
        return short.filter((template.n_unique().over("skeleton") == 1) & telling)

    def _misspelled(self, rest: pl.DataFrame) -> pl.DataFrame:
        """Those that are a few slips of the finger away from a phrasing with the same kinds of values."""
        keyed = _lettered(rest.select("row", "marked", skeleton=skeleton(pl.col("marked"))))
        known = _lettered(self._skeletons).unique("letters", maintain_order=True)
        parts = [keyed.head(0).select("row", "marked", known=pl.lit(""))]
        for kinds, [texts] in known.group_by("kinds").agg("letters").rows_by_key("kinds", unique=True).items():
            asked = keyed.filter(pl.col("kinds") == kinds)
            places = pl.Series(nearest(asked["letters"].to_list(), texts, _slips_in_question), dtype=pl.Int64)
            parts.append(asked.select("row", "marked", known=pl.Series(texts, dtype=pl.String).gather(places)))
        found = pl.concat(parts).drop_nulls("known")
        return self._filled(found.join(_lettered(self._skeletons), left_on="known", right_on="letters"))

    def _filled(self, candidates: pl.DataFrame) -> pl.DataFrame:
        """The values of each candidate's slots as PIECES, where all marks stand for what they should."""
        number = pl.col("marked").str.extract_all(MARK).list.eval(pl.element().str.extract(r"#(\d+)").cast(pl.Int64))
        has_marks = pl.col("marks").list.len() > 0
        told = candidates.select("row", "phrasing", pl.col("marks").alias("slot"), number.alias("number"))
        marks = told.filter(pl.col("slot").list.len() > 0).explode("slot", "number")
        named = marks.join(self._known.values.drop("words"), on=["slot", "number"], how="left")
        same = pl.col("slot") == pl.format("#{}", "number")
        fits = (
            pl.col("value").is_not_null() & (pl.col("value").n_unique().over("row", "phrasing", "slot") == 1)
        ) | same
        fitting = named.filter(fits.all().over("row", "phrasing")).with_columns(
            said=pl.col("slot").str.starts_with("#").sum().over("row", "phrasing")
        )
        plain = candidates.filter(~has_marks).select("row", "phrasing", said=0, slot=None, value=None)
        every = pl.concat(
            [fitting.drop("number").select("row", "phrasing", "said", "slot", "value"), plain], how="vertical_relaxed"
        )
        best = every.sort("row", "said", "phrasing", descending=[False, True, False]).filter(
            pl.col("phrasing") == pl.col("phrasing").first().over("row")
        )
        return (
            best.with_columns(listed=True, as_said=True).unique(maintain_order=True).select(PIECES.names()).cast(PIECES)
        )

    def _as_mapped(self, asked: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
        """One row for each question asked."""
        pair = pl.struct(key="slot", value="value")
        is_slot = pl.col("slot").is_not_null() & ~pl.col("slot").str.starts_with("#").fill_null(False)
        found = (
            pieces.sort("row", "slot")
            .group_by("row")
            .agg(
                pl.col("phrasing").first(),
                pl.col("how").first(),
                pair.filter(is_slot & pl.col("listed")).alias("filling"),
                pair.filter(is_slot & ~pl.col("listed")).alias("unlisted"),
            )
        )
        names = {number: phrasing.template for number, phrasing in enumerate(self._phrasings)}
        places = {number: phrasing.number for number, phrasing in enumerate(self._phrasings)}
        nothing = pl.lit([], dtype=EXAMPLES["where"])
        return (
            asked.select("row")
            .join(found, on="row", how="left", maintain_order="left")
            .select(
                "row",
                template=pl.col("phrasing").replace_strict(names, return_dtype=pl.String),
                phrasing=pl.col("phrasing").replace_strict(places, return_dtype=pl.Int64),
                how=pl.col("how").fill_null("none"),
                similarity=pl.lit(None, pl.Float64()),
                filling=pl.col("filling").fill_null(nothing),
                unlisted=pl.col("unlisted").fill_null(nothing),
                outside=pl.col("phrasing").is_null(),
            )
        )


def _as_written(pieces: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """With what is not listed as it stands in the question."""
    strange = pieces.filter(~pl.col("listed")).join(asked, on="row", maintain_order="left")
    words = [as_written(*pair) for pair in strange.select("question", "value").iter_rows()]
    written = strange.select(PIECES.names()[:3], written=pl.Series(words, dtype=pl.String))
    both = pieces.join(written, on=["row", "phrasing", "slot"], how="left", nulls_equal=True)
    return both.with_columns(value=pl.coalesce("written", "value")).drop("written")


def _lettered(frame: pl.DataFrame) -> pl.DataFrame:
    """With the `letters` of each skeleton, a mark counting as one, and the `kinds` of its marks."""
    text = pl.col("skeleton")
    letters = text.str.replace_all(r"\{\d+\}", "\ue000").str.replace_all(" ", "", literal=True)
    return frame.with_columns(letters=letters, kinds=text.str.extract_all(r"\{\d+\}").list.join(""))


def _slips_in_question(letters: str) -> int:
    return min(len(letters) // LETTERS_PER_SLIP, MOST_SLIPS)
