"""Which combinations of coordinates a universe has, as boxes: within one, any value goes with any other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from growloop.universe.cells import NONE, Stratum
from growloop.universe.changes import CHANGES, changed
from growloop.universe.material import Material
from growloop.universe.retrieved import RETRIEVED, retrieved
from growloop.universe.variations import wordings

Box = dict[str, list[str]]
"""Coordinate → the values it can have; coordinates that do not apply are left out."""


def boxes_of(material: Material, strata: Sequence[Stratum], over: Iterable[str]) -> list[Box]:
    """A box for each stratum, and for each template and side of which a retriever is asked."""
    wanted, made = list(over), []
    applying: dict[tuple[int, str, bool], list[str]] = {}
    for stratum in strata:
        key = (stratum.common.kind.number, str(stratum.common.side), stratum.common.negative == NONE)
        if key not in applying:
            applying[key] = _variations_of(stratum, material)
        made.append(_box(stratum, wanted, applying[key]))
    if any(negative.kind == RETRIEVED for negative in material.universe.negatives):
        for found in retrieved(material, {}, lambda questions, k: [[] for _ in questions]):
            first = found.positives[0]
            key = (first.common.kind.number, str(first.common.side), True)
            box = _box(first, wanted, applying[key])
            made.append({**box, **{name: [found.where[name]] for name in found.where if name in box}})
    return merged(made)


def merged(boxes: Sequence[Box]) -> list[Box]:
    """The same combinations in fewer boxes: those that differ in one coordinate alone become one.

    >>> merged([{"a": ["1"], "b": ["x"]}, {"a": ["1"], "b": ["y"]}])
    [{'a': ['1'], 'b': ['x', 'y']}]
    """
    kept: list[Box] = []
    for box in boxes:
        for number, other in enumerate(kept):
            differing = [name for name in box if box[name] != other.get(name)]
            if box.keys() == other.keys() and len(differing) <= 1:
                united = {name: list(dict.fromkeys([*other[name], *box[name]])) for name in differing}
                kept[number] = {**other, **united}
                break
        else:
            kept.append(box)
    return kept


def _box(stratum: Stratum, over: Sequence[str], variations: list[str]) -> Box:
    values = {name: variations if name == "variation" else stratum.values_of(name) for name in over}
    return {name: found for name, found in values.items() if found}


def _variations_of(stratum: Stratum, material: Material) -> list[str]:
    """The variations that change any of a stratum's phrasings, and none."""
    names = material.universe.variations
    cell, ask = stratum.cell(0), stratum.template.ask
    phrasings = [ask[int(number)] for number in stratum.values_of("phrasing")]
    kept = [name for name in names if name not in CHANGES]
    applying = {name for text in phrasings for name, _ in wordings(text, cell.wording, kept, seed=cell.seed)}
    if len(kept) < len(names):
        applying |= _changing(stratum, material, [name for name in names if name in CHANGES])
    return [NONE, *(name for name in names if name in applying)]


def _changing(stratum: Stratum, material: Material, names: Sequence[str]) -> set[str]:
    """The variations that change the answer of any question in one of a stratum's contexts."""
    found: set[str] = set()
    for context, size in stratum.sizes.items():
        if len(found) == len(names):
            break
        for number in range(min(size, len(stratum.values_of("phrasing")))):
            found.update(changed(stratum.cell_in(context, number), set(names) - found, material))
    return found
