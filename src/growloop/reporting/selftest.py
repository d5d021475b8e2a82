"""How the self-test of the metrics is shown in the terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from growloop.records.selftest import AttackScore, FailedCase, MetricProof, SelfTest
from growloop.reporting.figures import NOTHING, value_text
from growloop.reporting.text import table_of

ATTACK_LABELS = {
    "empty": "None",
    "abstain": "Abst",
    "question": "Ques",
    "context": "Cont",
    "and_opposite": "Both",
    "opposite": "Oppo",
    "shuffled": "Shuf",
    "other_gold": "Else",
}
"""Four letters each, so that the table fits a terminal of 80 columns."""
_LEGEND = (
    "Gold: right answers. Run: the model of the last turn. Red: an attack reaches half of what right answers score, or "
    "what the model scores. Put to all questions: nothing, the abstain answer, a copy of the question, of the context. "
    "Put to answerable ones: the right answer with its opposite behind it, the opposite, the words shuffled, the right "
    "answer to another question."
)


def metrics_list(metrics: Sequence[tuple[str, str, str]], used: Collection[str] = ()) -> Table:
    """Every metric with what it says and where its formula is from; those that the task uses are marked."""
    table = Table(box=None, pad_edge=False)
    for name in ("Metric", "What it says", "Formula"):
        table.add_column(name, overflow="fold")
    for name, about, source in metrics:
        table.add_row(Text(name, "bold green" if name in used else "bold"), escape(about), Text(source, "dim"))
    return table


def self_test_tables(found: SelfTest) -> RenderableType:
    """The cases each metric failed, metric × attack, and the trick that would win."""
    parts: list[RenderableType] = [_cases_line(found)]
    parts += [_failed(proof, case) for proof in found.proofs for case in proof.failed]
    if found.examples:
        parts += [_attacks_table(found), Text(_LEGEND, "dim"), Text(found.trick, "bold")]
    else:
        parts.append(Text("No examples to attack with; in a project that has some, the attacks are tried too.", "dim"))
    return Group(*parts, *(Text.assemble(("! ", "yellow"), warning) for warning in found.warnings))


def _cases_line(found: SelfTest) -> Text:
    failed, cases = (sum(counts) for counts in zip(*((len(p.failed), p.cases) for p in found.proofs), strict=True))
    without = [proof.metric for proof in found.proofs if not proof.cases]
    told = f"{cases - failed} of {cases} cases come out as they must, over {len(found.proofs)} metrics."
    lack = f" No cases of their own: {', '.join(without)}." if without else ""
    return Text(told + lack, "bold red" if failed else "green")


def _failed(proof: MetricProof, case: FailedCase) -> Text:
    wanted = case.expect.replace("_", " ")
    held = f" against “{' / '.join(case.answers)}”" if case.answers else ""
    why = f": {case.reason}" if case.reason else ""
    told = f"✗ {proof.metric}: “{case.prediction}”{held} scores {value_text(case.score)}, and is a {wanted} case{why}"
    return Text(told, "red")


def _attacks_table(found: SelfTest) -> Table:
    attacked = [proof for proof in found.proofs if proof.attacks]
    attacks = [score.attack for score in attacked[0].attacks] if attacked else []
    title = f"Attacks on {found.examples:,} examples, {found.unanswerable:,} of them unanswerable"
    table = table_of("", "Gold", "Run", *(ATTACK_LABELS.get(name, name) for name in attacks), title=title)
    table.padding, table.columns[0].no_wrap = 0, True
    for proof in attacked:
        levels = (value_text(proof.gold), value_text(proof.model))
        table.add_row(escape(proof.metric), *levels, *(_cell(score) for score in proof.attacks))
    return table


def _cell(score: AttackScore) -> Text:
    if score.score is None:
        return Text(NOTHING, "dim")
    return Text(value_text(score.score), "bold red" if score.fooled else "")
