"""The universe: every question a task is about, as a lazy product space that can be counted and drawn from.

templates × phrasings × slot values × contexts, plus negatives and variations of the wording
"""

from growloop.universe.space import PLACES, Space

__all__ = ["PLACES", "Space"]
