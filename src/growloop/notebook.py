"""The stages of the loop as plain calls: progress is drawn, the result is returned."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import ParamSpec, TypeVar

from rich.console import Console

from growloop import loop
from growloop.records.progress import Progress
from growloop.reporting.progress import drawn

P = ParamSpec("P")
T = TypeVar("T")


def plain_call(stage: Callable[P, Generator[Progress, None, T]]) -> Callable[P, T]:
    """A long stage as a function that draws its progress on standard error and returns its result."""

    @wraps(stage)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return drawn(stage(*args, **kwargs), Console(stderr=True))

    return call


new = loop.new
check = loop.check
draw = loop.draw
draw_to = loop.draw_to
coverage = loop.coverage
teach = plain_call(loop.teach)
paraphrase = plain_call(loop.paraphrase)
import_examples = plain_call(loop.import_examples)
import_contexts = loop.import_contexts
examples = loop.examples
lint = loop.lint
freeze = loop.freeze
versions = loop.versions
diff = loop.diff
restore = loop.restore
export = loop.export
baseline = plain_call(loop.baseline)
train = plain_call(loop.train)
audit = plain_call(loop.audit)
enqueue = loop.enqueue
queue = loop.queue
judge = loop.judge
evaluate = plain_call(loop.evaluate)
agreement = loop.agreement
train_judge = plain_call(loop.train_judge)
judge_answers = loop.judge_answers
compare = loop.compare
diagnosis = loop.diagnosis
curves = plain_call(loop.curves)
recommend = loop.recommend
follow = plain_call(loop.follow)
report = loop.report
next_iteration = plain_call(loop.next_iteration)
run_until_good = plain_call(loop.run_until_good)
reproduce = plain_call(loop.reproduce)
index = plain_call(loop.index)
ask = loop.ask
correct = loop.correct
undo = loop.undo
status = loop.status
score = loop.score
