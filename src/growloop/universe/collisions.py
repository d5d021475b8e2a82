"""Questions that two templates ask in the same words: they would have two answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from growloop.errors import BadDeclaration, GrowloopError
from growloop.records.universe import Universe
from growloop.universe.lines import Lines
from growloop.universe.slots import Values
from growloop.universe.wording import filled, placeholders


class Collisions:
    """Finds the phrasings of different templates that can be filled to the same question."""

    def __init__(self, universe: Universe, slots: Mapping[str, Values], lines: Lines) -> None:
        self._universe, self._slots, self._lines = universe, slots, lines

    def problems(self) -> Iterator[GrowloopError]:
        """One for each phrasing that comes again."""
        first: dict[str, list[tuple[int, int]]] = {}
        for number, template in enumerate(self._universe.templates):
            for place, text in enumerate(template.ask):
                alike = first.setdefault(_skeleton(text), [])
                for other, before in alike:
                    if other != number and self._can_be_one(text, self._universe.templates[other].ask[before]):
                        yield self._collision((number, place), (other, before))
                        break
                alike.append((number, place))

    def _can_be_one(self, text: str, other: str) -> bool:
        """True where two phrasings with the same words between their slots can be filled to the same question."""
        return all(
            one == two or self._overlap(one, two)
            for one, two in zip(placeholders(text), placeholders(other), strict=True)
        )

    def _overlap(self, one: str, two: str) -> bool:
        """True where two slots share a value; of a pattern that is not listed, where it is the same pattern."""
        if one not in self._slots or two not in self._slots:
            return False
        values, others = self._slots[one], self._slots[two]
        if values.listed and others.listed:
            return not values.numbers.keys().isdisjoint(others.numbers)
        if values.listed or others.listed:
            few, many = (values, others) if values.listed else (others, values)
            return any(name in many.names for name in few.names)
        return values.names[0] in others.names or others.names[0] in values.names

    def _collision(self, here: tuple[int, int], there: tuple[int, int]) -> BadDeclaration:
        (number, place), (other, before) = here, there
        templates = self._universe.templates
        text, same = templates[number].ask[place], templates[other].ask[before]
        line = self._lines.of("templates", other, "ask", before)
        whose = f'template "{templates[other].name}"' + (f" on line {line}" if line else "")
        also = "" if text.casefold().strip() == same.casefold().strip() else f', which asks "{same}" of the same values'
        message = (
            f'template "{templates[number].name}" asks "{text}", and so does {whose}{also}. Leave it to one of them.'
        )
        return self._lines.wrong(message, "templates", number, "ask", place)


def _skeleton(text: str) -> str:
    """The words of a phrasing between its slots."""
    return filled(text, dict.fromkeys(placeholders(text), "\0")).casefold().strip()
