"""Writing examples in the forms that other tools read.

A form says which keys a row has and how rows are written; `FORMS` lists them. Every row also carries a `growloop`
object with what its form has no place for, so that importing the file again gives the same examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from growloop.dataset.exporters.folders import beside
from growloop.dataset.exporters.forms import FORMS, Form
from growloop.dataset.exporters.placing import refuse_to_overwrite, staged
from growloop.dataset.exporters.preference import with_wrong_answers
from growloop.dataset.exporters.rows import with_growloop
from growloop.dataset.exporters.squad import elsewhere
from growloop.errors import BadData, NothingToDo, did_you_mean
from growloop.records.example import SPLITS, is_answerable

__all__ = ["FORMS", "Exported", "Form", "checked_form", "export_examples", "with_wrong_answers"]

TOGETHER = ("huggingface", "llama-factory", "axolotl")
"""Forms that are always a folder: their files name each other."""
SUFFIXES = {form.suffix for form in FORMS.values()}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    format: str
    path: Path
    files: tuple[str, ...]
    """The files in the folder `path`; none where `path` is the file."""
    counts: dict[str, int]
    """Rows per side."""
    notes: tuple[str, ...] = ()
    """What a reader of the files should know."""


def export_examples(
    examples: pl.DataFrame,
    format: str,
    out: Path,
    *,
    abstain_answer: str = "",
    name: str = "growloop",
    card: str = "",
    plain: bool = False,
    force: bool = False,
) -> Exported:
    """Write examples (an EXAMPLES frame, every row on a side) in a form.

    A path that ends as the form's files do is one file of all rows; any other path is a folder with a file per side.
    `plain` leaves out the `growloop` object. Raises NothingToDo without rows, BadData where a file would be
    overwritten without `force`.

    >>> import tempfile
    >>> from growloop.records.example import examples_frame
    >>> examples = examples_frame({"question": ["Dogs?"], "context": ["No dogs."], "answers": [["no"]]})
    >>> out = Path(tempfile.mkdtemp()) / "all.jsonl"
    >>> export_examples(examples, "alpaca", out.with_suffix(".json"), plain=True).path.read_text()
    '[{"instruction":"Dogs?","input":"No dogs.","output":"no"}]'
    """
    form = checked_form(format)
    if examples.is_empty():
        raise NothingToDo("There are no examples to export here.")
    single = _is_file(form, format, out)
    rows = examples if plain else with_growloop(examples, in_one_text=form.in_one_text)
    sides: dict[str, pl.DataFrame] = {side: rows.filter(pl.col("split") == side) for side in SPLITS}
    files = {side: form.file_name.format(side=side) + form.suffix for side, part in sides.items() if part.height}
    if single:
        refuse_to_overwrite(out, (), force=force)
        with staged(out, single=True) as staging:
            _write(form, rows, staging / out.name, abstain_answer)
        written: tuple[str, ...] = ()
    else:
        texts = beside(format, files, examples, name, card)
        written = (*files.values(), *texts)
        refuse_to_overwrite(out, written, force=force)
        with staged(out, single=False) as staging:
            for side, file in files.items():
                _write(form, sides[side], staging / file, abstain_answer)
            for file, text in texts.items():
                (staging / file).write_text(text, encoding="utf-8")
    counts = {side: part.height for side, part in sides.items() if part.height}
    notes = tuple(_notes(form, format, examples, abstain_answer))
    return Exported(format, out, written, counts, notes)


def checked_form(format: str) -> Form:
    """The form of this name. Raises BadData naming those there are."""
    if format not in FORMS:
        raise BadData(f'There is no form "{format}" to export to. {did_you_mean(format, FORMS)}')
    return FORMS[format]


def _is_file(form: Form, format: str, out: Path) -> bool:
    if out.suffix not in SUFFIXES:
        return False
    if format in TOGETHER:
        raise BadData(f"{format} is a folder of files that name each other; {out.name} looks like one file.")
    if out.suffix != form.suffix:
        raise BadData(f"{format} is written as {form.suffix}; {out.name} ends otherwise. Choose another --out.")
    return True


def _write(form: Form, rows: pl.DataFrame, path: Path, abstain_answer: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    form.write(form.rows(rows, abstain_answer), path)


def _notes(form: Form, format: str, examples: pl.DataFrame, abstain_answer: str) -> list[str]:
    notes = []
    silent = examples.select((~is_answerable()).sum()).item() if form.says_words and not abstain_answer else 0
    if silent:
        notes.append(
            f"{silent:,} unanswerable examples have an empty answer: task.yaml names no abstain_answer to write."
        )
    missing = elsewhere(examples) if format in ("squad", "huggingface") else 0
    if missing:
        notes.append(
            f"{missing:,} examples have an answer that their context does not hold word for word: its answer_start "
            "is -1, and a model that points at spans cannot learn it."
        )
    return notes
