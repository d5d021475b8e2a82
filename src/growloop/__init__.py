"""growloop: hold the model still and grow the data it lacks.

    project = growloop.new("food-qa", template="food-qa")
    growloop.draw(project, 11_400)
    version = growloop.freeze(project)
    growloop.baseline(project)
    growloop.train(project)
    run = growloop.evaluate(project)
    print(run.metrics["token_f1"])

Names are loaded when they are first used, so that importing growloop costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from growloop import loop as loop
    from growloop.notebook import (
        agreement,
        ask,
        audit,
        baseline,
        check,
        compare,
        correct,
        coverage,
        curves,
        diagnosis,
        diff,
        draw,
        draw_to,
        enqueue,
        evaluate,
        examples,
        export,
        follow,
        freeze,
        import_contexts,
        import_examples,
        index,
        judge,
        judge_answers,
        lint,
        new,
        next_iteration,
        paraphrase,
        queue,
        recommend,
        report,
        reproduce,
        restore,
        run_until_good,
        score,
        status,
        teach,
        train,
        train_judge,
        undo,
        versions,
    )
    from growloop.project import Project

HERE = Path()
"""The folder a command works in unless told otherwise."""

__all__ = [
    "Project",
    "agreement",
    "ask",
    "audit",
    "baseline",
    "check",
    "compare",
    "correct",
    "coverage",
    "curves",
    "diagnosis",
    "diff",
    "draw",
    "draw_to",
    "enqueue",
    "evaluate",
    "examples",
    "export",
    "follow",
    "freeze",
    "import_contexts",
    "import_examples",
    "index",
    "judge",
    "judge_answers",
    "lint",
    "new",
    "next_iteration",
    "paraphrase",
    "queue",
    "recommend",
    "report",
    "reproduce",
    "restore",
    "run_until_good",
    "score",
    "status",
    "teach",
    "train",
    "train_judge",
    "undo",
    "versions",
]


def __getattr__(name: str) -> Any:
    if name == "loop":
        return import_module("growloop.loop")
    if name == "Project":
        return import_module("growloop.project").Project
    if name in __all__:
        return getattr(import_module("growloop.notebook"), name)
    raise AttributeError(f"module 'growloop' has no attribute {name!r}")
