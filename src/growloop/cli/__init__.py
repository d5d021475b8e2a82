"""The `growloop` command: one file per command, options only, then one call into the loop."""

from __future__ import annotations

import gc
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import typer
from typer.core import TyperGroup

from growloop.cli import (
    agree,
    ask,
    audit,
    baseline,
    check,
    compare,
    coverage,
    curves,
    diagnose,
    diff,
    draw,
    evaluate,
    examples,
    export,
    freeze,
    import_,
    index,
    iterations,
    judge,
    lint,
    metrics,
    new,
    next_,
    queue,
    recommend,
    report,
    restore,
    run,
    score,
    serve,
    status,
    teach,
    train,
    universe,
    users,
    versions,
)
from growloop.errors import GrowloopError
from growloop.finetune.environment import share_cores

P = ParamSpec("P")
PASSED_ON = (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError)
"""What the command-line library and the shell deal with themselves."""


def plainly(command: Callable[P, None]) -> Callable[P, None]:
    """The same command, its errors told in one plain message with an exit code.

    0 done · 1 yours to fix · 2 usage · 3 ours (traceback saved to a file) · 130 interrupted.
    """

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except PASSED_ON:
            raise
        except GrowloopError as error:
            from growloop.cli.terminal import err

            err.print("[bold red]Error:[/bold red]", end=" ")
            err.print(str(error), markup=False, soft_wrap=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("\nStopped. What was done is kept: the same command goes on from there.", err=True)
            raise typer.Exit(130) from None
        except Exception as error:
            typer.echo(f"growloop failed: {type(error).__name__}: {error}\nThe traceback is in {_saved()}", err=True)
            raise typer.Exit(3) from None

    return told


def _saved() -> str:
    with tempfile.NamedTemporaryFile("w", prefix="growloop-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(traceback.format_exc())
    return file.name


class InLoopOrder(TyperGroup):
    """The commands in the order in which the loop comes to them, those with commands of their own among them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names."""
        return [name for name, _ in IN_LOOP_ORDER]


app = typer.Typer(
    cls=InLoopOrder,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Hold the model still and grow the data it lacks: declare the task, draw questions, freeze a leak-free "
    "dataset, measure, fine-tune, see what fails, correct it, go round again.",
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(version("growloop"))
        raise typer.Exit


@app.callback()
def growloop(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Hold the model still and grow the data it lacks."""


IN_LOOP_ORDER: tuple[tuple[str, Callable[..., None]], ...] = (
    ("new", new.new),
    ("check", check.check),
    ("status", status.status),
    ("universe", universe.universe),
    ("draw", draw.draw),
    ("coverage", coverage.coverage),
    ("teach", teach.teach),
    ("import", import_.import_),
    ("examples", examples.examples),
    ("lint", lint.lint),
    ("freeze", freeze.freeze),
    ("versions", versions.versions),
    ("diff", diff.diff),
    ("restore", restore.restore),
    ("export", export.export),
    ("baseline", baseline.baseline),
    ("train", train.train),
    ("audit", audit.audit),
    ("queue", queue.queue),
    ("evaluate", evaluate.evaluate),
    ("diagnose", diagnose.diagnose),
    ("metrics", metrics.listed),
    ("judge", judge.judge),
    ("compare", compare.compare),
    ("report", report.report),
    ("curves", curves.curves),
    ("recommend", recommend.recommend),
    ("next", next_.next_),
    ("run", run.run),
    ("iterations", iterations.iterations),
    ("reproduce", iterations.reproduce),
    ("index", index.index),
    ("ask", ask.ask),
    ("serve", serve.serve),
    ("users", users.listed),
    ("score", score.score),
)
for name, command in IN_LOOP_ORDER:
    if name not in ("universe", "metrics", "judge", "users"):  # those with commands of their own
        app.command(name)(plainly(command))
of_universe = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")
of_universe.callback()(plainly(universe.universe))
of_universe.command("suggest")(plainly(universe.suggest))
app.add_typer(of_universe, name="universe")
of_metrics = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")
of_metrics.callback()(plainly(metrics.listed))
of_metrics.command("check")(plainly(metrics.check))
of_metrics.command("agree")(plainly(agree.agree))
app.add_typer(of_metrics, name="metrics")
of_judge = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")
of_judge.callback()(plainly(judge.judge))
of_judge.command("train")(plainly(judge.train))
of_judge.command("score")(plainly(judge.score))
app.add_typer(of_judge, name="judge")
of_users = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")
of_users.callback()(plainly(users.listed))
for name, command in (
    ("invite", users.invite),
    ("add", users.add),
    ("role", users.role),
    ("remove", users.remove),
    ("token", users.token),
):
    of_users.command(name)(plainly(command))
app.add_typer(of_users, name="users")


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal of another encoding must not end a run
            stream.reconfigure(errors="replace")
    share_cores()
    gc.set_threshold(50_000)  # what a command makes it keeps: looking for garbage took a tenth of its start
    app()
