"""Which examples make a step: pure functions of lengths, seed and epoch, so that a killed run finds its place again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

Row = list[int]
"""Numbers of examples that share one context and are read in one row."""
Batch = list[Row]
"""Rows of like length: one optimiser step."""

SORTED_TOGETHER = 24
"""Batches' worth of rows among which like lengths are found; the fewer, the more chance is left in the order."""
MOST_ROW_TOKENS = 768
"""Rows are not filled beyond this: attention within a row costs the square of its length."""


@dataclass(frozen=True)
class Sizes:
    """The lengths of examples in tokens; for models that share nothing, each example is its own group."""

    group: Sequence[int]
    """Equal numbers: equal contexts."""
    shared: Sequence[int]
    """Tokens of the context."""
    own: Sequence[int]
    """Tokens of question and answer."""

    def row_tokens(self, row: Row) -> int:
        """The length of a row: its context once, then each example's own tokens."""
        return self.shared[row[0]] + sum(self.own[number] for number in row)


def plan_epoch(
    sizes: Sizes, repeats: Sequence[int], *, batch_size: int, together: int, seed: int, epoch: int
) -> list[Batch]:
    """The batches of one epoch in their order: about `batch_size` examples each, rows of like length.

    Example i is seen `repeats[i]` times, each time in another row. At most `together` examples share a row.
    """
    random = Random(f"{seed}/{epoch}")
    rows = list(_rows(sizes, repeats, together, random))
    random.shuffle(rows)
    batches: list[Batch] = []
    pool = max(1, SORTED_TOGETHER * batch_size * len(rows) // max(1, sum(map(len, rows))))
    for start in range(0, len(rows), pool):
        batches += _cut(sorted(rows[start : start + pool], key=sizes.row_tokens), batch_size)
    random.shuffle(batches)
    return batches


def _rows(sizes: Sizes, repeats: Sequence[int], together: int, random: Random) -> Iterator[Row]:
    """Examples of one context in chance order, as many to a row as may be."""
    occurrences = [(number, turn) for number, times in enumerate(repeats) for turn in range(times)]
    random.shuffle(occurrences)
    waiting: dict[tuple[int, int], Row] = {}
    for number, turn in occurrences:
        place = (sizes.group[number], turn)
        row = waiting.setdefault(place, [])
        row.append(number)
        if len(row) == together or sizes.row_tokens(row) >= MOST_ROW_TOKENS:
            yield waiting.pop(place)
    yield from waiting.values()


def _cut(rows: Sequence[Row], batch_size: int) -> Iterator[Batch]:
    """Neighbouring rows as batches of `batch_size` examples, as nearly as whole rows allow."""
    whole = sum(map(len, rows))
    count = max(1, round(whole / batch_size))
    batch: Batch = []
    dealt = given = 0
    for row in rows:
        batch.append(row)
        dealt += len(row)
        if dealt * count >= (given + 1) * whole:
            yield batch
            batch, given = [], given + 1
    if batch:
        yield batch


def parts_of(batch: Batch, sizes: Sizes, *, accumulation: int, most_tokens: int, most_pairs: int) -> list[Batch]:
    """A step cut into parts that fit the memory: `accumulation`, or more where one would exceed what is given.

    Tokens, and pairs of tokens that attend to each other, are counted with the padding. The gradient of the step
    stays the same.
    """
    longest = max(map(sizes.row_tokens, batch))
    at_once = max(1, min(-(-len(batch) // accumulation), most_tokens // longest, most_pairs // longest**2))
    return [batch[start : start + at_once] for start in range(0, len(batch), at_once)]


def dealt_out(batch: Batch, sizes: Sizes, parts: int) -> list[Batch]:
    """A batch in so many parts of about as many tokens each; fewer where it has too few examples.

    The longest rows are dealt first, each to the part with the least. A row is cut in two, so that both read its
    context, where that takes from the longest part at least half as much as it adds to the other.
    """
    if parts == 1:
        return [batch]
    dealt: list[Batch] = [[] for _ in range(parts)]
    for row in sorted(batch, key=sizes.row_tokens, reverse=True):
        min(dealt, key=lambda part: _tokens(part, sizes)).append(row)
    dealt.sort(key=lambda part: _tokens(part, sizes))
    _even_out(dealt[-1], dealt[0], sizes)
    return [part for part in dealt if part]


def _tokens(rows: Batch, sizes: Sizes) -> int:
    return sum(map(sizes.row_tokens, rows))


def _even_out(longer: Batch, shorter: Batch, sizes: Sizes) -> None:
    """Move the last examples of one part's last row to the other, as many as bring both to the same length."""
    row = longer[-1]
    context = sizes.shared[row[0]]
    difference = _tokens(longer, sizes) - _tokens(shorter, sizes) - context
    kept, moved = len(row), 0
    while kept > 1 and 2 * (moved + sizes.own[row[kept - 1]]) <= difference:
        kept -= 1
        moved += sizes.own[row[kept]]
    if 2 * moved > context:
        longer[-1] = row[:kept]
        shorter.append(row[kept:])


def total_steps(per_epoch: Sequence[int], epochs: float) -> int:
    """Optimiser steps in so many epochs, the last of which may be cut short."""
    whole = int(epochs)
    last = per_epoch[whole] if whole < len(per_epoch) else 0
    return max(1, sum(per_epoch[:whole]) + round(last * (epochs - whole)))
