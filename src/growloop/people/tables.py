"""The tables of users, of the hashes of their secrets, of who they are elsewhere, and of the trail."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import sqlalchemy as sa

DAY = 24 * 60 * 60

TABLES = sa.MetaData()

USERS = sa.Table(
    "users",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("key", sa.String(200), nullable=False, unique=True, comment="the name, however it is written"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password", sa.Text, comment="argon2; none until the invitation is accepted"),
    sa.Column("added", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)

SECRETS = sa.Table(
    "secrets",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False, comment="invitation, session or token"),
    sa.Column("user", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("made", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)

IDENTITIES = sa.Table(
    "identities",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column(
        "user",
        sa.ForeignKey("users.id", ondelete="SET NULL"),
        comment="none: an admin took their access away, and they do not come back by themselves",
    ),
    sa.UniqueConstraint("issuer", "subject"),
    sqlite_autoincrement=True,
)

TRAIL = sa.Table(
    "trail",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

_APPEND_ONLY = {
    "sqlite": "CREATE TRIGGER trail_{0} BEFORE {0} ON trail BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "postgresql": "CREATE RULE trail_{0} AS ON {0} TO trail DO INSTEAD NOTHING",
}
"""The database itself keeps the trail from being rewritten."""
for _dialect, _statement in _APPEND_ONLY.items():
    for _verb in ("UPDATE", "DELETE"):
        _kept = sa.DDL(_statement.format(_verb)).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        sa.event.listen(TRAIL, "after_create", _kept)


def named(name: str) -> sa.ColumnElement[bool]:
    """Whose name it is, however it is written."""
    return USERS.c.key == key_of(name)


def key_of(name: str) -> str:
    """A name as it is compared.

    >>> key_of(" Bo  STRÖM")
    'bo ström'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def moment(seconds: float) -> str:
    """Seconds since 1970 as UTC, ISO 8601, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
