"""The process environment that training wants; light, so that whoever starts a worker can read it."""

from __future__ import annotations

import sys

ONE_GIBIBYTE = str(1 << 30)


def environment() -> dict[str, str]:
    """What to set before a training process starts, so that the C allocator keeps large tensors' memory.

    glibc reads these thresholds once, at process start. With its defaults every large tensor is mapped and
    unmapped in each step, and each of its pages is cleared and faulted in again. Empty off Linux.
    """
    if not sys.platform.startswith("linux"):
        return {}
    return {
        "MALLOC_MMAP_THRESHOLD_": ONE_GIBIBYTE,
        "MALLOC_TRIM_THRESHOLD_": ONE_GIBIBYTE,
        "MALLOC_TOP_PAD_": str(64 << 20),
    }
