"""The universe as declared in `universe.yaml`: templates × slots × contexts, negatives, variations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from growloop.records.base import Record

NegativeKind = Literal[
    "wrong_entity", "wrong_topic", "near_miss", "contradicted", "out_of_scope", "no_context", "retrieved"
]
VariationKind = Literal[
    "no_question_mark",
    "no_punctuation",
    "lower_case",
    "upper_case",
    "white_space",
    "contractions",
    "typos",
    "no_function_words",
    "politeness",
    "self_correction",
    "spelling",
    "synonyms",
    "negation",
    "other_value",
]


class Slot(Record):
    """Where the values of a placeholder come from: exactly one of `values`, `file`, `entities`, `fact`, `pattern`."""

    values: tuple[str, ...] = ()
    file: str | None = None
    """A text file in the project folder, one value a line; empty lines and lines starting with # are skipped."""
    column: str | None = None
    """Beside `file`: that is a table (CSV, TSV, JSONL, Parquet), and the values are those of this column."""
    entities: bool = False
    """The values are the names of the entities that the contexts are about."""
    fact: str | None = None
    """The values are what the contexts tell of a fact: what it is looked up by, else its values."""
    pattern: str | None = None
    """A regular expression without unlimited repetition; every text that it matches is a value."""
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Value → other names for it; a text that uses one speaks of the value."""
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Values that are easily taken for each other, by a name of your own: noodles → ramen, udon, soba."""
    weights: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Value → how often it is drawn beside the others, which have 1."""
    held_out: tuple[str, ...] = ()
    """The values that only the test asks about, instead of a share of them all."""


def _one_answer(given: object) -> object:
    """`answer: TEXT` is short for `answer: {text: TEXT}`."""
    return {"text": given} if isinstance(given, str) else given


class Template(Record):
    """A kind of question, its phrasings, and how the answer follows from a fact of the context.

    `fact` names a fact, plain (`dogs`) or looked up by a slot (`offers[food]`). `answer` maps the
    fact's value to the answer: keys are values of the fact (`yes`, `no`), or `list` where the
    value is a list, or `text` for any other value; `{value}` stands for the value.

    Without a fact the question is closed, asked without any context: it has one answer, or one by the value of the
    slot `by`. With `beside` it is asked about two entities, and the keys of `answer` are pairs (`yes, no`).
    `negated` answers its negation. `presumes` says what a question takes for granted (fact → value), `near` which
    facts touch its subject without answering it, `subject` the words in which a text speaks of it.
    """

    name: str = Field(min_length=1)
    ask: tuple[str, ...] = Field(min_length=1)
    fact: str | None = None
    by: str | None = None
    beside: str | None = None
    answer: Annotated[dict[str, str], BeforeValidator(_one_answer), Field(min_length=1)]
    negated: dict[str, str] = Field(default_factory=dict)
    weight: float = Field(default=1.0, gt=0)
    presumes: dict[str, str] = Field(default_factory=dict)
    near: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        """True where it is asked without any context."""
        return self.fact is None


class FactTable(Record):
    """Facts that stand in a table beside the texts, a row for each text or entity."""

    file: str
    """CSV, TSV, JSONL or Parquet in the project folder; its columns are named like facts."""
    by: Literal["id", "entity"] = "id"
    """Which of the columns says whom a row is about."""


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
    facts: FactTable | None = None
    """A table of facts, beside those that the texts come with."""


class Negative(Record):
    """A kind of unanswerable question and its share of all that is drawn."""

    kind: NegativeKind
    share: float = Field(gt=0, lt=1)
    ask: tuple[str, ...] = ()
    """The questions that are out of scope, with slots if need be; for `out_of_scope` alone."""


class Verify(Record):
    """How it is shown that the context of a negative does not answer it; what cannot be shown becomes a draft."""

    by: Literal["facts", "wording"] = "facts"
    """facts: they are complete, and what they do not tell is not told. wording: the text is looked at as well."""
    similarity: float | None = Field(default=None, gt=0, le=1)
    """A sentence whose embedding has this cosine with the question may answer it; none: embeddings are not used."""


class HeldOut(Record):
    """What share of entities, slot values and phrasings each side keeps to itself.

    An entity, value or phrasing of one side is never seen on another, so the test measures
    understanding rather than memory.
    """

    validation: float = Field(default=0.0, ge=0, lt=1)
    test: float = Field(default=0.0, ge=0, lt=1)


class Target(Record):
    """How many examples a region of the universe should have."""

    where: dict[str, str] = Field(min_length=1)
    count: int = Field(gt=0)


class Coverage(Record):
    """How many examples there should be of every combination of coordinates."""

    strength: int = Field(default=2, ge=1, le=3)
    """1: of every value; 2: of every pair of values; 3: of every three."""
    over: tuple[str, ...] = ("template", "negative", "variation", "answer")
    """Which coordinates are combined."""
    at_least: int = Field(default=1, ge=1)
    targets: tuple[Target, ...] = ()
    """Regions with a count of their own."""


class Proposed(Record):
    """A kind of question that people ask and nobody knows the fact of yet: counted and recognised, not drawn."""

    name: str = Field(min_length=1)
    ask: tuple[str, ...] = Field(min_length=1)
    slots: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Slots of its own with their values, beside those of the universe."""


class Universe(Record):
    """The declared space of questions the model must handle."""

    contexts: Contexts | None = None
    """None: all questions are closed."""
    slots: dict[str, Slot] = Field(default_factory=dict)
    templates: tuple[Template, ...] = Field(min_length=1)
    proposed: tuple[Proposed, ...] = ()
    """Templates in the making."""
    negatives: tuple[Negative, ...] = ()
    variations: tuple[VariationKind, ...] = ()
    variation_share: float = Field(default=0.3, ge=0, le=1)
    """Share of drawn questions whose wording is varied by one of `variations`."""
    variation_pairs: bool = False
    """Draw the plain question before each variation of it, so that consistency can be measured."""
    unknown: Literal["abstain", "draft"] = "abstain"
    """What a fact that is absent means. abstain: the text does not tell it. draft: nobody has looked yet."""
    verify: Verify = Verify()
    coverage: Coverage | None = None
    held_out: HeldOut = HeldOut()
    seed: int = 0
    """Decides what is held out; the draw has a seed of its own."""
