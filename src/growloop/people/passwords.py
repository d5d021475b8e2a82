"""Passwords: hashed with argon2, and told from wrong ones."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import Any

from growloop.errors import BadData, MissingExtra

SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 1000
"""More is no password; hashing it would only take time."""


class Passwords:
    """argon2, as costly as its authors advise where no other `hasher` is given."""

    def __init__(self, hasher: Any = None) -> None:
        self._given = hasher

    def hashed(self, password: str) -> str:
        """What is kept of a password. Raises BadData where it is too short or too long."""
        if len(password) < SHORTEST_PASSWORD:
            raise BadData(f"A password has at least {SHORTEST_PASSWORD} characters. A few words in a row will do.")
        if len(password) > _LONGEST_PASSWORD:
            raise BadData(f"A password has at most {_LONGEST_PASSWORD:,} characters.")
        return str(self._hasher.hash(password))

    def fits(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; where there is none to compare with, that takes as long."""
        from argon2.exceptions import VerificationError

        if len(password) > _LONGEST_PASSWORD:
            return False
        try:
            return bool(self._hasher.verify(hashed or self._decoy, password)) and hashed is not None
        except VerificationError:
            return False

    @cached_property
    def _hasher(self) -> Any:
        try:
            from argon2 import PasswordHasher
        except ImportError:
            raise MissingExtra("argon2-cffi, which hashes passwords,", "web") from None
        return self._given or PasswordHasher()

    @cached_property
    def _decoy(self) -> str:
        return str(self._hasher.hash(secrets.token_hex()))
