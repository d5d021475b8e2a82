"""People's verdicts on answers: saved, taken back, and folded into examples the model can learn from.

A correction stands where its context stands: in the same group, on the same side of the split. What a person
says about a held-out context is measured, never learned, so that the next score is as honest as the last.
"""

from growloop.annotate.corrections import concerned, fold, rejected, waiting
from growloop.annotate.identity import as_compared
from growloop.annotate.predictions import judged_predictions
from growloop.annotate.queued import Queued, shared_queue, still_queued
from growloop.annotate.sides import Sides
from growloop.annotate.verdict_frame import latest_by_question
from growloop.annotate.verdicts import record, repeat, settle, undo

__all__ = [
    "Queued",
    "Sides",
    "as_compared",
    "concerned",
    "fold",
    "judged_predictions",
    "latest_by_question",
    "record",
    "rejected",
    "repeat",
    "settle",
    "shared_queue",
    "still_queued",
    "undo",
    "waiting",
]
