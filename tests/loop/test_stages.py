from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from growloop import loop


def test_every_stage_is_where_the_table_says() -> None:
    for name in loop.__all__:
        assert getattr(loop, name) is not None, name


def test_no_stage_goes_by_the_name_of_a_file_that_would_hide_it() -> None:
    files = {path.stem for path in Path(loop.__file__).parent.glob("*.py")}

    assert files.isdisjoint(loop.__all__)


def test_what_only_training_and_drawing_need_is_not_loaded_for_curating() -> None:
    code = (
        "import sys; from growloop import loop; [loop.new, loop.import_examples, loop.lint, loop.freeze];"
        "print([m for m in ('growloop.universe', 'growloop.metrics', 'growloop.annotate') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
