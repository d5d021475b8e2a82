"""What went wrong with each wrong answer: exactly one kind, the first that applies (`records.diagnosis.FailureKind`).

Judged by words alone, a column at a time: no model reads the answers. What an answer claims are its words that say
something (`metrics.groundedness`); what a question wants to hear are the telling words of the nearest accepted answer,
those that the question does not have itself. English, as far as negations and empty words go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import polars as pl

from growloop.diagnose.retrieved import HELD, as_read
from growloop.diagnose.slices import MOST_VALUES
from growloop.metrics import is_abstention
from growloop.metrics.answers import normalise_all
from growloop.metrics.chrf import chrf_pairs
from growloop.metrics.groundedness import content_words_in
from growloop.records.diagnosis import FailureKind

KINDS: tuple[FailureKind, ...] = get_args(FailureKind)
TOLD = 0.8
"""An answer with at least so many of the telling words, or so close to them in chrF, has the right fact."""
_ALIKE = 0.75
"""Two answers that share at least so many of their words, but for a "not", say the same or the opposite."""
_SAMPLED = 1000
"""Examples by which a coordinate is judged to be a value that questions name."""
_NEGATION = r"(?i)\b(?:no|not|never|cannot|without|neither|nor|none)\b|n['’]t\b"
_YES_NO = r"(?i)^\W*(yes|no)(?:\s*[,.!;:–—-]|\s+(?:it|they|he|she|you|we|i|there|this|that)\b|\s*$)"
_MARKUP = r"(?i)\([^()]*\)|<[^<>]{1,80}>|[*_`#~|\"“”«»\[\]{}]|^\s*(?:the\s+)?(?:answer|a)\s*(?:is)?\s*:"
_UNIT = (
    r"(?i)(\d)\s*(?:%|°[cf]?|percent|per cent|(?:us )?dollars?|usd|euros?|eur|pounds?|gbp|€|£|km²?|kilomet(?:er|re)s?|"
    r"miles?|met(?:er|re)s?|feet|ft|inch(?:es)?|cm|mm|kg|kilograms?|grams?|tons?|tonnes?|years?|months?|weeks?|days?|"
    r"hours?|minutes?|seconds?|people|mb|gb|mph|kph|m|g|s)(?:\s|$|[.,;])"
)


def failure_kinds(
    examples: pl.DataFrame,
    predictions: pl.DataFrame,
    scores: pl.DataFrame,
    *,
    metric: str,
    right_from: float,
    abstain_answer: str = "",
    retrieved: pl.DataFrame | None = None,
    entities: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Columns `id`, `kind`: a row for each answer that `metric` scores below `right_from`, in the order of `scores`.

    `retrieved` (`id`, `context`) is the text that a retriever found for some of the examples, in place of their own.
    `entities` are names and values that answers may confuse; without them the values of those coordinates that
    questions name.
    """
    wrong = _wrong(examples, predictions, scores.filter(pl.col(metric) < right_from), abstain_answer)
    if wrong.is_empty():
        return pl.DataFrame(schema={"id": pl.String, "kind": pl.String})
    found = wrong if retrieved is None else _found(wrong, retrieved)
    known = entities if entities is not None else named_values(examples)
    facts = _facts(_confusions(found, known))
    return facts.sort("row").select("id", kind=_kind())


def kinds_by(examples: pl.DataFrame, kinds: pl.DataFrame, names: Sequence[str] | None = None) -> pl.DataFrame:
    """How many examples failed in which way, over all (`key` null) and at each value of the coordinates `names`.

    Columns `key`, `value`, `n`, `wrong` and one for each kind that occurs; within a coordinate the most wrong first.
    Without `names`, every coordinate of few values. `examples` are all that were answered.
    """
    rows = examples.select("id", "where").join(kinds, on="id", how="left")
    at = rows.explode("where").drop_nulls("where").unnest("where")
    few = pl.col("value").n_unique().over("key") <= MOST_VALUES
    at = at.filter(few if names is None else pl.col("key").is_in(list(names)))
    whole = rows.select("id", "kind", key=pl.lit(None, pl.String), value=pl.lit(None, pl.String))
    every = pl.concat([whole, at.select(whole.columns)])
    seen = set(kinds["kind"])
    counts = [(pl.col("kind") == kind).sum().cast(pl.Int64).alias(kind) for kind in KINDS if kind in seen]
    wrong = pl.col("kind").is_not_null().sum().cast(pl.Int64).alias("wrong")
    table = every.group_by("key", "value").agg(pl.len().cast(pl.Int64).alias("n"), wrong, *counts)
    order = sorted(set(at["key"])) if names is None else list(names)
    place = pl.col("key").replace_strict(order, range(len(order)), default=-1, return_dtype=pl.Int64)
    return table.sort(place, -pl.col("wrong") / pl.col("n"), "value")


