"""Charts of a report as SVG, drawn without a browser (Altair, rendered by vl-convert).

Every colour stands for one role and is written as one fixed value. The page's style sheet replaces those values
by its variables (`[fill="#1b1f24"] { fill: var(--ink) }`), so one drawing serves light and dark; on its own an SVG
shows in the light colours. Blue and orange differ for every kind of colour vision, and words carry what colours say.
"""

from growloop.reporting.charts.abstaining import operating_points, risk_coverage
from growloop.reporting.charts.curves import by_turn, learning_curve
from growloop.reporting.charts.heat_maps import coverage_map, heat_map
from growloop.reporting.charts.outcomes import outcomes
from growloop.reporting.charts.scores import dumbbell, slices
from growloop.reporting.charts.style import ABSTAINED, PARTLY, RAMP, RAMP_ENDS, RIGHT, WRONG

__all__ = [
    "ABSTAINED",
    "PARTLY",
    "RAMP",
    "RAMP_ENDS",
    "RIGHT",
    "WRONG",
    "by_turn",
    "coverage_map",
    "dumbbell",
    "heat_map",
    "learning_curve",
    "operating_points",
    "outcomes",
    "risk_coverage",
    "slices",
]
