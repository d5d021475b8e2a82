"""growloop index: make the contexts searchable."""

from __future__ import annotations

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, drawn, next_step, print_json, show


def index(project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Index the contexts (BM25 and embeddings, fused by rank) and measure recall, MRR, nDCG on the frozen positives."""
    quality = drawn(growloop.loop.index(growloop.Project.open(project)))
    if as_json:
        print_json({"recall": {name: estimate.model_dump(mode="json") for name, estimate in quality.items()}})
        return
    from growloop.reporting.text import metrics_table

    if quality:
        show(metrics_table(quality, title="Retrieval of the right context"))
    else:
        show("Indexed. Recall is measured once a version is frozen:  growloop freeze")
    next_step('growloop ask "…"')
