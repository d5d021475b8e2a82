"""Users: invited, let in, given a role, and taken their access away."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from growloop.database import Stored, alone, open_engine
from growloop.errors import BadData, NotAllowed, NotFound
from growloop.people import identities, keys, trail
from growloop.people.passwords import Passwords
from growloop.people.tables import DAY, SECRETS, TABLES, USERS, key_of, moment, named
from growloop.records.people import Change, Identity, Person, Role, Token, User

INVITED_SECONDS = 7 * DAY
SESSION_SECONDS = 14 * DAY


class People(Stored):
    """The people of one project.

    >>> with People.open("sqlite://") as people:
    ...     link = people.invite("Ada", "admin")
    ...     people.accept(link, "a long sentence")
    ...     people.log_in("ada", "a long sentence")[1]
    Person(name='Ada', role='admin')
    Person(name='Ada', role='admin')
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], float], hasher: Any) -> None:
        super().__init__(engine)
        self._clock = clock
        self._passwords = Passwords(hasher)

    @classmethod
    def open(cls, url: str | Path, *, clock: Callable[[], float] = time.time, hasher: Any = None) -> People:
        """Those kept in the database at a URL; `clock` tells seconds since 1970.

        `hasher` is argon2's, as costly as its authors advise where none is given.
        """
        engine = open_engine(url, TABLES)
        return cls(engine, clock, hasher)

    # users

    def any(self) -> bool:
        """Whether there is somebody, be it only invited: from then on, one has to log in."""
        return self._one(_ANYBODY) is not None

    def users(self) -> list[User]:
        """All of them, by name."""
        is_open = (SECRETS.c.user == USERS.c.id) & (SECRETS.c.kind == "invitation")
        is_open &= SECRETS.c.expires > self._clock()
        until = sa.select(sa.func.max(SECRETS.c.expires)).where(is_open).scalar_subquery()
        query = sa.select(USERS, until.label("until"), identities.have_one().label("has_identity"))
        query = query.order_by(USERS.c.key)
        with self._reading() as connection:
            return [_user(row) for row in connection.execute(query)]

    def add(self, name: str, role: Role, password: str, *, by: str = "") -> User:
        """Somebody new with a password. Raises BadData where the name is taken or the password too short."""
        hashed = self._passwords.hashed(password)
        with self._writing() as connection:
            self._insert_user(connection, name, role, hashed, by)
        return self.user(name)

    def user(self, name: str) -> User:
        """One by name, however it is written. Raises NotFound."""
        found = next((user for user in self.users() if key_of(user.name) == key_of(name)), None)
        if found is None:
            known = ", ".join(user.name for user in self.users()) or "nobody"
            raise NotFound(f'There is no user "{name}". Users here: {known}.')
        return found

    def set_role(self, name: str, role: Role, *, by: str = "") -> User:
        """Give somebody another role; it counts at once. Raises NotFound, and BadData for the last admin."""
        found = self.user(name)
        with self._writing() as connection:
            connection.execute(sa.update(USERS).where(named(name)).values(role=role))
            if found.role == "admin":
                self._keep_an_admin(connection)
            self._tell(connection, by, "role", f"{found.name}: {found.role} → {role}")
        return self.user(name)

    def remove(self, name: str, *, by: str = "") -> None:
        """Take somebody's access away at once; their verdicts stay. Raises NotFound, BadData for the last admin."""
        found = self.user(name)
        with self._writing() as connection:
            connection.execute(sa.delete(USERS).where(named(name)))
            if found.role == "admin" and connection.execute(sa.select(USERS.c.id).limit(1)).first():
                self._keep_an_admin(connection)
            self._tell(connection, by, "removed", f"{found.name} ({found.role})")

    def _insert_user(self, connection: sa.Connection, name: str, role: Role, hashed: str | None, by: str) -> None:
        try:
            User(name=name, role=role, added="", has_password=bool(hashed))
        except ValidationError:
            raise BadData(f'"{name}" cannot be a name: letters, digits, spaces and . @ + - _ \', at most 64.') from None
        if connection.execute(sa.select(USERS.c.id).where(named(name))).first():
            raise BadData(f'There is a user "{name}" already.')
        if role != "admin" and connection.execute(sa.select(USERS.c.id).limit(1)).first() is None:
            raise BadData("The first has to be an admin: somebody must be able to let the others in.")
        values = {"name": name, "key": key_of(name), "role": role, "password": hashed, "added": self._clock()}
        connection.execute(sa.insert(USERS).values(values))
        self._tell(connection, by, "added", f"{name} ({role})")

    def _keep_an_admin(self, connection: sa.Connection) -> None:
        admins = (USERS.c.role == "admin") & (USERS.c.password.is_not(None) | identities.have_one())
        if connection.execute(sa.select(USERS.c.id).where(admins)).first() is None:
            raise BadData("Nobody would be left to let people in. Make somebody else an admin first.")

    # invitations

    def invite(self, name: str, role: Role, *, by: str = "", seconds: float = INVITED_SECONDS) -> str:
        """The secret of an invitation, to be used once: whoever has it chooses the password of that user.

        Inviting somebody again makes the former invitation void; with a password they have, it is how they get another.
        """
        with self._writing() as connection:
            if connection.execute(sa.select(USERS.c.id).where(named(name))).first() is None:
                self._insert_user(connection, name, role, None, by)
            user = connection.execute(sa.select(USERS).where(named(name))).one()
            if user.role != role:
                raise BadData(f"{user.name} is {user.role}. Change that first, or invite with that role.")
            keys.forget(connection, "invitation", user.id)
            self._tell(connection, by, "invited", f"{user.name} ({role})")
            return keys.issue(connection, "invitation", user.id, now=self._clock(), seconds=seconds)

    def invited(self, secret: str) -> Person:
        """Whom an invitation is for. Raises NotFound where it was used, is too old, or never was."""
        found = self._holder(secret, "invitation")
        if found is None:
            raise NotFound(_VOID)
        return found

    def accept(self, secret: str, password: str) -> Person:
        """Use an invitation up: the password is set, sessions that were open end. Raises as `invited` and `add` do."""
        hashed = self._passwords.hashed(password)
        with self._writing() as connection:
            user = keys.use_up(connection, "invitation", secret, self._clock())
            if user is None:
                raise NotFound(_VOID)
            keys.forget(connection, "session", user)
            connection.execute(sa.update(USERS).where(USERS.c.id == user).values(password=hashed))
            row = connection.execute(sa.select(USERS).where(USERS.c.id == user)).one()
            self._tell(connection, row.name, "joined", row.role)
        return Person(name=row.name, role=row.role)

    # sessions

    def log_in(self, name: str, password: str) -> tuple[str, Person] | None:
        """The secret of a new session, and whose it is; None where name or password is wrong."""
        user = self._one(sa.select(USERS).where(named(name)))
        if not self._passwords.fits(user.password if user else None, password):
            return None
        with self._writing() as connection:
            is_unchanged = (USERS.c.id == user.id) & (USERS.c.password == user.password)
            if connection.execute(sa.select(USERS.c.id).where(is_unchanged)).first() is None:
                return None  # by an invitation that was accepted while the password was looked at
            self._tell(connection, user.name, "logged in", "")
            return self._new_session(connection, user), Person(name=user.name, role=user.role)

    def come_in(self, identity: Identity, *, newcomers: bool = True) -> tuple[str, Person]:
        """A session of whom an identity provider vouches for; a newcomer's name is their address, annotator their role.

        Another role has who was invited or added under that address. Raises NotAllowed for whom an admin removed,
        for an address that is another account's, and where no `newcomers` are wanted; BadData where it is no name.
        """
        with self._writing() as connection:
            user = identities.user_of(connection, identity)
            if user is None and not newcomers:
                raise NotAllowed(f"{identity.email} is not expected here. Ask an admin to invite that address.")
            if user is None:
                self._insert_user(connection, identity.email, "annotator", None, identity.email)
            is_theirs = named(identity.email) if user is None else USERS.c.id == user
            row = connection.execute(sa.select(USERS).where(is_theirs)).one()
            identities.bind(connection, identity, row.id)
            keys.forget(connection, "invitation", row.id)
            self._tell(connection, row.name, "logged in", f"by {identity.issuer}")
            return self._new_session(connection, row), Person(name=row.name, role=row.role)

    def change_password(self, name: str, password: str, wanted: str) -> str | None:
        """Give somebody another password; the secret of a new session, the only one left to them from then on.

        None where `password` is not theirs. Raises BadData where the one that is wanted is too short or too long.
        """
        hashed = self._passwords.hashed(wanted)
        user = self._one(sa.select(USERS).where(named(name)))
        if not self._passwords.fits(user.password if user else None, password):
            return None
        with self._writing() as connection:
            is_unchanged = (USERS.c.id == user.id) & (USERS.c.password == user.password)
            if not connection.execute(sa.update(USERS).where(is_unchanged).values(password=hashed)).rowcount:
                return None  # by an invitation that was accepted meanwhile
            keys.forget(connection, "session", user.id)
            keys.forget(connection, "invitation", user.id)
            self._tell(connection, user.name, "password changed", "")
            return self._new_session(connection, user)

    def _new_session(self, connection: sa.Connection, user: Any) -> str:
        connection.execute(sa.delete(SECRETS).where(SECRETS.c.expires <= self._clock()))
        return keys.issue(connection, "session", user.id, now=self._clock(), seconds=SESSION_SECONDS)

    def in_session(self, secret: str) -> Person | None:
        """Whose session it is; None where there is no such session any more."""
        return self._holder(secret, "session")

    def log_out(self, secret: str) -> None:
        """End a session."""
        with self._writing() as connection:
            keys.use_up(connection, "session", secret, self._clock())

    # keys of programs

    def make_token(self, name: str, label: str = "", *, by: str = "", days: int = 90) -> str:
        """A key with which a program speaks for a user; told once. Raises NotFound."""
        found = self.user(name)
        with self._writing() as connection:
            user = connection.execute(sa.select(USERS.c.id).where(named(name))).scalar_one()
            self._tell(connection, by, "token made", f"{found.name}: {label}")
            return keys.issue(connection, "token", user, now=self._clock(), seconds=days * DAY, label=label)

    def tokens(self, name: str | None = None) -> list[Token]:
        """The keys that are valid, of one user or of all, the newest first."""
        with self._reading() as connection:
            return keys.tokens(connection, name, self._clock())

    def revoke(self, token: int, *, by: str = "", of: str | None = None) -> None:
        """Make a key void, by its number; `of`: only one of that user's. Raises NotFound."""
        known = {one.id: one for one in self.tokens(of)}
        if token not in known:
            raise NotFound(f"There is no token {token} to revoke.")
        with self._writing() as connection:
            connection.execute(sa.delete(SECRETS).where(SECRETS.c.id == token))
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
        with self._reading() as connection:
            return trail.lines(connection, offset, limit)

    def _tell(self, connection: sa.Connection, by: str, action: str, about: str) -> None:
        trail.tell(connection, self._clock(), by, action, about)

    def _holder(self, secret: str, kind: keys.Kind) -> Person | None:
        with self._reading() as connection:
            return keys.holder(connection, kind, secret, self._clock())

    # the database

    def _one(self, query: sa.Select[Any]) -> Any:
        with self._reading() as connection:
            return connection.execute(query).first()

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        return alone(self._engine, "people")


_ANYBODY = sa.select(USERS.c.id).limit(1)
_VOID = "This invitation was used already, or is too old. Ask for another one."


def _user(row: Any) -> User:
    return User(
        name=row.name,
        role=row.role,
        added=moment(row.added),
        has_password=row.password is not None,
        has_identity=row.has_identity,
        invited_until=moment(row.until) if row.until else None,
    )
