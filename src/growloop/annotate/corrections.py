"""The examples that people's verdicts make, and those that give way to them."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from growloop.annotate.identity import about, asked, asks_as
from growloop.annotate.sides import Sides
from growloop.annotate.verdict_frame import latest, verdict_frame
from growloop.records.annotation import Annotation
from growloop.records.example import EXAMPLES, content_ids, examples_frame, is_answerable
from growloop.universe.verification import DOUBT


def fold(
    annotations: Iterable[Annotation],
    pool_examples: pl.DataFrame,
    version_examples: pl.DataFrame | None = None,
    *,
    abstain_answer: str = "",
    places: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The examples that people's verdicts make: an EXAMPLES frame, one row per question and context judged.

    `pool_examples` are the accepted ones, and the drafts. A correct answer becomes an accepted one, before those its
    example had; a partly right or wrong one gives way to the answers given; unanswerable and an accepted abstention
    have none. Bad questions make no example, nor do verdicts that say "wrong" without saying what is right. Folding
    twice changes nothing. `places` are those of the universe's contexts, as `Sides` takes them.
    """
    judged = _judged(annotations, pool_examples, abstain_answer).filter(pl.col("answers").is_not_null())
    placed = Sides(pool_examples, version_examples, places).place(judged)
    return examples_frame(placed.select(name for name in EXAMPLES if name in placed.columns))


def rejected(
    annotations: Iterable[Annotation], pool_examples: pl.DataFrame | None = None, *, abstain_answer: str = ""
) -> list[str]:
    """The ids of the examples that give way to people's verdicts, sorted.

    Bad questions go, and so does every example on a question and context that a correction of `fold` answers.
    """
    pool = _nothing() if pool_examples is None else pool_examples
    return _replaced(_judged(annotations, pool, abstain_answer), pool)


def waiting(
    annotations: Iterable[Annotation],
    pool_examples: pl.DataFrame,
    version_examples: pl.DataFrame | None = None,
    *,
    abstain_answer: str = "",
) -> int:
    """How many questions the next version would answer differently from this one, for what people said."""
    judged = _judged(annotations, pool_examples, abstain_answer)
    frozen = _nothing() if version_examples is None else version_examples
    said = pl.col("origin") == "annotation"
    restored = pool_examples.filter(said)["id"]  # verdicts that a restored version has made examples of
    held = frozen.filter(said, ~pl.col("id").is_in(restored.implode())).select(asked(), "id")
    corrected = judged.filter(pl.col("answers").is_not_null())
    folded = corrected.select("asked", content_ids(corrected))
    gone = pl.DataFrame({"id": _replaced(judged, pool_examples)}, schema={"id": pl.String})
    changes = (
        folded.join(held, on=["asked", "id"], how="anti"),
        held.join(folded, on=["asked", "id"], how="anti"),
        frozen.filter(pl.col("origin") != "annotation").join(gone, on="id", how="semi").with_columns(asked()),
    )
    return pl.concat(change.select("asked") for change in changes)["asked"].n_unique()


def concerned(examples: pl.DataFrame, annotations: Iterable[Annotation]) -> list[str]:
    """The ids of what `fold`, `rejected` and `waiting` need of a pool, told by `id`, `question` and `origin` alone.

    That is what the verdicts may be about, and what earlier ones have made.
    """
    verdicts = verdict_frame(annotations)
    named = pl.col("id").is_in(verdicts["example"].drop_nulls().implode())
    return examples.filter(named | asks_as(verdicts) | (pl.col("origin") == "annotation"))["id"].to_list()


def _nothing() -> pl.DataFrame:
    return EXAMPLES.to_frame()


def _judged(annotations: Iterable[Annotation], pool: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    """The verdicts that count, each with its example's coordinates and the `answers` it makes right.

    `answers` is null where a verdict does not say what is right.
    """
    verdicts = latest(verdict_frame(given for given in annotations if not given.withdrawn)).drop("row")
    pool = _before(pool, verdicts["id"])
    originals = about(pool, verdicts)
    matching = originals.unique("asked", keep="first", maintain_order=True).select("asked", match="id")
    concerned = pl.col("id").is_in(pl.concat([verdicts["example"], matching["match"]]).implode())
    facts = pool.filter(concerned).select("id", "where", "negative", had="answers").unique("id", keep="first")
    named = pl.when(pl.col("example").is_in(facts["id"].implode())).then("example")
    return (
        verdicts.join(matching, on="asked", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce(named, "match", "example"), source_id=pl.col("id").cast(pl.String))
        .drop("id")
        .join(facts, left_on="parent", right_on="id", how="left", maintain_order="left")
        .with_columns(_right_answers(abstain_answer), pl.col("where").fill_null([]))
        .with_columns(
            where=_settled(),
            negative=pl.when(pl.col("answers").list.len() == 0).then("negative"),
            origin=pl.lit("annotation"),
            status=pl.lit("accepted"),
        )
    )


def _before(pool: pl.DataFrame, verdicts: pl.Series) -> pl.DataFrame:
    """The pool without what these verdicts made, what was drawn or imported first: a restored version's rows last."""
    said = pl.col("origin") == "annotation"
    own = said & pl.col("source_id").is_in(verdicts.cast(pl.String).implode())
    return pool.filter(~own.fill_null(False)).sort(said, maintain_order=True)


def _replaced(judged: pl.DataFrame, pool: pl.DataFrame) -> list[str]:
    decided = judged.filter((pl.col("verdict") == "bad_question") | pl.col("answers").is_not_null())
    same_question = about(pool, decided).join(decided, on="asked", how="semi")["id"]
    return sorted({*decided["parent"].drop_nulls(), *same_question})


def _settled() -> pl.Expr:
    """The coordinates of what was in doubt, now that a person has decided: no doubt, and no negative if answered."""
    key, value = (pl.element().struct.field(name) for name in ("key", "value"))
    certain = pl.col("where").list.eval(pl.element().filter(key != DOUBT))
    none = pl.when(key == "negative").then(pl.lit("none")).otherwise(value)
    positive = certain.list.eval(pl.struct(key.alias("key"), none.alias("value")))
    doubted = pl.col("where").list.len() > certain.list.len()
    return pl.when(doubted & is_answerable()).then(positive).otherwise(certain)


def _right_answers(abstain_answer: str) -> pl.Expr:
    """The answers a verdict makes right; none for an abstention, null where it does not say."""
    silent = {"", " ".join(abstain_answer.lower().split())}
    abstains = pl.element().str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars().is_in(silent)
    shown = pl.concat_list("shown_answer").list.eval(pl.element().filter(~abstains))
    given = pl.col("answers").list.eval(pl.element().filter(~abstains))
    none = pl.lit([], dtype=pl.List(pl.String))
    had = pl.col("had").fill_null([])
    accepted = (
        pl.when(shown.list.len() == 0).then(none).otherwise(shown.list.concat(had).list.unique(maintain_order=True))
    )
    return (
        pl.when(pl.col("verdict") == "correct")
        .then(accepted)
        .when(pl.col("verdict") == "unanswerable")
        .then(none)
        .when(pl.col("verdict").is_in(["partly", "wrong"]) & (pl.col("answers").list.len() > 0))
        .then(given)
        .alias("answers")
    )
