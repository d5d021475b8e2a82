"""growloop users: who may come to the page, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

import growloop
from growloop.cli.terminal import JsonOption, ProjectOption, next_step, print_json, show, show_plainly

if TYPE_CHECKING:
    from growloop.records.people import User

Role = Literal["admin", "annotator", "viewer"]
"""The roles of the record again: to import that one would bring in pydantic before `--help` could answer."""

NameArgument = Annotated[str, typer.Argument(help="The user's name.")]
RoleOption = Annotated[Role, typer.Option(help="viewer: look and ask; annotator: judge as well; admin: everything.")]
UrlOption = Annotated[str, typer.Option(help="Where the page is served, for the link.")]


def listed(context: typer.Context, project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """List who may come to the page, and as what; with a command, let somebody in or out."""
    if context.invoked_subcommand:
        return
    with growloop.loop.people(growloop.Project.open(project)) as people:
        users = people.users()
    if as_json:
        print_json({"users": [user.model_dump(mode="json") for user in users]})
        return
    from growloop.reporting.people import users_table

    if users:
        show(users_table(users))
    else:
        show("Nobody has a name: on this machine the page is open, and to others it asks for a token.")
    next_step("growloop users invite NAME --role annotator" if users else "growloop users invite NAME --role admin")


def invite(
    name: NameArgument,
    role: RoleOption = "annotator",
    url: UrlOption = "http://127.0.0.1:8321",
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Make a link by which somebody comes in and chooses a password, once, within seven days."""
    with growloop.loop.people(growloop.Project.open(project)) as people:
        link = f"{url.rstrip('/')}/invitation/{people.invite(name, role)}"
    if as_json:
        print_json({"name": name, "role": role, "link": link})
        return
    show_plainly(f"{name} comes in as {role} by this link, once, within seven days:\n\n  {link}")


def add(
    name: NameArgument,
    role: RoleOption = "annotator",
    password: Annotated[
        str,
        typer.Option(
            envvar="GROWLOOP_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for."
        ),
    ] = "",
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Add somebody with a password, asked for or in GROWLOOP_PASSWORD."""
    with growloop.loop.people(growloop.Project.open(project)) as people:
        user = people.add(name, role, password)
    _tell(user, f"{user.name} can log in as {role}.", as_json)


def role(
    name: NameArgument,
    role: Annotated[Role, typer.Argument(help="viewer, annotator or admin.")],
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Give somebody another role, at once."""
    with growloop.loop.people(growloop.Project.open(project)) as people:
        user = people.set_role(name, role)
    _tell(user, f"{user.name} is {role} now.", as_json)


def remove(name: NameArgument, project: ProjectOption = growloop.HERE, as_json: JsonOption = False) -> None:
    """Take somebody's access away, at once; what they said stays."""
    with growloop.loop.people(growloop.Project.open(project)) as people:
        user = people.user(name)
        people.remove(name)
    _tell(user, f"{user.name} cannot come in any more.", as_json)


def token(
    name: NameArgument,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int, typer.Option(min=1, help="How long it holds.")] = 90,
    project: ProjectOption = growloop.HERE,
    as_json: JsonOption = False,
) -> None:
    """Make a key with which a program speaks for somebody; it is shown this once."""
    with growloop.loop.people(growloop.Project.open(project)) as people:
        key = people.make_token(name, label, days=days)
    if as_json:
        print_json({"name": name, "key": key})
    else:
        show_plainly(f"{key}\n\nA program sends it as  Authorization: Bearer KEY   It holds for {days} days.")


def _tell(user: User, told: str, as_json: bool) -> None:
    if as_json:
        print_json(user.model_dump(mode="json"))
    else:
        show_plainly(told)
