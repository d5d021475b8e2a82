"""What fails: failing slices and kinds of failure, for the terminal and for the report page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from growloop.records.diagnosis import Diagnosis, FailingSlice, FailureKind
from growloop.records.estimate import Estimate
from growloop.reporting.figures import NOTHING, capitalise, metric_label, plural
from growloop.reporting.text import table_of

KINDS: dict[FailureKind, str] = {
    "answered_unanswerable": "answered what cannot be answered",
    "refused": "abstained, though the text answers it",
    "retrieval_missed": "the retriever missed the text",
    "wrong_polarity": "yes for no, or no for yes",
    "other_entity": "told of another entity",
    "not_in_context": "made up what the text does not say",
    "wrong_in_context": "took the wrong thing from the text",
    "incomplete": "left out a part",
    "format": "right, in the wrong form",
    "badly_worded": "right, badly worded",
}
"""Each kind of failure, as it is said of an answer."""
MOST_SHOWN = 20
_MOST_COLUMNS = 5


def diagnosis_tables(found: Diagnosis) -> list[RenderableType]:
    """What was diagnosed, the failing slices, the kinds of failure, and what a reader must know."""
    shown: list[RenderableType] = [Text(heading(found))]
    if found.slices:
        shown.append(slices_table(found.slices[:MOST_SHOWN]))
    if len(found.slices) > MOST_SHOWN:
        shown.append(Text(f"{len(found.slices) - MOST_SHOWN} more: --json has them all.", style="dim"))
    if found.kinds:
        shown.append(kinds_table(found))
    return [*shown, *(Text(note, style="dim") for note in (*found.notes, *caveat(found)))]


def heading(found: Diagnosis) -> str:
    """What was looked at, and how much of it is wrong."""
    share = f" ({percent(found.wrong / found.n)})" if found.n else ""
    wrong = f"{found.wrong:,} of {plural(found.n, 'answer')} wrong{share}"
    return f"{wrong}: {metric_label(found.metric).lower()} below {found.right_from:g}."


def caveat(found: Diagnosis) -> tuple[str, ...]:
    """How far the slices can be trusted; nothing where nothing was tested."""
    if not found.tested:
        return ()
    said = f"{plural(found.tested, 'slice')} tested; at most {percent(found.false_discovery_rate)} of those shown"
    if not found.slices:
        return (f"{plural(found.tested, 'slice')} tested; none fails more than the rest beyond chance.",)
    return (f"{said} are expected to be chance.",)


def slices_table(slices: Sequence[FailingSlice]) -> Table:
    """Slices in words: the share wrong with its interval, elsewhere, and what there is to be gained."""
    table = table_of("Failing slice", "Wrong", "Elsewhere", "n", "Recoverable", "q")
    for number, found in enumerate(slices, start=1):
        words = Text(f"{number}. {capitalise(found.words)}")
        if kind := main_kind(found):
            words.append(f"\n{kind}", style="dim")
        rates = (rate_text(found.rate), percent(found.elsewhere.value))
        table.add_row(words, *rates, f"{found.n:,}", f"{found.recoverable:,.0f}", q_text(found.q_value))
    return table


def kinds_table(found: Diagnosis) -> Table:
    """How many answers failed in each way, over all and in the first slices."""
    most = found.slices[:_MOST_COLUMNS]
    table = table_of("What went wrong", "All", *(f"in {number}" for number in range(1, len(most) + 1)))
    for kind, count in found.kinds.items():
        cells = [f"{part.kinds.get(kind, 0):,}" for part in most]
        table.add_row(escape(capitalise(KINDS[kind])), f"{count:,}", *cells)
    return table


def main_kind(found: FailingSlice) -> str:
    """The most frequent kind of failure in a slice, with its share; empty where none is known."""
    kind = max(found.kinds, key=lambda kind: found.kinds[kind], default=None)
    return f"mostly: {KINDS[kind]} ({found.kinds[kind]:,} of {found.wrong:,})" if kind else ""


def rate_text(estimate: Estimate) -> str:
    """A share with its interval in whole percent.

    >>> rate_text(Estimate(value=0.406, low=0.31, high=0.52, n=112))
    '41 % [31, 52]'
    """
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return NOTHING
    return f"{percent(estimate.value)} [{100 * estimate.low:.0f}, {100 * estimate.high:.0f}]"


def percent(share: float | None) -> str:
    """A share in whole percent."""
    return NOTHING if share is None else f"{100 * share:.0f} %"


def q_text(q_value: float) -> str:
    """A q-value with as many digits as say something.

    >>> q_text(0.0421), q_text(3e-7)
    ('0.042', '< 0.001')
    """
    return f"{q_value:.3f}" if q_value >= 0.001 else "< 0.001"


def evidence_rows(
    found: FailingSlice, examples: pl.DataFrame, predictions: pl.DataFrame, at_most: int
) -> list[dict[str, Any]]:
    """Examples that fail in a slice, with what was said to them."""
    ids = pl.DataFrame({"id": list(found.evidence[:at_most])}, schema={"id": pl.String})
    said = predictions.select("id", "prediction", "abstained")
    return ids.join(examples, on="id", maintain_order="left").join(said, on="id", maintain_order="left").to_dicts()
