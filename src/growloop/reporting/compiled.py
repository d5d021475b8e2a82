"""Templates compiled once, and kept beside them as Python keeps its own modules."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from jinja2.bccache import Bucket, FileSystemBytecodeCache


class Compiled(FileSystemBytecodeCache):
    """What Jinja2 made of the templates in a folder, in its `__pycache__`; where nothing can be written, not kept."""

    def __init__(self, templates: Path) -> None:
        super().__init__(str(templates / "__pycache__"))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's bytecode, unless Python is told to keep none."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
