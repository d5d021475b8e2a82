"""People held against each other: how far those agree who judge the same answers, or review the same examples."""

from __future__ import annotations

import numpy as np
import polars as pl

from growloop.metrics import contingency
from growloop.metrics.intervals import NONE
from growloop.metrics.judged import is_decided, is_right
from growloop.metrics.question_bootstrap import QuestionBootstrap, estimate, kappa_estimate, share_estimate
from growloop.records.agreement import PairAgreement, PeopleAgreement, ReviewAgreement
from growloop.records.run import Estimate


def people_agreement(verdicts: pl.DataFrame, seed: int = 0) -> PeopleAgreement:
    """How the people agree who gave these verdicts (`answer`, `asked`, `annotator`, `verdict`)."""
    several = verdicts.filter(pl.len().over("answer") > 1)
    if several.is_empty():
        return PeopleAgreement(annotators=(), agreement=NONE, kappa=NONE, alpha=NONE)
    pair, both = _pair(several)
    bootstrap = QuestionBootstrap(both["asked"].to_numpy(), seed=seed)
    cells = both.select(2 * pl.col("one") + pl.col("other")).to_series().to_numpy()
    tables = bootstrap.tables(np.arange(both.height), cells, (2, 2))
    return PeopleAgreement(
        annotators=pair,
        agreement=share_estimate(contingency.accuracy(tables), both.height),
        kappa=kappa_estimate(tables, both.height),
        alpha=_alpha(several, seed),
    )


def _pair(several: pl.DataFrame) -> tuple[tuple[str, ...], pl.DataFrame]:
    """The two who judged most answers together, and what each said, 1 for right, where neither was undecided."""
    said = several.filter(is_decided()).select("answer", "asked", "annotator", right=is_right().cast(pl.Int64))
    both = said.join(said, on="answer", suffix="_2").filter(pl.col("annotator") < pl.col("annotator_2"))
    names = ["annotator", "annotator_2"]
    most = both.group_by(names).len().sort(-pl.col("len").cast(pl.Int64), *names).select(names).head(1)
    of_pair = both.join(most, on=names, how="semi").sort("answer")
    return most.rows()[0] if most.height else (), of_pair.select("asked", one="right", other="right_2")


def _alpha(several: pl.DataFrame, seed: int) -> Estimate:
    verdict = pl.col("verdict")
    sums = {"judges": pl.len().cast(pl.Float64), "total": verdict.sum(), "squares": (verdict**2).sum()}
    units = several.group_by("answer").agg(pl.col("asked").first(), **sums).sort("answer")
    bootstrap = QuestionBootstrap(units["asked"].to_numpy(), seed=seed)
    added = bootstrap.sums(contingency.unit_sums(*(units[name].to_numpy() for name in sums)))
    return estimate(contingency.alpha(added), units.height)


def review_agreement(said: pl.DataFrame, seed: int = 0) -> ReviewAgreement:
    """How the people agree whose verdicts a REVIEWS frame holds, each example judged by two or more of them."""
    kinds = pl.Enum(sorted(set(said["verdict"])))
    coded = said.select("example", "by", kind=pl.col("verdict").cast(kinds).to_physical().cast(pl.Int64)).sort(
        "example"
    )
    both = coded.join(coded, on="example", suffix="_2").filter(pl.col("by") < pl.col("by_2"))
    groups = both.partition_by("by", "by_2", as_dict=True)
    most = sorted(groups.items(), key=lambda item: (-item[1].height, item[0]))
    return ReviewAgreement(
        examples=said["example"].n_unique(),
        people=tuple(sorted(set(said["by"]))),
        alpha=_nominal_alpha(coded, len(kinds.categories), seed),
        pairs=tuple(_pair_agreement(pair, of_pair, len(kinds.categories), seed) for pair, of_pair in most),
    )


def _pair_agreement(pair: tuple[str, ...], both: pl.DataFrame, kinds: int, seed: int) -> PairAgreement:
    bootstrap = QuestionBootstrap(np.arange(both.height), seed=seed)
    cells = both.select(kinds * pl.col("kind") + pl.col("kind_2")).to_series().to_numpy()
    tables = bootstrap.tables(np.arange(both.height), cells, (kinds, kinds))
    return PairAgreement(
        people=(pair[0], pair[1]),
        agreement=share_estimate(contingency.accuracy(tables), both.height),
        kappa=kappa_estimate(tables, both.height),
    )


def _nominal_alpha(coded: pl.DataFrame, kinds: int, seed: int) -> Estimate:
    counted = coded.group_by("example", maintain_order=True).agg(
        (pl.col("kind") == kind).sum().cast(pl.Float64).alias(str(kind)) for kind in range(kinds)
    )
    counts = counted.drop("example").to_numpy()
    added = QuestionBootstrap(np.arange(len(counts)), seed=seed).sums(contingency.nominal_sums(counts))
    return estimate(contingency.nominal_alpha(added), len(counts))