def named_values(examples: pl.DataFrame) -> list[str]:
    """The values of those coordinates of which at least half of the examples have theirs in the question's words."""
    at = examples.select("question", "where").explode("where").drop_nulls("where").unnest("where")
    some = at.filter(pl.int_range(pl.len()).over("key") < _SAMPLED)
    said, values = _spaced(some["question"]), _spaced(some["value"])
    in_question = pl.DataFrame({"said": said, "value": values}).select(
        pl.col("said").str.contains(pl.col("value"), literal=True)
    )
    shares = some.with_columns(in_question.to_series().alias("named")).group_by("key").agg(pl.col("named").mean())
    keys = shares.filter(pl.col("named") >= 0.5)["key"]
    named = at.filter(pl.col("key").is_in(keys.implode())).select("value").unique()
    return sorted(named.filter(content_words_in("value").list.len() > 0)["value"])  # "which" names nothing


def _wrong(
    examples: pl.DataFrame, predictions: pl.DataFrame, scores: pl.DataFrame, abstain_answer: str
) -> pl.DataFrame:
    asked = examples.select("id", "question", "context", "answers")
    said = predictions.select("id", pl.col("prediction").fill_null(""))
    rows = scores.select("id", "answerable", "abstained").with_row_index("row")
    rows = rows.join(asked, on="id", maintain_order="left").join(said, on="id", maintain_order="left")
    silent = is_abstention(rows["prediction"], abstain_answer)
    return rows.with_columns(abstained=pl.col("abstained") | silent, found=pl.lit(False))


def _found(rows: pl.DataFrame, retrieved: pl.DataFrame) -> pl.DataFrame:
    """The rows with the context that was retrieved, where one was."""
    return as_read(rows, retrieved).with_columns(found=pl.col("id").is_in(retrieved["id"].implode()))


def _confusions(rows: pl.DataFrame, entities: Sequence[str]) -> pl.DataFrame:
    """The rows with `confused`: true where the answer names what the context has and neither question nor gold does."""
    known = sorted(set(_spaced(pl.Series(list(entities), dtype=pl.String))) - {"  "})
    if not known:
        return rows.with_columns(confused=pl.lit(False))
    golds = rows["answers"].list.join(" ; ")
    texts = {"said": rows["prediction"], "asked": rows["question"], "told": golds}
    read = rows.select("context").unique()
    read = read.with_columns(_spaced(read["context"]).str.extract_many(known, overlapping=True).alias("read"))
    found = [_spaced(text).str.extract_many(known, overlapping=True).alias(name) for name, text in texts.items()]
    named = rows.select("context").join(read, on="context", how="left", maintain_order="left").with_columns(found)
    others = pl.col("said").list.set_difference("asked").list.set_difference("told").list.set_intersection("read")
    return rows.with_columns(named.select(confused=others.list.len() > 0))


def _spaced(texts: pl.Series) -> pl.Series:
    """Normalised texts between spaces, in which whole words are found by looking for ` words `."""
    return pl.Series([f" {text} " for text in normalise_all(texts)], dtype=pl.String)


