"""The loop: one short function per stage, in the order a user meets them.

Long stages are generators of `Progress` that return their result: the terminal draws them, the web page streams
them, a notebook finishes them (`growloop.notebook`). Every long stage can be killed at any moment and started again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from growloop import annotate
from growloop.asking import Answered, answer_one, finder, make_index, retrieval_quality, search, similarity
from growloop.dataset.checks import lint as lint_examples
from growloop.dataset.checks import refuse_unknown
from growloop.dataset.checks.own import Check, own_checks
from growloop.dataset.checks.verdicts import DISPUTED_VERDICTS, disputed_verdicts
from growloop.dataset.checks.window import CUT_BY_WINDOW, Window, cut_by_window
from growloop.dataset.difference import by_slice, change_counts, difference
from growloop.dataset.exporters import Exported, checked_form, export_examples, with_wrong_answers
from growloop.dataset.fixes import Fixed, as_cleaned, fixed
from growloop.dataset.importers import IMPORTERS, Options, Plan, open_plans
from growloop.dataset.importers.batch import Rejected
from growloop.dataset.importers.columns import ROLES
from growloop.dataset.importers.frames import Coordinates, TooManyValues
from growloop.dataset.importers.rejects import RejectedRows, as_text, rejecting
from growloop.dataset.passages import is_document, read_passages
from growloop.dataset.passages.stored import is_stored, stored_passages
from growloop.dataset.versions import curate, version_of
from growloop.diagnose.compare import compare
from growloop.diagnose.label_errors import suspects
from growloop.diagnose.slices import slice_scores
from growloop.diagnose.worst import worst_examples
from growloop.errors import BadData, BudgetMissed, GrowloopError, NotFound, NothingToDo, did_you_mean
from growloop.evaluation import check_budgets
from growloop.evaluation import evaluate as evaluate_answers
from growloop.finetune.worker import Job, train_in_worker
from growloop.metrics.official import OfficialScores, score_squad_v2
from growloop.pool import Added, Found, Pool, Restored
from growloop.project import Project, now, parquet_bytes, write_atomically
from growloop.records.annotation import Annotation, Verdict
from growloop.records.audit import EXAMINED_FILE, SUSPECTS_FILE
from growloop.records.coverage import CoverageReport, Size
from growloop.records.example import SplitName, coordinate_names, matches
from growloop.records.example import Status as ExampleStatus
from growloop.records.fingerprint import fingerprints
from growloop.records.imports import SHOWN_REJECTED, ImportOptions, ImportPreview, ImportReport, RejectedRow
from growloop.records.progress import Progress
from growloop.records.report import BudgetCheck, Comparison, Iteration, Report, SliceScore
from growloop.records.run import Estimate, Run, RunKind
from growloop.records.status import Candidate, Status
from growloop.records.universe import Coverage
from growloop.records.version import DatasetVersion, Finding
from growloop.runs import environment, keep_progress, kept_progress, run_id
from growloop.universe import Space
from growloop.version_folder import differing_rows

DRAWN_AT_FIRST = 11_400
"""How many examples the first turn of the loop draws where nothing is in the pool yet."""
EXCERPT = 300
"""Characters that are shown of a text which may be long."""
BASELINE_QUESTIONS = 200
"""How many validation questions each candidate answers before training; enough for ± 7 points."""


# 1 · declare


NOT_COPIED = ("*.py", "__pycache__", "parts", "README.md")
"""What a template was made with is not part of the project made from it."""


def templates() -> dict[str, Path]:
    """The project templates that ship with growloop, by name."""
    here = Path(__file__).parent
    folders = [here / "templates", here.parent.parent / "examples"]  # installed, or in a clone
    found = {
        path.parent.name.replace("_", "-"): path.parent for folder in folders for path in folder.glob("*/task.yaml")
    }
    return dict(sorted(found.items()))


def new(path: Path | str, *, template: str = "blank") -> Project:
    """A new project folder made from a template. Raises BadData where something is there already."""
    folder = Path(path)
    known = templates()
    if template not in known:
        raise NotFound(f'There is no template "{template}". {did_you_mean(template, known)}')
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadData(f"{folder} exists and is not empty; nothing was written. Choose another path or empty it.")
    shutil.copytree(known[template], folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
    return Project.open(folder)


@dataclass(frozen=True)
class Checked:
    """What `check` found: what is there, and what is wrong or missing."""

    present: tuple[str, ...]
    problems: tuple[str, ...]


def check(project: Project) -> Checked:
    """Validate every declaration and say what is there and what is missing."""
    present: list[str] = []
    problems: list[str] = []
    task = _checked(lambda: project.task, problems)
    if task:
        present.append(f"task.yaml: {task.name}, {task.answer_kind}, candidates {', '.join(task.candidates)}")
        if task.answer_kind != "extractive" and not task.abstain_answer:
            problems.append('task.yaml: "abstain_answer" is empty; a generative model needs words for "I do not know".')
        if _checked(lambda: _own_checks(project), problems):
            present.append(f"own checks: {', '.join(task.checks)}")
    universe = _checked(lambda: project.universe, problems)
    if universe:
        problems += Space.problems(universe, project.folder)
    if universe and task and not problems:
        space = _space(project)
        present.append(f"universe.yaml: {len(universe.templates)} templates, {space.size:,} questions")
        present.append(space.summary())
    if task and not universe and not problems:
        present.append("no universe.yaml: examples come from `growloop import` alone")
    return Checked(tuple(present), tuple(problems))


def _checked(read: Any, problems: list[str]) -> Any:
    try:
        return read()
    except GrowloopError as error:
        problems += str(error).split("\n")
        return None


def _space(project: Project) -> Space:
    if project.universe is None:
        raise NothingToDo("There is no universe.yaml to draw from. Write one, or bring data:  growloop import FILE")
    return Space.open(project.universe, project.folder, project.task.abstain_answer)


# 2 · gather


@dataclass(frozen=True)
class Drawn:
    """What a draw brought into the pool."""

    accepted: int
    drafts: int
    """Negatives that may be answerable after all; they wait for a person."""
    duplicates: int = 0


def draw(project: Project, n: int, *, seed: int | None = None, where: Mapping[str, str] | None = None) -> Drawn:
    """Draw `n` examples from the universe that the pool does not hold yet, and add them to it.

    The same seed always draws in the same order, so drawing again goes on where it stopped. A negative of which it
    cannot be shown that its context does not answer it becomes a draft.
    """
    coordinates = dict(where or {})
    space = _space(project)
    with Pool.open(project.pool_url) as pool:
        # a drawn example that a person confirmed is its own parent in a restored version
        drawn_before = (pl.col("origin") == "universe") | (pl.col("parent") == pl.col("id"))
        had = pool.examples(status=None).filter(drawn_before, matching(coordinates)).height
        shares = project.task.split.shares if project.universe and project.universe.held_out.test else None
        seed = project.task.seed if seed is None else seed
        helpers = _helpers(project, space)
        known, asked = set(pool.examples(status=None)["id"]), had + n
        while True:
            drawn = space.draw(asked, seed=seed, where=coordinates, splits_share=shares, **helpers)
            fresh = drawn.filter(~pl.col("id").is_in(known)).head(n)
            if fresh.height == n or drawn.height < asked:
                break
            asked *= 2  # other coordinates may read the same: those in the pool already are passed over
        added = pool.add(fresh)
    drafts = fresh.filter(pl.col("status") == "draft").height
    return Drawn(accepted=added.accepted - drafts, drafts=drafts, duplicates=added.duplicates)


def _helpers(project: Project, space: Space) -> dict[str, Any]:
    """What a universe needs from other rooms to be drawn from: the task's retriever, embeddings."""
    helpers: dict[str, Any] = {}
    if space.retrieves:
        for _ in make_index(project.folder, project.task, _passages(project)):
            pass  # the same contexts are not indexed twice
        helpers["retrieve"] = finder(project.folder)
    if project.universe and project.universe.verify.similarity:
        helpers["similarity"] = similarity()
    return helpers


