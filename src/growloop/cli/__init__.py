"""The `growloop` command: one file per command, options only, then one call into the loop."""

from __future__ import annotations

import sys
import tempfile
import traceback
from typing import Any

import click
import typer
from typer.core import TyperGroup

from growloop.cli import ask, baseline, check, draw, evaluate, freeze, import_, index, new, next_, report
from growloop.cli import score, serve, status, train
from growloop.errors import GrowloopError


class Commands(TyperGroup):
    """Lists the commands in loop order and turns errors into one plain message and an exit code.

    0 done · 1 yours to fix · 2 usage · 3 ours (traceback saved to a file) · 130 interrupted.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GrowloopError as error:
            from growloop.cli.terminal import err

            err.print("[bold red]Error:[/bold red]", end=" ")
            err.print(str(error), markup=False, soft_wrap=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("\nStopped. What was done is kept: the same command goes on from there.", err=True)
            raise typer.Exit(130) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            typer.echo(f"growloop failed: {type(error).__name__}: {error}\nThe traceback is in {_saved()}", err=True)
            raise typer.Exit(3) from None


def _saved() -> str:
    with tempfile.NamedTemporaryFile("w", prefix="growloop-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write(traceback.format_exc())
    return file.name


app = typer.Typer(
    cls=Commands,
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


app.command("new")(new.new)
app.command("check")(check.check)
app.command("status")(status.status)
app.command("draw")(draw.draw)
app.command("import")(import_.import_)
app.command("freeze")(freeze.freeze)
app.command("baseline")(baseline.baseline)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("report")(report.report)
app.command("next")(next_.next_)
app.command("index")(index.index)
app.command("ask")(ask.ask)
app.command("serve")(serve.serve)
app.command("score")(score.score)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal of another encoding must not end a run
            stream.reconfigure(errors="replace")
    app()
