"""What to gather next: failing slices and coverage in, a ranked list of things to do out."""

from __future__ import annotations

from growloop.recommend.curves import Growth
from growloop.recommend.facts import SliceFacts, SlotUse
from growloop.recommend.ranking import EVERYTHING, ranked
from growloop.recommend.usefulness import RANDOM_SHARE, most_useful

__all__ = ["EVERYTHING", "RANDOM_SHARE", "Growth", "SliceFacts", "SlotUse", "most_useful", "ranked"]
