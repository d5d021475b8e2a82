"""The text of a document and where its headings and pages begin."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the text; level 1 is the highest."""

    offset: int
    """Of its first character; equal to the offset of what follows where the text itself does not hold it."""
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, as one text that offsets count in."""

    text: str
    headings: tuple[Heading, ...] = ()
    """In the order of the text."""
    pages: tuple[int, ...] = ()
    """Where each page begins; empty where the file knows no pages."""


@dataclass
class Blocks:
    """A document put together block by block, blocks apart by a blank line."""

    parts: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, level: int = 0) -> None:
        """Add a paragraph, or a heading of some level. White space alone adds nothing."""
        text = text.strip()
        if not text:
            return
        self.length += 2 if self.parts else 0
        if level:
            self.headings.append(Heading(self.length, self.length + len(text), level, " ".join(text.split())))
        self.parts.append(text)
        self.length += len(text)

    def document(self) -> Document:
        """All of it."""
        return Document("\n\n".join(self.parts), tuple(self.headings))