def universe(project: Project) -> Size:
    """How many questions the universe holds, by template and kind of negative, without listing any."""
    return _space(project).summed_up


def coverage(
    project: Project,
    *,
    strength: int | None = None,
    at_least: int | None = None,
    over: Sequence[str] | None = None,
) -> CoverageReport:
    """How far the pool's accepted examples cover the universe, and the shortest list of draws that fills the gaps.

    What is not given is taken from `coverage` in universe.yaml.
    """
    space = _space(project)
    declared = project.universe.coverage if project.universe else None
    given = {"strength": strength, "at_least": at_least, "over": tuple(over) if over else None}
    wanted = (declared or Coverage()).model_copy(update={key: value for key, value in given.items() if value})
    with Pool.open(project.pool_url) as pool:
        return space.coverage(pool.examples(), wanted)


def matching(where: Mapping[str, str]) -> pl.Expr:
    """The examples at some coordinates; `split` counts as one."""
    coordinates = {key: value for key, value in where.items() if key != "split"}
    side = pl.col("split") == where["split"] if "split" in where else pl.lit(True)
    return matches(coordinates) & side


def open_import(
    project: Project,
    given: Path | str | Iterable[Mapping[str, Any]],
    *,
    format: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
    where: Mapping[str, str] | None = None,
    separator: str = "",
    repair_text: bool = False,
    name: str | None = None,
) -> list[Plan]:
    """How each file would be read: format, encoding, columns, first examples. Nothing is changed by it.

    `name` is what a file is called where its path does not say, as for one that was uploaded.
    """
    options = Options(
        format=format,
        encoding=encoding,
        mapping=mapping or {},
        where=where or {},
        separator=separator,
        repair_text=repair_text,
        abstain_answer=project.task.abstain_answer,
    )
    return open_plans(given, options, name)


def import_examples(
    project: Project,
    given: Path | str | Iterable[Mapping[str, Any]],
    *,
    split: SplitName | None = None,
    **options: Any,
) -> Generator[Progress, None, ImportReport]:
    """Add the examples of a file, a folder or rows made in Python to the pool, all or (killed, or refused) none.

    What cannot be read is kept in `rejected.jsonl` with its reason. `split` binds all rows to one side, whatever the
    file says; the other options are those of `open_import`.
    """
    return (yield from import_plans(project, open_import(project, given, **options), split=split))


def import_plans(
    project: Project, plans: Sequence[Plan], *, split: SplitName | None = None
) -> Generator[Progress, None, ImportReport]:
    """The same for files that were opened already: what is read is what was shown."""
    coordinates = Coordinates()
    with Pool.open(project.pool_url) as pool:
        while True:
            try:
                with pool.adding() as add, rejecting(project.folder) as rejects:
                    report = yield from _imported(plans, coordinates, split, add, rejects)
                    rejects.save()  # before the examples are committed: no row is ever nowhere
                    return report
            except TooManyValues as late:
                coordinates = coordinates.again(late.key)


