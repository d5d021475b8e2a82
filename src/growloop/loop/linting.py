"""What is wrong with the examples, and what of it can be put right safely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from growloop.dataset.checks import lint as lint_examples
from growloop.dataset.checks import refuse_unknown
from growloop.dataset.checks.own import Check, own_checks
from growloop.dataset.checks.verdicts import DISPUTED_VERDICTS, disputed_verdicts
from growloop.dataset.checks.window import CUT_BY_WINDOW, Window, cut_by_window
from growloop.dataset.fixes import Fixed, as_cleaned
from growloop.errors import BadData
from growloop.loop.accepting import gathered
from growloop.loop.freezing import version_named
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.example import EXAMPLES
from growloop.records.version import Finding


@dataclass(frozen=True)
class Linted:
    """What the checks found, and what fixing did before they looked."""

    examples: int
    findings: tuple[Finding, ...]
    """The gravest first."""
    first: Mapping[str, Mapping[str, str]]
    """The example that each finding names first: id → its question and context."""
    fixed: Fixed | None = None

    def fails(self, strict: bool = False) -> bool:
        """True where something is wrong enough to stop a pipeline: an error, or a warning where one is strict."""
        grave = {"error", "warning"} if strict else {"error"}
        return any(finding.severity in grave for finding in self.findings)


def lint(
    project: Project,
    *,
    version: str | None = None,
    model: str | None = None,
    checks: Sequence[str] | None = None,
    fix: bool = False,
) -> Linted:
    """Check what the next version would be made of, or a frozen version; with the project's own checks.

    With `model`, also what its window would cut. `fix` applies the safe remedies to the pool first.
    """
    if fix and version:
        raise BadData(
            f"A frozen version never changes, so there is nothing to fix in {version}.\n  Fix the pool:  "
            "growloop lint --fix   and freeze again."
        )
    more = checks_of(project)
    if model:
        from growloop.loop.training import checkpoint_of
        from growloop.models.token_counts import token_counter

        counter = token_counter(checkpoint_of(project, model), project.folder)
        tokens = min(counter.window, project.task.training.window or counter.window)
        more[CUT_BY_WINDOW] = cut_by_window(Window(model, tokens, counter.answer_inside, counter.count))
    done = _fixed(project) if fix else None
    if not version:
        more[DISPUTED_VERDICTS] = _verdicts_check(project)
    examples = project.examples(version_named(project, version).id) if version else gathered(project)[0]
    found = lint_examples(examples, project.task, checks=checks, more=more)
    findings = tuple(sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.severity)))
    named = [finding.examples[0] for finding in findings if finding.examples]
    rows = examples.filter(pl.col("id").is_in(named)).select("id", "question", "context").iter_rows()
    first = {id: {"question": question, "context": context} for id, question, context in rows}
    return Linted(examples.height, findings, first, done)


def _verdicts_check(project: Project) -> Check:
    """The check that sees what people said before it is folded into the data."""
    with Pool.open(project.pool_url) as pool:
        annotations = pool.waiting_annotations()
        drawn = pool.examples() if annotations else pl.DataFrame(schema=EXAMPLES)  # nobody, nothing to dispute
    return disputed_verdicts(as_cleaned(annotations, drawn), drawn)


def _fixed(project: Project) -> Fixed:
    from growloop.loop.fixing import fix  # it asks what people said; looking does not wait for that to load

    return fix(project)


def checks_of(project: Project) -> dict[str, Check]:
    """The project's own checks, after a look at what task.yaml says about checks."""
    refuse_unknown(project.task)
    return own_checks(project.task, project.folder)
