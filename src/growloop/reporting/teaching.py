"""What a teacher is asked and answered, for the terminal. Nothing is printed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from growloop.records.teacher import Taught


def teaching_lines(plan: Any) -> list[RenderableType]:
    """A `Teaching`: whom it would ask how much, and the first question as it would be sent."""
    about = f"{plan.drafts:,} drafts would go to {plan.model} at {plan.url}. Nothing was sent."
    cost = "" if plan.cost_at_most is None else f", cost {plan.cost_at_most:,.4f}"
    spent = f"{plan.cached:,} replies are known already; the others take {plan.tokens_at_most:,} tokens at most{cost}."
    lines: list[RenderableType] = [Text(about), Text(spent)]
    for message in plan.first:
        lines += [Text(f"\n{message['role']}", style="dim"), Text(message["content"])]
    return lines


def taught_lines(taught: Taught) -> list[RenderableType]:
    """What was answered, what was not and why, and what it took."""
    if not taught.drafts:
        return [Text(f"Nothing waits for {taught.model}.")]
    met = taught.answered + taught.abstained
    lines = [f"{taught.paraphrased:,} questions put in other words by {taught.model}."] if taught.paraphrased else []
    if met or not taught.paraphrased:
        silent = f"{taught.abstained:,} of them cannot be answered, it says."
        lines.append(f"{met:,} drafts answered by {taught.model}: {silent}")
    lines += _counted(taught.unusable, "answers not usable")
    lines += _counted(taught.failed, "drafts without a reply")
    if taught.left:
        lines.append(f"{taught.left:,} drafts were not asked about: the limit was reached.")
    cost = "" if taught.cost is None else f", cost {taught.cost:,.4f}"
    tokens = f"{taught.tokens_in:,} tokens sent, {taught.tokens_out:,} received{cost}"
    lines.append(f"{taught.requests:,} requests, {taught.cached:,} replies known already; {tokens}.")
    return [Text(line) for line in lines]


def _counted(counts: Mapping[str, int], what: str) -> Sequence[str]:
    reasons = "; ".join(f"{reason} {count:,}" for reason, count in sorted(counts.items()))
    return [f"{sum(counts.values()):,} {what}: {reasons}"] if counts else []
