"""growloop lint: say what is wrong with the examples, and put right what is safe to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show

if TYPE_CHECKING:
    from growloop.loop import Linted


def lint(
    fix: Annotated[bool, typer.Option("--fix", help="Apply the safe remedies to the pool first.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on warnings too.")] = False,
    check: Annotated[list[str] | None, typer.Option(help="Only this check. Repeatable.", show_default="all")] = None,
    version: Annotated[str | None, typer.Option(help="A frozen version.", show_default="the pool")] = None,
    model: Annotated[
        str | None, typer.Option(help="Also check what this candidate's window cuts.", show_default="none")
    ] = None,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Check the accepted examples; exit with 1 where something is wrong."""
    opened = growloop.Project.open(project)
    found = growloop.loop.lint(opened, version=version, model=model, checks=check or None, fix=fix)
    if as_json:
        print_json(_as_object(found, strict))
    else:
        from growloop.reporting.findings import findings_table, fixed_table, verdict

        if found.fixed:
            show(fixed_table(found.fixed.repaired, found.fixed.left_alone))
        if found.findings:
            show(findings_table(found.findings, found.first))
        show(verdict(found.findings, found.examples))
    if found.fails(strict):
        raise typer.Exit(1)
    if not as_json:
        next_step("growloop freeze")


def _as_object(found: Linted, strict: bool) -> dict[str, Any]:
    done = found.fixed
    return {
        "ok": not found.fails(strict),
        "examples": found.examples,
        "findings": [finding.model_dump(mode="json") for finding in found.findings],
        "first": found.first,
        "fixed": {"repaired": done.repaired, "left_alone": done.left_alone} if done else None,
    }
