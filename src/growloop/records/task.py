"""The task: exactly what `task.yaml` says, checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from growloop.records.base import Record
from growloop.records.grading import Grader
from growloop.records.teacher import Teacher
from growloop.records.version import Severity

AnswerKind = Literal["extractive", "open_generative", "closed_generative"]
Where = dict[str, str]
"""A subgroup of examples by their coordinates, e.g. `{"template": "menu-item", "negative": "wrong_entity"}`."""


class Scope(Record):
    """What belongs to the task and what does not, in words."""

    inside: tuple[str, ...] = ()
    """Subjects the model must answer about."""
    outside: tuple[str, ...] = ()
    """Subjects on which the model must abstain."""


class PatternMetric(Record):
    """A metric that is a regular expression: 1 where it is found in what the model said, else 0."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    pattern: str = Field(min_length=1)
    high: tuple[str, ...] = ()
    """Answers that must match; `growloop metrics check` tries them."""
    low: tuple[str, ...] = ()
    """Answers that must not."""


class RubricCase(Record):
    """An answer whose grade is known beforehand; `growloop metrics check` has it graded."""

    expect: Literal["high", "low", "near_miss"]
    prediction: str
    answers: tuple[str, ...] = ()
    question: str = ""
    context: str = ""


class RubricMetric(Record):
    """A metric that a model behind an endpoint judges by a rubric."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    rubric: str = Field(min_length=1)
    """What makes an answer good, in words."""
    levels: tuple[str, ...] = Field(default=("no", "partly", "yes"), min_length=2)
    """From worst to best; they score 0 to 1 in equal steps."""
    model: str = ""
    """Empty: the one that the environment names."""
    cases: tuple[RubricCase, ...] = ()


def _form_of_metric(declared: Any) -> str:
    """Which form a metric is declared in, so that a complaint is about that form alone."""
    if isinstance(declared, str):
        return "str"
    by_rubric = "rubric" in declared if isinstance(declared, dict) else isinstance(declared, RubricMetric)
    return "RubricMetric" if by_rubric else "PatternMetric"


DeclaredMetric = Annotated[
    Annotated[str, Tag("str")]
    | Annotated[PatternMetric, Tag("PatternMetric")]
    | Annotated[RubricMetric, Tag("RubricMetric")],
    Discriminator(_form_of_metric),
]
"""A name, or one of the forms that a mapping has."""


class MinimumScore(Record):
    """One line of the contract: this figure, on these examples, at least so much, or at most."""

    metric: str
    at_least: float | None = Field(default=None, ge=0, le=1)
    at_most: float | None = Field(default=None, ge=0, le=1)
    """In the place of `at_least`, where less is better."""
    where: Where = Field(default_factory=dict)
    """Empty: over all examples."""

    @model_validator(mode="after")
    def _has_one_bound(self) -> MinimumScore:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("say either at_least or at_most")
        return self

    @property
    def bound(self) -> float:
        """What it is held against."""
        return self.at_most if self.at_least is None else self.at_least  # type: ignore[return-value]

    def met_by(self, measured: float | None) -> bool:
        """True where the figure is good enough; one that could not be measured is not."""
        if measured is None:
            return False
        return measured <= self.bound if self.at_least is None else measured >= self.bound


class Budgets(Record):
    """What the finished model may cost and must reach; checked at evaluation."""

    seconds_per_answer: float | None = Field(default=None, gt=0)
    """Median wall-clock seconds for one answer on this machine."""
    memory_mb: float | None = Field(default=None, gt=0)
    """Peak resident memory of the answering process, in megabytes (10^6 bytes)."""
    minimum_scores: tuple[MinimumScore, ...] = ()


class Split(Record):
    """How examples that are not pinned to a side are dealt, by group."""

    train: float = Field(default=0.8, gt=0, le=1)
    validation: float = Field(default=0.1, ge=0, lt=1)
    test: float = Field(default=0.1, ge=0, lt=1)
    similarity: float = Field(default=0.7, ge=0.3, le=1)
    """Contexts that share so much of their words (Jaccard similarity of their word sets) stand on one side."""
    near_duplicates: Literal["together", "drop"] = "together"
    """together: what nearly repeats each other stands on one side. drop: one of each is kept, and what is bound to
    train is left out where it nearly repeats a held-out text."""

    @property
    def shares(self) -> dict[str, float]:
        """The share of each side."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


