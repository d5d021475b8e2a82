"""Diagnosis: what fails, where, and in which way; what a retrained model may not do worse; what came of it."""

from __future__ import annotations

from typing import Literal

from growloop.records.base import Record
from growloop.records.estimate import Estimate

FailureKind = Literal[
    "answered_unanswerable",
    "refused",
    "retrieval_missed",
    "wrong_polarity",
    "other_entity",
    "not_in_context",
    "wrong_in_context",
    "incomplete",
    "format",
    "badly_worded",
]
"""What went wrong with an answer; each wrong answer has exactly one, the first that applies in this order:

    answered_unanswerable  it answered what cannot be answered
    refused                it abstained from what can be answered
    retrieval_missed       the text that the retriever found lacks the answer
    wrong_polarity         yes for no, or the same words with a "not" too many or too few
    other_entity           it names a value that the question does not ask about, and that the context has
    not_in_context         it has a word or number that neither context nor question nor an accepted answer has
    wrong_in_context       all of it stands in the context or the question, and it is the wrong thing
    incomplete             some of the right answer and nothing else
    format                 right once case, punctuation, markup, parentheses, units or further sentences are off
    badly_worded           the right fact, in words that score low: too many, or others
"""


class FailingSlice(Record):
    """Examples that fail more often than the others, and how sure that is."""

    where: dict[str, str]
    """Coordinates of the examples, and features read off them; a feature's name begins with `text.`."""
    words: str
    """The same in a sentence a person would say, without figures."""
    declared: bool
    """Named by the task, or a single coordinate; otherwise found by search."""
    n: int
    wrong: int
    rate: Estimate
    """Share of wrong answers, on examples that had no part in finding the slice where it was found by search."""
    elsewhere: Estimate
    """The same outside the slice."""
    recoverable: float
    """How many wrong answers fewer there would be, were the slice as good as the rest."""
    q_value: float
    """The Benjamini-Hochberg adjusted p-value over everything that was tested."""
    kinds: dict[FailureKind, int]
    evidence: tuple[str, ...] = ()
    """Ids of examples that fail in it."""


class Diagnosis(Record):
    """What fails in the answers of one evaluation run."""

    run: str
    version: str
    split: str
    metric: str
    """An answer is wrong where this metric is below `right_from`."""
    right_from: float
    n: int
    wrong: int
    tested: int
    """How many slices were looked at."""
    false_discovery_rate: float
    """At most this share of the slices found by search is expected to be chance."""
    kinds: dict[FailureKind, int]
    slices: tuple[FailingSlice, ...]
    """By `recoverable`, the highest first; what says the same as one before it is left out."""
    clustered: bool = False
    """True where questions that mean alike were slices too."""
    middles: tuple[str, ...] = ()
    """The questions in the middle of these clusters; any other belongs to the one whose middle it is nearest to."""
    notes: tuple[str, ...] = ()
    """What a reader must know, e.g. that there were too few wrong answers to search."""
