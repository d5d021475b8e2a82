"""Everything growloop raises on purpose.

GrowloopError                 yours to fix; printed without a traceback, exit code 1
├── BadDeclaration            task.yaml or universe.yaml says something that cannot be
├── BadData                   a file or row that was given cannot be read as what it should be
│   └── UnknownColumns        no column of a file is known to be the question or its answers; names those there are
├── NotFound                  a project, version, run or file that was named does not exist
├── NothingToDo               the step has nothing to work on yet; says which step comes first
├── NotIndexed                the pool is too large to be searched before it is indexed, which goes on meanwhile
├── Overtaken                 somebody else was first; nothing of theirs is overwritten
├── NotAllowed                this is not for the asker to do; says who may
├── Leakage                   the same fact would stand on both sides of a split
├── MissingExtra              an optional library is not installed; says the install command
├── ModelProblem              a checkpoint cannot be loaded, does not fit, or is not what it says
├── EndpointProblem           a model behind an endpoint cannot be reached, refuses its key, or is not known there
├── ProviderProblem           the identity provider cannot be asked, or what it says does not hold
└── BudgetMissed              a gate was asked for and a budget in task.yaml is not met
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class GrowloopError(Exception):
    """Yours to fix: the message says what is wrong, where, and what to do."""


class BadDeclaration(GrowloopError):
    """A declaration file holds an unknown key, a wrong type or a dangling name."""


class BadData(GrowloopError):
    """A data file or one of its rows cannot be read as what it should be."""


class UnknownColumns(BadData):
    """No column of a file is known to be the question, or none its answers."""

    def __init__(self, message: str, columns: Iterable[str]) -> None:
        super().__init__(message)
        self.columns = tuple(columns)


class NotFound(GrowloopError):
    """Something named does not exist."""


class NothingToDo(GrowloopError):
    """The step has no input yet; the message names the step that makes it."""


class NotIndexed(GrowloopError):
    """Searching has to wait until the examples are indexed; how many are, and of how many."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(
            f"The examples are being indexed for searching: {done:,} of {total:,} so far. Ask again in a moment."
        )
        self.done = done
        self.total = total


class Overtaken(GrowloopError):
    """Somebody else was first; what they did stands, and nothing is overwritten."""


class NotAllowed(GrowloopError):
    """It is not for this person to do; the message says who may."""


class Leakage(GrowloopError):
    """The same fact would stand on both sides of a split."""


class MissingExtra(GrowloopError):
    """An optional library is needed and not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f'{what} is not installed, and this step needs it:  pip install "growloop[{extra}]"')


class ModelProblem(GrowloopError):
    """A checkpoint cannot be loaded, does not fit, or is not what it says it is."""


class EndpointProblem(GrowloopError):
    """A model behind an endpoint cannot be asked; what it answered before is kept."""


class ProviderProblem(GrowloopError):
    """The identity provider cannot be asked, or what it says of somebody does not hold."""


class BudgetMissed(GrowloopError):
    """A gate was asked for and a budget in task.yaml is not met."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence naming what is known and what is nearest to `name`.

    >>> did_you_mean("prodct", ["product", "plan"])
    'Known here: plan, product.   Did you mean "product"?'
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    listed = f"Known here: {', '.join(names)}." if names else "Nothing is declared here."
    return f'{listed}   Did you mean "{near[0]}"?' if near else listed
