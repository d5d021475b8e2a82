"""How near in meaning what was said is to an accepted answer, alone and beside the question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from growloop.metrics.metric import Floats
from growloop.metrics.semantic import Cosines

NAMES = ("near_answer", "near_answered", "near_question", "answer_near_question", "nearer_than_question")


def nearness_features(
    questions: Sequence[str], said: Sequence[str], answers: Sequence[str], cosines: Cosines
) -> Floats:
    """The figures of NAMES for each triple, from one pass over all distinct texts."""
    answered = [f"{question} {answer}" for question, answer in zip(questions, answers, strict=True)]
    left = [*said, *said, *said, *answers]
    right = [*answers, *answered, *questions, *questions]
    answer, both, question, apart = np.asarray(cosines(left, right), dtype=np.float64).reshape(4, len(said))
    return np.stack([answer, both, question, apart, both - question], axis=1)
