from __future__ import annotations

import os
import subprocess
import sys

import pytest

from growloop.finetune.environment import environment, share_cores

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_"}


def test_the_allocator_is_told_to_keep_memory_on_linux_and_nothing_elsewhere():
    told = {name: value for name, value in environment().items() if name.startswith("MALLOC")}

    assert set(told) == (ALLOCATOR if sys.platform.startswith("linux") else set())
    assert all(value.isdigit() for value in told.values())


def test_threads_that_wait_leave_their_core_to_others():
    assert environment()["OMP_WAIT_POLICY"] == "PASSIVE"


@pytest.mark.parametrize(("before", "after"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_who_wants_threads_to_spin_keeps_them_spinning(monkeypatch, before, after):
    monkeypatch.setenv("OMP_WAIT_POLICY", before or "")
    if before is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")

    share_cores()

    assert os.environ["OMP_WAIT_POLICY"] == after


def test_reading_the_environment_does_not_load_torch():
    code = "import sys, growloop.finetune.environment, growloop.finetune.worker; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
