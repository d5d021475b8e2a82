"""Planted failures: are they found, is what is found true, and what is found where nothing is planted?

The questions are 2,000 of food_qa's universe, drawn anew in each setting out of 8,000; the faults are simulated: which
answers are wrong is drawn, with a chance that is higher in three planted slices of one or two conditions:

    corrupted labels   at a kind of question put to one kind of text   (template × negative or answer)
    value bias         at one value of a feature read off the question
    missing coverage   at one wording of a kind of question            (template × variation or wording)

Outside of them 3 to 12 % are wrong. A slice that is told is right where it shares half of its rows with a planted one
(Jaccard); of the first ten told, precision is the share that is right, recall the share of planted ones that one of
them is right about. The peers get the twelve features that faults are planted in, and nothing else: sliceline and
divexplorer, and a decision tree whose nodes are ranked by the errors that could be recovered. growloop diagnoses the
examples, with some fifty features of its own.

Where nothing is planted, wrong answers are either drawn one by one, or whole restaurants fail together (a beta
distribution of the rate). There anything told is false: it should happen in at most 10 % of the settings.

    nice python benchmarks/planted_failures.py [--settings 50]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from contest import RESULTS, surroundings
from rich.console import Console
from rich.table import Table

import growloop
from growloop.diagnose.diagnosis import diagnose
from growloop.diagnose.discovery import Flags
from growloop.diagnose.features import features, matches_slice

ROWS, DRAWN, MOST, DEPTH, LEAST = 2000, 8000, 10, 2, 20
PLANTED_IN = (
    *("template", "negative", "variation", "answer", "text.case", "text.question_mark", "text.punctuation"),
    *("text.question_length", "text.context_length", "text.overlap", "text.names_in_context", "text.opening"),
)
KINDS = {
    "corrupted labels": (("template",), ("negative", "answer")),
    "value bias": (("text.opening", "text.question_length", "text.overlap", "text.names_in_context"),),
    "missing coverage": (("template",), ("variation", "text.opening", "text.question_length")),
}
Where = dict[str, str]
Finder = Callable[[pl.DataFrame, pl.DataFrame, Flags], list[Where]]


def drawn() -> pl.DataFrame:
    """Questions of food_qa, of every kind the universe knows."""
    with tempfile.TemporaryDirectory() as folder:
        project = growloop.new(Path(folder) / "food-qa", template="food-qa")
        growloop.draw(project, DRAWN)
        return growloop.examples(project, limit=DRAWN).examples


# settings


def planted(known: pl.DataFrame, chance: np.random.Generator) -> tuple[list[Where], Flags]:
    """Three faults of 2 to 20 % of the rows each, one of each kind, and the answers that are wrong."""
    rate = np.full(known.height, chance.uniform(0.03, 0.12))
    wheres = []
    for choices in KINDS.values():
        where, inside = _a_slice(known, choices, chance)
        rate[inside] = np.maximum(rate[inside], chance.uniform(0.35, 0.8))
        wheres.append(where)
    return wheres, chance.random(known.height) < rate


def _a_slice(
    known: pl.DataFrame, choices: tuple[tuple[str, ...], ...], chance: np.random.Generator
) -> tuple[Where, Flags]:
    while True:
        row = known.row(int(chance.integers(known.height)), named=True)
        names = [str(chance.choice(some)) for some in choices]
        where = {name: row[name] for name in names}
        inside = rows_of(known, where) if None not in where.values() else np.zeros(known.height, dtype=bool)
        if 0.02 <= inside.mean() <= 0.2:
            return where, inside


def rows_of(known: pl.DataFrame, where: Where) -> Flags:
    return known.with_columns(matches_slice(where).alias("inside"))["inside"].to_numpy()


def one_by_one(known: pl.DataFrame, groups: pl.Series, chance: np.random.Generator) -> Flags:
    return chance.random(known.height) < chance.uniform(0.03, 0.25)


def by_group(known: pl.DataFrame, groups: pl.Series, chance: np.random.Generator) -> Flags:
    """Each group fails at a rate of its own, drawn from a beta distribution: rows of one group correlate by 0.2."""
    share = chance.uniform(0.05, 0.25)
    numbers = groups.rank("dense").to_numpy().astype(np.int64) - 1
    rates = chance.beta(4 * share, 4 * (1 - share), size=int(numbers.max()) + 1)
    return chance.random(known.height) < rates[numbers]


# who looks for them


def by_growloop(examples: pl.DataFrame, known: pl.DataFrame, wrong: Flags) -> list[Where]:
    scores = examples.select("id", exact_match=pl.Series(1.0 - wrong))
    declared = ("template", "negative", "variation")
    found = diagnose(examples, scores, metric="exact_match", right_from=1.0, declared=declared)
    return [one.where for one in found.slices]


def by_sliceline(examples: pl.DataFrame, known: pl.DataFrame, wrong: Flags) -> list[Where]:
    from sliceline.slicefinder import Slicefinder

    filled = known.select(PLANTED_IN).fill_null("–")
    finder = Slicefinder(alpha=0.95, k=MOST, max_l=DEPTH, min_sup=LEAST, verbose=False)
    finder.fit(filled.to_numpy(), wrong.astype(np.float64))
    return [
        {n: str(v) for n, v in zip(filled.columns, top, strict=True) if v is not None} for top in finder.top_slices_
    ]


def by_divexplorer(examples: pl.DataFrame, known: pl.DataFrame, wrong: Flags) -> list[Where]:
    """Its patterns by the t-value of their divergence, as it has no ranking by errors."""
    from divexplorer import DivergenceExplorer

    frame = known.select(PLANTED_IN).fill_null("–").with_columns(pl.Series("wrong", wrong)).to_pandas()
    found = DivergenceExplorer(frame).get_pattern_divergence(min_support=LEAST / len(wrong), boolean_outcomes=["wrong"])
    short = found[(found["length"] > 0) & (found["length"] <= DEPTH) & (found["wrong_div"] > 0)]
    first = short.sort_values("wrong_t", ascending=False)["itemset"].head(MOST)
    return [dict(item.split("=", 1) for item in itemset) for itemset in first]


def by_tree(examples: pl.DataFrame, known: pl.DataFrame, wrong: Flags) -> list[Flags]:
    """The nodes of a tree of depth 4 that have errors to recover, as rows; its leaves alone find half as much."""
    from sklearn.tree import DecisionTreeClassifier

    hot = known.select(PLANTED_IN).fill_null("–").to_dummies().to_numpy()
    tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=LEAST, random_state=0).fit(hot, wrong)
    nodes = [rows for rows in tree.decision_path(hot).toarray().astype(bool).T if not rows.all()]
    excess = np.array([wrong[rows].sum() - rows.sum() * wrong[~rows].mean() for rows in nodes])
    return [nodes[place] for place in np.argsort(excess)[::-1][:MOST] if excess[place] > 0]


PEERS = {"sliceline": by_sliceline, "divexplorer": by_divexplorer, "decision tree": by_tree}
EVERYBODY = {"growloop": by_growloop, **PEERS}


# how well


def judged(told: list[Flags], faults: list[Flags]) -> dict[str, float]:
    """Precision of the first ten told, recall, and how many were told."""
    alike = np.array([[float((a & b).sum() / max(1, (a | b).sum())) for b in faults] for a in told[:MOST]])
    right = alike.reshape(len(told[:MOST]), len(faults)) >= 0.5
    precision = float(right.any(axis=1).mean()) if len(told) else float("nan")
    return {"told": float(len(told[:MOST])), "precision": precision, "recall": float(right.any(axis=0).mean())}


def with_faults(pool: pl.DataFrame, seed: int) -> dict[str, dict[str, float]]:
    chance = np.random.default_rng(seed)
    examples = pool.sample(ROWS, seed=seed, shuffle=True)
    known = features(examples)
    wheres, wrong = planted(known, chance)
    faults = [rows_of(known, where) for where in wheres]
    found = {}
    for name, finder in EVERYBODY.items():
        told = finder(examples, known, wrong)
        rows = [one if isinstance(one, np.ndarray) else _rows_told(known, one) for one in told]
        found[name] = judged(rows, faults)
    return found


def _rows_told(known: pl.DataFrame, where: Where) -> Flags:
    """The rows of a slice; the peers' “–” is a feature without a value."""
    filled = known.with_columns(pl.col(name).fill_null("–") for name in where)
    return rows_of(filled, where)


