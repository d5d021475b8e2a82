"""All strata of a universe: by template, side, kind of negative and answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from growloop.universe.beside import KINDS, PairStratum
from growloop.universe.cells import ABSTAIN, NONE, UNKNOWN, Coordinates, Stratum, allows
from growloop.universe.changes import CHANGES
from growloop.universe.material import Kind, Material
from growloop.universe.sides import Side


def strata(material: Material, where: Mapping[str, str]) -> list[Stratum]:
    """All strata that have cells at some coordinates."""
    slots = {coordinate for coordinate in where if coordinate in material.slots}
    kinds = [kind for kind in material.kinds if slots <= set(kind.slots)]
    named = [kind for kind in kinds if allows(where, "template", material.templates[kind.number].name)]
    sides = [side for side in material.sides if allows(where, "split", str(side))]
    found = (
        (PairStratum if kind.beside else Stratum)(material, common, where)
        for side in sides
        for kind in named
        for common in _coordinates(material, kind, side)
        if allows(where, "negative", common.negative) and allows(where, "answer", common.answer)
        if common.negative == NONE or where.get("variation") not in CHANGES
    )
    return [stratum for stratum in found if stratum.size]


def _coordinates(material: Material, kind: Kind, side: Side) -> Iterator[Coordinates]:
    if material.is_out_of_scope(kind):
        yield Coordinates(kind, side, "out_of_scope", ABSTAIN, told=False)
        return
    for answer in material.templates[kind.number].answer:
        yield Coordinates(kind, side, NONE, answer, told=True)
    if kind.closed:
        return
    if kind.beside:
        yield from _of_two(material, kind, side)
        return
    if material.universe.unknown == "draft":
        yield Coordinates(kind, side, NONE, UNKNOWN, told=False)
    for negative in material.universe.negatives:
        if negative.kind in ("out_of_scope", "retrieved"):
            continue  # the one has templates of its own, the other is found while drawing
        if negative.kind == "wrong_entity":
            yield Coordinates(kind, side, negative.kind, ABSTAIN, told=True)
        yield Coordinates(kind, side, negative.kind, ABSTAIN, told=False)


def _of_two(material: Material, kind: Kind, side: Side) -> Iterator[Coordinates]:
    """The negatives of questions about two entities."""
    for negative in material.universe.negatives:
        if negative.kind in KINDS:
            yield Coordinates(kind, side, negative.kind, ABSTAIN, told=True)
        if negative.kind == "wrong_topic" and kind.fact.slot is None:
            yield Coordinates(kind, side, negative.kind, ABSTAIN, told=False)
