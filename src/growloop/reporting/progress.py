"""Draws a long stage on a terminal: what it does, how far it is, how long it will take."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from growloop.records.progress import Progress, Watched

T = TypeVar("T")


def drawn(stage: Generator[Progress, None, T], console: Console) -> T:
    """Run a stage to its end and return its result; on a terminal a bar per stage, elsewhere a line per stage."""
    return _with_bars(stage, console) if console.is_terminal else _with_lines(stage, console)


def _with_bars(stage: Generator[Progress, None, T], console: Console) -> T:
    columns = (
        SpinnerColumn(finished_text="[green]✓[/green]"),
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]{task.fields[note]}"),
    )
    bars: dict[str, TaskID] = {}
    watched = Watched(stage)
    with Bars(*columns, console=console) as display:
        for progress in watched:
            if progress.stage not in bars:
                _complete(display, bars)
                bars[progress.stage] = display.add_task(progress.stage, total=None, note="")
            total = progress.total or None
            display.update(bars[progress.stage], completed=progress.done, total=total, note=progress.note)
    return watched.result


def _complete(display: Bars, bars: dict[str, TaskID]) -> None:
    """A stage that a new one follows is over, also where it stopped early."""
    for task in display.tasks:
        if not task.finished:
            display.update(task.id, total=max(task.completed, 1), completed=max(task.completed, 1))


def _with_lines(stage: Generator[Progress, None, T], console: Console) -> T:
    """A line when a stage begins and at every further tenth of it: readable in a log file."""
    told: tuple[str, int] | None = None
    watched = Watched(stage)
    for progress in watched:
        tenth = (progress.stage, 10 * progress.done // progress.total if progress.total else 0)
        if tenth != told:
            told = tenth
            of = f" {progress.done}/{progress.total}" if progress.total else ""
            console.print(f"{progress.stage}{of}  {progress.note}", markup=False, soft_wrap=True)
    return watched.result
