"""errors → records → project, pool → the rooms of the data and models → the stages → loop → cli, web."""

from __future__ import annotations

import ast
from pathlib import Path

RUNGS = [
    ["errors"],
    ["records"],
    ["version_folder", "search_index", "database", "row_stream", "own_code", "kept"],
    ["project", "pool"],
    ["remote"],
    ["universe", "dataset", "metrics", "models", "retrieval", "runs", "jobs"],
    ["adjudication", "people", "leases"],
    ["evaluation", "finetune", "diagnose", "recommender", "annotate", "drafts", "teacher", "reporting", "asking"],
    ["loop"],
    ["cli", "web", "notebook", "worker"],
]
RUNG = {room: number for number, rooms in enumerate(RUNGS) for room in rooms}
ONE_RUNG_ALLOWED = {("pool", "project"), ("cli", "web")}
"""One way, on one rung: the pool writes the time as the project does; `growloop serve` starts the page."""
HEAVY = {
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "sentence_transformers",
    "bm25s",
    "altair",
    "starlette",
    "argon2",
    "authlib",
    "uvicorn",
    "lxml",
    "pypdf",
    "docx",
    "sklearn",
}


def imports(path: Path, *, anywhere: bool = True) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if anywhere else iter(tree.body)
    found: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found += [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "growloop" and len(parts) > 1 and parts[1] in RUNG else None


def source_files(repository: Path) -> list[tuple[str, Path]]:
    source = repository / "src" / "growloop"
    files = [(path.relative_to(source).parts[0].removesuffix(".py"), path) for path in source.rglob("*.py")]
    return [(room, path) for room, path in files if not room.startswith("__")]


def test_every_room_stands_on_a_rung(repository: Path) -> None:
    rooms = {room for room, _ in source_files(repository)} - {"templates"}

    assert rooms == set(RUNG)


def test_imports_point_down_the_ladder_only(repository: Path) -> None:
    upward = [
        f"{path.name}: {room} imports {target}"
        for room, path in source_files(repository)
        for target in {room_of(module) for module in imports(path)} - {None, room}
        if RUNG[target] >= RUNG[room] and (room, target) not in ONE_RUNG_ALLOWED
    ]

    assert upward == []


def test_the_data_side_and_the_command_line_never_import_heavy_libraries_at_start(repository: Path) -> None:
    light = {
        "errors",
        "records",
        "project",
        "pool",
        "universe",
        "dataset",
        "metrics",
        "runs",
        "loop",
        "cli",
        "notebook",
    }
    heavy = [
        f"{path.name} imports {module}"
        for room, path in source_files(repository)
        if room in light
        for module in imports(path, anywhere=False)
        if module.split(".")[0] in HEAVY
    ]

    assert heavy == []
