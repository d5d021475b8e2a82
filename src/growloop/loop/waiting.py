"""How much people said that no version has learned yet."""

from __future__ import annotations

import polars as pl

from growloop import annotate
from growloop.dataset.fixes import as_cleaned
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.annotation import Annotation

_TELLING = ("id", "question", "origin")
"""What says whether a verdict can be about an example: the rest of a large pool need not be read."""


def waiting_corrections(project: Project, pool: Pool) -> int:
    """How many questions the next version would answer differently from the latest, for what people said."""
    latest = project.latest_version()
    given = pool.waiting_annotations()
    if not given and (latest is None or not latest.origins.get("annotation")):
        return 0  # nothing was said, nor can be taken back: the pool need not be read
    copies = pool.made_from(*{said.example for said in given if said.example})
    said = as_cleaned(given, copies.filter(pl.col("status") == "accepted"))
    before = project.examples(latest.id) if latest else None
    return annotate.waiting(said, _concerned(pool, said), before, abstain_answer=project.task.abstain_answer)


def _concerned(pool: Pool, said: list[Annotation]) -> pl.DataFrame:
    """The accepted examples that verdicts can be about, then such drafts."""
    accepted = pool.of_ids(annotate.concerned(pool.columns("accepted", _TELLING), said))
    return pl.concat([accepted, pool.of_ids(annotate.concerned(pool.columns("draft", _TELLING), said))])
