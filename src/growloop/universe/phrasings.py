"""The phrasings of a universe made ready to be recognised: as skeletons, words with a mark where a value stands.

A value is marked as `{class#number}`: the class is the set of slots that know it, the number that of its words. A
skeleton has the class alone, so that one look into a table tells which phrasings a question may be in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

import polars as pl

from growloop.records.universe import Proposed, Slot, Template
from growloop.universe.canonical import canonical, idle_words, small_words
from growloop.universe.slots import Values
from growloop.universe.variations.word_lists import pairs
from growloop.universe.wording import placeholders, words_of_name

MARK = r"\{[0-9]+#[0-9]+\}"
_STAND_IN = "qz{}qz"
"""Stands for a slot while a phrasing is made canonical; no word of any language."""
_SLOT = re.compile(r"\{[^{}]*\}")


class KnownValues:
    """The values of all slots and their aliases, found in canonical questions and marked."""

    def __init__(self, slots: Mapping[str, Values], declared: Mapping[str, Slot]) -> None:
        self.slots = dict(slots)
        rows = [(slot, *named) for slot, values in slots.items() for named in _names(values, declared.get(slot))]
        frame = pl.DataFrame(rows, schema={"slot": pl.String, "name": pl.String, "value": pl.String}, orient="row")
        frame = frame.with_columns(words=canonical(frame["name"])).filter(pl.col("words").str.strip_chars() != "")
        self._table = frame.unique(["slot", "words"], keep="first", maintain_order=True)
        of_words = self._table.group_by("words", maintain_order=True).agg(pl.col("slot").sort())
        self.classes = of_words["slot"].unique(maintain_order=True).to_list()
        numbers = pl.Series("class", [self.classes.index(slots) for slots in of_words["slot"].to_list()], pl.Int64)
        self._words = of_words.with_columns(numbers).with_row_index("number")

    @cached_property
    def _marks(self) -> pl.DataFrame:
        """The words of each value, longest first, and the mark that takes their place."""
        mark = pl.format(" {}{}#{}{} ", pl.lit("{"), "class", "number", pl.lit("}"))
        return self._words.select("words", mark.alias("mark")).sort(pl.col("words").str.len_bytes(), descending=True)

    def marked(self, text: pl.Expr) -> pl.Expr:
        """Canonical words with a mark in the place of each value."""
        if self._marks.is_empty():
            return text
        return text.str.replace_many(self._marks["words"].implode(), self._marks["mark"].implode(), leftmost=True)

    def unmarked(self, text: pl.Expr) -> pl.Expr:
        """The words again."""
        return (
            text.str.replace_many(self._marks["mark"].implode(), self._marks["words"].implode())
            if self._words.height
            else text
        )

    @cached_property
    def values(self) -> pl.DataFrame:
        """`slot`, `number` of the words, `value` as it is declared."""
        numbers = self._words.select("words", "number")
        return self._table.join(numbers, on="words").select("slot", pl.col("number").cast(pl.Int64), "value", "words")

    def classes_of(self, slot: str) -> list[str]:
        """The classes of words that can stand in a slot."""
        return [str(number) for number, slots in enumerate(self.classes) if slot in slots]


def _names(values: Values, slot: Slot | None) -> Iterable[tuple[str, str]]:
    """Each name by which a value is known, with the value; none for a pattern's, which are too many to list."""
    if not values.listed:
        return
    yield from ((name, name) for name in values.names)
    for value, others in (slot.aliases if slot else {}).items():
        number = values.numbers.get(words_of_name(value))
        if number is not None:
            yield from ((other, values.names[number]) for other in others)


@dataclass(frozen=True)
class Worded:
    """A phrasing in canonical words."""

    template: str
    number: int
    """Its place in `ask`."""
    words: str
    """Marked and spaced; `{slot}` in the place of each slot."""

    @property
    def slots(self) -> list[str]:
        """Its slots in order."""
        return [name for name in placeholders(self.words) if "#" not in name]

    @property
    def telling(self) -> int:
        """How many of its words tell what it is about."""
        return len(set(_SLOT.sub(" ", self.words).split()) - idle_words()) + len(re.findall(MARK, self.words))


def worded(templates: Sequence[Template | Proposed], known: KnownValues) -> list[Worded]:
    """All phrasings in canonical words, values that stand in them marked."""
    rows = [(template.name, number, text) for template in templates for number, text in enumerate(template.ask)]
    slots = sorted({name for *_, text in rows for name in placeholders(text)})
    frame = pl.DataFrame(rows, schema={"template": pl.String, "number": pl.Int64, "text": pl.String}, orient="row")
    stand_ins = {slot: _STAND_IN.format(_letters(place)) for place, slot in enumerate(slots)}
    texts = frame["text"].str.replace_many([f"{{{slot}}}" for slot in slots], list(stand_ins.values()))
    words = frame.with_columns(words=canonical(texts)).with_columns(known.marked(pl.col("words")))
    back = pl.col("words").str.replace_many(list(stand_ins.values()), [f"{{{slot}}}" for slot in slots])
    shown = words.with_columns(back) if slots else words
    return [Worded(*row) for row in shown.select("template", "number", "words").iter_rows()]


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def skeletons(phrasings: Sequence[Worded], known: KnownValues) -> pl.DataFrame:
    """Every way in which a phrasing may look: `phrasing`, `skeleton`, `marks` (the slot of each, or `#number`)."""
    rows: list[tuple[int, str, list[str]]] = []
    for place, phrasing in enumerate(phrasings):
        marks = placeholders(phrasing.words)
        choices = [[mark.split("#")[0]] if "#" in mark else known.classes_of(mark) for mark in marks]
        frame = _SLOT.sub("{}", phrasing.words)
        named = [mark[mark.find("#") :] if "#" in mark else mark for mark in marks]
        for chosen in product(*choices):
            rows.append((place, frame.format(*(f"{{{number}}}" for number in chosen)), named))
    schema = pl.Schema({"phrasing": pl.Int64(), "skeleton": pl.String(), "marks": pl.List(pl.String())})
    return pl.DataFrame(rows, schema=schema, orient="row")


def skeleton(marked: pl.Expr) -> pl.Expr:
    """Marked words with the class of each value alone."""
    return marked.str.replace_all(r"#\d+\}", "}")


def without_small_words(text: pl.Expr) -> pl.Expr:
    """Words or a skeleton without those that people in a hurry leave out."""
    return text.str.replace_many({f" {word} ": "" for word in sorted(small_words())})


def settled(marked: pl.Expr) -> pl.Expr:
    """Marked words without what somebody took back: a wrong value and the words that say so, or a false start."""
    corrected = "|".join(map(re.escape, words_of_corrections()))
    value = marked.str.replace_all(rf" {MARK} (?:{corrected})+( {MARK} )", "$1")
    return value.str.replace(rf"^ \w+ (?: \w+ )?(?:{corrected})+", "")


@cache
def words_of_corrections() -> list[str]:
    """What people say when they correct themselves, longest first."""
    said = sorted((words for words, _ in pairs("corrections")), key=len, reverse=True)
    return canonical(pl.Series(said, dtype=pl.String)).to_list()
