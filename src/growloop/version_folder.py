"""The folder of a dataset version on disk: Parquet parts that versions share, and which row stands where.

    versions/<id>/   manifest.json · card.md
                     part-<hash>.parquet   rows; what a version shares with its parent is a hard link to the parent's
                     rows-<hash>.parquet   each row's fingerprint, part and place in it, in the version's order
                     gone-<parent>-<hash>.parquet   the rows of its parent that it has not, for a quick comparison

A folder is filled under a hidden name, flushed to disk and renamed: it is there whole or not at all. Every folder
holds all it needs, so deleting one never breaks another. File names carry a hash of the contents, checked at reading.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from growloop.errors import BadData
from growloop.records.example import EXAMPLES
from growloop.records.fingerprint import FINGERPRINTS, fingerprints, unshared

WHOLE = "examples.parquet"
"""All rows in one file, as versions were kept at first; still read."""
_UNFINISHED = ".new-"
_MOST_PARTS = 32
_ABANDONED_SECONDS = 24 * 3600


def commit(
    folder: Path,
    rows: pl.DataFrame,
    prints: pl.DataFrame,
    files: Mapping[str, bytes],
    parent: Path | None = None,
    gone: pl.DataFrame | None = None,
) -> None:
    """Put a version's rows and its other `files` at `folder` by one rename. There already: nothing changes.

    What `prints` finds in the parent's parts is linked, the rest is written as a part of its own. `gone` are the
    rows of the parent that are not among them, in its order; with them the two are compared without reading it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_UNFINISHED))
    try:
        with _disk() as disk:
            if parent is not None and gone is not None:
                disk(_write_hashed, disk, unfinished, f"gone-{parent.name}", gone)
            placed = _write_parts(disk, unfinished, rows, _worth_sharing(prints, parent), parent)
            for name, content in files.items():
                disk(_write, unfinished / name, content)
            _write_hashed(disk, unfinished, "rows", placed, compression="uncompressed")
        unfinished.chmod(0o755)
        sync_folder(unfinished)
        _rename(unfinished, folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync_folder(folder.parent)


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file of a version does: name, size in bytes and time of change of each, in nanoseconds."""
    stats = ((path.name, path.stat()) for path in sorted(folder.glob("*.parquet")))
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def read_rows(folder: Path) -> pl.DataFrame:
    """The rows of a version, in its order: an EXAMPLES frame. Raises BadData where a file is damaged or missing."""
    if (folder / WHOLE).exists():
        return _parquet(folder / WHOLE)
    return _rows_at(folder, read_fingerprints(folder), verify=True)


def read_fingerprints(folder: Path) -> pl.DataFrame:
    """The fingerprints of a version's rows, in its order. Raises BadData where a file is damaged or missing."""
    if (folder / WHOLE).exists():
        return fingerprints(_parquet(folder / WHOLE))
    found = sorted(folder.glob("rows-*.parquet"))
    if not found:
        raise BadData(_damaged(folder / "rows-….parquet", "is missing"))
    return _verified(found[0]).select(FINGERPRINTS.names())  # of an older growloop it has the ids, too


def differing_rows(before: Path, after: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of two versions that are not in both, unchanged."""
    if (before / WHOLE).exists() or (after / WHOLE).exists():
        whole = [read_rows(folder) for folder in (before, after)]
        prints = [fingerprints(rows) for rows in whole]
        return whole[0][unshared(prints[0], prints[1])], whole[1][unshared(prints[1], prints[0])]
    one, other = read_fingerprints(before), read_fingerprints(after)
    new = _rows_at(after, other[unshared(other, one)], verify=False)
    gone = sorted(after.glob(f"gone-{before.name}-*.parquet"))
    return _verified(gone[0]) if gone else _rows_at(before, one[unshared(one, other)], verify=False), new


# writing


def _worth_sharing(prints: pl.DataFrame, parent: Path | None) -> pl.DataFrame:
    """The fingerprints, placed only in parts of the parent of which half the rows still serve, if they are not many."""
    nowhere = [pl.lit(None, dtype=FINGERPRINTS[name]).alias(name) for name in ("part", "row")]
    counts = prints.drop_nulls("part").group_by("part").len()
    if parent is None or not parent.is_dir() or counts.height >= _MOST_PARTS:
        return prints.with_columns(nowhere)
    serving = [part for part, count in counts.iter_rows() if 2 * count >= _height(parent / part)]
    if len(serving) == counts.height:
        return prints
    kept = pl.col("part").is_in(serving)
    return prints.with_columns(pl.when(kept).then(pl.col(name)).alias(name) for name in ("part", "row"))


Disk = Callable[..., object]
"""Has a job, given its arguments, done by another thread."""


@contextmanager
def _disk() -> Iterator[Disk]:
    """Files are written and flushed while the next are made; at its end all of them are on disk."""
    with ThreadPoolExecutor(4) as threads:
        jobs: list[Future[object]] = []
        yield lambda *job: jobs.append(threads.submit(*job))
        for job in jobs:
            job.result()


def _write_parts(
    disk: Disk, folder: Path, rows: pl.DataFrame, prints: pl.DataFrame, parent: Path | None
) -> pl.DataFrame:
    """Link the parts that are shared, write the rows that are new; the fingerprints, all of them placed."""
    if parent is not None:
        for part in prints["part"].drop_nulls().unique():
            _link(parent / part, folder / part)
    new = prints["part"].is_null()
    if not new.any() and rows.height:
        return prints
    name = _write_hashed(disk, folder, "part", rows.filter(new).select(EXAMPLES.names()))
    place = (pl.col("part").is_null().cum_sum() - 1).cast(pl.UInt32)
    here = pl.lit(name, dtype=FINGERPRINTS["part"])
    return prints.with_columns(
        pl.col("part").fill_null(here), row=pl.when(pl.col("part").is_null()).then(place).otherwise("row")
    )


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links, or another one
        _write(target, source.read_bytes())


def _write_hashed(disk: Disk, folder: Path, kind: str, frame: pl.DataFrame, *, compression: str = "zstd") -> str:
    buffer = io.BytesIO()
    level = 1 if compression == "zstd" else None  # an eighth larger than polars' own, in half the time
    frame.write_parquet(buffer, compression=compression, compression_level=level, statistics=False)  # type: ignore[arg-type]
    content = buffer.getbuffer()
    name = f"{kind}-{_hash(content)}.parquet"
    disk(_write, folder / name, content)
    return name


def _write(path: Path, content: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _rename(unfinished: Path, folder: Path) -> None:
    if folder.is_dir() and not (folder / "manifest.json").exists():
        shutil.rmtree(folder)  # an older growloop was killed while it wrote it
    try:
        os.rename(unfinished, folder)
    except OSError:
        if not (folder / "manifest.json").exists():
            raise
        shutil.rmtree(unfinished, ignore_errors=True)  # another process was quicker, with the same rows


def _sweep(versions: Path) -> None:
    """Remove what killed commits left behind; a fresh one may be another process at work."""
    for left in versions.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(left)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut, where the system allows it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows cannot open a folder
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# reading


def _rows_at(folder: Path, prints: pl.DataFrame, *, verify: bool) -> pl.DataFrame:
    """The stored rows of some fingerprints, in their order; few rows of a part are read without the others."""
    numbered = prints.select("part", "row").with_row_index("number")
    pieces = []
    for (part,), places in numbered.group_by("part", maintain_order=True):
        rows = _verified(folder / str(part)) if verify else None
        found = _picked(folder / str(part), rows, places["row"])
        pieces.append(found.with_columns(places["number"]))
    if not pieces:
        return EXAMPLES.to_frame()
    if len(pieces) == 1:
        return pieces[0].drop("number")
    return pl.concat(pieces).sort("number").drop("number")


def _picked(path: Path, rows: pl.DataFrame | None, places: pl.Series) -> pl.DataFrame:
    with _told(path):
        found = pl.read_parquet(path) if rows is None else rows
        return found[places]


def _height(path: Path) -> int:
    with _told(path):
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def _verified(path: Path) -> pl.DataFrame:
    """A file whose contents are what its name says."""
    with _told(path):
        content = path.read_bytes()
        if _hash(content) != path.stem.rpartition("-")[2]:
            raise BadData(_damaged(path, "is damaged"))
        return pl.read_parquet(io.BytesIO(content))


def _parquet(path: Path) -> pl.DataFrame:
    with _told(path):
        return pl.read_parquet(path)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what goes wrong with a file into what a user can do about it."""
    try:
        yield
    except FileNotFoundError:
        raise BadData(_damaged(path, "is missing")) from None
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise BadData(_damaged(path, f"cannot be read ({str(error).splitlines()[0]})")) from None


def _damaged(path: Path, problem: str) -> str:
    twins = [twin for twin in sorted(path.parent.parent.glob(f"v*/{path.name}")) if _is_whole(twin)]
    where = f"{twins[0]} should hold the same: copy it here," if twins else "Bring it back from a copy of the project,"
    return (
        f"{path} {problem}.\n  {where} or delete the folder {path.parent} and make the version again:  growloop freeze"
    )


def _is_whole(path: Path) -> bool:
    return path.is_file() and _hash(path.read_bytes()) == path.stem.rpartition("-")[2]


def _hash(content: bytes | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
