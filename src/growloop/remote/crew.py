"""Many questions to one endpoint at a time: each asked again with patience, and all of them quiet when told to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from random import Random
from threading import Event, Lock, Thread
from time import monotonic

from growloop.errors import EndpointProblem
from growloop.records.remote import Remote
from growloop.remote.cache import Cache
from growloop.remote.endpoint import Declined, Endpoint, Passing, Reply
from growloop.remote.request import Messages
from growloop.remote.spending import Spending

FAILURES_IN_A_ROW = 5
"""So many questions without a reply, and none with one between: the endpoint is not there, or does not take any."""


@dataclass(frozen=True)
class Asked:
    """One question on its way, by the key of its request."""

    key: str
    messages: Messages


@dataclass(frozen=True)
class Outcome:
    """What came of a question: a reply, or why there is none."""

    asked: Asked
    reply: Reply | None
    reason: str = ""
    declined: bool = False
    """The endpoint does not take this question; another try would be of no use."""


@dataclass(frozen=True)
class Retried:
    """A question that is asked again, and why."""

    asked: Asked
    reason: str


@dataclass
class Patience:
    """How long is waited before a question is asked again: twice as long each time, up to a limit."""

    tries: int = 6
    first_seconds: float = 1.0
    longest_seconds: float = 60.0
    _chance: Random = field(default_factory=lambda: Random(0), repr=False)

    def wait(self, tried: int) -> float:
        """Seconds before the next try, after so many; spread, so that not all come back at one moment."""
        longest: float = min(self.first_seconds * 2 ** (tried - 1), self.longest_seconds)
        return longest * (0.5 + self._chance.random() / 2)


Ask = Callable[[Messages], Reply]


def asking(endpoint: Endpoint, remote: Remote) -> Ask:
    """Asks an endpoint as the task says."""
    return lambda messages: endpoint.complete(messages, remote.request, seconds=remote.seconds)


def replies(
    ask: Ask, questions: Iterable[Asked], spending: Spending, at_once: int, patience: Patience
) -> Iterator[Outcome | Retried]:
    """The outcomes in the order in which they come, until all is asked or no more may be spent.

    Raises EndpointProblem where the endpoint refuses everything, or nothing comes back any more.
    """
    crew = _Crew(ask, iter(questions), spending, patience)
    for _ in range(at_once):
        Thread(target=crew.work, daemon=True).start()  # one that hangs does not keep the program from ending
    failures, working = 0, at_once
    try:
        while working:
            told = crew.told.get()
            if told is None:
                working -= 1
                continue
            if isinstance(told, BaseException):
                raise told
            yield told
            if isinstance(told, Outcome):
                failures = 0 if told.reply else failures + 1
                if failures >= FAILURES_IN_A_ROW:
                    raise _given_up(told.reason)
    finally:
        crew.stopped.set()


def kept_replies(
    endpoint: Endpoint,
    remote: Remote,
    questions: Iterable[Asked],
    cache: Cache,
    spending: Spending,
    patience: Patience | None = None,
) -> Iterator[Outcome | Retried]:
    """The same from an endpoint asked as the task says; each reply is on disk before it is told."""
    course = patience or Patience(tries=remote.tries)
    for told in replies(asking(endpoint, remote), questions, spending, remote.at_once, course):
        if isinstance(told, Outcome) and told.reply:
            cache.keep(told.asked.key, endpoint.model, told.reply)
        yield told


def _given_up(reason: str) -> EndpointProblem:
    return EndpointProblem(
        f"The endpoint did not answer {FAILURES_IN_A_ROW} questions in a row. The last time: {reason}\n"
        "  What was answered before is kept; the same command goes on from there."
    )


class _Crew:
    """Threads that take questions, and tell what came of them."""

    def __init__(self, ask: Ask, questions: Iterator[Asked], spending: Spending, patience: Patience) -> None:
        self.told: SimpleQueue[Outcome | Retried | BaseException | None] = SimpleQueue()
        self.stopped = Event()
        self._ask = ask
        self._questions = questions
        self._spending = spending
        self._patience = patience
        self._turn = Lock()
        self._quiet = Lock()
        self._not_before = 0.0

    def work(self) -> None:
        """Ask one question after the other until there are no more."""
        try:
            while (asked := self._next()) is not None:
                outcome: Outcome | None = None
                try:
                    outcome = self._outcome(asked)
                finally:
                    self._spending.settle(asked.messages, outcome.reply if outcome else None)
                self.told.put(outcome)
            self.told.put(None)
        except BaseException as error:  # told where it can be dealt with
            self.told.put(error)

    def _next(self) -> Asked | None:
        with self._turn:
            asked = None if self.stopped.is_set() else next(self._questions, None)
            if asked is None or self._spending.allows(asked.messages):
                return asked
            self._questions = iter(())
            return None

    def _outcome(self, asked: Asked) -> Outcome:
        reason = ""
        for tried in range(1, self._patience.tries + 1):
            self._keep_quiet()
            try:
                return Outcome(asked, self._ask(asked.messages))
            except Declined as error:
                return Outcome(asked, None, str(error), declined=True)
            except Passing as error:
                reason = str(error)
                self._note(error)
            if tried < self._patience.tries and not self.stopped.is_set():
                self.told.put(Retried(asked, reason))
                self.stopped.wait(self._patience.wait(tried))
        return Outcome(asked, None, reason)

    def _note(self, error: Passing) -> None:
        """Where the endpoint says how long to wait, everybody does."""
        if error.wait is not None:
            with self._quiet:
                self._not_before = max(self._not_before, monotonic() + error.wait)

    def _keep_quiet(self) -> None:
        while (left := self._not_before - monotonic()) > 0 and not self.stopped.wait(left):
            pass