def _facts(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what the kinds are read from, each beside the accepted answer nearest to what was said."""
    near = _nearest(rows)
    texts = near.select("prediction", "question", "gold", golds=pl.col("answers").list.join(" ; "))
    words = texts.select(
        said=content_words_in("prediction"),
        asked=content_words_in("question"),
        told=content_words_in("gold"),
        any_told=content_words_in("golds"),
    )
    read = near.select("context").unique().with_columns(read=content_words_in("context"))
    near = near.with_columns(words).join(read, on="context", how="left", maintain_order="left")
    beyond = pl.col("told").list.set_difference("asked")
    near = near.with_columns(telling=pl.when(beyond.list.len() > 0).then(beyond).otherwise("told"))
    invented = pl.col("said").list.set_difference("read").list.set_difference("asked").list.set_difference("any_told")
    return near.with_columns(_formatted(near), _closeness(near), invented=invented)


def _nearest(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row with `gold`: an accepted answer that was said whole, else the one that shares most words; "" of none."""
    some = pl.when(pl.col("answers").list.len() > 0).then("answers").otherwise(pl.lit([""]))
    golds = rows.select("row", "prediction", gold=some).explode("gold").with_columns(pl.col("gold").fill_null(""))
    said, told = (pl.Series(name, normalise_all(golds[name]), dtype=pl.String) for name in ("prediction", "gold"))
    words = pl.DataFrame([said, told]).select(pl.all().str.extract_all(r"\S+"))
    wanted = pl.col("gold").list.len()
    shared = pl.col("prediction").list.set_intersection("gold").list.len()
    near = 2 * shared / (pl.col("prediction").list.len() + wanted).clip(1)
    whole = (wanted > 0) & (pl.col("gold").list.set_difference("prediction").list.len() == 0)
    ranked = golds.with_columns(words.select(near=near, whole=whole)).sort(
        "row", "whole", "near", descending=[False, True, True], maintain_order=True
    )
    nearest = ranked.unique("row", keep="first", maintain_order=True).select("row", "gold")
    return rows.join(nearest, on="row", how="left", maintain_order="left")


def _closeness(rows: pl.DataFrame) -> pl.Series:
    """chrF between the telling words and what was said beyond the question."""
    said = rows.select(pl.col("said").list.set_difference("asked").list.sort().list.join(" ")).to_series()
    told = rows.select(pl.col("telling").list.sort().list.join(" ")).to_series()
    return pl.Series("closeness", chrf_pairs(said.to_list(), told.to_list()))


def _formatted(rows: pl.DataFrame) -> pl.Series:
    """True where the answer is right once form is taken away: markup, parentheses, further sentences, units."""
    golds = rows.select("row", "prediction", gold="answers").explode("gold").drop_nulls("gold")
    plain = golds.with_columns(pl.col("prediction", "gold").str.replace_all(_MARKUP, " "))
    first = plain.with_columns(pl.col("prediction").str.strip_chars().str.extract(r"(?s)^(.+?[.!?\n])(?:\s|$)"))
    equal = [_equal(golds), _equal(plain), _equal(first), _equal(_unmeasured(plain)), _equal(_unmeasured(first))]
    right = golds.select("row", right=pl.any_horizontal(equal)).filter("right")["row"]
    return rows.select(formatted=pl.col("row").is_in(right.implode())).to_series()


def _unmeasured(rows: pl.DataFrame) -> pl.DataFrame:
    both = pl.col("prediction", "gold").str.replace_all(r"(\d),(\d{3})\b", "$1$2")
    return rows.with_columns(both.str.replace_all(r"(\d)\.0+\b", "$1").str.replace_all(_UNIT, "$1 "))


def _equal(rows: pl.DataFrame) -> pl.Series:
    said, told = (pl.Series(normalise_all(rows[name]), dtype=pl.String) for name in ("prediction", "gold"))
    return (said == told) & (told != "")


def _kind() -> pl.Expr:
    """The first kind that applies. What has the right fact is at worst badly said, whatever words it uses."""
    right = (_recall() >= TOLD) | ((pl.col("closeness") >= TOLD) & ~_lacks_number())
    made_up = pl.col("invented").list.len() > 0
    number = pl.col("invented").list.eval(pl.element().str.contains(r"^\d")).list.any()
    formatted, part = pl.col("formatted"), _is_part()
    conditions: dict[FailureKind, pl.Expr] = {
        "answered_unanswerable": ~pl.col("answerable"),
        "refused": pl.col("abstained"),
        "retrieval_missed": pl.col("found") & _is_missing(),
        "wrong_polarity": _is_opposite(),
        "other_entity": pl.col("confused") & ~formatted,
        "not_in_context": made_up & ~formatted & (~right | number),
        "wrong_in_context": ~formatted & ~part & ~right,
        "incomplete": part & ~formatted,
        "format": formatted,
    }
    chosen = [pl.when(applies).then(pl.lit(kind)) for kind, applies in conditions.items()]
    return pl.coalesce(*chosen, pl.lit("badly_worded"))


def _recall() -> pl.Expr:
    """Share of the telling words that were said; 1 where there are none, as in a plain "Yes."."""
    telling = pl.col("telling")
    shared = telling.list.set_intersection("said").list.len()
    return pl.when(telling.list.len() == 0).then(1.0).otherwise(shared / telling.list.len())


def _lacks_number() -> pl.Expr:
    left_out = pl.col("telling").list.set_difference("said")
    return left_out.list.eval(pl.element().str.contains(r"\d")).list.any()


def _is_part() -> pl.Expr:
    """True where the answer says some of the telling words, not all, and nothing beside them and the question."""
    beside = pl.col("said").list.set_difference("told").list.set_difference("asked")
    recall = _recall()
    return (beside.list.len() == 0) & (recall > 0) & (recall < 1)


def _is_missing() -> pl.Expr:
    """True where the text that was read has too few of the telling words to hold the answer."""
    telling = pl.col("telling")
    return telling.list.set_intersection("read").list.len() < HELD * telling.list.len()


def _is_opposite() -> pl.Expr:
    """True where one says yes and the other no: by their first word, or by a "not" in otherwise the same words."""
    said, told = _says_no("prediction"), _says_no("gold")
    starts = [pl.col(name).str.extract(_YES_NO).is_not_null() for name in ("prediction", "gold")]
    on_subject = pl.col("said").list.set_difference("told").list.set_difference("asked").list.len()
    replied = (starts[0] | starts[1]) & (2 * on_subject <= pl.col("said").list.len())
    one, other = (
        pl.col(name).list.eval(pl.element().filter(~pl.element().str.contains(_NEGATION))) for name in ("said", "told")
    )
    longer = pl.max_horizontal(one.list.len(), other.list.len())
    alike = (longer > 0) & (one.list.set_intersection(other).list.len() >= _ALIKE * longer)
    return (said != told) & (pl.col("gold") != "") & (replied | alike)


def _says_no(name: str) -> pl.Expr:
    start = pl.col(name).str.extract(_YES_NO).str.to_lowercase()
    return pl.when(start.is_not_null()).then(start == "no").otherwise(pl.col(name).str.contains(_NEGATION))