def _imported(
    plans: Sequence[Plan],
    coordinates: Coordinates,
    split: SplitName | None,
    add: Callable[[pl.DataFrame], Added],
    rejects: RejectedRows,
) -> Generator[Progress, None, ImportReport]:
    counts = dict.fromkeys(("rows", "accepted", "duplicates", "rejected", "repaired", "mojibake"), 0)
    shown: str | None = None
    first: list[RejectedRow] = []
    for plan in plans:
        stage, done = f"import {plan.source.name}", 1
        yield Progress(stage, 0, plan.survey.lines, plan.told())
        for part in plan.parts(coordinates):
            added = add(part.examples.with_columns(split=pl.lit(split)) if split else part.examples)
            rejects.add(part.file, part.content, part.rejected)
            first += _as_records(plan.source.name, part.rejected[: SHOWN_REJECTED - len(first)])
            counts["rows"] += part.examples.height + len(part.rejected)
            counts["accepted"] += added.accepted
            counts["duplicates"] += added.duplicates
            counts["rejected"] += len(part.rejected)
            counts["repaired"] += part.repaired
            counts["mojibake"] += part.mojibake
            shown = shown or part.mojibake_example
            done = max(part.at, done)
            yield Progress(stage, done, max(plan.survey.lines, done), f"{counts['accepted']:,} accepted")
    files = tuple(plan.source.name for plan in plans)
    return ImportReport(**counts, mojibake_example=shown, files=files, first_rejected=tuple(first))


def _as_records(file: str, rejected: Iterable[Rejected]) -> list[RejectedRow]:
    return [
        RejectedRow(file=file, row=row.row, reason=as_text(row.reason), original=as_text(row.original)[:EXCERPT])
        for row in rejected
    ]


@dataclass(frozen=True)
class ImportedContexts:
    """The passages a document was cut into, and where they are kept."""

    path: Path
    source: str
    kind: str
    passages: int
    replaced: bool
    """Passages of a document of this name were there before."""
    first: tuple[str, ...]
    """How the first of them begin."""


def documents_among(files: Iterable[Path]) -> list[Path]:
    """Those of some files that are documents (text, Markdown, HTML, PDF, DOCX), told by content and name."""
    return [file for file in files if is_document(file)]


def import_contexts(project: Project, path: Path, *, keep: bool = True, name: str | None = None) -> ImportedContexts:
    """Cut a document (text, Markdown, HTML, PDF, DOCX) into passages and keep them in `contexts/NAME.jsonl`.

    `index` makes them searchable. A document of the same name replaces the one before. Without `keep` nothing is
    written: the counts are those it would make. `name` is what the document is called where its path does not say.
    """
    found = read_passages(path, name)
    target = project.folder / "contexts" / f"{found.source}.jsonl"
    replaced = target.exists()
    if replaced and not is_stored(target):
        raise BadData(f"{target} holds contexts of another origin; nothing was written. Rename {found.source}.")
    if keep:
        write_atomically(target, found.lines().encode())
    first = tuple(str(row["text"])[:EXCERPT] for row in found.rows[:3])
    return ImportedContexts(target, found.source, found.kind, len(found.rows), replaced, first)


def import_choices() -> dict[str, tuple[str, ...]]:
    """What a person can choose from: `formats`, and the `roles` that columns fill."""
    return {"formats": IMPORTERS, "roles": tuple(ROLES)}


def preview_file(project: Project, path: Path, name: str, options: ImportOptions) -> ImportPreview | ImportedContexts:
    """What a file called `name` would bring: its first examples, or the first passages of a document."""
    if options.format is None and is_document(path, name):
        return import_contexts(project, path, keep=False, name=name)
    return open_import(project, path, name=name, **options.model_dump(exclude={"split"}))[0].preview()


def import_file(
    project: Project, path: Path, name: str, options: ImportOptions
) -> Generator[Progress, None, ImportReport | ImportedContexts]:
    """Bring in a file called `name`, rows as `import_examples` does and a document as `import_contexts` does."""
    if options.format is None and is_document(path, name):
        return import_contexts(project, path, name=name)
    plans = open_import(project, path, name=name, **options.model_dump(exclude={"split"}))
    return (yield from import_plans(project, plans, split=options.split))


# 3 · lint


@dataclass(frozen=True)
class Linted:
    """What the checks found, and what fixing did before they looked."""

    examples: int
    findings: tuple[Finding, ...]
    """The gravest first."""
    first: Mapping[str, Mapping[str, str]]
    """The example that each finding names first: id → its question and context."""
    fixed: Fixed | None = None

    def fails(self, strict: bool = False) -> bool:
        """True where something is wrong enough to stop a pipeline: an error, or a warning where one is strict."""
        grave = {"error", "warning"} if strict else {"error"}
        return any(finding.severity in grave for finding in self.findings)


