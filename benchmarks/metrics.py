"""Exact match, token F1, ROUGE-L and chrF over 100,000 answers: growloop beside the libraries that compute them.

    python benchmarks/metrics.py [--pairs 100000] [--repeats 7] [--only squad|rouge|chrf]

squad: Hugging Face `evaluate`'s squad_v2 and torchmetrics' squad. rouge: rouge-score, and torchmetrics' rouge_score.
chrf: sacrebleu's sentence score; torchmetrics' chrf_score took 8.9 CPU seconds for 1,000 pairs, and is left out.

`evaluate.load("squad_v2")` fetches its script from the hub by name, which needs the network and is not on PyPI. So
the peer is rebuilt from its parts: `evaluate.Metric` with squad_v2's features and threshold, calling the SQuAD
functions that transformers carried until 4.57 (`transformers/data/metrics/squad_metrics.py`, after the official
script), taken from that wheel on PyPI. The bare functions, without evaluate's pass through Arrow, run beside it.
Where the public SQuAD v2 data is at hand (GROWLOOP_SHARED_DATA), real predictions are scored as a second contest.
"""

from __future__ import annotations

import argparse
import ast
import collections
import gzip
import json
import os
import random
import re
import string
import subprocess
import sys
import tempfile
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ |= {"HF_EVALUATE_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}

import datasets
import evaluate
import numpy as np
import sacrebleu
from contest import Table, contest, quickest
from rouge_score.rouge_scorer import RougeScorer
from torchmetrics.functional.text import rouge_score, squad

from growloop.metrics.chrf import chrf_pairs
from growloop.metrics.official import score_squad_v2
from growloop.metrics.rouge import rouge_l_pairs
from growloop.metrics.text_overlap import overlap

PEER = "evaluate squad_v2"
BARE = "its functions, bare"
TORCHMETRICS = "torchmetrics squad"
REPORT = "growloop, same report"
COLUMNS = "growloop, columns only"
COMPILED_REPORT = "growloop, compiled, same report"
COMPILED = "growloop, compiled, columns only"
WHEEL = "transformers==4.57.3"
PEERS = Path.home() / ".cache" / "growloop" / "benchmarks"

datasets.disable_progress_bars()


# the peer


def squad_functions() -> types.SimpleNamespace:
    """The SQuAD functions of the last transformers that had them; the wheel is fetched from PyPI once."""
    wheels = list(PEERS.glob("transformers-4.57.3-*.whl"))
    if not wheels:
        PEERS.mkdir(parents=True, exist_ok=True)
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(PEERS), WHEEL]
        subprocess.run(fetch, check=True)
        wheels = list(PEERS.glob("transformers-4.57.3-*.whl"))
    with zipfile.ZipFile(wheels[0]) as wheel:
        source = ast.parse(wheel.read("transformers/data/metrics/squad_metrics.py"))
    # its functions alone: the module's own imports would load half of that transformers version
    source.body = [node for node in source.body if isinstance(node, ast.FunctionDef)]
    names: dict[str, Any] = {"collections": collections, "re": re, "string": string, "json": json}
    exec(compile(source, WHEEL, "exec"), names)
    return types.SimpleNamespace(**names)


SQUAD = squad_functions()


class SquadV2(evaluate.Metric):
    """squad_v2 as `evaluate` has it: examples pass through Arrow, then through the SQuAD functions."""

    def _info(self) -> evaluate.MetricInfo:
        text, number = datasets.Value("string"), datasets.Value("float32")
        answers = datasets.Sequence({"text": text, "answer_start": datasets.Value("int32")})
        features = datasets.Features(
            predictions={"id": text, "prediction_text": text, "no_answer_probability": number},
            references={"id": text, "answers": answers},
        )
        return evaluate.MetricInfo(description="", citation="", features=features)

    def _compute(self, predictions: list[dict[str, Any]], references: list[dict[str, Any]]) -> dict[str, float]:
        probabilities = {row["id"]: row["no_answer_probability"] for row in predictions}
        said = {row["id"]: row["prediction_text"] for row in predictions}
        return squad_report({row["id"]: row["answers"]["text"] for row in references}, said, probabilities)[0]


