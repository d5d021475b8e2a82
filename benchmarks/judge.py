"""The learned judge beside people, published judges and the other metrics.

It learns from half of EVOUNA-NQ's questions, among them none of NQ301's 301 nor one that nearly repeats one of them,
and from answers made from the accepted ones of that half. It is then measured on

    nq301    301 questions of Natural Questions, 1,490 answers of five systems judged by people; beside BEM and GPT-4
             as published with the data, two people, and growloop's other metrics with thresholds of the training half
    evouna   the other half of EVOUNA-NQ, by answering system
    llmbar   pairs of answers to instructions, of which one is better: without accepted answers, outside its range

    python benchmarks/judge.py [--cache FILE.npz] [--words-alone] [--only train|evouna|nq301|llmbar] [--out FILE.json]

`--words-alone` leaves the embeddings out: what they add. `--cache` keeps the embeddings between runs. `--only train`
stops after training: the figures it prints are over folds of the training half, and no other answer is looked at.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from agreement import DATA, SYSTEMS, evouna, nq301, published
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rich.console import Console

from growloop.asking import encoded
from growloop.dataset.verdicts import read_verdicts
from growloop.metrics import METRICS, contingency
from growloop.metrics.judge.construction import constructed
from growloop.metrics.judge.judge import Judge
from growloop.metrics.judge.training import trained
from growloop.metrics.judged import is_decided, is_right, judged_answers
from growloop.metrics.metric import Metric
from growloop.metrics.people import people_agreement
from growloop.metrics.question_bootstrap import QuestionBootstrap, kappa_estimate, share_estimate
from growloop.metrics.thresholds import best_threshold
from growloop.records.example import coordinate
from growloop.records.run import Estimate
from growloop.reporting.judge import card_tables

CONSOLE = Console(width=140, highlight=False)
SEED = 0
NEARLY_THE_SAME = 90
"""Questions whose words are so alike (rapidfuzz's token sort ratio, 0 to 100) count as one question."""
MADE_FROM = 1000
MEASURED = 500
_TEXTS_AT_ONCE = 1024

Vectors = NDArray[np.float32]


class Cosines:
    """Cosines by the embedded model; each text is read once, and kept in a file from run to run where one is named."""

    def __init__(self, file: Path | None = None) -> None:
        self._file, self._encode = file, encoded
        self._places: dict[str, int] = {}
        self._vectors: Vectors = np.zeros((0, 384), np.float32)
        self.seconds = 0.0
        self._load()

    def _load(self) -> None:
        if self._file and self._file.exists():
            with np.load(self._file, allow_pickle=False) as kept:
                texts = json.loads(kept["texts"].tobytes())
                self._places, self._vectors = {text: place for place, text in enumerate(texts)}, kept["vectors"]

    def __call__(self, left: Sequence[str], right: Sequence[str]) -> Vectors:
        if {*left, *right} - set(self._places):
            self._load()  # another run may have read them since
        unknown = sorted({*left, *right} - set(self._places), key=len)
        for start in range(0, len(unknown), _TEXTS_AT_ONCE):
            self._read(unknown[start : start + _TEXTS_AT_ONCE])
        one, other = (self._vectors[[self._places[text] for text in texts]] for texts in (left, right))
        found: Vectors = np.einsum("ij,ij->i", one, other)
        return found

    def _read(self, texts: list[str]) -> None:
        start = time.perf_counter()
        self._vectors = np.concatenate([self._vectors, self._encode(texts)])
        self.seconds += time.perf_counter() - start
        self._places |= {text: len(self._places) + number for number, text in enumerate(texts)}
        if self._file:
            texts_kept = np.frombuffer(json.dumps(list(self._places)).encode(), np.uint8)
            with self._file.with_suffix(".part").open("wb") as file:
                np.savez(file, texts=texts_kept, vectors=self._vectors)
            self._file.with_suffix(".part").replace(self._file)


class NoCosines:
    """The same cosine for all texts: nothing to learn from."""

    seconds = 0.0

    def __call__(self, left: Sequence[str], right: Sequence[str]) -> Vectors:
        return np.zeros(len(left), np.float32)


Reader = Cosines | NoCosines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--words-alone", action="store_true")
    parser.add_argument("--only", choices=("train", *SETS))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    cosines = NoCosines() if given.words_alone else Cosines(given.cache)
    learned, held_out = halves()
    started = time.perf_counter(), time.process_time()
    judge = judge_of(learned, cosines)
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    CONSOLE.print(*card_tables(judge.card), sep="\n")
    print(f"trained in {wall:.0f} s, {cpu:.0f} CPU-seconds, of which reading texts {cosines.seconds:.0f} s")
    speed = answers_per_second(judge, held_out.head(MEASURED), type(cosines)())
    print(f"judges {speed:.0f} answers/s, their texts read for the first time")
    found: dict[str, Any] = {
        "answers_per_second": speed,
        "card": judge.card.model_dump(mode="json"),
        "cpu_seconds": round(cpu),
    }
    for name in [given.only] if given.only else SETS:
        if name != "train":
            found[name] = SETS[name](judge, learned, held_out, cosines)
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


# the data


def plain(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.lower()))


