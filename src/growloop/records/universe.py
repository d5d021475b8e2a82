"""The universe as declared in `universe.yaml`: templates × slots × contexts, negatives, variations."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from growloop.records.base import Record

NegativeKind = Literal["wrong_entity", "wrong_topic"]
VariationKind = Literal["no_question_mark", "no_punctuation", "lower_case", "upper_case"]


class Slot(Record):
    """Where the values of a placeholder come from: exactly one of `values`, `file`, `entities`."""

    values: tuple[str, ...] = ()
    file: str | None = None
    """A text file in the project folder, one value a line; empty lines and lines starting with # are skipped."""
    entities: bool = False
    """The values are the names of the entities that the contexts are about."""


class Template(Record):
    """A kind of question, its phrasings, and how the answer follows from a fact of the context.

    `fact` names a fact, plain (`dogs`) or looked up by a slot (`offers[food]`). `answer` maps the
    fact's value to the answer: keys are values of the fact (`yes`, `no`), or `list` where the
    value is a list, or `text` for any other value; `{value}` stands for the value.
    """

    name: str = Field(min_length=1)
    ask: tuple[str, ...] = Field(min_length=1)
    fact: str
    answer: dict[str, str] = Field(min_length=1)
    weight: float = Field(default=1.0, gt=0)


class Contexts(Record):
    """The texts questions are asked about."""

    file: str
    """JSONL in the project folder; an object a line: `entity`, `text`, `facts`, optionally `id`."""
    entity_slot: str | None = None
    """The slot that is filled with the context's entity."""
    together: int = Field(default=1, ge=1)
    """How many consecutive texts of one entity make one context; their facts are joined."""
    show: str = "{text}"
    """How a context is put to the model; `{entity}` and `{text}` are replaced."""


class Negative(Record):
    """A kind of unanswerable question and its share of all that is drawn."""

    kind: NegativeKind
    share: float = Field(gt=0, lt=1)


class HeldOut(Record):
    """What share of entities, slot values and phrasings each side keeps to itself.

    An entity, value or phrasing of one side is never seen on another, so the test measures
    understanding rather than memory.
    """

    validation: float = Field(default=0.0, ge=0, lt=1)
    test: float = Field(default=0.0, ge=0, lt=1)


class Universe(Record):
    """The declared space of questions the model must handle."""

    contexts: Contexts
    slots: dict[str, Slot] = Field(default_factory=dict)
    templates: tuple[Template, ...] = Field(min_length=1)
    negatives: tuple[Negative, ...] = ()
    variations: tuple[VariationKind, ...] = ()
    variation_share: float = Field(default=0.3, ge=0, le=1)
    """Share of drawn questions whose wording is varied by one of `variations`."""
    held_out: HeldOut = HeldOut()
    seed: int = 0
    """Decides what is held out; the draw has a seed of its own."""