def squad_report(
    answers: dict[str, list[str]], said: dict[str, str], probabilities: dict[str, float]
) -> tuple[dict[str, float], dict[str, int], dict[str, float]]:
    """The report and the scores by question, computed with the peer's functions in the peer's order."""
    exact, f1 = {}, {}
    for question, texts in answers.items():
        gold = [text for text in texts if SQUAD.normalize_answer(text)] or [""]
        exact[question] = max(SQUAD.compute_exact(text, said[question]) for text in gold)
        f1[question] = max(SQUAD.compute_f1(text, said[question]) for text in gold)
    has_answer = {question: bool(texts) for question, texts in answers.items()}
    exact_kept = SQUAD.apply_no_ans_threshold(exact, probabilities, has_answer, 1.0)
    f1_kept = SQUAD.apply_no_ans_threshold(f1, probabilities, has_answer, 1.0)
    report = SQUAD.make_eval_dict(exact_kept, f1_kept)
    for prefix, side in (("HasAns", True), ("NoAns", False)):
        questions = [question for question, has in has_answer.items() if has is side]
        if questions:
            SQUAD.merge_eval(report, SQUAD.make_eval_dict(exact_kept, f1_kept, qid_list=questions), prefix)
    SQUAD.find_all_best_thresh(report, said, exact, f1, probabilities, has_answer)
    return dict(report), exact, f1


# the data


def made_up_answers(pairs: int, seed: int) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Short answers as models give them: right, nearly right, wrong, abstained; a third unanswerable, some Unicode."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 10))) for _ in range(4000)]
    words += ["the", "a", "an"] * 120 + ["café", "naïve", "Zürich", "ΟΔΟΣ", "don’t"] * 8
    answers: dict[str, list[str]] = {}
    said: dict[str, str] = {}
    for number in range(pairs):
        right = rng.choices(words, k=rng.randint(1, 6))
        other = rng.choices(words, k=rng.randint(1, 6))
        guess = rng.choices((right, [*right[:-1], *other[:2]], other, []), (50, 25, 10, 15))[0]
        question = f"q{number:06}"
        answers[question] = [] if rng.random() < 0.33 else [" ".join(right)]
        said[question] = " ".join(guess).capitalize() + rng.choice(("", "", ".", "!", ","))
    return answers, said


