"""Which combinations of coordinates a universe has, as boxes: within one, any value goes with any other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from growloop.universe.cells import NONE, Stratum
from growloop.universe.material import Material
from growloop.universe.retrieved import RETRIEVED, retrieved
from growloop.universe.variations import wordings

Box = dict[str, list[str]]
"""Coordinate → the values it can have; coordinates that do not apply are left out."""


def boxes_of(material: Material, strata: Sequence[Stratum], over: Iterable[str]) -> list[Box]:
    """A box for each stratum, and for each template and side of which a retriever is asked."""
    wanted, made = list(over), []
    applying: dict[tuple[int, str], list[str]] = {}
    for stratum in strata:
        key = (stratum.common.kind.number, str(stratum.common.side))
        if key not in applying:
            applying[key] = _variations_of(stratum, material.universe.variations)
        made.append(_box(stratum, wanted, applying[key]))
    if any(negative.kind == RETRIEVED for negative in material.universe.negatives):
        for found in retrieved(material, {}, lambda questions, k: [[] for _ in questions]):
            first = found.positives[0]
            key = (first.common.kind.number, str(first.common.side))
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


def _variations_of(stratum: Stratum, names: Sequence[str]) -> list[str]:
    """The variations that change any of a stratum's phrasings, and none."""
    cell, ask = stratum.cell(0), stratum.template.ask
    phrasings = [ask[int(number)] for number in stratum.values_of("phrasing")]
    applying = {name for text in phrasings for name, _ in wordings(text, cell.wording, names, seed=cell.seed)}
    return [NONE, *(name for name in names if name in applying)]
