"""Versions: frozen, compared, gone back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from growloop.dataset.difference import by_slice, change_counts, difference
from growloop.dataset.versions import curate, version_of
from growloop.errors import NothingToDo
from growloop.loop.accepting import gathered, matching
from growloop.pool import Pool, Restored
from growloop.project import Project, parquet_bytes
from growloop.records.example import coordinate_names
from growloop.records.fingerprint import fingerprints, unshared
from growloop.records.version import DatasetVersion
from growloop.version_folder import differing_rows


def freeze(project: Project) -> DatasetVersion:
    """Freeze the pool with people's corrections into a version, leak-checked and content-addressed.

    Groups stay on the side they had in the version before, so iterations are measured on the same rows.
    """
    parent = project.latest_version()
    examples, before = gathered(project)
    curated = curate(examples, project.task, before=before)
    known = project.fingerprints(parent.id) if parent else None
    prints = fingerprints(curated.rows, known)
    version = version_of(curated, project.task, parent=parent, prints=prints)
    gone = None
    if before is not None and known is not None:
        gone, new = before[unshared(known, prints)], curated.rows[unshared(prints, known)]
        version = version.model_copy(update={"changes": change_counts(difference(gone, new))})
    from growloop.reporting.card import card

    told = card(version, curated.rows, project.task)
    beside = {} if curated.removed.is_empty() else {"removed.parquet": parquet_bytes(curated.removed)}
    return project.save_version(version, curated.rows, told, prints=prints, beside=beside, gone=gone)


@dataclass(frozen=True)
class VersionUse:
    """A version and the iterations that were measured on it."""

    version: DatasetVersion
    iterations: tuple[int, ...]


def versions(project: Project) -> list[VersionUse]:
    """All versions, oldest first, with the iterations that used each; the last is what is trained on next."""
    turns = project.iterations()
    return [
        VersionUse(version, tuple(turn.number for turn in turns if turn.version == version.id))
        for version in project.versions()
    ]


@dataclass(frozen=True)
class VersionDifference:
    """What changed from one version to another: counts by kind, counts by slice, and every change."""

    before: str
    after: str
    counts: Mapping[str, int]
    slices: pl.DataFrame
    """`name` and `value` of a coordinate, then a column of counts for each kind of change."""
    changes: pl.DataFrame
    """A DIFFERENCE frame, kind by kind."""


def diff(
    project: Project, before: str | None = None, after: str | None = None, *, where: Mapping[str, str] | None = None
) -> VersionDifference:
    """What changed between two versions, at some coordinates.

    With one version named: since its parent. With none: what the latest changed.
    """
    if after is None:
        later = version_named(project, before)
        if later.parent is None:
            raise NothingToDo(f"Version {later.id} is the first: there is none to compare it with.")
        earlier = project.version(later.parent)
    else:
        earlier, later = version_named(project, before), project.version(after)
    folders = [project.version_folder(version.id) for version in (earlier, later)]
    changes = difference(*differing_rows(*folders)).filter(matching(where or {}))
    named = [name for name in project.task.slices if name in coordinate_names(changes)]
    return VersionDifference(earlier.id, later.id, change_counts(changes), by_slice(changes, named), changes)


def restore(project: Project, version: str) -> Restored:
    """Make a version's examples the accepted ones of the pool again, and that version the latest.

    What else was accepted is set aside, not erased, and the next freeze gives the same version. Corrections made
    since the version are set aside too; those it holds are examples now.
    """
    found = project.version(version)
    with Pool.open(project.pool_url) as pool:
        restored = pool.restore(found.id, project.examples(found.id))
    project.make_latest(found.id)
    return restored


def version_named(project: Project, version: str | None) -> DatasetVersion:
    found = project.version(version) if version else project.latest_version()
    if found is None:
        raise NothingToDo("No dataset version is frozen yet:  growloop freeze")
    return found
