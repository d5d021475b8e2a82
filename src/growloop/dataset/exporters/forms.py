"""The forms that are one file a side: which keys a row has, and how rows are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from growloop.dataset.exporters.preference import preference_rows
from growloop.dataset.exporters.rows import answered, asked, own
from growloop.dataset.exporters.squad import squad_articles, squad_rows, write_squad


@dataclass(frozen=True)
class Form:
    """A form examples can be written in."""

    what: str
    """For whom or what it is, in a few words."""
    suffix: str
    rows: Callable[[pl.DataFrame, str], pl.DataFrame]
    """Examples with their `growloop` object, and the abstain answer → rows of the file."""
    write: Callable[[pl.DataFrame, Path], None]
    says_words: bool = True
    """There is no place for "no answer": the abstain answer is written."""
    in_one_text: bool = False
    """Context and question stand in one text."""
    file_name: str = "{side}"
    """Of each side in a folder, without suffix."""


def write_jsonl(rows: pl.DataFrame, path: Path) -> None:
    """One object a line."""
    rows.write_ndjson(path)


def write_json(rows: pl.DataFrame, path: Path) -> None:
    """One array of objects."""
    rows.write_json(path)


def write_parquet(rows: pl.DataFrame, path: Path) -> None:
    """Parquet, compressed as all readers understand."""
    rows.write_parquet(path, compression="snappy")


def write_csv(rows: pl.DataFrame, path: Path) -> None:
    """UTF-8 with a header; objects as JSON text. Texts are quoted, so that an empty one is no null."""
    nested = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Struct)]
    rows.with_columns(pl.col(nested).struct.json_encode()).write_csv(path, quote_style="non_numeric")


def _plain(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    return examples.select("question", "context", "answers", *own(examples))


def _table(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    answer = answered("").alias("answer")
    impossible = (pl.col("answers").list.len() == 0).alias("is_impossible")
    return examples.select("question", "context", answer, impossible, *own(examples))


def _alpaca(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    return examples.select(
        pl.col("question").alias("instruction"),
        pl.col("context").alias("input"),
        answered(abstain_answer).alias("output"),
        *own(examples),
    )


def _sharegpt(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    turns = (("human", asked()), ("gpt", answered(abstain_answer)))
    said = pl.concat_list([pl.struct(pl.lit(who).alias("from"), text.alias("value")) for who, text in turns])
    return examples.select(said.alias("conversations"), *own(examples))


def _messages(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    said = pl.concat_list(message("user", asked()), message("assistant", answered(abstain_answer)))
    return examples.select(said.alias("messages"), *own(examples))


def _prompt_completion(examples: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    prompt = pl.concat_list(message("user", asked())).alias("prompt")
    completion = pl.concat_list(message("assistant", answered(abstain_answer))).alias("completion")
    return examples.select(prompt, completion, *own(examples))


def message(role: str, content: pl.Expr) -> pl.Expr:
    """One message of a chat."""
    return pl.struct(pl.lit(role).alias("role"), content.alias("content"))


FORMS: dict[str, Form] = {
    "jsonl": Form("growloop's own, one object a line", ".jsonl", _plain, write_jsonl, says_words=False),
    "csv": Form("tables and spreadsheets", ".csv", _table, write_csv, says_words=False),
    "parquet": Form("columns, for data frames", ".parquet", _plain, write_parquet, says_words=False),
    "squad": Form("SQuAD v2 JSON", ".json", squad_articles, write_squad, says_words=False),
    "alpaca": Form("instruction, input, output", ".json", _alpaca, write_json),
    "sharegpt": Form("conversations of human and gpt", ".json", _sharegpt, write_json, in_one_text=True),
    "messages": Form("chats as OpenAI's fine-tuning takes them", ".jsonl", _messages, write_jsonl, in_one_text=True),
    "prompt-completion": Form("TRL, supervised", ".jsonl", _prompt_completion, write_jsonl, in_one_text=True),
    "preference": Form(
        "TRL, corrections beside the wrong answers shown", ".jsonl", preference_rows, write_jsonl, in_one_text=True
    ),
    "huggingface": Form(
        "a datasets folder with its card",
        ".parquet",
        squad_rows,
        write_parquet,
        says_words=False,
        file_name="data/{side}-00000-of-00001",
    ),
    "llama-factory": Form("Alpaca with dataset_info.json", ".json", _alpaca, write_json),
    "axolotl": Form("chats with the datasets part of its config", ".jsonl", _messages, write_jsonl, in_one_text=True),
}
"""Name → form, in the order in which they are listed."""
