"""The colours of drawings: every one stands for one role and is written as one fixed value.

The page's style sheet replaces those values by its variables (`[fill="#1b1f24"] { fill: var(--ink) }`), so one drawing
serves light and dark; on its own an SVG shows in the light colours. Blue and orange differ for every kind of colour
vision, and words carry what colours say.
"""

from __future__ import annotations

INK, MUTED, LINE, TRACK = "#1b1f24", "#5b6470", "#dddad3", "#eceae5"
RIGHT, PARTLY, WRONG, ABSTAINED = "#1f6fb2", "#7fb2de", "#c9610f", "#a2a9b1"
RAMP = ("#b5540a", "#e39a5c", "#f3cda8", "#cfe0f0", "#7fb2df", "#1f6fb3")
"""From poor to good; `RAMP_ENDS` are the scores at which one step gives way to the next."""
RAMP_INK = ("#fffffe", "#1b1f25", "#1b1f26", "#1b1f27", "#1b1f28", "#fffffd")
RAMP_ENDS = (0.5, 0.7, 0.8, 0.9, 0.95)