def halves() -> tuple[pl.DataFrame, pl.DataFrame]:
    """EVOUNA's verdicts, to learn from and to be measured on; NQ301's questions are all among the second."""
    verdicts = read_verdicts(evouna())
    questions = verdicts["question"].unique().sort().to_list()
    theirs = [plain(row) for row in {row["question"] for row in nq301()}]
    nearest = process.cdist([plain(question) for question in questions], theirs, scorer=fuzz.token_sort_ratio).max(1)
    free = [question for question, near in zip(questions, nearest, strict=True) if near < NEARLY_THE_SAME]
    chosen = np.random.default_rng(SEED).permutation(len(free))[: len(questions) // 2]
    learned = pl.col("question").is_in([free[place] for place in chosen])
    return verdicts.filter(learned), verdicts.filter(~learned)


def judge_of(verdicts: pl.DataFrame, cosines: Reader) -> Judge:
    asked = verdicts.unique(["question"], maintain_order=True)
    made = constructed(asked.sample(min(MADE_FROM, asked.height), seed=SEED, shuffle=True), seed=SEED)
    stage = trained(verdicts, made, cosines, seed=SEED)
    while True:
        try:
            next(stage)
        except StopIteration as done:
            judge: Judge = done.value
            return judge


def answers_per_second(judge: Judge, answers: pl.DataFrame, cosines: Reader) -> float:
    cosines(["loaded"], ["before"])
    start = time.perf_counter()
    judge.judged(answers, cosines)
    return answers.height / (time.perf_counter() - start)


# what it is worth


def decided(verdicts: pl.DataFrame, metrics: Sequence[Metric] = tuple(METRICS.values())) -> pl.DataFrame:
    """The answers on which people are decided, with the score of every metric, and whether they are right."""
    answers = judged_answers(verdicts, metrics).answers
    return answers.filter(is_decided()).with_columns(is_right().alias("right"))


def agreed(said: NDArray[np.bool_], answers: pl.DataFrame) -> tuple[Estimate, Estimate]:
    """Accuracy and kappa with intervals by question."""
    right = answers["right"].to_numpy()
    bootstrap = QuestionBootstrap(answers["asked"].to_numpy(), seed=SEED)
    tables = bootstrap.tables(np.arange(right.size), (2 * said + right).astype(np.int64), (2, 2))
    return share_estimate(contingency.accuracy(tables), right.size), kappa_estimate(tables, right.size)


def told(name: str, accuracy: Estimate, kappa: Estimate) -> dict[str, Any]:
    def cell(one: Estimate) -> str:
        return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"

    print(f"  {name:34s} n={accuracy.n:5,}  accuracy {cell(accuracy)}  kappa {cell(kappa)}")
    return {"accuracy": accuracy.model_dump(), "kappa": kappa.model_dump()}


def judge_told(judge: Judge, answers: pl.DataFrame, cosines: Reader, name: str = "judge") -> dict[str, Any]:
    """Agreement of the judge over all answers, then over those on which it gives a verdict."""
    start, read = time.perf_counter(), cosines.seconds
    judged = judge.judged(answers, cosines)
    seconds = time.perf_counter() - start
    found = {name: told(name, *agreed((judged["probability"] >= 0.5).to_numpy(), answers))}
    sure = (judged["verdict"] != "cannot_tell").to_numpy()
    said = (judged["verdict"] == "right").to_numpy()
    found["decided"] = told("  where it gives a verdict", *agreed(said[sure], answers.filter(pl.Series(sure))))
    outside = judged["outside"].mean()
    without = answers.height / max(1e-9, seconds - (cosines.seconds - read))
    print(f"  {name}: outside its range {outside:.3f}; {without:,.0f} answers/s beside reading the texts")
    return {**found, "decided_share": float(sure.mean()), "outside_share": outside, "answers_per_second": without}


def others_told(learned: pl.DataFrame, answers: pl.DataFrame) -> dict[str, Any]:
    """The other metrics, each from the threshold that agrees best on the training half."""
    before, found = decided(learned), {}
    for metric in METRICS:
        column = f"score:{metric}"
        known = before.drop_nulls(column)
        if known.is_empty():  # it needs a context, say, and these answers have none
            continue
        threshold = best_threshold(known[column].to_numpy(), known["right"].to_numpy())
        scored = answers.drop_nulls(column)
        found[metric] = told(
            f"{metric} from {threshold:.2f}", *agreed((scored[column] >= threshold).to_numpy(), scored)
        )
    return found


def on_nq301(judge: Judge, learned: pl.DataFrame, _: pl.DataFrame, cosines: Reader) -> dict[str, Any]:
    print("NQ301")
    verdicts = read_verdicts(nq301())
    answers = decided(verdicts)
    found = judge_told(judge, answers, cosines) | others_told(learned, answers)
    people = people_agreement(judged_answers(verdicts, ()).verdicts)
    found["people"] = told("two people", people.agreement, people.kappa)
    for name in ("BEM", "gpt-4"):
        accuracy, kappa = published(name)
        print(f"  {name} as published: accuracy {accuracy:.3f}, kappa {kappa:.3f}")
        found[name] = {"accuracy": accuracy, "kappa": kappa}
    return found


def on_evouna(judge: Judge, _: pl.DataFrame, held_out: pl.DataFrame, cosines: Reader) -> dict[str, Any]:
    print("EVOUNA-NQ, the half not learned from")
    answers = decided(held_out, ()).with_columns(coordinate("system"))
    found = judge_told(judge, answers, cosines)
    for system in SYSTEMS:
        part = answers.filter(pl.col("system") == system)
        said = (judge.judged(part, cosines)["probability"] >= 0.5).to_numpy()
        found[system] = told(f"judge on {system}", *agreed(said, part))
    return found


def on_llmbar(judge: Judge, _: pl.DataFrame, __: pl.DataFrame, cosines: Reader) -> dict[str, Any]:
    print("LLMBar: which of two answers to an instruction is better, without an accepted answer")
    return dict(pairs_told(judge, cosines))


def pairs_told(judge: Judge, cosines: Reader) -> Iterator[tuple[str, dict[str, float]]]:
    for name in ("natural", "adversarial_manual"):
        pairs = json.loads((DATA / "preference" / f"llmbar_{name}.json").read_text(encoding="utf-8"))
        sides = []
        for side in ("output_1", "output_2"):
            rows = {"question": [pair["input"] for pair in pairs], "prediction": [pair[side] for pair in pairs]}
            answers = pl.Series("answers", [[] for _ in pairs], pl.List(pl.String))
            sides.append(judge.judged(pl.DataFrame(rows).with_columns(answers), cosines))
        better = np.array([pair["label"] for pair in pairs]) == 2
        one, other = (side["probability"].to_numpy() for side in sides)
        right = np.where(one == other, 0.5, (other > one) == better)
        outside = float(np.mean([side["outside"].mean() for side in sides]))
        told = {"pairs": len(pairs), "accuracy": float(right.mean()), "outside_share": outside}
        print(f"  {name}: {told['accuracy']:.3f} of {len(pairs)} pairs, outside its range {outside:.3f}")
        yield name, told


SETS: dict[str, Callable[[Judge, pl.DataFrame, pl.DataFrame, Reader], dict[str, Any]]] = {
    "evouna": on_evouna,
    "nq301": on_nq301,
    "llmbar": on_llmbar,
}

if __name__ == "__main__":
    main()
