from __future__ import annotations

import subprocess
import sys

from growloop.finetune.environment import environment


def test_the_allocator_is_told_to_keep_memory_on_linux_and_nothing_elsewhere():
    names = {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_"}

    assert set(environment()) == (names if sys.platform.startswith("linux") else set())
    assert all(value.isdigit() for value in environment().values())


def test_reading_the_environment_does_not_load_torch():
    code = "import sys, growloop.finetune.environment, growloop.finetune.worker; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
