"""Which labels are likely wrong: several weak signs of it, each turned into ranks, and their mean.

Signs, all of them the higher the more suspicious:

    loss          mean negative log-probability of the label's tokens, by a model that had not seen the example
    worst_token   the highest of these: a long answer can be wrong in one word
    margin        how much likelier that model finds its own answer than the label (the idea of the normalised margin
                  of confident learning, Northcutt et al. 2021, on answers instead of classes)
    disagreement  how far its own answer is from the label in token F1, times how sure it is of it
    resistance    by how little its loss fell, from the first epoch to the last, in the models that were taught it: what
                  others bear out is soon learned, a wrong label late and by heart (that training tells them apart:
                  Toneva et al. 2019, Pleiss et al. 2020, Swayamdipta et al. 2020; 0 where there was one epoch)
    neighbours    by how much another answer has more of the nearest examples' votes than the label (see `neighbours`)

A rank says nothing about how far one sign's numbers lie apart, so none of them has to be put on another's scale.
Wrong and hard look alike to a model: what comes out is an order in which a person should look, with the reason.
"""

from __future__ import annotations

import polars as pl

from growloop.diagnose.neighbours import votes
from growloop.metrics import token_f1
from growloop.records.audit import SUSPECTS
from growloop.records.example import is_answerable

SIGNALS = ("loss", "worst_token", "margin", "disagreement", "resistance", "neighbours")
NOTABLE = 0.95
"""A sign is told as a reason where it is stronger than on this share of the examples."""
SURE = 0.9
"""A model is called sure of an answer whose tokens it gives this probability, by their geometric mean."""


def suspects(examples: pl.DataFrame, examined: pl.DataFrame) -> pl.DataFrame:
    """The examples by how likely their label is wrong, likeliest first: a SUSPECTS frame with the signals.

    `examined` are the losses and answers of models trained on other folds (EXAMINED). Examples that a person made or
    corrected vote as neighbours and are not ranked: somebody has looked at them.
    """
    told = signals(examples, examined)
    told = told.with_columns(score=pl.mean_horizontal(_share_below(name) for name in SIGNALS))
    unseen = told.filter(pl.col("origin") != "annotation").sort("score", "id", descending=[True, False])
    ranked = unseen.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64), reason=_reason())
    return ranked.select(*SUSPECTS.names(), *SIGNALS)


def signals(examples: pl.DataFrame, examined: pl.DataFrame) -> pl.DataFrame:
    """The examples in their order with every signal; those of the models are null where the label cannot be given."""
    rise = pl.col("losses").list.last() - pl.col("losses").list.first()
    taught = examined.filter(~pl.col("held_out")).group_by("id").agg(resistance=rise.mean())
    unseen = examined.filter("held_out").select(
        "id",
        "prediction",
        "abstained",
        "own_loss",
        loss=pl.col("losses").list.last(),
        worst_token=pl.col("worst").list.last(),
    )
    rows = examples.join(unseen, on="id", how="left", maintain_order="left")
    rows = rows.join(taught, on="id", how="left", maintain_order="left")
    rows = rows.with_columns(votes(examples))
    silent = pl.col("abstained").fill_null(True)
    said = rows.select(pl.when(silent).then(pl.lit("")).otherwise("prediction").alias("said"))["said"]
    agreement = pl.Series("agreement", token_f1(said, rows["answers"]))
    return rows.with_columns(agreement).with_columns(
        margin=pl.col("loss") - pl.col("own_loss"),
        disagreement=(1 - pl.col("agreement")) * (-pl.col("own_loss")).exp(),
        neighbours=pl.col("against") - pl.col("for_label"),
    )


def _share_below(name: str) -> pl.Expr:
    """The share of examples with less of a signal, ties counted half; a label that cannot be given counts as most."""
    rank = (pl.col(name).fill_null(float("inf")).rank("average") - 0.5) / pl.len()
    return rank.alias(name)


def _reason() -> pl.Expr:
    """What speaks against a label, in words; the plainest first."""
    quoted = pl.when("abstained").then(pl.lit("that there is no answer")).otherwise(pl.format("“{}”", "prediction"))
    sure = pl.when((-pl.col("own_loss")).exp() >= SURE).then(pl.lit(" and is sure")).otherwise(pl.lit(""))
    rival = pl.when(pl.col("rival") == "").then(pl.lit("unanswerable")).otherwise(pl.format("“{}”", "rival"))
    share = (100 * pl.col("against")).round(0).cast(pl.Int64)
    found = [
        pl.when(pl.col("loss").is_null() & is_answerable()).then(pl.lit("its answer does not stand in the context")),
        pl.when(pl.col("agreement") < 0.5).then(pl.format("a model that had not seen it says {}{}", quoted, sure)),
        pl.when(pl.col("neighbours") > 0).then(pl.format("{} % of its near neighbours say {}", share, rival)),
        pl.when(_share_below("loss") >= NOTABLE).then(pl.lit("its label is among the least likely")),
        pl.when(_share_below("resistance") >= NOTABLE).then(pl.lit("models that are taught it hardly learn it")),
    ]
    reasons = pl.concat_list(found).list.drop_nulls()
    several = reasons.list.join("; ")
    return pl.when(reasons.list.len() > 0).then(several).otherwise(pl.lit("several weak signs")).alias("reason")
