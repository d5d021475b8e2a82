"""Wrong labels found: average precision of `growloop audit` beside other rankings of the same examples.

    e2e     restaurant descriptions with eight questions each ("What food does it serve?"); the answers are the values
            published with them, of which many are wrong: `wrong` is where the corrected release says otherwise. As a
            user would ask of such data: text in, value out, or that the text does not say. A group is all texts written
            for one set of values. Texts 1-250 of the shuffle are where the signals were looked at while they were made
            (`--dev`); the figures are of the texts after those
    squad   SQuAD v2 questions; in 5 % of all the answer is another question's from the same paragraph. The signals
            were not looked at here before

The rankings: by chance; by the last loss in models that were taught the example (plain loss); by the loss in one that
was not (out-of-fold); cleanlab's label quality, which needs classes, so a classifier for each question of e2e, over
the values it has: logistic regression on TF-IDF or on the embedded model's sentence vectors, out of fold by the same
groups. Answers of squad are their own class each, so cleanlab does not apply; its self-confidence there would be the
probability of the answer, which is the out-of-fold loss. Intervals: bootstrap over contexts, 95 %.

    python benchmarks/label_errors.py [--only e2e|squad] [--dev] [--folder KEEP]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from cleanlab.rank import get_label_quality_scores
from contest import RESULTS, commit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupKFold

import growloop
from growloop.diagnose.label_errors import SIGNALS
from growloop.models.bundled import bundled_folder
from growloop.pool import Pool
from growloop.records.example import EXAMPLES, examples_frame
from growloop.retrieval.dense import Encoder

DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
DEV_TEXTS = 250
RESAMPLES = 1000
ABSTAIN = "The text does not say."
AUDIT, OUT_OF_FOLD, PLAIN = "growloop audit", "out-of-fold loss", "plain loss"
ATTRIBUTES = {
    "name": "What is it called?",
    "eatType": "What kind of place is it?",
    "food": "What food does it serve?",
    "priceRange": "What does it cost?",
    "customer rating": "How do customers rate it?",
    "area": "Where is it?",
    "familyFriendly": "Is it family-friendly?",
    "near": "What is it near?",
}

# data


def e2e(texts: slice, seed: int = 0) -> pl.DataFrame:
    """EXAMPLES with `wrong`, eight of each text."""
    with gzip.open(DATA / "label_noise" / "e2e" / "devel-fixed.no-ol.csv.gz", "rt", encoding="utf-8") as file:
        rows = list({row["ref"]: row for row in csv.DictReader(file)}.values())
    random.Random(seed).shuffle(rows)
    made = [
        {
            "question": question,
            "context": row["ref"],
            "answers": [given[name]] if name in given else [],
            "group": row["orig_mr"],
            "wrong": given.get(name) != right.get(name),
        }
        for row in rows[texts]
        for given, right in [(values(row["orig_mr"]), values(row["mr"]))]
        for name, question in ATTRIBUTES.items()
    ]
    return flagged(made)


def values(representation: str) -> dict[str, str]:
    """`food[Thai], area[riverside]` as a mapping."""
    return {name.strip(): value for name, value in re.findall(r"([A-Za-z ]+)\[([^\]]*)\]", representation)}


def squad(questions: int, seed: int, share: float = 0.05) -> pl.DataFrame:
    """EXAMPLES with `wrong`: so many questions of chance paragraphs, a share of them with another's answer."""
    with gzip.open(DATA / "squad_v2" / "dev-v2.0.json.gz", "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    chance = random.Random(seed)
    paragraphs = [(article["title"], paragraph) for article in articles for paragraph in article["paragraphs"]]
    chance.shuffle(paragraphs)
    made: list[dict[str, Any]] = []
    others: list[list[list[str]]] = []
    for title, paragraph in paragraphs:
        told = [list(dict.fromkeys(answer["text"] for answer in asked["answers"])) for asked in paragraph["qas"]]
        for asked, answers in zip(paragraph["qas"], told, strict=True):
            row = {"question": asked["question"], "context": paragraph["context"], "answers": answers, "group": title}
            made.append({**row, "wrong": False})
            others.append([other for other in told if other and not set(other) & set(answers)])
        if len(made) >= questions:
            break
    swappable = [number for number, row in enumerate(made) if row["answers"] and others[number]]
    for number in chance.sample(swappable, round(share * len(made))):
        made[number] |= {"answers": chance.choice(others[number]), "wrong": True}
    return flagged(made)


def flagged(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    made = examples_frame({name: [row[name] for row in rows] for name in rows[0] if name != "wrong"})
    return made.with_columns(wrong=pl.Series([row["wrong"] for row in rows])).unique("id", maintain_order=True)


# rankings


def audited(examples: pl.DataFrame, kind: str, folder: Path, **options: int) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The examples in the version's order, with `wrong` and a column for each ranking that the audit gives."""
    project = growloop.new(folder) if not folder.exists() else growloop.Project.open(folder)
    declared = f"name: bench\npurpose: Wrong labels.\nanswer_kind: {kind}\ntraining: {{max_answer_tokens: 24}}\n"
    silent = "" if kind == "extractive" else f'abstain_answer: "{ABSTAIN}"\n'
    (project.folder / "task.yaml").write_text(declared + silent, encoding="utf-8")
    project = growloop.Project.open(project.folder)
    with Pool.open(project.pool_url) as pool:
        pool.add(examples.select(EXAMPLES.names()))
    frozen = growloop.freeze(project)
    start = time.perf_counter()
    found = growloop.audit(project, version=frozen.id, **options)
    seconds = time.perf_counter() - start
    examined = pl.read_parquet(project.run_folder(found.run.id) / "examined.parquet")
    last = pl.col("losses").list.last().fill_null(float("inf"))
    plain = examined.filter(~pl.col("held_out")).group_by("id").agg(last.mean().alias(PLAIN))
    ranked = found.suspects.rename({"score": AUDIT}).join(plain, on="id")
    ranked = ranked.with_columns(pl.col("loss").fill_null(float("inf")).alias(OUT_OF_FOLD))
    flags = examples.select("id", "wrong", "group")
    return ranked.join(flags, on="id").sort("id"), {**found.run.settings, "audit_seconds": round(seconds, 1)}


Vectors = Callable[[list[str]], Callable[[list[str]], Any]]


def by_cleanlab(examples: pl.DataFrame, method: str, vectors: Vectors) -> np.ndarray[Any, Any]:
    """How doubtful cleanlab finds each value, given a classifier for each question, out of fold."""
    doubt = np.zeros(examples.height)
    for question in ATTRIBUTES.values():
        rows = (examples["question"] == question).arg_true().to_numpy()
        part = examples[rows]
        texts, groups = part["context"].to_list(), part["group"].to_numpy()
        classes, codes = np.unique(part["answers"].list.first().fill_null(ABSTAIN).to_numpy(), return_inverse=True)
        sure = np.full((len(rows), len(classes)), 1e-9)
        for taught, unseen in GroupKFold(3).split(rows, groups=groups):
            as_vectors = vectors([texts[row] for row in taught])
            model = LogisticRegression(max_iter=1000).fit(as_vectors([texts[row] for row in taught]), codes[taught])
            sure[np.ix_(unseen, model.classes_)] = model.predict_proba(as_vectors([texts[row] for row in unseen]))
        doubt[rows] = -get_label_quality_scores(codes, sure / sure.sum(1, keepdims=True), method=method)
    return doubt


def tfidf(taught: list[str]) -> Callable[[list[str]], Any]:
    fitted: Callable[[list[str]], Any] = TfidfVectorizer().fit(taught).transform
    return fitted


def embeddings() -> Vectors:
    """Sentence vectors of the embedded model, each text read once."""
    encoder, known = Encoder(bundled_folder()), {}

    def vectors(texts: list[str]) -> Any:
        new = [text for text in texts if text not in known]
        known.update(zip(new, encoder.encode(new) if new else [], strict=True))
        return np.stack([known[text] for text in texts])

    return lambda taught: vectors


# figures


def figures(ranked: pl.DataFrame, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Average precision of each ranking with its interval, and how far the audit's is from it."""
    wrong = ranked["wrong"].to_numpy()
    scores = {name: np.minimum(ranked[name].fill_null(1e9).to_numpy(), 1e9) for name in names}
    found = {name: average_precision_score(wrong, score) for name, score in scores.items()}
    contexts = ranked["context"].rank("dense").to_numpy().astype(int) - 1
    places = [np.flatnonzero(contexts == number) for number in range(contexts.max() + 1)]
    chance = np.random.default_rng(0)
    drawn: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(RESAMPLES):
        rows = np.concatenate([places[number] for number in chance.integers(len(places), size=len(places))])
        for name, score in scores.items():
            drawn[name].append(average_precision_score(wrong[rows], score[rows]))
    ahead = {name: np.array(drawn[AUDIT]) - np.array(drawn[name]) for name in names}
    return {
        name: {
            "average_precision": found[name],
            **dict(zip(("low", "high"), np.quantile(drawn[name], (0.025, 0.975)).tolist(), strict=True)),
            "audit_ahead": found[AUDIT] - found[name],
            **dict(zip(("ahead_low", "ahead_high"), np.quantile(ahead[name], (0.025, 0.975)).tolist(), strict=True)),
        }
        for name in names
    }


def told(name: str, ranked: pl.DataFrame, peers: Sequence[str], settings: dict[str, Any]) -> None:
    rankings = figures(ranked, [*peers, AUDIT, *SIGNALS[1:]])
    print(f"\n{name}: {ranked.height:,} examples, {ranked['wrong'].sum()} wrong; audit {settings['audit_seconds']} s")
    print(f"{'chance':<44}{ranked['wrong'].mean():>8.3f}")
    for ranking, found in rankings.items():
        label = f"  signal: {ranking}" if ranking in SIGNALS else ranking
        ahead = f"audit ahead by {found['audit_ahead']:+.3f} [{found['ahead_low']:+.3f}, {found['ahead_high']:+.3f}]"
        interval = f"[{found['low']:.3f}, {found['high']:.3f}]"
        print(f"{label:<44}{found['average_precision']:>8.3f} {interval}   {'' if ranking == AUDIT else ahead}")
    about = {"commit": commit(), "cleanlab": version("cleanlab"), "examples": ranked.height}
    chance = {"wrong": int(ranked["wrong"].sum()), "chance": ranked["wrong"].mean()}
    path = RESULTS / f"label_errors_{name}.json"
    path.write_text(json.dumps({**about, **chance, "settings": settings, "rankings": rankings}, indent=1) + "\n")
    print(f"Saved: {path}")


def on_e2e(folder: Path, texts: slice, name: str) -> None:
    ranked, settings = audited(e2e(texts), "open_generative", folder, folds=3, epochs=3)
    vectors = {"TF-IDF": tfidf, "embeddings": embeddings()}
    peers = {
        f"cleanlab {method}, {how}": by_cleanlab(ranked, method, made)
        for how, made in vectors.items()
        for method in ("self_confidence", "normalized_margin")
    }
    ranked = ranked.with_columns(pl.Series(peer, doubt) for peer, doubt in peers.items())
    told(name, ranked, [*peers, PLAIN, OUT_OF_FOLD], {**settings, "texts": [texts.start, texts.stop], "seed": 0})


def on_squad(folder: Path, questions: int, seed: int) -> None:
    ranked, settings = audited(squad(questions, seed), "extractive", folder, folds=3, epochs=2)
    told("squad", ranked, [PLAIN, OUT_OF_FOLD], {**settings, "swapped_share": 0.05, "seed": seed})


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", choices=("e2e", "squad"))
    arguments.add_argument("--texts", type=int, default=250, help="of e2e, eight questions each")
    arguments.add_argument("--questions", type=int, default=900, help="of squad")
    arguments.add_argument("--seed", type=int, default=1, help="of the swaps")
    arguments.add_argument("--dev", action="store_true", help="the texts that the signals were looked at on")
    arguments.add_argument("--folder", type=Path, help="where to keep the projects, to go on from")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = given.folder or Path(temporary)
        texts = slice(0, DEV_TEXTS) if given.dev else slice(DEV_TEXTS, DEV_TEXTS + given.texts)
        if given.only in (None, "e2e"):
            on_e2e(home / f"e2e-{texts.start}-{texts.stop}", texts, "e2e_dev" if given.dev else "e2e")
        if given.only in (None, "squad"):
            on_squad(home / f"squad-{given.questions}-{given.seed}", given.questions, given.seed)


if __name__ == "__main__":
    main()
