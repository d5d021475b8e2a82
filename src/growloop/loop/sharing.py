"""The page shared with a team: who may come in, who looks at what, where they agree, and what has to be settled."""

from __future__ import annotations

import getpass
from contextlib import suppress

from growloop import adjudication, annotate
from growloop.errors import NotFound
from growloop.leases import Leases
from growloop.people import People
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.agreement import Disagreement, ReviewAgreement
from growloop.records.annotation import Annotation


def people(project: Project) -> People:
    """The users, sessions, keys and trail of a project, kept beside its pool; close it after use."""
    return People.open(project.pool_url)


def speaker(project: Project, name: str | None = None) -> str:
    """The name that a verdict given on this machine carries: a user's, as the page would write it.

    Without `name` the login's, where a user is called that, else none, as on a page that nobody logs in to. Raises
    NotFound for a name that is no user's, where there are users.
    """
    with people(project) as known:
        if name is not None:
            return known.user(name).name if known.any() else name
        with suppress(NotFound, OSError, KeyError):  # of the latter two one is raised where nobody has this login
            return known.user(getpass.getuser()).name
    return ""


def leases(project: Project) -> Leases:
    """Who has what of the queue before them; close it after use."""
    return Leases.open(project.pool_url)


def people_agreement(project: Project) -> ReviewAgreement:
    """How people agree who judged the same examples in the review."""
    with Pool.open(project.pool_url) as pool:
        return adjudication.agreement(pool.annotations(), pool.settlements())


def disagreements(project: Project) -> list[Disagreement]:
    """The examples about which people said different things, and nobody has settled it."""
    with Pool.open(project.pool_url) as pool:
        return adjudication.disagreements(pool.annotations(), pool.settlements())


def settle(project: Project, annotation: Annotation) -> Annotation:
    """Save the verdict that settles a disagreement; it is the last word. Raises Overtaken where somebody has."""
    with Pool.open(project.pool_url) as pool:
        return annotate.settle(pool, annotation)
