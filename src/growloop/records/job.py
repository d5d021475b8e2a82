"""A job: one stage of the loop that runs in a process of its own, and how far it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from growloop.records.base import Record
from growloop.records.example import SplitName

JobKind = Literal["draw", "freeze", "index", "baseline", "train", "evaluate", "follow", "next", "run", "reproduce"]
JobState = Literal["waiting", "running", "done", "failed", "cancelled", "stopped"]
"""stopped: its process ended without a word (killed, a power cut); resumed, it goes on from what it saved last."""
ENDED: frozenset[JobState] = frozenset({"done", "failed", "cancelled", "stopped"})


class DrawOptions(Record):
    """How many examples are drawn from the universe, and where."""

    n: int = Field(ge=1, le=10_000_000)
    where: dict[str, str] = Field(default_factory=dict)
    seed: int | None = None
    """None: the task's."""


class NoOptions(Record):
    """What takes no options."""


class BaselineOptions(Record):
    """On which version the candidates are measured; None: the latest."""

    version: str | None = None


class TrainOptions(Record):
    """Which candidate is trained on which version; None: the task's first, the latest."""

    model: str | None = None
    version: str | None = None


class EvaluateOptions(Record):
    """Which model answers which side of a version; None: the one trained last, the latest."""

    model: str | None = None
    version: str | None = None
    split: SplitName = "test"


class FollowOptions(Record):
    """Which recommendations are followed, by number; how many examples are gathered in all, None: what they ask."""

    numbers: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1, max_length=100)
    run: str | None = None
    """The evaluation they were read from; None: the last turn's."""
    examples: int | None = Field(default=None, ge=1, le=10_000_000)


class TurnOptions(Record):
    """How a turn of the loop trains."""

    warm_start: bool = False
    """From the model in use instead of the candidate."""
    epochs: float | None = Field(default=None, ge=0.01, le=1_000)
    """How often each example is seen; None: as task.yaml says."""


class NextOptions(TurnOptions):
    """How many more examples a turn of the loop draws; None: none, but 11,400 the first time."""

    n: int | None = Field(default=None, ge=0, le=10_000_000)


class RunOptions(TurnOptions):
    """How far the loop goes by itself where its budgets are not met before."""

    turns: int | None = Field(default=None, ge=1, le=1_000_000)
    """The number of the last iteration."""
    examples: int | None = Field(default=None, ge=1, le=10_000_000)
    """What each later turn gathers; None: as recommended."""
    budget: int | None = Field(default=None, ge=1, le=1_000_000_000)
    """What is gathered in all."""


class ReproduceOptions(Record):
    """Which iteration is made again."""

    number: int = Field(ge=1, le=1_000_000)


JOB_OPTIONS: dict[JobKind, type[Record]] = {
    "draw": DrawOptions,
    "freeze": NoOptions,
    "index": NoOptions,
    "baseline": BaselineOptions,
    "train": TrainOptions,
    "evaluate": EvaluateOptions,
    "follow": FollowOptions,
    "next": NextOptions,
    "run": RunOptions,
    "reproduce": ReproduceOptions,
}


class Job(Record):
    """What is to be done."""

    id: str
    """Numbers in the order in which they were asked for: `000012-train`."""
    kind: JobKind
    options: dict[str, Any] = Field(default_factory=dict)
    by: str = ""
    created: str
    """UTC, ISO 8601."""


class JobProgress(Record):
    """The last sign of life of a job."""

    stage: str
    done: int
    total: int
    """0 where the end is not known."""
    note: str = ""
    began: float
    """When this stage began (seconds since 1970), and how much of it was done then."""
    began_at: int = 0
    at: float

    @property
    def seconds_left(self) -> float | None:
        """How long this stage will take at its pace so far; None where that cannot be told.

        >>> JobProgress(stage="train", done=30, total=90, began=100.0, began_at=10, at=140.0).seconds_left
        120.0
        """
        made = self.done - self.began_at
        if made <= 0 or self.total <= self.done or self.at <= self.began:
            return None
        return (self.total - self.done) * (self.at - self.began) / made


class JobResult(Record):
    """What came of a job that is done."""

    said: str
    """In a sentence."""
    made: dict[str, str] = Field(default_factory=dict)
    """What there is now: `run`, `version`, `iteration` → its id."""
    at: str = ""


class JobReport(Record):
    """A job and how it stands."""

    job: Job
    state: JobState
    progress: JobProgress | None = None
    seconds_left: float | None = None
    result: JobResult | None = None
    error: str = ""
    """What went wrong, where it failed."""
