"""Does the context say it: for answers that must come from the text at hand."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from growloop.metrics.answers import as_list
from growloop.metrics.metric import Case, Floats, Metric

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
EMPTY_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before but by can could did do does don't for from
    had has have he her here him his how i i'm if in into is isn't it it's its just know me may might more most my no
    not of off on one or our out say she should so some such than that that's the their them then there these they
    this those to too up us very was we were what when where which who why will with would yes you your
    """.split()  # noqa: SIM905
)
"""English words that claim nothing by themselves."""


def content_words(text: str) -> set[str]:
    """The words of a text that say something, in lower case, without a plural s.

    >>> sorted(content_words("Yes, the dogs may use it."))
    ['dog', 'use']
    """
    words = {word.replace("’", "'") for word in _WORD.findall(text.lower())} - EMPTY_WORDS
    return {word.removesuffix("'s").removesuffix("s") if len(word) > 3 else word for word in words}


def content_words_in(column: str) -> pl.Expr:
    """The same by the column: for each text the list of its distinct words that say something."""
    text = pl.col(column).str.to_lowercase().str.replace_all("’", "'", literal=True)
    word = pl.element()
    singular = pl.when(word.str.len_chars() > 3).then(word.str.strip_suffix("'s").str.strip_suffix("s")).otherwise(word)
    telling = word.filter(~word.is_in(sorted(EMPTY_WORDS)))
    return text.str.extract_all(_WORD.pattern).list.eval(telling).list.eval(singular).list.unique()


def groundedness(rows: pl.DataFrame) -> Floats:
    """Share of the prediction's content words that the context has; NaN where it has none, as in a plain "Yes."

    It knows nothing of order, negation or who did what: "X bit Y" is as grounded as "Y bit X", and a copy of the
    context is grounded wholly. It tells words that were made up, and only those; synonyms count as made up.
    """
    contexts = as_list(rows["context"])
    known = {text: content_words(text) for text in dict.fromkeys(contexts)}
    pairs = zip(as_list(rows["prediction"]), contexts, strict=True)
    return np.array([_share(said, known[context]) for said, context in pairs], dtype=np.float64)


def _share(said: str, known: set[str]) -> float:
    if not said.strip():
        return 0.0
    claimed = content_words(said)
    return len(claimed & known) / len(claimed) if claimed else float("nan")


_REVIEW = "Kumo House: We shared the ramen on the terrace, and our dog slept under the table."
GROUNDEDNESS = Metric(
    "groundedness",
    "Share of the answer's content words that the context has; sees no order and no negation.",
    groundedness,
    (
        Case("high", "The dog slept under a table.", ("under the table",), context=_REVIEW),
        Case("high", "Ramen on the terrace.", ("Ramen",), context=_REVIEW),
        Case("low", "Live jazz every Friday.", ("Ramen",), context=_REVIEW),
        Case("low", "", ("Ramen",), context=_REVIEW),
        Case("near_miss", "Ramen with truffle butter.", ("Ramen",), context=_REVIEW),
    ),
    "K-Precision (Adlakha et al. 2023, arXiv:2307.16877) over distinct content words",
    reads_context=True,
)
