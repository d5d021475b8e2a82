"""growloop metrics: what metrics there are, and whether they can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, print_json, show


def _project(folder: Path) -> growloop.Project | None:
    """The project here; None where there is none, since metrics can be looked at without."""
    return growloop.Project.open(folder) if (folder / "task.yaml").exists() else None


def listed(context: typer.Context, project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """List the metrics: growloop's, and the project's own."""
    if context.invoked_subcommand:
        return
    opened = _project(project)
    known = growloop.loop.known_metrics(opened)
    if as_json:
        print_json({"metrics": [{"name": m.name, "about": m.about, "source": m.source} for m in known]})
        return
    from growloop.reporting.selftest import metrics_list

    used = opened.task.metric_names if opened else []
    show(metrics_list([(m.name, m.about, m.source) for m in known], used))


def check(
    slow: Annotated[
        bool, typer.Option("--slow", help="With metrics that run a model, and attacks on rubrics, too.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="Attack with so many examples.")] = 2000,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Put every metric to cases it must get right, and to attacks made from this very dataset."""
    found = growloop.loop.check_metrics(_project(project), slow=slow, most=most)
    if as_json:
        print_json({"ok": found.ok, **found.model_dump(mode="json")})
    else:
        from growloop.reporting.selftest import self_test_tables

        show(self_test_tables(found))
    if not found.ok:
        raise typer.Exit(1)
