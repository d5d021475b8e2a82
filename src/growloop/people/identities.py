"""Who users are to an identity provider: bound to them the first time they come in by it."""

from __future__ import annotations

import re

import sqlalchemy as sa

from growloop.errors import NotAllowed
from growloop.people.tables import IDENTITIES, USERS, named
from growloop.records.people import Identity

_ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+")
"""ASCII alone: letters that only look alike would name somebody else's account."""


def user_of(connection: sa.Connection, identity: Identity) -> int | None:
    """The id of the user who came in by it before, else of the one whose name is the address; None for a newcomer.

    Raises NotAllowed where an admin took their access away, or the name is another account's at that provider.
    """
    if not _ADDRESS.fullmatch(identity.email):
        raise NotAllowed(f'"{identity.email}" is no plain e-mail address, and only such a one is taken for a name.')
    known = connection.execute(sa.select(IDENTITIES.c.user).where(_is(identity))).first()
    if known and known.user is not None:
        return int(known.user)
    user: int | None = connection.execute(sa.select(USERS.c.id).where(named(identity.email))).scalar()
    if known and user is None:
        raise NotAllowed(f"An admin took your access away. Ask one to invite {identity.email} again.")
    if user is not None:
        _refuse_a_second(connection, identity, user)
    return user


def bind(connection: sa.Connection, identity: Identity, user: int) -> None:
    """Remember whose it is, in place of what was kept of it before."""
    connection.execute(sa.delete(IDENTITIES).where(_is(identity)))
    connection.execute(sa.insert(IDENTITIES).values(issuer=identity.issuer, subject=identity.subject, user=user))


def have_one() -> sa.ColumnElement[bool]:
    """Of users: that they came in through an identity provider."""
    return sa.exists().where(IDENTITIES.c.user == USERS.c.id)


def _refuse_a_second(connection: sa.Connection, identity: Identity, user: int) -> None:
    others = (IDENTITIES.c.user == user) & (IDENTITIES.c.issuer == identity.issuer)
    if connection.execute(sa.select(IDENTITIES.c.id).where(others)).first():
        raise NotAllowed(
            f"{identity.email} came in with another account of that provider before. If the address is yours now, "
            f"ask an admin to remove the user of that name and to invite you."
        )


def _is(identity: Identity) -> sa.ColumnElement[bool]:
    return (IDENTITIES.c.issuer == identity.issuer) & (IDENTITIES.c.subject == identity.subject)