def lint(
    project: Project,
    *,
    version: str | None = None,
    model: str | None = None,
    checks: Sequence[str] | None = None,
    fix: bool = False,
) -> Linted:
    """Check what the next version would be made of, or a frozen version; with the project's own checks.

    With `model`, also what its window would cut. `fix` applies the safe remedies to the pool first.
    """
    if fix and version:
        raise BadData(
            f"A frozen version never changes, so there is nothing to fix in {version}.\n  Fix the pool:  "
            "growloop lint --fix   and freeze again."
        )
    more = _own_checks(project)
    if model:
        from growloop.models.token_counts import token_counter

        counter = token_counter(_checkpoint(project, model), project.folder)
        tokens = min(counter.window, project.task.training.window or counter.window)
        more[CUT_BY_WINDOW] = cut_by_window(Window(model, tokens, counter.answer_inside, counter.count))
    done = _fix(project) if fix else None
    if not version:
        more[DISPUTED_VERDICTS] = _verdicts_check(project)
    examples = project.examples(_version(project, version).id) if version else _gathered(project)[0]
    found = lint_examples(examples, project.task, checks=checks, more=more)
    findings = tuple(sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.severity)))
    named = [finding.examples[0] for finding in findings if finding.examples]
    rows = examples.filter(pl.col("id").is_in(named)).select("id", "question", "context").iter_rows()
    first = {id: {"question": question, "context": context} for id, question, context in rows}
    return Linted(examples.height, findings, first, done)


def _own_checks(project: Project) -> dict[str, Check]:
    """The project's own checks, after a look at what task.yaml says about checks."""
    refuse_unknown(project.task)
    return own_checks(project.task, project.folder)


def _verdicts_check(project: Project) -> Check:
    """The check that sees what people said before it is folded into the data."""
    with Pool.open(project.pool_url) as pool:
        drawn, annotations = pool.examples(), pool.waiting_annotations()
    return disputed_verdicts(as_cleaned(annotations, drawn), drawn)


def _fix(project: Project) -> Fixed:
    with Pool.open(project.pool_url) as pool:
        examples, annotations = pool.examples(status=None), pool.annotations()
        accepted = examples.filter(pl.col("status") == "accepted")
        judged = annotate.rejected(annotations, accepted, abstain_answer=project.task.abstain_answer)
        named = [annotation.example for annotation in annotations if annotation.example]
        done = fixed(examples, project.task, judged={*judged, *named})
        pool.replace(done.fresh, done.statuses)
    return done


def _gathered(project: Project) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """The accepted examples as people corrected them, and the rows of the latest version."""
    parent = project.latest_version()
    with Pool.open(project.pool_url) as pool:
        drawn, annotations = pool.examples(), pool.waiting_annotations()
    before = project.examples(parent.id) if parent else None
    examples = _corrected(project, drawn, as_cleaned(annotations, drawn), before) if annotations else drawn
    if examples.is_empty():
        raise NothingToDo("The pool is empty. Fill it:  growloop draw 11400   or   growloop import FILE")
    return examples, before


def _corrected(
    project: Project, drawn: pl.DataFrame, annotations: list[Annotation], before: pl.DataFrame | None
) -> pl.DataFrame:
    words = project.task.abstain_answer
    corrections = annotate.fold(annotations, drawn, before, abstain_answer=words, places=_places(project))
    replaced = annotate.rejected(annotations, drawn, abstain_answer=words)
    return pl.concat([drawn.filter(~pl.col("id").is_in(replaced)), corrections])


# 4 · freeze


def freeze(project: Project) -> DatasetVersion:
    """Freeze the pool with people's corrections into a version, leak-checked and content-addressed.

    Groups stay on the side they had in the version before, so iterations are measured on the same rows.
    """
    parent = project.latest_version()
    examples, before = _gathered(project)
    curated = curate(examples, project.task, before=before)
    prints = fingerprints(curated.rows, project.fingerprints(parent.id) if parent else None)
    version = version_of(curated, project.task, parent=parent, prints=prints)
    if before is not None:
        version = version.model_copy(update={"changes": change_counts(difference(before, curated.rows))})
    from growloop.reporting.card import card

    told = card(version, curated.rows, project.task)
    beside = {} if curated.removed.is_empty() else {"removed.parquet": parquet_bytes(curated.removed)}
    return project.save_version(version, curated.rows, told, prints=prints, beside=beside)


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
        later = _version(project, before)
        if later.parent is None:
            raise NothingToDo(f"Version {later.id} is the first: there is none to compare it with.")
        earlier = project.version(later.parent)
    else:
        earlier, later = _version(project, before), project.version(after)
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


def examples(
    project: Project,
    *,
    where: Mapping[str, str] | None = None,
    status: ExampleStatus | None = None,
    text: str = "",
    limit: int = 50,
    after: int = 0,
) -> Found:
    """A page of the pool's examples: at some coordinates, of a status, with all words of a text."""
    with Pool.open(project.pool_url) as pool:
        return pool.search(where=where, status=status, text=text, limit=limit, after=after)


def _version(project: Project, version: str | None) -> DatasetVersion:
    found = project.version(version) if version else project.latest_version()
    if found is None:
        raise NothingToDo("No dataset version is frozen yet:  growloop freeze")
    return found


def export(
    project: Project,
    format: str,
    *,
    version: str | None = None,
    split: SplitName | None = None,
    out: Path | None = None,
    plain: bool = False,
    force: bool = False,
) -> Exported:
    """Write a version (the latest, unless named) in a form that other tools read, with context and source.

    A path that ends as the form's files do is one file; any other is a folder with a file per side. By default
    `exports/` in the project. Raises BadData where a file would be overwritten without `force`.
    """
    checked_form(format)
    frozen, task = _version(project, version), project.task
    examples = project.examples(frozen.id)
    if split:
        examples = examples.filter(pl.col("split") == split)
    if format == "preference":
        with Pool.open(project.pool_url) as pool:
            examples = with_wrong_answers(examples, pool.annotations(), task.abstain_answer)
    if examples.is_empty():
        raise NothingToDo(_nothing_to_export(frozen, format, split))
    card = project.folder / "versions" / frozen.id / "card.md"
    return export_examples(
        examples,
        format,
        out or project.folder / "exports" / f"{frozen.id}-{format}",
        abstain_answer=task.abstain_answer,
        name=task.name,
        card=card.read_text(encoding="utf-8") if card.exists() else "",
        plain=plain,
        force=force,
    )


