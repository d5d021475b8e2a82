"""The trail: a line for every change, by whom; lines are only ever added."""

from __future__ import annotations

import sqlalchemy as sa

from growloop.people.tables import TRAIL, moment
from growloop.records.people import Change

_MOST_CHARACTERS = 500
_ADD = sa.insert(TRAIL)


def tell(connection: sa.Connection, at: float, by: str, action: str, about: str) -> None:
    """Add a line, in the transaction of the change itself where there is one."""
    line = {"at": at, "by": by, "action": action, "about": about[:_MOST_CHARACTERS]}
    connection.execute(_ADD, line)


def lines(connection: sa.Connection, offset: int, limit: int) -> tuple[list[Change], int]:
    """Some of the lines, the newest first, and how many there are."""
    query = sa.select(TRAIL).order_by(TRAIL.c.id.desc()).offset(offset).limit(limit)
    rows = connection.execute(query).mappings().all()
    total = connection.execute(sa.select(sa.func.count()).select_from(TRAIL)).scalar_one()
    return [Change(**{**row, "at": moment(row["at"])}) for row in rows], total
