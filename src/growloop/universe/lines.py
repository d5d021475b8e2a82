"""On which line of universe.yaml a problem is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from growloop.errors import BadDeclaration, NotFound
from growloop.records.declaration import line_of, load_yaml, load_yaml_text

FILE = "universe.yaml"


class Lines:
    """The lines of a declared universe; read when a problem is told, since records do not carry them."""

    def __init__(self, folder: Path, text: str | None = None) -> None:
        """Those of the file in a folder, or of a text that is to be in it."""
        self._folder = folder
        self._text = text
        self._lines: Any = None

    def wrong(self, message: str, *location: int | str) -> BadDeclaration:
        """A problem with its line."""
        line = self.of(*location)
        return BadDeclaration(f"{FILE}, line {line}: {message}" if line else f"{FILE}: {message}")

    def of(self, *location: int | str) -> int | None:
        """The line of an item; None where the file does not say."""
        if self._lines is None:
            try:
                text = self._text
                self._lines = load_yaml(self._folder / FILE) if text is None else load_yaml_text(text, FILE)
            except (NotFound, BadDeclaration):
                self._lines = {}
        return line_of(self._lines, location)
