"""Characters nobody wrote: control characters, HTML left-overs, mojibake, and white space at the ends."""

from __future__ import annotations

import polars as pl

from growloop.dataset.checks.texts import finding, first_match, holding
from growloop.dataset.cleaning import CONTROL, ENTITY, LOST, MOJIBAKE, TAG, is_entity
from growloop.records.task import Task
from growloop.records.version import Finding

FIX = "growloop lint --fix"


def control_characters(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Characters that cannot be seen and that no keyboard makes: the model reads them all the same."""
    hit = holding(examples, lambda text: text.str.contains(CONTROL))
    if hit.is_empty():
        return []
    told = _told(hit, examples, "hold control characters", first_match(hit, CONTROL))
    return [finding("control_characters", "warning", hit, told, f"Take them out:  {FIX}")]


def html(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """HTML that was never made into text: entities (`&amp;`), and tags, which only a person can judge."""
    found = []
    entities = _with_known_entities(holding(examples, lambda text: text.str.contains(ENTITY)))
    if entities.height:
        told = _told(entities, examples, "hold HTML entities", first_match(entities, ENTITY))
        found.append(finding("html", "warning", entities, told, f"Write the characters they stand for:  {FIX}"))
    tags = holding(examples, lambda text: text.str.contains(TAG))
    if tags.height:
        told = _told(tags, examples, "hold HTML tags", first_match(tags, TAG))
        remedy = "Take them out where the data comes from; a tag can mean something, so it is never removed for you."
        found.append(finding("html", "warning", tags, told, remedy))
    return found


def mojibake(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Text decoded by the wrong table (`dÃ©cor`, `d√©cor`), and characters that were lost for good."""
    found = []
    spoilt = holding(examples, lambda text: text.str.contains(MOJIBAKE))
    if spoilt.height:
        told = _told(spoilt, examples, "were decoded wrongly", first_match(spoilt, MOJIBAKE))
        found.append(finding("mojibake", "warning", spoilt, told, f"Decode them rightly:  {FIX}"))
    lost = holding(examples, lambda text: text.str.contains(LOST, literal=True))
    if lost.height:
        told = _told(lost, examples, f"have lost characters ({LOST})", first_match(lost, LOST))
        found.append(finding("mojibake", "warning", lost, told, "Import them again from the source, read as UTF-8."))
    return found


def white_space(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """White space at the ends of a text: two texts that differ in nothing else count as different contents."""
    hit = holding(examples, lambda text: text != text.str.strip_chars())
    if hit.is_empty():
        return []
    told = f"{hit.height:,} of {examples.height:,} examples have white space at the ends of a text."
    return [finding("white_space", "info", hit, told, f"Trim it:  {FIX}")]


def _with_known_entities(hit: pl.DataFrame) -> pl.DataFrame:
    """Only the examples with an entity that HTML knows; `&pepper;` is somebody's spelling."""
    if hit.is_empty():
        return hit
    texts = pl.concat_list("question", "context", "answers").list.join(" ")
    named = hit.select(texts.str.extract_all(ENTITY).alias("entities"))["entities"]
    return hit.filter(pl.Series([any(map(is_entity, entities)) for entities in named], dtype=pl.Boolean))


def _told(hit: pl.DataFrame, examples: pl.DataFrame, what: str, sample: str) -> str:
    quoted = f': "{sample}"' if sample else ""
    return f"{hit.height:,} of {examples.height:,} examples {what} (first: {hit['id'][0]}{quoted})."