def _nothing_to_export(version: DatasetVersion, format: str, split: str | None) -> str:
    if format != "preference":
        return f"Version {version.id} has no {split} examples (it has {version.counts})."
    side = f" on the {split} side" if split else ""
    return (
        f"No question of version {version.id}{side} was answered wrongly and corrected. Correct answers, then freeze:"
        "\n  growloop serve   and   growloop freeze"
    )


# 5 · measure before training


def baseline(project: Project, *, version: str | None = None) -> Generator[Progress, None, list[Candidate]]:
    """Every candidate zero-shot on the validation questions, best token F1 first, then fastest.

    A candidate that cannot be loaded is listed with its problem; the others are measured all the same.
    """
    frozen = _version(project, version)
    found: list[Candidate] = []
    for model in project.task.candidates:
        try:
            run = yield from _evaluated(
                project, frozen, model, "validation", kind="baseline", at_most=BASELINE_QUESTIONS
            )
        except GrowloopError as error:
            found.append(Candidate(model=model, run=None, problem=str(error)))
            continue
        found.append(_candidate(project, model, run))
    if not any(candidate.run for candidate in found):
        raise GrowloopError("No candidate could be measured.\n" + "\n".join(f"{c.model}: {c.problem}" for c in found))
    return sorted(found, key=_rank)


def _rank(candidate: Candidate) -> tuple[float, float]:
    score = candidate.metrics["token_f1"].value if candidate.run else None
    seconds = candidate.timings.seconds_per_answer_p50 if candidate.timings else 0.0
    return (-(score if score is not None else -1.0), seconds)


def _candidate(project: Project, model: str, run: Run) -> Candidate:
    return Candidate(
        model=model,
        run=run.id,
        trained_for=str(run.settings.get("trained_for", "")),
        parameters=run.parameters,
        model_bytes=run.model_bytes,
        metrics=run.metrics,
        timings=run.timings,
        budgets=budgets(project, run),
    )


# 6 · fine-tune


def train(project: Project, *, model: str | None = None, version: str | None = None) -> Generator[Progress, None, Run]:
    """Fine-tune a candidate on a version, in a process of its own; the model ends up in `runs/<id>/model`.

    The same version, model and settings are the same run: done already, it is not done again; killed, it goes on.
    """
    frozen = _version(project, version)
    chosen = model or project.task.candidates[0]
    settings: dict[str, Any] = {"training": project.task.training.model_dump(), "answer_kind": project.task.answer_kind}
    settings["abstain_answer"] = project.task.abstain_answer
    name = run_id("train", frozen.id, chosen, settings, project.task.seed)
    if project.is_done(name):
        return project.run(name)
    folder = project.run_folder(name)
    rows = str(project.version_folder(frozen.id))
    job = Job(task=project.task, model=_checkpoint(project, chosen), examples=rows, seed=project.task.seed)
    trained = yield from keep_progress(train_in_worker(job, folder), folder)
    run = Run(
        id=name,
        kind="train",
        version=frozen.id,
        split="train",
        model=chosen,
        settings=trained.settings,
        seed=project.task.seed,
        environment=environment(),
        metrics=trained.metrics,
        operating_points=trained.operating_points,
        created=now(),
        **_size(str(folder / "model")),
    )
    project.save_run(run)
    return run


def _checkpoint(project: Project, model: str) -> str:
    """What to load for a model: a training run's folder, a folder in the project, or the name itself."""
    if model.startswith("train-") and project.is_done(model):
        return str(project.run_folder(model) / "model")
    local = project.folder / model
    return str(local) if model != "bundled" and local.is_dir() else model


def _size(model: str) -> dict[str, Any]:
    from growloop.models.catalog import describe

    card = describe(model)
    return {"parameters": card.parameters, "model_bytes": card.size_bytes, "model_hash": card.sha256}


# 7 · find wrong labels


@dataclass(frozen=True)
class Audited:
    """An audit's run, and the examples by how likely their label is wrong."""

    run: Run
    suspects: pl.DataFrame
    """A SUSPECTS frame with a column for each signal: every example that no person has judged."""


def audit(
    project: Project, *, version: str | None = None, model: str | None = None, folds: int = 3, epochs: int = 3
) -> Generator[Progress, None, Audited]:
    """Rank a version's examples by how likely their label is wrong, with the reason.

    A candidate is trained once for each fold, on the others, and thrown away. The same version, model and settings
    are the same audit: done already, it is not done again; killed, it goes on with the next fold.
    """
    frozen, task = _version(project, version), project.task
    chosen = _unbiased(model or task.candidates[0])
    task = task.model_copy(update={"training": task.training.model_copy(update={"epochs": epochs})})
    settings: dict[str, Any] = {"training": task.training.model_dump(), "answer_kind": task.answer_kind}
    settings |= {"abstain_answer": task.abstain_answer, "folds": folds}
    name = run_id("audit", frozen.id, chosen, settings, task.seed)
    if not project.is_done(name):
        folder = project.run_folder(name)
        rows = str(project.version_folder(frozen.id))
        job = Job(task=task, model=_checkpoint(project, chosen), examples=rows, seed=task.seed, folds=folds)
        examined = yield from keep_progress(train_in_worker(job, folder), folder)
        ranked = suspects(project.examples(frozen.id), pl.read_parquet(folder / EXAMINED_FILE))
        write_atomically(folder / f"{SUSPECTS_FILE}.parquet", parquet_bytes(ranked))
        project.save_run(_audit_run(name, frozen, chosen, examined.settings, task.seed))
    return Audited(project.run(name), project.run_frame(name, SUSPECTS_FILE))


