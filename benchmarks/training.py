"""Training steps on examples/food_qa: growloop beside transformers' Trainer and TRL's SFTTrainer, same model and loss.

    python benchmarks/training.py [--steps 12] [--batch-size 16] [--repeats 3] [--contest both]

Everybody trains all weights of the same checkpoint as a causal decoder, on the answers alone, from the same pool of
examples: as many steps of as many examples, AdamW with the same schedule, clipping and seed, no dropout (with the
embedded model's own, peers would be slower). The process starts itself again with the allocator setting that
growloop's workers have, so peers have it too. What `growloop train` does beyond that for an encoder that writes
(reading both ways, a frozen vocabulary, varied names) is off here: the loss must be the same.

Two contests: the embedded model, and a Llama of its size with random weights. TRL runs in the second alone: its
fused head (1.16) multiplies the body's output by the vocabulary and leaves out what BERT has in between, so on the
embedded model it would train another function.

The floor beside it: the multiplications of a step at the rate that one product of a layer's size reaches here.

The check: one fixed batch's loss before training, in fp32, to five digits; the mean loss over the steps within 5 %.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Literal

from growloop.finetune.environment import environment

if any(os.environ.get(name) != value for name, value in environment().items()):
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **environment()})
os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "WANDB_DISABLED": "true"}

import polars as pl
import torch
from contest import Table, contest
from datasets import Dataset
from torch.utils.flop_counter import FlopCounterMode
from transformers import DataCollatorForSeq2Seq, LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments
from trl import SFTConfig, SFTTrainer

from growloop.finetune.preparation import set_dropout, settings_of, trainee_of
from growloop.finetune.settings import Settings
from growloop.finetune.supervised import Plan, take_step
from growloop.models.catalog import Checkpoint, load_checkpoint, quiet
from growloop.models.precision import SIZES, autocast, chosen_precision
from growloop.models.prompt import Prompts, encode
from growloop.project import Project
from growloop.records.task import Training
from growloop.universe import Space

DEFAULTS = "Trainer"
TUNED = "Trainer, tuned"
SFT = "TRL SFTTrainer, tuned"
OURS = "growloop"
FOOD_QA = Path(__file__).resolve().parent.parent / "examples" / "food_qa"
RATE = 1e-4
SEED = 0


def drawn(count: int) -> tuple[pl.DataFrame, str]:
    """Training examples as the universe deals them, and the abstain answer."""
    project = Project.open(FOOD_QA)
    space = Space.open(project.universe, project.folder, project.task.abstain_answer)
    return space.draw(count, seed=0).filter(pl.col("split") == "train"), project.task.abstain_answer


# growloop


def our_settings(checkpoint: Checkpoint, batch_size: int) -> Settings:
    """What the effort dial gives, with the peers' optimiser and without what changes the loss."""
    training = Training(effort="quick", learning_rate=RATE, batch_size=batch_size, warmup_share=0.0, weight_decay=0.0)
    filled = settings_of(training, checkpoint, "cpu")
    return replace(filled, head_steps=0, freeze_vocabulary=False, opening_weight=1.0, vary_names_share=0.0)


def our_trainee(checkpoint: Checkpoint, examples: pl.DataFrame, settings: Settings, abstain_answer: str) -> Any:
    trainee = trainee_of(copy.deepcopy(checkpoint), examples, settings, abstain_answer, key="", seed=SEED)
    trainee.learner.both_ways = False
    return trainee


def train_ours(trainee: Any, start: dict[str, torch.Tensor], steps: int) -> float:
    """The mean loss over the steps; the weights begin at `start`."""
    trainee.checkpoint.model.load_state_dict(start)
    trainee.optimiser.state.clear()
    plan = Plan(trainee.learner, trainee.settings, SEED)
    plan.total = steps
    losses = [take_step(trainee, batch, step, plan) for step, batch in plan.steps_from(0)]
    return sum(losses) / len(losses)


# the peers


