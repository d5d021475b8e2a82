"""Texts that say the same: exactly after normalisation, and nearly."""

from growloop.dataset.duplicates.exact import connected, drop_duplicates, kept_rows, normalised, with_keys
from growloop.dataset.duplicates.near import Alike, alike, near_duplicates

__all__ = ["Alike", "alike", "connected", "drop_duplicates", "kept_rows", "near_duplicates", "normalised", "with_keys"]