def _unbiased(model: str) -> str:
    if model.startswith("train-"):
        raise BadData(
            f"{model} has learned these examples, wrong labels among them, so it cannot tell which are wrong.\n"
            "  Audit with a candidate that is not trained yet, e.g.  growloop audit --model bundled"
        )
    return model


def _audit_run(name: str, version: DatasetVersion, model: str, settings: dict[str, Any], seed: int) -> Run:
    return Run(
        id=name,
        kind="audit",
        version=version.id,
        model=model,
        settings=settings,
        seed=seed,
        environment=environment(),
        created=now(),
    )


def enqueue(project: Project, examples: pl.DataFrame) -> int:
    """Put examples (`id`, `reason`, `score`) in the queue for a person to judge; returns how many wait there now."""
    with Pool.open(project.pool_url) as pool:
        pool.enqueue(examples.select("id", "reason", priority="score"))
    return queue(project).height


def queue(project: Project) -> pl.DataFrame:
    """The examples that wait for a person's verdict, the most urgent first: a QUEUED frame.

    A verdict on an example takes it off, here or on the page; one that is taken back puts it in again.
    """
    with Pool.open(project.pool_url) as pool:
        return annotate.still_queued(pool.queue(), pool.annotations())


def judge(project: Project, example: str, verdict: Verdict, *, answers: Sequence[str] = (), by: str = "") -> Annotation:
    """Save a person's verdict on the label of a queued example, named by its id or the beginning of it."""
    found = _queued(project, example)
    shown = found["answers"][0] if found["answers"] else project.task.abstain_answer
    asked = {"question": found["question"], "context": found["context"], "shown_answer": shown}
    given = Annotation(**asked, verdict=verdict, answers=tuple(answers), example=found["id"], by=by, at=now())
    return correct(project, given)


def take_off(project: Project, example: str) -> None:
    """Take an example, named by its id or the beginning of it, off the queue without a verdict."""
    with Pool.open(project.pool_url) as pool:
        pool.dequeue([_queued(project, example)["id"]])


def _queued(project: Project, example: str) -> dict[str, Any]:
    found = queue(project).filter(pl.col("id").str.starts_with(example))
    if found.height != 1:
        many = "No example in the queue has" if found.is_empty() else f"{found.height} examples in the queue have"
        raise NotFound(f'{many} an id that begins with "{example}".\n  What waits, with ids:  growloop queue')
    return found.row(0, named=True)


# 8 · evaluate


def evaluate(
    project: Project, *, model: str | None = None, version: str | None = None, split: str = "test"
) -> Generator[Progress, None, Run]:
    """Answer a split of a version with a model (the one trained last, unless named) and score the answers."""
    frozen = _version(project, version)
    return (yield from _evaluated(project, frozen, model or latest_model(project), split))


def latest_model(project: Project) -> str:
    """The training run finished last, or the first candidate where nothing is trained yet."""
    trained = [run.id for run in project.runs() if run.kind == "train"]
    return trained[-1] if trained else project.task.candidates[0]


def _evaluated(
    project: Project,
    version: DatasetVersion,
    model: str,
    split: str,
    *,
    kind: RunKind = "evaluate",
    at_most: int | None = None,
) -> Generator[Progress, None, Run]:
    from growloop.models import load_answerer
    from growloop.models.catalog import describe

    task = project.task
    settings: dict[str, Any] = {"abstain_answer": task.abstain_answer, "metrics": task.metrics, "at_most": at_most}
    if task.training.window:
        settings["window"] = task.training.window
    name = run_id(kind, version.id, model, settings, task.seed, split)
    if project.is_done(name):
        return project.run(name)
    examples = evaluated_examples(project, version, split, at_most)
    checkpoint = _checkpoint(project, model)
    folder = project.run_folder(name)
    card = describe(checkpoint)
    stage = evaluate_answers(load_answerer(checkpoint, task), examples, task, folder)
    result = yield from keep_progress(stage, folder)
    run = Run(
        id=name,
        kind=kind,
        version=version.id,
        split=split,
        model=model,
        settings={**settings, "trained_for": card.trained_for},
        seed=task.seed,
        environment=environment(),
        metrics=result.metrics,
        timings=result.timings,
        notes=tuple(result.notes),
        parameters=card.parameters,
        model_bytes=card.size_bytes,
        model_hash=card.sha256,
        created=now(),
    )
    project.save_run(run)
    return run


def evaluated_examples(project: Project, version: DatasetVersion, split: str, at_most: int | None) -> pl.DataFrame:
    """The rows of a split, or a seeded sample of them. Raises NothingToDo where there are none."""
    examples = project.examples(version.id).filter(pl.col("split") == split)
    if examples.is_empty():
        raise NothingToDo(
            f"Version {version.id} has no {split} examples (it has {version.counts}). "
            "Draw or import more, then:  growloop freeze"
        )
    if at_most is None or examples.height <= at_most:
        return examples
    return examples.sample(at_most, seed=project.task.seed, shuffle=True)


