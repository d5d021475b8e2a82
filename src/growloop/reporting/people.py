"""Who may come to the page, for the terminal. Every function returns a Rich renderable; nothing is printed here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from growloop.records.people import User


def users_table(users: Sequence[User]) -> RenderableType:
    """Each with role and how far the invitation is."""
    table = Table(box=SIMPLE_HEAD, header_style="bold")
    for heading in ("Name", "Role", "Comes in"):
        table.add_column(heading, overflow="fold")
    for user in users:
        table.add_row(Text(user.name), user.role, _comes_in(user))
    return table


def _comes_in(user: User) -> str:
    ways = {"with a password": user.has_password, "through the identity provider": user.has_identity}
    if any(ways.values()):
        return " or ".join(way for way, is_theirs in ways.items() if is_theirs)
    return f"invited until {user.invited_until}" if user.invited_until else "the invitation has run out"
