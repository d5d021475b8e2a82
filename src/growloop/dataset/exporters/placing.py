"""Putting finished files where the user wants them: all at once, and nothing overwritten unasked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from growloop.errors import BadData
from growloop.project import sync_folder


def refuse_to_overwrite(out: Path, files: Sequence[str], *, force: bool) -> None:
    """Raise BadData where a file would be replaced without `force`, or a folder by a file and vice versa.

    Without `files`, `out` itself is the file.
    """
    if files and out.exists() and not out.is_dir():
        raise BadData(f"{out} is a file, and a folder is written here. Choose another --out.")
    if not files and out.is_dir():
        raise BadData(f"{out} is a folder, and a file is written here. Choose another --out.")
    there = [name for name in files if (out / name).exists()] if files else [out.name] * out.exists()
    if there and not force:
        raise BadData(
            f"{out} holds {', '.join(there)} already; nothing was written. Choose another --out, or add --force."
        )


@contextmanager
def staged(out: Path, *, single: bool) -> Iterator[Path]:
    """A folder beside `out` to write into; once left without an error its files are moved into place.

    A new folder appears whole. Into one that is there files are moved one by one, the others in it stay.
    """
    parent = _made(out.parent)
    staging = Path(tempfile.mkdtemp(dir=parent, prefix=f".{out.name}."))
    try:
        yield staging
        _sync(staging)
        if single:
            [file] = staging.iterdir()
            os.replace(file, out)
        elif out.exists():
            _move_into(staging, out)
        else:
            staging.chmod(0o755)
            os.replace(staging, out)
        sync_folder(parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadData(f"{folder} cannot be made: {error.strerror}. Choose another --out.") from None
    return folder


def _sync(staging: Path) -> None:
    folders = [staging]
    for path in sorted(staging.rglob("*")):
        if path.is_dir():
            folders.append(path)
            continue
        path.chmod(0o644)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    for folder in folders:
        sync_folder(folder)


def _move_into(staging: Path, out: Path) -> None:
    for path in sorted(staging.rglob("*")):
        target = out / path.relative_to(staging)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            os.replace(path, target)
    sync_folder(out)
