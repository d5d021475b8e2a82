"""Do the numbers, years, months and days of an accepted answer agree with those that were said."""

from __future__ import annotations

import math

from growloop.metrics.judge.overlap import NAN, Features
from growloop.metrics.judge.reading import Reading


def quantity_features(question: Reading, said: Reading, answer: Reading) -> Features:
    """Agreement of numbers, years and months; NaN where the accepted answer has none."""
    return {**_number_features(question, said, answer), **_date_features(question, said, answer)}


def _number_features(question: Reading, said: Reading, answer: Reading) -> Features:
    asked = frozenset(question.numbers)
    wanted = (frozenset(answer.numbers) - asked) or frozenset(answer.numbers)
    told = [number for number in said.numbers if number not in asked]
    if not wanted:
        missing = dict.fromkeys(("numbers_said", "first_number", "other_numbers", "number_ratio"), NAN)
        return {"answer_numbers": 0.0, **missing}
    ratios = [abs(math.log((number + 1) / (other + 1))) for number in wanted for other in told]
    return {
        "answer_numbers": float(len(wanted)),
        "numbers_said": len(wanted.intersection(said.numbers)) / len(wanted),
        "first_number": float(told[0] in wanted) if told else -1.0,
        "other_numbers": float(len(set(told) - wanted)),
        "number_ratio": min(ratios, default=9.0),
    }


def _date_features(question: Reading, said: Reading, answer: Reading) -> Features:
    years, told = answer.years, said.years - question.years
    days = frozenset(answer.numbers) - years - frozenset(question.numbers)
    gaps = [abs(year - other) for year in years for other in told]
    return {
        "year": _agreement(years, said.years, told) if years else NAN,
        "year_gap": min(gaps, default=-1.0) if years else NAN,
        "month": _agreement(answer.months, said.months, said.months) if answer.months else NAN,
        "other_month": float(bool(said.months) and not answer.months),
        "day": len(days.intersection(said.numbers)) / len(days) if days else NAN,
    }


def _agreement(
    wanted: frozenset[float] | frozenset[int],
    said: frozenset[float] | frozenset[int],
    other: frozenset[float] | frozenset[int],
) -> float:
    """1 where one was said, 0 where another was, -1 where none was."""
    if wanted & said:
        return 1.0
    return 0.0 if other else -1.0
