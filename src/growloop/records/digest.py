"""What contents are recognised by: 128 bits of BLAKE2b, the same on any machine."""

from __future__ import annotations

import hashlib

import polars as pl

_NOTHING = hashlib.blake2b(digest_size=16)
"""Copied for each content: that takes half of what setting up another one would."""


def digest(content: bytes) -> bytes:
    """The 16 bytes of one content."""
    hashed = _NOTHING.copy()
    hashed.update(content)
    return hashed.digest()


def digests(contents: pl.Series) -> pl.Series:
    """Those of many texts, in their order, as Binary."""
    return pl.Series(contents.name, [digest(content) for content in contents.cast(pl.Binary).to_list()], pl.Binary)
