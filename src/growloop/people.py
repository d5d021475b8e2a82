"""The people of a project: users with roles, invitations, sessions, keys for programs, and the trail of changes.

They are kept beside the pool, in its database. Passwords are hashed with argon2; of every other secret (a session, an
invitation, a program's key) only its SHA-256 is kept, which is enough for what is random and 256 bits long.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from growloop.database import alone, make_tables, open_engine, speaking
from growloop.errors import BadData, MissingExtra, NotFound
from growloop.records.people import Change, Person, Role, Token, User

DAY = 24 * 60 * 60
INVITED_SECONDS = 7 * DAY
SESSION_SECONDS = 14 * DAY
SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 1000
"""More is no password; hashing it would only take time."""
KEY = "gl_"
"""How a program's key begins, so that one that leaked is recognised."""

_TABLES = sa.MetaData()

_USERS = sa.Table(
    "users",
    _TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("key", sa.String(200), nullable=False, unique=True, comment="the name, however it is written"),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password", sa.Text, comment="argon2; none until the invitation is accepted"),
    sa.Column("added", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)

_SECRETS = sa.Table(
    "secrets",
    _TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False, comment="invitation, session or token"),
    sa.Column("user", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("made", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)

_TRAIL = sa.Table(
    "trail",
    _TABLES,
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
        sa.event.listen(_TRAIL, "after_create", _kept)


class People:
    """The people of one project.

    >>> with People.open("sqlite://") as people:
    ...     link = people.invite("Ada", "admin")
    ...     people.accept(link, "a long sentence")
    ...     people.log_in("ada", "a long sentence")[1]
    Person(name='Ada', role='admin')
    Person(name='Ada', role='admin')
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], float], hasher: Any) -> None:
        self._engine = engine
        self._clock = clock
        self._given_hasher = hasher

    @classmethod
    def open(cls, url: str | Path, *, clock: Callable[[], float] = time.time, hasher: Any = None) -> People:
        """Those kept in the database at a URL; `clock` tells seconds since 1970.

        `hasher` is argon2's, as costly as its authors advise where none is given.
        """
        engine = open_engine(url)
        make_tables(engine, _TABLES)
        return cls(engine, clock, hasher)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> People:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # users

    def any(self) -> bool:
        """Whether there is somebody, be it only invited: from then on, one has to log in."""
        return self._one(sa.select(_USERS.c.id).limit(1)) is not None

    def users(self) -> list[User]:
        """All of them, by name."""
        is_open = (_SECRETS.c.user == _USERS.c.id) & (_SECRETS.c.kind == "invitation")
        is_open &= _SECRETS.c.expires > self._clock()
        until = sa.select(sa.func.max(_SECRETS.c.expires)).where(is_open).scalar_subquery()
        query = sa.select(_USERS, until.label("until")).order_by(_USERS.c.key)
        with self._reading() as connection:
            return [_user(row) for row in connection.execute(query)]

    def add(self, name: str, role: Role, password: str, *, by: str = "") -> User:
        """Somebody new with a password. Raises BadData where the name is taken or the password too short."""
        hashed = self._hashed(password)
        with self._writing() as connection:
            self._insert_user(connection, name, role, hashed, by)
        return self.user(name)

    def user(self, name: str) -> User:
        """One by name, however it is written. Raises NotFound."""
        found = next((user for user in self.users() if _key(user.name) == _key(name)), None)
        if found is None:
            known = ", ".join(user.name for user in self.users()) or "nobody"
            raise NotFound(f'There is no user "{name}". Users here: {known}.')
        return found

    def set_role(self, name: str, role: Role, *, by: str = "") -> User:
        """Give somebody another role; it counts at once. Raises NotFound, and BadData for the last admin."""
        found = self.user(name)
        with self._writing() as connection:
            connection.execute(sa.update(_USERS).where(_named(name)).values(role=role))
            if found.role == "admin":
                self._keep_an_admin(connection)
            self._tell(connection, by, "role", f"{found.name}: {found.role} → {role}")
        return self.user(name)

    def remove(self, name: str, *, by: str = "") -> None:
        """Take somebody's access away at once; their verdicts stay. Raises NotFound, BadData for the last admin."""
        found = self.user(name)
        with self._writing() as connection:
            connection.execute(sa.delete(_USERS).where(_named(name)))
            if found.role == "admin" and connection.execute(sa.select(_USERS.c.id).limit(1)).first():
                self._keep_an_admin(connection)
            self._tell(connection, by, "removed", f"{found.name} ({found.role})")

    def _insert_user(self, connection: sa.Connection, name: str, role: Role, hashed: str | None, by: str) -> None:
        try:
            User(name=name, role=role, added="", has_password=bool(hashed))
        except ValidationError:
            raise BadData(f'"{name}" cannot be a name: letters, digits, spaces and . @ + - _, at most 64.') from None
        if connection.execute(sa.select(_USERS.c.id).where(_named(name))).first():
            raise BadData(f'There is a user "{name}" already.')
        if role != "admin" and connection.execute(sa.select(_USERS.c.id).limit(1)).first() is None:
            raise BadData("The first has to be an admin: somebody must be able to let the others in.")
        values = {"name": name, "key": _key(name), "role": role, "password": hashed, "added": self._clock()}
        connection.execute(sa.insert(_USERS).values(values))
        self._tell(connection, by, "added", f"{name} ({role})")

    def _keep_an_admin(self, connection: sa.Connection) -> None:
        admins = (_USERS.c.role == "admin") & _USERS.c.password.is_not(None)
        if connection.execute(sa.select(_USERS.c.id).where(admins)).first() is None:
            raise BadData("Nobody would be left to let people in. Make somebody else an admin first.")

    # invitations

    def invite(self, name: str, role: Role, *, by: str = "", seconds: float = INVITED_SECONDS) -> str:
        """The secret of an invitation, to be used once: whoever has it chooses the password of that user.

        Inviting somebody again makes the former invitation void; with a password they have, it is how they get another.
        """
        with self._writing() as connection:
            if connection.execute(sa.select(_USERS.c.id).where(_named(name))).first() is None:
                self._insert_user(connection, name, role, None, by)
            user = connection.execute(sa.select(_USERS).where(_named(name))).one()
            if user.role != role:
                raise BadData(f"{user.name} is {user.role}. Change that first, or invite with that role.")
            self._forget(connection, user.id, "invitation")
            self._tell(connection, by, "invited", f"{user.name} ({role})")
            return self._issue(connection, "invitation", user.id, "", seconds)

    def invited(self, secret: str) -> Person:
        """Whom an invitation is for. Raises NotFound where it was used, is too old, or never was."""
        found = self._holder(secret, "invitation")
        if found is None:
            raise NotFound(_VOID)
        return found

    def accept(self, secret: str, password: str) -> Person:
        """Use an invitation up: the password is set, sessions that were open end. Raises as `invited` and `add` do."""
        hashed = self._hashed(password)
        with self._writing() as connection:
            of_it = (_SECRETS.c.hash == _hash(secret)) & (_SECRETS.c.kind == "invitation")
            query = sa.delete(_SECRETS).where(of_it, _SECRETS.c.expires > self._clock()).returning(_SECRETS.c.user)
            user = connection.execute(query).scalar()  # of two at once, one deletes it
            if user is None:
                raise NotFound(_VOID)
            self._forget(connection, user, "session")
            connection.execute(sa.update(_USERS).where(_USERS.c.id == user).values(password=hashed))
            row = connection.execute(sa.select(_USERS).where(_USERS.c.id == user)).one()
            self._tell(connection, row.name, "joined", row.role)
        return Person(name=row.name, role=row.role)

    # sessions

    def log_in(self, name: str, password: str) -> tuple[str, Person] | None:
        """The secret of a new session, and whose it is; None where name or password is wrong."""
        user = self._one(sa.select(_USERS).where(_named(name)))
        # a name that is not there takes as long as one that is
        if not self._is_password(user.password if user and user.password else self._decoy, password) or user is None:
            return None
        with self._writing() as connection:
            connection.execute(sa.delete(_SECRETS).where(_SECRETS.c.expires <= self._clock()))
            self._tell(connection, user.name, "logged in", "")
            secret = self._issue(connection, "session", user.id, "", SESSION_SECONDS)
        return secret, Person(name=user.name, role=user.role)

    def in_session(self, secret: str) -> Person | None:
        """Whose session it is; None where there is no such session any more."""
        return self._holder(secret, "session")

    def log_out(self, secret: str) -> None:
        """End a session."""
        with self._writing() as connection:
            connection.execute(sa.delete(_SECRETS).where(_SECRETS.c.hash == _hash(secret)))

    # keys of programs

    def make_token(self, name: str, label: str = "", *, by: str = "", days: int = 90) -> str:
        """A key with which a program speaks for a user; told once. Raises NotFound."""
        found = self.user(name)
        with self._writing() as connection:
            user = connection.execute(sa.select(_USERS.c.id).where(_named(name))).scalar_one()
            self._tell(connection, by, "token made", f"{found.name}: {label}")
            return self._issue(connection, "token", user, label[:100], days * DAY, KEY)

    def tokens(self, name: str | None = None) -> list[Token]:
        """The keys that are valid, of one user or of all, the newest first."""
        query = sa.select(_SECRETS, _USERS.c.name).join(_USERS).where(_SECRETS.c.kind == "token")
        query = query.where(_SECRETS.c.expires > self._clock()).order_by(_SECRETS.c.id.desc())
        if name is not None:
            query = query.where(_named(name))
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [
            Token(id=row.id, name=row.name, label=row.label, made=_moment(row.made), expires=_moment(row.expires))
            for row in rows
        ]

    def revoke(self, token: int, *, by: str = "", of: str | None = None) -> None:
        """Make a key void, by its number; `of`: only one of that user's. Raises NotFound."""
        known = {one.id: one for one in self.tokens(of)}
        if token not in known:
            raise NotFound(f"There is no token {token} to revoke.")
        with self._writing() as connection:
            connection.execute(sa.delete(_SECRETS).where(_SECRETS.c.id == token))
            self._tell(connection, by, "token revoked", f"{known[token].name}: {known[token].label}")

    def with_token(self, secret: str) -> Person | None:
        """For whom a program speaks; None where its key is not valid."""
        return self._holder(secret, "token")

    # the trail

    def tell(self, by: str, action: str, about: str = "") -> None:
        """Add a line to the trail, safe on disk."""
        with self._writing() as connection:
            self._tell(connection, by, action, about)

    def trail(self, offset: int = 0, limit: int = 50) -> tuple[list[Change], int]:
        """Some of its lines, the newest first, and how many there are."""
        query = sa.select(_TRAIL).order_by(_TRAIL.c.id.desc()).offset(offset).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
            total = connection.execute(sa.select(sa.func.count()).select_from(_TRAIL)).scalar_one()
        return [Change(**{**row, "at": _moment(row["at"])}) for row in rows], total

    def _tell(self, connection: sa.Connection, by: str, action: str, about: str) -> None:
        line = {"at": self._clock(), "by": by, "action": action, "about": about[:500]}
        connection.execute(sa.insert(_TRAIL).values(line))

    # secrets

    def _issue(
        self, connection: sa.Connection, kind: str, user: int, label: str, seconds: float, prefix: str = ""
    ) -> str:
        secret = prefix + secrets.token_urlsafe(32)
        given = {"hash": _hash(secret), "kind": kind, "user": user, "label": label}
        now = self._clock()
        connection.execute(sa.insert(_SECRETS).values({**given, "made": now, "expires": now + seconds}))
        return secret

    def _holder(self, secret: str, kind: str) -> Person | None:
        query = sa.select(_USERS.c.name, _USERS.c.role).join(_SECRETS, _SECRETS.c.user == _USERS.c.id)
        valid = (_SECRETS.c.kind == kind) & (_SECRETS.c.expires > self._clock())
        row = self._one(query.where(_SECRETS.c.hash == _hash(secret), valid))
        return Person(name=row.name, role=row.role) if row else None

    def _forget(self, connection: sa.Connection, user: int, kind: str) -> None:
        connection.execute(sa.delete(_SECRETS).where(_SECRETS.c.user == user, _SECRETS.c.kind == kind))

    @cached_property
    def _hasher(self) -> Any:
        try:
            from argon2 import PasswordHasher
        except ImportError:
            raise MissingExtra("argon2-cffi, which hashes passwords,", "web") from None
        return self._given_hasher or PasswordHasher()

    @cached_property
    def _decoy(self) -> str:
        return str(self._hasher.hash(secrets.token_hex()))

    def _hashed(self, password: str) -> str:
        if len(password) < SHORTEST_PASSWORD:
            raise BadData(f"A password has at least {SHORTEST_PASSWORD} characters. A few words in a row will do.")
        if len(password) > _LONGEST_PASSWORD:
            raise BadData(f"A password has at most {_LONGEST_PASSWORD:,} characters.")
        return str(self._hasher.hash(password))

    def _is_password(self, hashed: str, password: str) -> bool:
        from argon2.exceptions import VerificationError

        try:
            return len(password) <= _LONGEST_PASSWORD and bool(self._hasher.verify(hashed, password))
        except VerificationError:
            return False

    # the database

    def _one(self, query: sa.Select[Any]) -> Any:
        with self._reading() as connection:
            return connection.execute(query).first()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with speaking(self._engine), self._engine.connect() as connection:
            yield connection

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        return alone(self._engine, "people")


_VOID = "This invitation was used already, or is too old. Ask for another one."


def _user(row: Any) -> User:
    return User(
        name=row.name,
        role=row.role,
        added=_moment(row.added),
        has_password=row.password is not None,
        invited_until=_moment(row.until) if row.until else None,
    )


def _named(name: str) -> sa.ColumnElement[bool]:
    return _USERS.c.key == _key(name)


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
