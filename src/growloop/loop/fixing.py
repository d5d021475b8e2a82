"""What of the pool can be put right safely, put right."""

from __future__ import annotations

import polars as pl

from growloop import annotate
from growloop.dataset.fixes import Fixed, fixed
from growloop.pool import Pool
from growloop.project import Project


def fix(project: Project) -> Fixed:
    """Apply the safe remedies to the pool; what people judged stays as they saw it."""
    with Pool.open(project.pool_url) as pool:
        examples, annotations = pool.examples(status=None), pool.annotations()
        accepted = examples.filter(pl.col("status") == "accepted")
        judged = annotate.rejected(annotations, accepted, abstain_answer=project.task.abstain_answer)
        named = [annotation.example for annotation in annotations if annotation.example]
        done = fixed(examples, project.task, judged={*judged, *named})
        pool.replace(done.fresh, done.statuses)
    return done
