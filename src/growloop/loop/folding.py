"""People's annotations folded into the examples they are about."""

from __future__ import annotations

import polars as pl

from growloop import annotate
from growloop.loop.declaring import places_of
from growloop.project import Project
from growloop.records.annotation import Annotation


def corrected(
    project: Project, judgeable: pl.DataFrame, annotations: list[Annotation], before: pl.DataFrame | None
) -> pl.DataFrame:
    """The accepted examples without those that people replaced, and what they put in their place."""
    words = project.task.abstain_answer
    corrections = annotate.fold(annotations, judgeable, before, abstain_answer=words, places=places_of(project))
    replaced = annotate.rejected(annotations, judgeable, abstain_answer=words)
    kept = judgeable.filter(pl.col("status") == "accepted", ~pl.col("id").is_in(replaced))
    return pl.concat([kept, corrections])
