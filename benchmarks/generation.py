"""Generating 1,000 answers about 200 contexts: growloop beside the library's plain `generate`, same model, same texts.

    python benchmarks/generation.py [--answers 1000] [--contexts 200] [--repeats 3] [--model FOLDER]

The questions are drawn from examples/food_qa, five about each context, in random order, as they come from a file. The
model is the embedded default after a short fine-tuning (kept in ~/.cache/growloop/benchmarks), so that answers end
where answers end. Everybody reads the same prompts, in fp32, greedily; the time covers tokenising, generating and
reading the texts back. The model reads context and question in both directions; `generate` knows no such mask, so a
hook hands it over when a prompt is read, which costs the peers next to nothing. growloop also restores case and
spacing; the peers' texts get that in the check, off the clock.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}

import polars as pl
import torch
from contest import Table, contest

from growloop.finetune.supervised import finetune
from growloop.models import answerer_of
from growloop.models.catalog import Checkpoint, load_checkpoint, quiet
from growloop.models.generative import GenerativeAnswerer
from growloop.models.prompt import encode
from growloop.models.text_repair import read_back, restore
from growloop.project import Project
from growloop.records.task import Task, Training
from growloop.universe import Space

PEER = "generate, file order"
SORTED = "generate, by length"
OURS = "growloop"
BATCH = 16
CACHE = Path.home() / ".cache" / "growloop" / "benchmarks" / "generation"
FOOD_QA = Path(__file__).resolve().parent.parent / "examples" / "food_qa"


def drawn(answers: int, contexts: int) -> tuple[Task, pl.DataFrame, pl.DataFrame]:
    """The task, training examples, and the questions: equally many on each context, in random order."""
    project = Project.open(FOOD_QA)
    space = Space.open(project.universe, project.folder, project.task.abstain_answer)
    examples = space.draw(max(9_000, answers * 9), seed=0)
    each = -(-answers // contexts)
    asked = examples.filter(pl.col("split") != "train").unique("question", keep="first", maintain_order=True)
    asked = asked.with_columns(
        pl.int_range(pl.len()).over("context").alias("place"), pl.len().over("context").alias("all")
    )
    asked = asked.filter((pl.col("place") < each) & (pl.col("all") >= each))
    chosen = asked["context"].unique(maintain_order=True).head(contexts)
    asked = asked.filter(pl.col("context").is_in(chosen.to_list())).sample(fraction=1.0, shuffle=True, seed=0)
    training = Training(effort="quick", epochs=1, precision="auto")
    task = project.task.model_copy(update={"training": training})
    return task, examples.filter(pl.col("split") == "train").head(3_000), asked.head(answers)


def trained_model(task: Task, train: pl.DataFrame, folder: Path) -> Path:
    """The embedded default after one epoch; made once."""
    if not (folder / "model" / "growloop.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        validation = train.tail(100)
        for progress in finetune(task, "bundled", train.head(train.height - 100), validation, folder, seed=0):
            print(f"\r{progress.stage} {progress.done}/{progress.total} {progress.note}", end="", flush=True)
        print()
    return folder / "model"


# the peers


def generated(checkpoint: Checkpoint, task: Task, asked: pl.DataFrame, *, by_length: bool) -> list[str]:
    """What `model.generate` answers, 16 prompts at a time, padded on the left as its guide says."""
    longest, tokenizer = task.training.max_answer_tokens, checkpoint.tokenizer
    options = {"max_answer_tokens": longest, "with_answers": False, "abstain_answer": task.abstain_answer}
    prompts = encode(asked, checkpoint, **options)
    inputs = [prompts.input_tokens(row) for row in range(len(prompts))]
    order = sorted(range(len(inputs)), key=lambda row: len(inputs[row])) if by_length else list(range(len(inputs)))
    texts = [""] * len(inputs)
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        batch = tokenizer.pad({"input_ids": [inputs[row] for row in rows]}, padding_side="left", return_tensors="pt")
        question = torch.tensor([len(prompts.question[row]) for row in rows])
        with quiet(), torch.inference_mode(), reading_both_ways(checkpoint.model, batch["attention_mask"], question):
            tokens = checkpoint.model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                do_sample=False,
                max_new_tokens=longest,
                eos_token_id=tokenizer.sep_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        found = read_back(tokenizer, tokens[:, batch["input_ids"].shape[1] :].tolist())
        for row, text in zip(rows, found, strict=True):
            texts[row] = text
    return texts


@contextmanager
def reading_both_ways(model: Any, real: torch.Tensor, question: torch.Tensor) -> Iterator[None]:
    """While a prompt is read, show the context all of the context, and the question both."""
    asks = torch.arange(real.shape[1]) >= real.shape[1] - question[:, None]
    mask = real.bool()[:, None, None, :] & (asks[:, None, :, None] | ~asks[:, None, None, :])

    def hand_over(_: Any, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        reads_prompt = named["input_ids"].shape[1] == real.shape[1]
        return values, {**named, "attention_mask": mask} if reads_prompt else named

    hook = model.register_forward_pre_hook(hand_over, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()


def answered(answerer: GenerativeAnswerer, asked: pl.DataFrame) -> list[str]:
    predictions = pl.concat(answerer.answer(asked))
    return asked.join(predictions, on="id", how="left", maintain_order="left")["prediction"].to_list()


def same_texts(asked: pl.DataFrame, task: Task, results: dict[str, list[str]]) -> str:
    """All contestants say the same, letter by letter."""
    sources = zip(asked["context"].to_list(), asked["question"].to_list(), strict=True)
    known = [[context, question, task.abstain_answer] for context, question in sources]
    for peer in (PEER, SORTED):
        repaired = [restore(text, texts) for text, texts in zip(results[peer], known, strict=True)]
        wrong = [pair for pair in zip(repaired, results[OURS], strict=True) if pair[0] != pair[1]]
        assert not wrong, f"{len(wrong)} of {len(known)} texts differ from {peer}, the first: {wrong[0]}"
    kinds = len(set(results[OURS]))
    return f"all {len(known):,} texts are identical, letter by letter ({kinds:,} different ones)"


def about(checkpoint: Checkpoint, task: Task, asked: pl.DataFrame, texts: Sequence[str]) -> dict[str, Any]:
    """Lengths in tokens: what the ratio depends on."""
    prompts = encode(asked, checkpoint, max_answer_tokens=task.training.max_answer_tokens, with_answers=False)
    written = checkpoint.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    return {
        "model": "embedded default, fine-tuned for one epoch, fp32",
        "contexts": asked["context"].n_unique(),
        "mean_context_tokens": round(sum(map(len, prompts.context)) / len(prompts), 1),
        "mean_question_tokens": round(sum(map(len, prompts.question)) / len(prompts), 1),
        "mean_answer_tokens": round(sum(map(len, written)) / len(prompts) + 1, 1),
        "peer_batch": BATCH,
    }


def notes(settings: dict[str, Any], table: Table) -> list[str]:
    lengths = ", ".join(f"{settings[f'mean_{part}_tokens']} of {part}" for part in ("context", "question", "answer"))
    return [
        f"{settings['contexts']} contexts; tokens on average: {lengths}.",
        f"growloop: {table.ratio(OURS):.2f} times {PEER}; {table.cpu_ratio(OURS):.2f} times in CPU seconds.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=1_000)
    parser.add_argument("--contexts", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", type=Path, help="a trained folder to use instead of training one")
    given = parser.parse_args()
    task, train, asked = drawn(given.answers, given.contexts)
    checkpoint = load_checkpoint(str(given.model or trained_model(task, train, CACHE)), task.answer_kind)
    answerer = answerer_of(checkpoint, task)
    assert isinstance(answerer, GenerativeAnswerer)
    assert answerer.way == "shared"
    plainly = partial(generated, checkpoint, task)
    few = asked.head(BATCH)
    settings = about(checkpoint, task, asked, answered(answerer, asked))
    plainly(few, by_length=False)
    contestants: dict[str, Callable[[], list[str]]] = {
        PEER: partial(plainly, asked, by_length=False),
        SORTED: partial(plainly, asked, by_length=True),
        OURS: partial(answered, answerer, asked),
    }
    contest(
        "generation",
        contestants,
        repeats=given.repeats,
        check=partial(same_texts, asked, task),
        amount=asked.height,
        unit="answers",
        warmups=0,
        packages=("torch", "transformers"),
        notes=partial(notes, settings),
        settings=settings,
    )


if __name__ == "__main__":
    main()
