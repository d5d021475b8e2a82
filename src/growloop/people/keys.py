"""Secrets: what opens an invitation, a session, or the API for a program. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal

import sqlalchemy as sa

from growloop.people.tables import SECRETS, USERS, moment, named
from growloop.records.people import Person, Token

Kind = Literal["invitation", "session", "token"]
PREFIX = "gl_"
"""How a program's key begins, so that one that leaked is recognised."""


_HOLDER = (
    sa.select(USERS.c.name, USERS.c.role)
    .join(SECRETS, SECRETS.c.user == USERS.c.id)
    .where(SECRETS.c.hash == sa.bindparam("hash"), SECRETS.c.kind == sa.bindparam("kind"))
    .where(SECRETS.c.expires > sa.bindparam("now"))
)
"""What every request asks, put together once."""


def issue(connection: sa.Connection, kind: Kind, user: int, *, now: float, seconds: float, label: str = "") -> str:
    """A new secret of a user, valid for so long; told once."""
    secret = (PREFIX if kind == "token" else "") + secrets.token_urlsafe(32)
    given = {"hash": hash_of(secret), "kind": kind, "user": user, "label": label[:100]}
    connection.execute(sa.insert(SECRETS).values({**given, "made": now, "expires": now + seconds}))
    return secret


def holder(connection: sa.Connection, kind: Kind, secret: str, now: float) -> Person | None:
    """Whose secret it is; None where it is not valid, or of another kind."""
    row = connection.execute(_HOLDER, {"hash": hash_of(secret), "kind": kind, "now": now}).first()
    return Person(name=row.name, role=row.role) if row else None


def use_up(connection: sa.Connection, kind: Kind, secret: str, now: float) -> int | None:
    """The id of the user whose secret it was; None where it was not valid. Of two who use it at once, one does."""
    valid = (SECRETS.c.kind == kind) & (SECRETS.c.expires > now)
    query = sa.delete(SECRETS).where(SECRETS.c.hash == hash_of(secret), valid).returning(SECRETS.c.user)
    user: int | None = connection.execute(query).scalar()
    return user


def forget(connection: sa.Connection, kind: Kind, user: int) -> None:
    """Make all of a user's secrets of a kind void."""
    connection.execute(sa.delete(SECRETS).where(SECRETS.c.user == user, SECRETS.c.kind == kind))


def tokens(connection: sa.Connection, name: str | None, now: float) -> list[Token]:
    """The keys of programs that are valid, of one user or of all, the newest first."""
    query = sa.select(SECRETS, USERS.c.name).join(USERS).where(SECRETS.c.kind == "token", SECRETS.c.expires > now)
    if name is not None:
        query = query.where(named(name))
    rows = connection.execute(query.order_by(SECRETS.c.id.desc())).all()
    return [
        Token(id=row.id, name=row.name, label=row.label, made=moment(row.made), expires=moment(row.expires))
        for row in rows
    ]


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