def real_answers() -> tuple[dict[str, list[str]], dict[str, str]] | None:
    """The SQuAD v2 development set and one system's answers to it, where they are at hand."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("GROWLOOP_SHARED_DATA", default)) / "squad_v2"
    if not folder.is_dir():
        return None
    gold = json.loads(gzip.decompress((folder / "dev-v2.0.json.gz").read_bytes()))
    paragraphs = [paragraph for article in gold["data"] for paragraph in article["paragraphs"]]
    answers = {qa["id"]: [a["text"] for a in qa["answers"]] for paragraph in paragraphs for qa in paragraph["qas"]}
    said = json.loads(gzip.decompress((folder / "official_predictions" / "bert_single.json.gz").read_bytes()))
    return answers, said


# the contest


def run(name: str, answers: dict[str, list[str]], said: dict[str, str], repeats: int) -> Table:
    """Every contestant gets the data as Python objects of the shape its own interface asks for."""
    predictions = [{"id": q, "prediction_text": text, "no_answer_probability": 0.0} for q, text in said.items()]
    references = [{"id": q, "answers": {"text": a, "answer_start": [0] * len(a)}} for q, a in answers.items()]
    questions = [{"id": q, "answers": [{"text": text} for text in texts]} for q, texts in answers.items()]
    gold = {"data": [{"paragraphs": [{"qas": questions}]}]}
    torch_said = [{"id": q, "prediction_text": said[q]} for q in answers]
    kept = {q: [text for text in texts if SQUAD.normalize_answer(text)] or [""] for q, texts in answers.items()}
    torch_gold = [{"id": q, "answers": {"text": texts, "answer_start": [0]}} for q, texts in kept.items()]
    columns = ([said[question] for question in answers], list(answers.values()))
    contestants: dict[str, Callable[[], Any]] = {
        PEER: lambda: SquadV2().compute(predictions=predictions, references=references),
        BARE: lambda: squad_report(answers, said, dict.fromkeys(answers, 0.0)),
        TORCHMETRICS: lambda: squad(torch_said, torch_gold),
        REPORT: lambda: score_squad_v2(gold, said, native=False).report,
        COLUMNS: lambda: overlap(*columns, native=False),
        COMPILED_REPORT: lambda: score_squad_v2(gold, said, native=True).report,
        COMPILED: lambda: overlap(*columns, native=True),
    }
    return contest(
        name,
        contestants,
        repeats,
        check=same,
        amount=len(answers),
        unit="answers",
        packages=("evaluate", "datasets", "torchmetrics", "numba"),
        settings={
            "peer": f"evaluate.Metric with the SQuAD functions of {WHEEL}",
            "target": "15 times faster, compiled 100 times",
        },
        notes=lambda table: [*distance_from_the_floor(columns, table), cold_starts()],
    )


def same(results: dict[str, Any]) -> str:
    """All agree: reports in every digit (sums in 12 digits on Python ≥ 3.12), rows bit by bit.

    torchmetrics adds up in 32 bits, and has the rules of SQuAD v1: an answer that says nothing must be kept from it
    where there is another, and a question without an answer is to it one whose answer is empty.
    """
    peer, (bare, exact, f1), report = results[PEER], results[BARE], results[REPORT]
    for figures in (bare, report, results[COMPILED_REPORT]):
        for key, value in figures.items():
            assert abs(value - peer[key]) <= 1e-12 * abs(value), f"{key}: {value!r} where {PEER} has {peer[key]!r}"
    for rows in (results[COLUMNS], results[COMPILED]):
        assert np.array_equal(rows[0], list(exact.values())), "exact match differs in some row"
        assert np.array_equal(rows[1], list(f1.values())), "token F1 differs in some row"
    for key, other in (("exact", "exact_match"), ("f1", "f1")):
        assert abs(peer[key] - float(results[TORCHMETRICS][other])) < 1e-3, f"torchmetrics: {key} differs"
    digits = "every digit" if all(report[key] == peer[key] for key in report) else "12 digits"
    return (
        f"exact match and token F1 of all {len(exact):,} rows are bit-identical; the reports agree in {digits}. "
        f"Exact {report['exact']:.4f}, F1 {report['f1']:.4f}."
    )


# ROUGE-L and chrF

ROUGE, CHRF = "rouge-score", "sacrebleu sentence_chrf"


def sentences(pairs: int, seed: int) -> tuple[list[str], list[str]]:
    """What was said and what would be right: half alike, half not, in ASCII, on which all agree what a word is."""
    answers, said = made_up_answers(2 * pairs, seed)
    both = [(said[question], texts[0]) for question, texts in answers.items() if texts and said[question].strip()]
    plain = [pair for pair in both if "".join(pair).isascii()][:pairs]
    return [one for one, _ in plain], [other for _, other in plain]


def run_rouge(pairs: int, repeats: int) -> Table:
    """ROUGE-L of each pair."""
    said, wanted = sentences(pairs, seed=1)
    scorer = RougeScorer(["rougeL"])
    contestants: dict[str, Callable[[], Any]] = {
        ROUGE: lambda: [scorer.score(right, text)["rougeL"].fmeasure for text, right in zip(said, wanted, strict=True)],
        "torchmetrics rouge_score": lambda: rouge_score(said, wanted, rouge_keys="rougeL"),
        "growloop": lambda: rouge_l_pairs(said, wanted),
    }

    def alike(results: dict[str, Any]) -> str:
        assert np.array_equal(results["growloop"], results[ROUGE]), "ROUGE-L differs in some row"
        mean = float(results["torchmetrics rouge_score"]["rougeL_fmeasure"])
        assert abs(mean - np.mean(results[ROUGE])) < 1e-4, "torchmetrics: the mean differs"
        return f"ROUGE-L of all {len(said):,} rows is bit-identical with {ROUGE}. Mean {np.mean(results[ROUGE]):.4f}."

    packages = ("rouge-score", "torchmetrics")
    return contest(
        "metrics_rouge", contestants, repeats, check=alike, amount=len(said), unit="pairs", packages=packages
    )


def run_chrf(pairs: int, repeats: int) -> Table:
    """chrF of each pair."""
    said, wanted = sentences(pairs, seed=2)
    scorer = sacrebleu.CHRF()
    contestants: dict[str, Callable[[], Any]] = {
        CHRF: lambda: [scorer.sentence_score(text, [right]).score for text, right in zip(said, wanted, strict=True)],
        "growloop": lambda: chrf_pairs(said, wanted),
    }

    def alike(results: dict[str, Any]) -> str:
        apart = np.abs(100 * results["growloop"] - np.array(results[CHRF])).max()
        assert apart < 1e-9, f"chrF differs by {apart} in some row"
        mean = np.mean(results[CHRF])
        return f"chrF of all {len(said):,} rows is {CHRF}'s, at most {apart:.0e} of 100 apart. Mean {mean:.4f}."

    return contest(
        "metrics_chrf", contestants, repeats, check=alike, amount=len(said), unit="pairs", packages=("sacrebleu",)
    )


def distance_from_the_floor(columns: tuple[list[str], list[list[str]]], table: Table) -> list[str]:
    """How far from what the machine could do: one pass over the bytes, and making the rows and tokens as objects."""
    texts = columns[0] + [text for row in columns[1] for text in row]
    content = "\n".join(texts).encode()
    one_pass = quickest(lambda: content.translate(None, b"."))
    objects = quickest(lambda: [row.split() for row in "\n".join(texts).split("\n")])
    ours = table.row(COLUMNS).wall_minimum
    return [
        f"Peer: evaluate.Metric calling the SQuAD functions of {WHEEL} (the hub's script is not on PyPI).",
        f"Floor: one pass over the {len(content) / 1e6:.1f} MB of text takes {one_pass * 1e3:.1f} ms, making its rows "
        f"and tokens as Python objects {objects * 1e3:.0f} ms; {COLUMNS}: {ours * 1e3:.0f} ms, "
        f"{ours / one_pass:.0f} × the pass and {ours / objects:.1f} × the objects.",
    ]


FIRST_CALL = """
import time
from growloop.metrics.text_overlap import overlap
loaded = time.perf_counter(), time.process_time()
overlap(["a tower"], [["tower"]], native=True)
print(time.perf_counter() - loaded[0], time.process_time() - loaded[1])
"""


def cold_starts() -> str:
    """What the first call of compiled code costs in a process of its own."""
    with tempfile.TemporaryDirectory() as cache:
        surroundings = {**os.environ, "NUMBA_CACHE_DIR": cache}
        told = [
            subprocess.run([sys.executable, "-c", FIRST_CALL], env=surroundings, capture_output=True, check=True).stdout
            for _ in range(2)
        ]
    (compiled, compiled_cpu), (found, found_cpu) = (map(float, one.split()) for one in told)
    return (
        f"The first compiled call of a process takes {found:.1f} s ({found_cpu:.1f} CPU s) longer than one without the "
        f"compiler's run-time; the very first, which compiles and keeps what it made on disk, {compiled:.1f} s "
        f"({compiled_cpu:.1f} CPU s)."
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pairs", type=int, default=100_000)
    arguments.add_argument("--repeats", type=int, default=7)
    arguments.add_argument("--only", choices=("squad", "rouge", "chrf"))
    given = arguments.parse_args()
    if given.only in (None, "squad"):
        run("metrics", *made_up_answers(given.pairs, seed=0), given.repeats)
        real = real_answers()
        if real:
            run("metrics_squad_v2", *real, given.repeats)
    if given.only in (None, "rouge"):
        run_rouge(given.pairs, given.repeats)
    if given.only in (None, "chrf"):
        run_chrf(given.pairs, given.repeats)


if __name__ == "__main__":
    main()
