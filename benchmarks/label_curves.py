"""What rounds of labelling come to: scores by number of labels, and how many labels reach what random ends with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table

from growloop.project import read_lines

ROUNDS_FILE = "rounds.jsonl"
SCORES = {"token_f1": "Token F1", "exact_match": "Exact match"}
BASE = "random"
CONSOLE = Console(width=150)
Interval = dict[str, float | None]
Round = dict[str, Any]


def finished_rounds(folder: Path) -> list[Round]:
    """A row for each round that is done, of one run or of all runs in a folder."""
    return [row for path in sorted(folder.rglob(ROUNDS_FILE)) for row in read_lines(path)]


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """`curves`: strategy → labels → score → mean and interval over seeds. `beside_random`: the same of the differences
    to random under the same seed. `labels_to_random`: strategy → score → labels that reach random's last mean.

    A round counts where all strategies have done it under its seed."""
    frame = pl.DataFrame([{name: row[name] for name in ("strategy", "seed", "labels", *SCORES)} for row in rounds])
    frame = frame.unique(["strategy", "seed", "labels"], keep="last").sort("strategy", "labels", "seed")
    frame = frame.filter(pl.len().over("seed", "labels") == frame["strategy"].n_unique())
    curves = _by_labels(frame)
    base = frame.filter(pl.col("strategy") == BASE).drop("strategy")
    paired = frame.filter(pl.col("strategy") != BASE).join(base, on=["seed", "labels"], suffix="_random")
    apart = paired.with_columns(pl.col(name) - pl.col(f"{name}_random") for name in SCORES)
    beside = _by_labels(apart.sort("strategy", "labels", "seed"))
    reach = {
        name: {score: labels_to(of, curves.get(BASE, {}), score) for score in SCORES} for name, of in curves.items()
    }
    return {
        "curves": curves,
        "beside_random": beside,
        "labels_to_random": reach,
        "below_random": below(beside),
        "rounds": list(rounds),
    }


def _by_labels(frame: pl.DataFrame) -> dict[str, dict[int, dict[str, Interval]]]:
    found: dict[str, dict[int, dict[str, Interval]]] = {}
    for (strategy, labels), of in frame.group_by("strategy", "labels", maintain_order=True):
        found.setdefault(str(strategy), {})[int(str(labels))] = {name: interval(of[name]) for name in SCORES}
    return found


def interval(values: pl.Series) -> Interval:
    """The mean over seeds with Student's 95 % interval; open where there is one seed alone."""
    from scipy.stats import t

    n, mean = len(values), float(values.mean())  # type: ignore[arg-type]
    if n < 2:
        return {"mean": mean, "low": None, "high": None, "seeds": n}
    half = float(t.ppf(0.975, n - 1)) * float(values.std()) / n**0.5  # type: ignore[arg-type]
    return {"mean": mean, "low": mean - half, "high": mean + half, "seeds": n}


def labels_to(curve: dict[int, dict[str, Interval]], base: dict[int, dict[str, Interval]], score: str) -> float | None:
    """How many labels reach the mean that random ends with, in a straight line between rounds; None: not reached."""
    if not base:
        return None
    goal = base[max(base)][score]["mean"] or 0.0
    last: tuple[int, float] | None = None
    for labels in sorted(curve):
        mean = curve[labels][score]["mean"] or 0.0
        if mean >= goal:
            if last is None:
                return float(labels)
            return last[0] + (labels - last[0]) * (goal - last[1]) / (mean - last[1])
        last = labels, mean
    return None


def below(beside: dict[str, dict[int, dict[str, Interval]]]) -> dict[str, list[str]]:
    """Strategy → where it was below random beyond noise: the interval of the difference ends below nothing."""
    found: dict[str, list[str]] = {}
    for strategy, curve in beside.items():
        for labels, scores in curve.items():
            worse = [name for name, of in scores.items() if of["high"] is not None and of["high"] < 0]
            found.setdefault(strategy, []).extend(f"{name} at {labels}" for name in worse)
    return found


# telling


def show(found: dict[str, Any]) -> None:
    for score, label in SCORES.items():
        _show_table(f"{label} by labels: mean [95 % interval] seeds", found["curves"], score, signed=False)
        _show_table(f"{label}, minus random under the same seed", found["beside_random"], score, signed=True)
        for strategy, reach in found["labels_to_random"].items():
            labels = "not reached" if reach[score] is None else f"{reach[score]:,.0f} labels"
            CONSOLE.print(f"  {strategy}: random's last {label.lower()}: {labels}", highlight=False)
    for strategy, where in found["below_random"].items():
        CONSOLE.print(f"{strategy}: below random beyond noise: {', '.join(where) or 'nowhere'}", highlight=False)


def _show_table(title: str, curves: dict[str, dict[int, dict[str, Interval]]], score: str, *, signed: bool) -> None:
    drawn = Table("labels", *curves, box=box.SIMPLE_HEAD)
    for labels in sorted({labels for curve in curves.values() for labels in curve}):
        cells = (told(curve[labels][score], signed=signed) if labels in curve else "–" for curve in curves.values())
        drawn.add_row(f"{labels:,}", *cells)
    if curves:
        CONSOLE.print(title, drawn, sep="\n", markup=False, highlight=False)


def told(of: Interval, *, signed: bool) -> str:
    """`0.812 [0.790, 0.834] 5`: mean, interval, seeds."""
    form = "{:+.3f}" if signed else "{:.3f}"
    if of["low"] is None or of["high"] is None:
        return f"{form.format(of['mean'])} [–] {of['seeds']}"
    return f"{form.format(of['mean'])} [{form.format(of['low'])}, {form.format(of['high'])}] {of['seeds']}"