def budgets(project: Project, run: Run) -> tuple[BudgetCheck, ...]:
    """The task's budgets beside what a run measured."""
    scores = project.run_frame(run.id, "scores")
    return tuple(check_budgets(project.task, scores, _answered_examples(project, run), run.timings))


def slices(project: Project, run: Run) -> list[SliceScore]:
    """The scores of a run by the task's slices, then by every other coordinate of few values, with n and interval."""
    examples, scores = _answered_examples(project, run), project.run_frame(run.id, "scores")
    always = slice_scores(examples, scores, project.task.slices)
    others = slice_scores(examples, scores, None)
    return always + [found for found in others if found not in always]


def worst(project: Project, run: Run, n: int) -> pl.DataFrame:
    """The examples that a run answered worst."""
    predictions, scores = (project.run_frame(run.id, name) for name in ("predictions", "scores"))
    return worst_examples(_answered_examples(project, run), predictions, scores, n)


def _answered_examples(project: Project, run: Run) -> pl.DataFrame:
    version = project.version(run.version)
    return evaluated_examples(project, version, run.split or "test", run.settings.get("at_most"))


def gate(project: Project, run: Run) -> None:
    """Raise BudgetMissed, naming each budget that a run misses."""
    missed = [budget for budget in budgets(project, run) if not budget.met]
    if missed:
        lines = [f"  {budget.name}: {_measured(budget)}, the budget is {budget.budget:g}" for budget in missed]
        raise BudgetMissed("\n".join([f"{len(missed)} of the budgets in task.yaml are missed:", *lines]))


def _measured(budget: BudgetCheck) -> str:
    return "nothing was measured" if budget.measured is None else f"measured {budget.measured:.4g}"


# 9 · report


def build_report(project: Project, number: int | None = None) -> Report:
    """Everything the report page shows about one turn (the last, unless named), read from its runs."""
    turns = project.iterations()
    if not turns:
        raise NothingToDo("No turn of the loop is finished yet:  growloop next")
    turn = turns[-1] if number is None else next((t for t in turns if t.number == number), None)
    if turn is None:
        raise NotFound(f"There is no iteration {number}; the last is {turns[-1].number}.")
    before = max((t for t in turns if t.number < turn.number), key=lambda t: t.number, default=None)
    run = project.run(turn.run)
    return Report(
        iteration=turn,
        compared_to=before,
        slices=tuple(slices(project, run)),
        comparisons=comparisons(project, before, turn) if before else (),
        budgets=budgets(project, run),
        settings=project.run(turn.trained_by).settings if turn.trained_by else run.settings,
    )


def comparisons(project: Project, before: Iteration, after: Iteration) -> tuple[Comparison, ...]:
    """Two turns on the rows that both have answered."""
    frames = [project.run_frame(turn.run, "scores") for turn in (before, after)]
    return tuple(compare(frames[0], frames[1], metric) for metric in ("exact_match", "token_f1"))


def report(project: Project, number: int | None = None) -> Path:
    """The report page of one turn: a self-contained HTML file. Returns its path."""
    from growloop.reporting.html import render

    facts = build_report(project, number)
    turn = facts.iteration
    version = project.version(turn.version)
    runs = [project.run(name) for name in (turn.run, turn.trained_by) if name]
    page = render(
        facts,
        task=project.task,
        version=version,
        examples=_answered_examples(project, runs[0]),
        predictions=project.run_frame(turn.run, "predictions"),
        scores=project.run_frame(turn.run, "scores"),
        runs=runs,
        history=history(project, turn),
        iterations=[t for t in project.iterations() if t.number <= turn.number],
    )
    path = project.folder / "reports" / f"{turn.number}.html"
    write_atomically(path, page.encode())
    return path


def history(project: Project, turn: Iteration) -> list[dict[str, float]]:
    """The learning curve of a turn's training: a row per sign of life that carried numbers."""
    return kept_progress(project.run_folder(turn.trained_by)) if turn.trained_by else []


# 10 · round again


def next_iteration(project: Project, *, n: int | None = None) -> Generator[Progress, None, Iteration]:
    """One whole turn of the loop: gather, freeze, measure the untrained model once, fine-tune, evaluate, report.

    The first turn draws from the universe; a later one folds in people's corrections, and draws `n` more if asked.
    Killed at any moment and started again, it goes on where it was.
    """
    _gather(project, n)
    version = freeze(project)
    yield Progress("freeze", 1, 1, f"version {version.id}: {version.counts}")
    turns = {turn.number: turn for turn in project.iterations()}
    if 0 not in turns:
        candidates = yield from baseline(project, version=version.id)
        zero_shot = yield from _evaluated(project, version, candidates[0].model, "test")
        turns[0] = _turn(project, 0, zero_shot)
        project.save_iteration(turns[0])
    last = turns[max(turns)]
    trained = yield from train(project, model=turns[0].model, version=version.id)
    run = yield from _evaluated(project, version, trained.id, "test")
    number = last.number if last.trained_by == trained.id else last.number + 1
    turn = _turn(project, number, run, trained)
    project.save_iteration(turn)
    report(project, number)
    return turn


def _gather(project: Project, n: int | None) -> None:
    with Pool.open(project.pool_url) as pool:
        empty = pool.examples(status=None).is_empty()
    wanted = n if n is not None else DRAWN_AT_FIRST if empty and project.universe else 0
    if wanted:
        draw(project, wanted)