def tokenised(prompts: Prompts) -> Dataset:
    """The same tokens as rows; labels on the answers alone."""
    rows = []
    for row in range(len(prompts)):
        before, answer = prompts.input_tokens(row), prompts.answer[row]
        mask = [0] * len(before) + [1] * len(answer)
        labels = [-100] * len(before) + answer
        rows.append({"input_ids": before + answer, "labels": labels, "completion_mask": mask})
    return Dataset.from_list(rows)


def arguments(kind: type, folder: str, steps: int, batch_size: int, **more: Any) -> Any:
    return kind(
        output_dir=folder,
        max_steps=steps,
        per_device_train_batch_size=batch_size,
        learning_rate=RATE,
        seed=SEED,
        use_cpu=True,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        logging_steps=steps,
        **more,
    )


def train_peer(trainer: Trainer, start: dict[str, torch.Tensor]) -> float:
    """The mean loss over the steps; the weights begin at `start`."""
    trainer.model.load_state_dict(start)
    trainer.optimizer = trainer.lr_scheduler = None
    with quiet():
        return float(trainer.train().training_loss)


def peers(
    checkpoint: Checkpoint, rows: Dataset, folder: str, steps: int, batch_size: int, *, with_sft: bool
) -> dict[str, Trainer]:
    """Trainer as it comes; Trainer and SFTTrainer with like lengths together, no checkpointing, bf16 where it pays."""
    tokenizer = checkpoint.tokenizer
    collate = DataCollatorForSeq2Seq(tokenizer)
    options = (folder, steps, batch_size)
    pays = chosen_precision("auto") == "bf16"
    fast = {"bf16": pays, "train_sampling_strategy": "group_by_length"}
    plain = rows.remove_columns("completion_mask")

    def model() -> Any:
        return copy.deepcopy(checkpoint.model)

    def trainer(**more: Any) -> Trainer:
        return Trainer(model(), arguments(TrainingArguments, *options, **more), collate, plain)

    rivals = {DEFAULTS: trainer(), TUNED: trainer(**fast)}
    if not with_sft:
        return rivals
    tuned = arguments(SFTConfig, *options, **fast, gradient_checkpointing=False, completion_only_loss=True)
    sft = SFTTrainer(model(), tuned, train_dataset=rows.remove_columns("labels"), processing_class=tokenizer)
    return {**rivals, SFT: sft}


# the check


def fixed_losses(
    checkpoint: Checkpoint, examples: pl.DataFrame, settings: Settings, abstain_answer: str
) -> tuple[float, float]:
    """The mean loss of one batch in fp32: our way, and as the library computes it from labels."""
    exact = our_trainee(checkpoint, examples, replace(settings, precision="fp32"), abstain_answer)
    _, batch = next(Plan(exact.learner, exact.settings, SEED).steps_from(0))
    with torch.no_grad():
        ours = float(exact.learner.loss(batch, Random(0))) / exact.learner.weight(batch)
        losses = [_library_loss(exact, number) for row in batch for number in row]
    return ours, sum(losses) / exact.learner.weight(batch)


def _library_loss(trainee: Any, number: int) -> float:
    """Summed over the answer's tokens."""
    texts = trainee.learner.texts
    before, answer = texts.context[number] + texts.question[number], texts.answer[number]
    tokens, labels = torch.tensor([before + answer]), torch.tensor([[-100] * len(before) + answer])
    with quiet():
        return float(trainee.checkpoint.model(input_ids=tokens, labels=labels, use_cache=False).loss) * len(answer)


def told(first: tuple[float, float], means: dict[str, float]) -> str:
    """How equal the losses are; raises AssertionError where they are not."""
    ours, library = first
    assert abs(ours - library) <= 1e-5 * library, f"the fixed batch's loss is {ours:.6f} here, {library:.6f} there"
    middle = means[OURS]
    apart = max(abs(value - middle) / middle for value in means.values())
    listed = ", ".join(f"{name} {value:.3f}" for name, value in means.items())
    assert apart <= 0.05, f"mean losses differ by {apart:.1%}: {listed}"
    return f"one batch's loss {ours:.6f} and {library:.6f}; mean over the steps: {listed}"


# the floor


