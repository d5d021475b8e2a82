"""What to gather next: failing slices and coverage in, a ranked list of things to do out."""

from __future__ import annotations

from growloop.recommender.curves import Growth
from growloop.recommender.facts import SliceFacts, SlotUse
from growloop.recommender.ranking import EVERYTHING, ranked
from growloop.recommender.usefulness import RANDOM_SHARE, kind_of, most_useful

__all__ = ["EVERYTHING", "RANDOM_SHARE", "Growth", "SliceFacts", "SlotUse", "kind_of", "most_useful", "ranked"]