def without_faults(pool: pl.DataFrame, seed: int, draw: Callable[..., Flags]) -> int:
    """How many slices growloop tells where there are none."""
    examples = pool.sample(ROWS, seed=seed, shuffle=True)
    known = features(examples)
    wrong = draw(known, examples["group"], np.random.default_rng(seed))
    return len(by_growloop(examples, known, wrong))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--settings", type=int, default=50)
    settings = arguments.parse_args().settings
    warnings.simplefilter("ignore")
    pool = drawn()
    found = [with_faults(pool, seed) for seed in range(settings)]
    means = {
        name: {figure: float(np.nanmean([one[name][figure] for one in found])) for figure in found[0][name]}
        for name in EVERYBODY
    }
    table = Table("", "told", "precision@10", "recall", title=f"{settings} settings, three faults planted in each")
    for name, figures in means.items():
        table.add_row(name, f"{figures['told']:.1f}", f"{figures['precision']:.2f}", f"{figures['recall']:.2f}")
    Console(width=100).print(table)
    nulls = {}
    for name, draw in {"wrong one by one": one_by_one, "whole groups wrong": by_group}.items():
        counts = [without_faults(pool, 1000 + seed, draw) for seed in range(settings)]
        nulls[name] = {"settings_with_any": int(np.count_nonzero(counts)), "slices_told": int(sum(counts))}
        any_told = f"{nulls[name]['settings_with_any']} of {settings} settings"
        print(f"Nothing planted, {name}: something was told in {any_told}, {sum(counts)} slices in all")
    about = surroundings(("sliceline", "divexplorer", "scikit-learn"))
    path = RESULTS / "planted_failures.json"
    told = {"settings": settings, "rows": ROWS, "means": means, "nothing_planted": nulls, "by_setting": found, **about}
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"Saved: {path}")


if __name__ == "__main__":
    main()