def floor(trainee: Any, start: dict[str, torch.Tensor], steps: int, table: Table) -> str:
    """How far a step of ours is from the time that its multiplications alone would take.

    Only those of this thread are counted, so the step is computed whole.
    """
    whole = replace(trainee, settings=replace(trainee.settings, parts_at_once=1))
    with FlopCounterMode(display=False) as counter:
        train_ours(whole, start, steps)
    operations = counter.get_total_flops() / steps
    rate = operations_a_second(trainee.settings.precision)
    least, taken = operations / rate, table.row(OURS).wall_median / steps
    return (
        f"Floor: a step multiplies {operations / 1e9:.1f} GFLOP; at the {rate / 1e9:.0f} GFLOP/s that one product of "
        f"{SIZES} reaches here in {trainee.settings.precision} that is {least:.3f} s, and it took {taken:.3f} s."
    )


def operations_a_second(precision: Literal["fp32", "bf16"]) -> float:
    """The best rate of one product of a layer's size, on all threads."""
    tokens, width, wide = SIZES
    layer, inputs, turns = torch.nn.Linear(width, wide), torch.ones(tokens, width), []
    with torch.inference_mode(), autocast(precision):
        for _ in range(50):
            start = time.perf_counter()
            layer(inputs)
            turns.append(time.perf_counter() - start)
    return 2 * tokens * width * wide / min(turns)


def decoder_like_the_embedded(folder: Path) -> str:
    """A Llama of the embedded model's size and vocabulary, with random weights."""
    tokenizer = load_checkpoint("bundled", "open_generative").tokenizer
    torch.manual_seed(SEED)
    shape = {"hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 12}
    tokens = {"vocab_size": len(tokenizer), "bos_token_id": None, "eos_token_id": tokenizer.sep_token_id}
    config = LlamaConfig(**shape, **tokens, max_position_embeddings=512, tie_word_embeddings=True)
    with quiet():
        LlamaForCausalLM(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return str(folder)


def compare(name: str, model: str, options: argparse.Namespace, *, with_sft: bool) -> None:
    """One contest over one model."""
    examples, abstain_answer = drawn(options.draw)
    checkpoint = load_checkpoint(model, "open_generative", seed=SEED)
    set_dropout(checkpoint.model, 0.0)
    start = copy.deepcopy(checkpoint.model.state_dict())
    settings = our_settings(checkpoint, options.batch_size)
    first = fixed_losses(checkpoint, examples, settings, abstain_answer)
    longest = settings.max_answer_tokens
    prompts = encode(examples, checkpoint, max_answer_tokens=longest, with_answers=True, abstain_answer=abstain_answer)
    best = SFT if with_sft else TUNED
    with tempfile.TemporaryDirectory() as folder:
        rows = tokenised(prompts)
        rivals = peers(checkpoint, rows, folder, options.steps, options.batch_size, with_sft=with_sft)
        trainee = our_trainee(checkpoint, examples, settings, abstain_answer)
        contestants: dict[str, Callable[[], float]] = {
            rival: partial(train_peer, trainer, start) for rival, trainer in rivals.items()
        }
        contestants[OURS] = partial(train_ours, trainee, start, options.steps)
        contest(
            name,
            contestants,
            options.repeats,
            check=partial(told, first),
            amount=options.steps * options.batch_size,
            unit="examples",
            packages=("torch", "transformers", "trl", "accelerate"),
            notes=lambda table: [
                f"growloop beside {best}: {table.ratio(OURS) / table.ratio(best):.2f} times faster.",
                f"Questions to a context in the pool: {examples.height / examples['context'].n_unique():.1f}.",
                floor(trainee, start, options.steps, table),
            ],
            settings={"model": name, "precision": settings.precision, "batch_size": options.batch_size},
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--draw", type=int, default=5_000, help="examples drawn; those of the train side are the pool")
    parser.add_argument("--contest", choices=["embedded", "decoder", "both"], default="both")
    options = parser.parse_args()
    if options.contest != "decoder":
        compare("training_embedded", "bundled", options, with_sft=False)
    if options.contest == "embedded":
        return
    with tempfile.TemporaryDirectory() as folder:
        compare("training_decoder", decoder_like_the_embedded(Path(folder)), options, with_sft=True)


if __name__ == "__main__":
    main()
