"""Who works on a project, what each may do, and what they did."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from growloop.records.base import Record

Role = Literal["admin", "annotator", "viewer"]
"""viewer: look and ask · annotator: judge as well · admin: everything."""
ROLES: tuple[Role, ...] = ("admin", "annotator", "viewer")


class Person(Record):
    """Who does something. Without a name: whoever sits at this machine, or holds the server's token."""

    name: str = ""
    role: Role

    def may(self, role: Role) -> bool:
        """Whether this person has the rights of a role: each role has those of the ones below it."""
        return ROLES.index(self.role) <= ROLES.index(role)


class Identity(Record):
    """Who somebody is to an identity provider, which vouches for it."""

    issuer: str
    subject: str
    """Theirs for good; nobody else has it at this issuer."""
    email: str
    """Verified by the provider."""


class User(Record):
    """Somebody who can log in, or is invited to."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[^\W_][\w .@+'-]*$")
    role: Role
    added: str
    """UTC, ISO 8601."""
    has_password: bool
    """False until the invitation is accepted."""
    has_identity: bool = False
    """Whether they have come in through the identity provider."""
    invited_until: str | None = None
    """Until when an open invitation holds."""


class Token(Record):
    """A key with which a program speaks for a user. What it is made of is told once and not kept."""

    id: int
    name: str
    """The user's."""
    label: str
    made: str
    expires: str


class Change(Record):
    """A line of the audit trail: who changed what."""

    id: int
    at: str
    by: str
    """Empty: whoever sat at the machine, or held the server's token."""
    action: str
    about: str