class Training(Record):
    """The settings of fine-tuning one is likely to touch; the rest follows from `effort`.

    A value of None is filled from `effort` and the data; the run stores what was filled in.
    """

    effort: Literal["quick", "standard", "thorough"] = "standard"
    epochs: float | None = Field(default=None, gt=0)
    learning_rate: float | None = Field(default=None, gt=0)
    batch_size: int | None = Field(default=None, ge=1)
    """Examples in one optimiser step."""
    accumulation: int = Field(default=1, ge=1)
    """Parts into which one optimiser step is cut, to save memory."""
    warmup_share: float = Field(default=0.06, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    dropout: float | None = Field(default=None, ge=0, lt=1)
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto: bf16 autocast where a short measurement on this machine says it pays."""
    lora: bool = False
    lora_rank: int = Field(default=16, ge=1)
    patience: int = Field(default=3, ge=1)
    """Validations without a better token F1 before training stops."""
    correction_weight: int = Field(default=8, ge=1)
    """How often a person's correction is seen for once that a drawn example is seen."""
    rehearsal: float = Field(default=1.0, ge=0, le=1)
    """On a warm start, the share of what the model learned before that is shown again beside all that is new."""
    max_answer_tokens: int = Field(default=48, ge=1)
    window: int | None = Field(default=None, ge=64)
    """Tokens of context, question and answer read at once, where the checkpoint's own window is longer; the work on a
    long context grows with it. None: all that the checkpoint can read."""
    null_threshold: Literal["balanced", "token_f1"] | float = "balanced"
    """Abstain where no answer beats the best answer by more than this, in logits; chosen on validation for answerable
    and unanswerable questions alike, or for the highest token F1 over all."""


class Lint(Record):
    """What `growloop lint` leaves out, and how heavily it takes the rest."""

    skip: tuple[str, ...] = ()
    """Checks that are not run."""
    names: bool = False
    """Look for names of people too, among the personal data."""
    severity: dict[str, Severity] = Field(default_factory=dict)
    """Check → how heavily its findings weigh, where it is not as usual."""


class Task(Record):
    """What the model is for, what it may cost, and how it is measured."""

    name: str = Field(min_length=1)
    purpose: str = Field(min_length=1)
    answer_kind: AnswerKind
    abstain_answer: str = ""
    """What the model says when it does not know. Extractive models give the empty answer."""
    language: str = "en"
    scope: Scope = Scope()
    metrics: tuple[DeclaredMetric, ...] = ("exact_match", "token_f1")
    """A name, the project's own as `FILE.py:function`, a pattern, or a rubric."""
    target_precision: float = Field(default=0.9, gt=0, le=1)
    """What share of the answers given should be right; `growloop evaluate` says from which confidence on it is."""
    slices: tuple[str, ...] = ("template", "negative")
    """Coordinates of `where` by which scores are always shown."""
    budgets: Budgets = Budgets()
    candidates: tuple[str, ...] = Field(default=("bundled",), min_length=1)
    """`bundled`, a hub id, or a local folder; compared by `growloop baseline`."""
    retriever: Literal["bm25", "dense", "hybrid"] = "hybrid"
    passages: int = Field(default=1, ge=1)
    """How many retrieved passages are given to the model as context."""
    split: Split = Split()
    training: Training = Training()
    lint: Lint = Lint()
    teacher: Teacher = Teacher()
    grader: Grader = Grader()
    checks: tuple[str, ...] = ()
    """The project's own checks: `FILE.py:function`, the file inside the project folder."""
    seed: int = 0
    database: str | None = None
    """A SQLAlchemy URL for the pool; None: `growloop.db` in the project folder."""

    @property
    def metric_names(self) -> list[str]:
        """What the metrics are called in scores: names, the functions' names, those of patterns and rubrics."""
        listed = [metric if isinstance(metric, str) else metric.name for metric in self.metrics]
        return [name.rpartition(":")[2] for name in listed]
