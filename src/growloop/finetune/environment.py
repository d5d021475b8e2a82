"""The process environment that training wants; light, so that whoever starts a worker can read it."""

from __future__ import annotations

import os
import sys

ONE_GIBIBYTE = str(1 << 30)


WAITING = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads of a product that are done sleep until the others are: spinning, they take the core the others need."""


def share_cores() -> None:
    """Let this process wait without spinning; counts where torch is not imported yet."""
    for name, value in WAITING.items():
        os.environ.setdefault(name, value)


def environment() -> dict[str, str]:
    """What to set before a training process starts: waiting threads sleep, and freed memory is kept.

    glibc reads its thresholds once, at process start. With its defaults every large tensor is mapped and
    unmapped in each step, and each of its pages is cleared and faulted in again. Left out off Linux.
    """
    if not sys.platform.startswith("linux"):
        return dict(WAITING)
    return WAITING | {
        "MALLOC_MMAP_THRESHOLD_": ONE_GIBIBYTE,
        "MALLOC_TRIM_THRESHOLD_": ONE_GIBIBYTE,
        "MALLOC_TOP_PAD_": str(64 << 20),
    }
