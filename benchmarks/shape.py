"""The shape of the code, looked at on purpose:  python benchmarks/shape.py  (prints, never fails)."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

SOURCE = Path(__file__).resolve().parent.parent / "src" / "growloop"
TESTS = SOURCE.parent.parent / "tests"


def functions(tree: ast.AST) -> list[tuple[int, str]]:
    """Length in lines and name of every function."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [((node.end_lineno or node.lineno) - node.lineno + 1, node.name) for node in nodes]


def spread(lengths: list[int]) -> str:
    """Median, 90th percentile and longest."""
    return f"{median(lengths):.0f} / {quantiles(lengths, n=10)[-1]:.0f} / {max(lengths)}" if len(lengths) > 1 else "-"


def inner_imports(tree: ast.AST) -> int:
    """Own modules imported inside functions."""
    inside = (n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f))
    return sum(isinstance(n, ast.ImportFrom) and (n.module or "").startswith("growloop") for n in inside)


def main() -> None:
    """Print the table and the five longest functions."""
    files = {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}
    trees = {path: ast.parse(text) for path, text in files.items()}
    lengths = [text.count("\n") for text in files.values()]
    found = [(n, f"{path.relative_to(SOURCE)} {name}") for path, t in trees.items() for n, name in functions(t)]
    tests = "".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py"))
    code = "".join(files.values())

    table = Table("what", "value")
    table.add_row("files, lines", f"{len(files)}, {sum(lengths)}")
    table.add_row("file length: median / p90 / max", spread(lengths))
    table.add_row("function length: median / p90 / max", spread([n for n, _ in found]))
    table.add_row("functions over 60 lines", f"{100 * sum(n > 60 for n, _ in found) / max(1, len(found)):.1f} %")
    table.add_row("own imports inside functions", str(sum(map(inner_imports, trees.values()))))
    table.add_row("tests ÷ code (bytes)", f"{len(tests) / len(code):.2f}")
    table.add_row(
        "patches per 100 tests", f"{100 * tests.count('monkeypatch.setattr') / max(1, tests.count('def test_')):.1f}"
    )
    for n, name in sorted(found, reverse=True)[:5]:
        table.add_row(f"longest: {name}", str(n))
    Console().print(table)


if __name__ == "__main__":
    main()
