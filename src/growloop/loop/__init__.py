# mypy: implicit-reexport
# ruff: noqa: F401 - imported for those who read types; the table below says where each name is
"""The loop: a file for each stage, in the order a user meets them.

Long stages are generators of `Progress` that return their result: the terminal draws them, the web page streams
them, a notebook finishes them (`growloop.notebook`). Every long stage can be killed at any moment and started again.

A stage is loaded when it is first used: curating data waits for nothing that only training needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from growloop.loop.accepting import matching
    from growloop.loop.agreeing import agreement
    from growloop.loop.alike import Alike, like, repeat, undo_repeats
    from growloop.loop.asked import evaluated_examples, read_examples
    from growloop.loop.auditing import (
        Audited,
        audit,
        enqueue,
        judge,
        queue,
        take_off,
    )
    from growloop.loop.browsing import (
        Answered,
        Decided,
        ExampleInFull,
        answered_worst,
        decide,
        edit,
        example_in_full,
        filters,
        filters_state,
        last_evaluation,
        standing_verdicts,
    )
    from growloop.loop.comparing import (
        changed_answers,
        compare,
        comparisons,
    )
    from growloop.loop.correcting import (
        ask,
        correct,
        index,
        side_of,
        sides,
        undo,
        verdicts,
    )
    from growloop.loop.declaring import Checked, check
    from growloop.loop.diagnosing import diagnosis
    from growloop.loop.drafting import (
        Teaching,
        paraphrase,
        teach,
        teacher,
        teaching,
    )
    from growloop.loop.editing import (
        DECLARATIONS,
        Declaration,
        Examined,
        Former,
        declaration,
        examine,
        former_declaration,
        former_declarations,
        save_declaration,
    )
    from growloop.loop.exporting import export
    from growloop.loop.following import all_taken, follow
    from growloop.loop.freezing import VersionDifference, VersionUse, diff, freeze, restore, versions
    from growloop.loop.gathering import (
        Drawn,
        coverage,
        draw,
        draw_to,
        examples,
        index_examples,
        is_searchable,
        preview_draw,
        universe,
    )
    from growloop.loop.importing import (
        EXCERPT,
        ImportedContexts,
        documents_among,
        import_choices,
        import_contexts,
        import_examples,
        import_file,
        import_plans,
        open_import,
        preview_file,
    )
    from growloop.loop.iterating import (
        DRAWN_AT_FIRST,
        next_iteration,
        score,
        status,
        status_state,
    )
    from growloop.loop.judging import (
        judge_answers,
        judge_card,
        train_judge,
    )
    from growloop.loop.linting import Linted, lint
    from growloop.loop.measuring import BASELINE_QUESTIONS, baseline, evaluate
    from growloop.loop.proving import check_metrics, known_metrics
    from growloop.loop.recommending import evidence, recommend
    from growloop.loop.reporting import build_report, history, report
    from growloop.loop.reproducing import reproduce
    from growloop.loop.reviewing import Review, SharedQueue, review, review_state
    from growloop.loop.running import run_until_good
    from growloop.loop.sharing import (
        disagreements,
        leases,
        people,
        people_agreement,
        settle,
        speaker,
    )
    from growloop.loop.starting import NOT_COPIED, new, templates
    from growloop.loop.subsampling import SHARES, curves
    from growloop.loop.suggesting import (
        MOST,
        SMALLEST,
        accept,
        as_yaml,
        suggest,
    )
    from growloop.loop.surveying import (
        map_coordinates,
        map_state,
        universe_map,
    )
    from growloop.loop.training import latest_model, standing_models, train
    from growloop.loop.weighing import budgets, failures, gate, grades, slices, worst
    from growloop.loop.working import do_job, jobs

_STAGES = {
    # declare
    "starting": ("NOT_COPIED", "templates", "new"),
    "declaring": ("Checked", "check"),
    "editing": (
        "DECLARATIONS",
        "Declaration",
        "declaration",
        "Examined",
        "examine",
        "save_declaration",
        "Former",
        "former_declarations",
        "former_declaration",
    ),
    # gather
    "gathering": (
        "Drawn",
        "draw",
        "preview_draw",
        "draw_to",
        "universe",
        "coverage",
        "examples",
        "is_searchable",
        "index_examples",
    ),
    "accepting": ("matching",),
    "suggesting": ("SMALLEST", "MOST", "suggest", "as_yaml", "accept"),
    # see on a map
    "surveying": ("map_coordinates", "universe_map", "map_state"),
    # look through, edit, accept and reject many at once
    "browsing": (
        "filters",
        "filters_state",
        "last_evaluation",
        "Answered",
        "answered_worst",
        "standing_verdicts",
        "ExampleInFull",
        "example_in_full",
        "edit",
        "Decided",
        "decide",
    ),
    # have drafts answered
    "drafting": ("teacher", "Teaching", "teaching", "teach", "paraphrase"),
    # bring
    "importing": (
        "EXCERPT",
        "open_import",
        "import_examples",
        "import_plans",
        "ImportedContexts",
        "documents_among",
        "import_contexts",
        "import_choices",
        "preview_file",
        "import_file",
    ),
    # lint
    "linting": ("Linted", "lint"),
    # freeze
    "freezing": ("freeze", "VersionUse", "versions", "VersionDifference", "diff", "restore"),
    "exporting": ("export",),
    # measure
    "measuring": ("BASELINE_QUESTIONS", "baseline", "evaluate"),
    "asked": ("evaluated_examples", "read_examples"),
    "weighing": ("budgets", "slices", "failures", "worst", "grades", "gate"),
    # see what fails
    "diagnosing": ("diagnosis",),
    # trust the metrics
    "proving": ("known_metrics", "check_metrics"),
    "agreeing": ("agreement",),
    "judging": ("train_judge", "judge_card", "judge_answers"),
    # fine-tune
    "training": ("train", "latest_model", "standing_models"),
    # find wrong labels
    "auditing": ("Audited", "audit", "enqueue", "queue", "judge", "take_off"),
    # compare
    "comparing": ("compare", "comparisons", "changed_answers"),
    # recommend
    "subsampling": ("SHARES", "curves"),
    "recommending": ("recommend", "evidence"),
    "following": ("follow", "all_taken"),
    # report
    "reporting": ("build_report", "report", "history"),
    # go round
    "iterating": ("DRAWN_AT_FIRST", "next_iteration", "status", "status_state", "score"),
    "running": ("run_until_good",),
    "reproducing": ("reproduce",),
    # in a process of its own
    "working": ("jobs", "do_job"),
    # ask and correct
    "correcting": ("index", "ask", "side_of", "sides", "correct", "undo", "verdicts"),
    # save it for those like it
    "alike": ("Alike", "like", "repeat", "undo_repeats"),
    # share the page
    "sharing": ("people", "speaker", "leases", "people_agreement", "disagreements", "settle"),
    "reviewing": ("SharedQueue", "Review", "review", "review_state"),
}
"""File → the names it gives, in the order of the loop."""
_HOMES = {name: stage for stage, names in _STAGES.items() for name in names}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # asked for once
    return found