def _turn(project: Project, number: int, run: Run, trained: Run | None = None) -> Iteration:
    return Iteration(
        number=number,
        version=run.version,
        run=run.id,
        trained_by=trained.id if trained else None,
        model=trained.model if trained else run.model,
        metrics=run.metrics,
        timings=run.timings,
        model_bytes=run.model_bytes,
        parameters=run.parameters,
        annotations=project.version(run.version).origins.get("annotation", 0),
        created=now(),
    )


# 11 · find, ask, correct


def index(project: Project) -> Generator[Progress, None, dict[str, Estimate]]:
    """Index the contexts for retrieval; returns recall at 1, 3 and 5 on the frozen version's positives."""
    yield from make_index(project.folder, project.task, _passages(project))
    latest = project.latest_version()
    if latest is None:
        return {}
    return retrieval_quality(project.folder, project.examples(latest.id))


def _passages(project: Project) -> pl.DataFrame:
    """What can be found: the contexts of the universe, and those cut from documents."""
    declared = project.universe.contexts.file if project.universe else ""
    parts = [_space(project).passages()] if project.universe else []
    files = sorted((project.folder / "contexts").glob("*.jsonl"))
    parts += [stored_passages(file) for file in files if file != project.folder / declared and is_stored(file)]
    if not parts:
        raise NothingToDo(
            "There are no contexts to index. Bring documents:  growloop import manual.pdf   "
            "or declare contexts in universe.yaml."
        )
    return pl.concat(parts, how="diagonal")


def ask(project: Project, question: str, context: str | None = None) -> Answered:
    """The current model's answer, with the context it was read from; without one, the indexer finds it.

    A closed task reads no context. Raises NotFound where one is needed, none is given and nothing is indexed.
    """
    task = project.task
    if task.answer_kind == "closed_generative":
        context = ""
    passages = search(project.folder, question, task.passages) if context is None else ()
    read = "\n\n".join(str(passage["text"]) for passage in passages) if context is None else context
    model = latest_model(project)
    turn = max((t for t in project.iterations() if t.trained_by == model), key=lambda t: t.number, default=None)
    row = answer_one(_checkpoint(project, model), task, question, read)
    return Answered(
        answer=row["prediction"],
        context=read,
        passages=passages,
        seconds=row["seconds"],
        model=turn.model if turn else model,
        iteration=turn.number if turn else None,
        abstained=row["abstained"],
        run=model if model.startswith("train-") else None,
    )


def side_of(project: Project, question: str, context: str) -> SplitName:
    """The split on which a correction of this would fall: what it is measured on, the model never learns."""
    return sides(project).of(question, context)


def sides(project: Project) -> annotate.Sides:
    """Where corrections fall, for all contexts that the pool and the latest version know."""
    latest = project.latest_version()
    with Pool.open(project.pool_url) as pool:
        return annotate.Sides(pool.examples(), project.examples(latest.id) if latest else None, _places(project))


def _places(project: Project) -> pl.DataFrame | None:
    """Where the universe's contexts stand; None without a universe."""
    return _space(project).places() if project.universe else None


def correct(project: Project, annotation: Annotation) -> Annotation:
    """Save a person's verdict on an answer, durably; the next version holds it."""
    with Pool.open(project.pool_url) as pool:
        return annotate.record(pool, annotation)


def undo(project: Project, annotation_id: int) -> None:
    """Withdraw a verdict; it stays in the pool's history."""
    with Pool.open(project.pool_url) as pool:
        annotate.undo(pool, annotation_id)


def verdicts(project: Project, offset: int = 0, limit: int = 50) -> tuple[list[Annotation], int]:
    """A page of verdicts, newest first, withdrawn ones among them, and how many there are."""
    with Pool.open(project.pool_url) as pool:
        return pool.latest_annotations(offset, limit)


# 12 · where we stand


def status(project: Project) -> Status:
    """Where the project stands and what to do next."""
    with Pool.open(project.pool_url) as pool:
        counts, examples, given = pool.counts(), pool.examples(), pool.waiting_annotations()
        queued = annotate.still_queued(pool.queue(), pool.annotations()).height
    turns = project.iterations()
    latest = project.latest_version()
    before = project.examples(latest.id) if latest else None
    given = as_cleaned(given, examples)
    waiting = annotate.waiting(given, examples, before, abstain_answer=project.task.abstain_answer)
    step, because = _next_step(project, counts, latest, turns, waiting)
    return Status(
        name=project.task.name,
        folder=str(project.folder),
        purpose=project.task.purpose,
        pool=counts,
        versions=tuple(version.id for version in project.versions()),
        iterations=tuple(turns),
        waiting=waiting,
        queued=queued,
        indexed=(project.folder / "index").is_dir(),
        next_step=step,
        because=because,
    )


def _next_step(
    project: Project, pool: Mapping[str, int], latest: DatasetVersion | None, turns: Sequence[Iteration], waiting: int
) -> tuple[str, str]:
    if not pool and project.universe is None:
        return "growloop import FILE", "The pool is empty and there is no universe.yaml to draw from."
    if not turns or turns[-1].number == 0:
        return "growloop next", "Nothing is trained yet: one turn draws, freezes, measures, trains and reports."
    if waiting:
        return "growloop next", f"{waiting} correction(s) wait to be learned from."
    return "growloop serve", "Ask the model, correct what is wrong; corrections go into the next turn."


def score(gold: Path, predictions: Path) -> OfficialScores:
    """The official SQuAD v2 report: the official script's own keys, on its 0–100 scale; and what to know about it."""
    return score_squad_v2(gold, predictions)
