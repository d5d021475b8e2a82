"""What a metric proved about itself: its own cases, and the attacks it withstood or fell for."""

from __future__ import annotations

from growloop.records.base import Record


class FailedCase(Record):
    """A case whose score is not what it must be."""

    expect: str
    prediction: str
    answers: tuple[str, ...]
    score: float | None
    reason: str = ""
    """What the model said that was asked for it."""


class AttackScore(Record):
    """What a metric gives to answers that deserve nothing."""

    attack: str
    score: float | None
    """Mean over `n` examples; None where the metric says nothing about any of them."""
    n: int
    fooled: bool
    """True where it reaches half of what the accepted answers score, or what the last evaluated model scores."""


class MetricProof(Record):
    """One metric: its cases, what right answers score on this dataset, and what each attack scores."""

    metric: str
    about: str
    source: str
    cases: int
    failed: tuple[FailedCase, ...] = ()
    gold: float | None = None
    """What the accepted answers themselves score here."""
    model: float | None = None
    """What the model evaluated last scores, where that is known."""
    attacks: tuple[AttackScore, ...] = ()


class SelfTest(Record):
    """All metrics, and the trick that would win."""

    proofs: tuple[MetricProof, ...]
    examples: int = 0
    unanswerable: int = 0
    trick: str = ""
    warnings: tuple[str, ...] = ()
    """Metrics that do not fit the answers of this dataset, with the measured reason."""

    @property
    def ok(self) -> bool:
        """True where every metric passes its own cases."""
        return not any(proof.failed for proof in self.proofs)
