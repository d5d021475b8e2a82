"""The size and the coverage of a universe as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from growloop.records.coverage import CoverageReport, Size
from growloop.records.suggestion import Suggestions
from growloop.reporting.text import table_of


def size_table(size: Size) -> Table:
    """Templates and kinds of negatives with the number of their questions, and the total."""
    shown = table_of("Template", "Questions")
    for name, count in size.templates.items():
        shown.add_row(Text(name), f"{count:,}")
    shown.add_section()
    for name, count in size.negatives.items():
        shown.add_row("answerable" if name == "none" else f"negative: {name}", f"{count:,}")
    for name in size.found:
        shown.add_row(f"negative: {name}", "found while drawing")
    shown.add_section()
    shown.add_row(f"all, in {size.variations} wording(s) each", f"{size.size:,}")
    return shown


def coverage_table(found: CoverageReport) -> Table:
    """How far each combination of coordinates is covered."""
    told = f"{found.examples:,} examples" + (f", {found.mapped:,} placed by their question" if found.mapped else "")
    told += f" ({found.by_meaning:,} by what it means)" if found.by_meaning else ""
    told += f", {found.outside:,} outside the universe" if found.outside else ""
    shown = table_of("Coordinates", "Combinations", "Covered", f"Under {found.at_least}", "Empty", title=told)
    for by in found.by:
        counts = (by.combinations, by.covered, by.thin, by.combinations - by.covered)
        shown.add_row(" × ".join(by.coordinates), *(f"{count:,}" for count in counts))
    shown.add_section()
    totals = (found.combinations, found.covered, found.thin, found.combinations - found.covered)
    shown.add_row("all", *(f"{count:,}" for count in totals))
    return shown


def gaps_table(found: CoverageReport, limit: int) -> Table:
    """The regions that lack most; those whose target is reached are left out."""
    lacking = [region for region in found.regions if region.have < region.wanted]
    shown = table_of("Region", "Has", "Wanted", title=_of("Thin and empty regions", limit, len(lacking)))
    for region in lacking[:limit]:
        shown.add_row(in_words(region.where), f"{region.have:,}", f"{region.wanted:,}")
    return shown


def draws_table(found: CoverageReport, limit: int) -> Table:
    """The draws that fill the gaps, in their order."""
    shown = table_of("Where", "Draw", title=_of("The shortest list of draws", limit, len(found.draws)))
    for draw in found.draws[:limit]:
        shown.add_row(in_words(draw.where), f"{draw.n:,}")
    return shown


def meant_table(found: CoverageReport, limit: int) -> Table:
    """What is placed by its meaning, least sure first."""
    shown = table_of(
        "Question",
        "Means",
        "Similarity",
        title=_of("Placed by meaning, least near first", limit, found.by_meaning or 0),
    )
    for meant in found.meant[:limit]:
        shown.add_row(Text(meant.question), Text(meant.template), f"{meant.similarity:.2f}")
    return shown


def unlisted_table(found: CoverageReport, limit: int) -> Table:
    """What is asked about and no slot has."""
    shown = table_of("Slot", "Not among its values", "Asked", title=_of("Unlisted values", limit, len(found.unlisted)))
    for unlisted in found.unlisted[:limit]:
        shown.add_row(Text(unlisted.slot), Text(unlisted.value), f"{unlisted.count:,}")
    return shown


def outside_table(found: CoverageReport) -> Table:
    """The most typical questions outside, and how many are like each."""
    shown = table_of("Question", "Alike", title="Outside the declared universe, most typical first")
    for alike in found.outside_questions:
        shown.add_row(Text(alike.question), f"{alike.count:,}")
    return shown


def suggestions_table(found: Suggestions) -> Table:
    """What is proposed for questions that fit no template."""
    told = f"{found.questions:,} questions, {found.fitting:,} fit the universe; {found.clustered:,} different others"
    told += f", {found.alone:,} of them alike with too few" if found.alone else ""
    told += "; compared by words alone" if found.by_words else ""
    shown = table_of("Proposed", "Questions", "Fit its phrasings", "Resembles", "For instance", title=told)
    for one in found.suggestions:
        near = f"{one.resembles} {one.resemblance:.2f}" if one.resembles and one.resemblance is not None else ""
        shown.add_row(Text(one.name), f"{one.size:,}", f"{one.fitting:,}", Text(near), Text(one.questions[0]))
    return shown


def in_words(where: Mapping[str, str]) -> Text:
    """Coordinates as one line; nothing in a user's value is markup."""
    return Text(" ".join(f"{name}={value}" for name, value in where.items()))


def _of(what: str, limit: int, total: int) -> str:
    return f"{what}: {min(limit, total):,} of {total:,}" if total > limit else what
