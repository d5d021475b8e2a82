from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growloop.errors import BadData
from growloop.project import Project, parquet_bytes
from growloop.records.example import EXAMPLES, examples_frame
from growloop.records.fingerprint import FINGERPRINTS, contents_id, fingerprints, unshared
from growloop.records.version import DatasetVersion
from growloop.version_folder import WHOLE, commit, differing_rows, read_fingerprints, read_rows


def questions(*numbers: int, **more: object) -> pl.DataFrame:
    texts = {"question": [f"Question {n}?" for n in numbers], "context": [f"Text {n // 2}" for n in numbers]}
    return examples_frame({**texts, "answers": [[f"a{n}"] if n % 3 else [] for n in numbers], **more})


def put(folder: Path, rows: pl.DataFrame, parent: Path | None = None) -> Path:
    known = read_fingerprints(parent) if parent else None
    commit(folder, rows, fingerprints(rows, known), {"manifest.json": b"{}"}, parent)
    return folder


def parts(folder: Path) -> dict[str, int]:
    """The parts of a version and how many version folders share each."""
    return {path.name: path.stat().st_nlink for path in folder.glob("part-*.parquet")}


@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_rows_come_back_as_they_were_put(tmp_path: Path, rows: int) -> None:
    examples = questions(*range(rows)) if rows else EXAMPLES.to_frame()

    folder = put(tmp_path / "v-1", examples)

    assert read_rows(folder).equals(examples)
    assert read_rows(folder).schema == EXAMPLES
    assert read_fingerprints(folder).schema == FINGERPRINTS
    assert [path.name for path in tmp_path.iterdir()] == ["v-1"]


def test_a_version_writes_only_what_its_parent_has_not(tmp_path: Path) -> None:
    first = put(tmp_path / "v-1", questions(*range(100)))
    changed = questions(*range(1, 100), 200)

    second = put(tmp_path / "v-2", changed, first)

    assert sorted(parts(second).values()) == [1, 2]
    [new] = [name for name, shared in parts(second).items() if shared == 1]
    assert pl.read_parquet(second / new)["question"].to_list() == ["Question 200?"]
    assert read_rows(second).equals(changed)


@pytest.mark.parametrize("deleted", ["v-1", "v-2"])
def test_deleting_a_version_breaks_no_other(tmp_path: Path, deleted: str) -> None:
    rows = {"v-1": questions(*range(100)), "v-2": questions(*range(101)), "v-3": questions(*range(102))}
    first = put(tmp_path / "v-1", rows["v-1"])
    second = put(tmp_path / "v-2", rows["v-2"], first)
    put(tmp_path / "v-3", rows["v-3"], second)

    shutil.rmtree(tmp_path / deleted)

    for name in {"v-1", "v-2", "v-3"} - {deleted}:
        assert read_rows(tmp_path / name).equals(rows[name])


def test_a_part_that_serves_few_rows_is_left_behind(tmp_path: Path) -> None:
    first = put(tmp_path / "v-1", questions(*range(100)))

    second = put(tmp_path / "v-2", questions(*range(49)), first)
    third = put(tmp_path / "v-3", questions(*range(51)), first)

    assert list(parts(second).values()) == [1]
    assert parts(third).keys() == parts(first).keys()


def test_parts_never_become_many(tmp_path: Path) -> None:
    folder = put(tmp_path / "v-0", questions(*range(1000)))
    for number in range(1, 40):
        folder = put(tmp_path / f"v-{number}", questions(*range(1000 + number)), folder)

        assert len(parts(folder)) <= 32
    assert read_rows(folder).equals(questions(*range(1039)))


def test_the_order_of_rows_is_the_versions_own(tmp_path: Path) -> None:
    first = put(tmp_path / "v-1", questions(*range(20)))

    second = put(tmp_path / "v-2", questions(*range(25)).reverse(), first)

    assert read_rows(second).equals(questions(*range(25)).reverse())


def test_the_same_rows_twice_are_kept_twice(tmp_path: Path) -> None:
    twice = pl.concat([questions(1, 2)] * 2)
    first = put(tmp_path / "v-1", twice)

    assert read_rows(put(tmp_path / "v-2", pl.concat([twice, questions(1)]), first)).height == 5


def test_a_version_kept_whole_by_an_older_growloop_is_read_and_built_upon(tmp_path: Path) -> None:
    old = tmp_path / "v-old"
    old.mkdir()
    (old / WHOLE).write_bytes(parquet_bytes(questions(*range(10))))
    (old / "manifest.json").write_text("{}")

    new = put(tmp_path / "v-new", questions(*range(1, 12)), old)

    assert read_rows(old).equals(questions(*range(10)))
    assert read_rows(new).equals(questions(*range(1, 12)))
    gone, come = differing_rows(old, new)
    assert (gone["question"].to_list(), come.height) == (["Question 0?"], 2)


def test_what_a_killed_older_growloop_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "v-1").mkdir()
    (tmp_path / "v-1" / WHOLE).write_bytes(b"half of it")

    assert read_rows(put(tmp_path / "v-1", questions(1))).height == 1


def test_where_hard_links_are_not_to_be_had_parts_are_copied(tmp_path: Path) -> None:
    other_disk = Path("/dev/shm")
    if not other_disk.is_dir() or other_disk.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system at /dev/shm")
    parent = other_disk / f"growloop-{os.getpid()}" / "v-1"
    try:
        put(parent, questions(*range(10)))

        second = put(tmp_path / "v-2", questions(*range(11)), parent)
    finally:
        shutil.rmtree(parent.parent)

    assert read_rows(second).height == 11


@pytest.mark.parametrize("kind", ["part", "rows"])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, kind: str) -> None:
    folder = put(tmp_path / "v-1", questions(*range(50)))
    [path] = folder.glob(f"{kind}-*.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)

    with pytest.raises(BadData, match=rf"{path.name} is damaged[\s\S]*growloop freeze"):
        read_rows(folder)


@pytest.mark.parametrize("kind", ["part", "rows"])
def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path, kind: str) -> None:
    folder = put(tmp_path / "v-1", questions(1))
    next(folder.glob(f"{kind}-*.parquet")).unlink()

    with pytest.raises(BadData, match=rf"{kind}-.* is missing[\s\S]*growloop freeze"):
        read_rows(folder)


def test_a_missing_part_is_to_be_had_from_another_version_that_shares_it(tmp_path: Path) -> None:
    first = put(tmp_path / "v-1", questions(*range(10)))
    second = put(tmp_path / "v-2", questions(*range(11)), first)
    [shared] = parts(first)
    (second / shared).unlink()

    with pytest.raises(BadData, match=f"{first / shared} should hold the same"):
        read_rows(second)


def test_a_cut_off_old_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "v-1").mkdir()
    (tmp_path / "v-1" / WHOLE).write_bytes(parquet_bytes(questions(1))[:-20])

    with pytest.raises(BadData, match=r"examples\.parquet cannot be read"):
        read_rows(tmp_path / "v-1")


def _commit_for_ever(folder: str) -> None:
    (Path(folder) / "started").touch()
    parent = None
    for number in range(10_000):
        parent = put(Path(folder) / f"v-{number:05}", questions(*range(2000 + number)), parent)


def test_a_commit_killed_at_any_moment_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    for attempt in range(4):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        writer = multiprocessing.get_context("spawn").Process(target=_commit_for_ever, args=(str(folder),), daemon=True)
        writer.start()
        deadline = time.monotonic() + 60
        while not list(folder.glob("v-*")) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.013 * attempt)
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()

        found = sorted(folder.glob("v-*"))
        assert found
        for number, version in enumerate(found):
            assert read_rows(version).equals(questions(*range(2000 + number)))


def test_two_who_commit_the_same_version_both_succeed(tmp_path: Path) -> None:
    rows = questions(*range(10))

    put(tmp_path / "v-1", rows)
    put(tmp_path / "v-1", rows)

    assert read_rows(tmp_path / "v-1").equals(rows)
    assert [path.name for path in tmp_path.iterdir()] == ["v-1"]


def test_unfinished_folders_are_not_versions(tmp_path: Path) -> None:
    (tmp_path / "task.yaml").write_text("name: t\npurpose: p\nanswer_kind: extractive\n", encoding="utf-8")
    project = Project.open(tmp_path)
    counts = {"train": 1}
    version = DatasetVersion(
        id="v-1", task_hash="h", counts=counts, answerable=counts, groups=counts, origins={}, created="now"
    )
    project.save_version(version, questions(1))
    shutil.copytree(tmp_path / "versions" / "v-1", tmp_path / "versions" / ".new-abc")

    assert [found.id for found in project.versions()] == ["v-1"]


CHANGED = {
    "answers": pl.lit(["b"]),
    "negative": pl.lit("unanswerable"),
    "where": pl.lit([{"key": "a", "value": "b"}], dtype=EXAMPLES["where"]),
    "question": pl.lit("?"),
    "context": pl.lit("?"),
    "group": pl.lit("g"),
    "split": pl.lit("test"),
    "origin": pl.lit("o"),
    "parent": pl.lit("p"),
    "source_id": pl.lit(""),
    "status": pl.lit("draft"),
}


@pytest.mark.parametrize("column", CHANGED)
def test_a_row_is_recognised_only_if_it_is_the_same_in_every_column(column: str) -> None:
    rows = questions(1, 2, 4)
    known = fingerprints(rows).with_columns(part=pl.lit("part-x.parquet"), row=pl.int_range(3, dtype=pl.UInt32))
    changed = pl.concat([rows.head(2), rows.tail(1).with_columns(**{column: CHANGED[column]})])

    found = fingerprints(changed, known)

    assert found["part"].is_null().to_list() == [False, False, True]
    assert found.drop("part", "row").equals(fingerprints(changed).drop("part", "row"))
    assert contents_id(found) != contents_id(known)


def test_rows_signed_by_another_polars_are_recognised_by_their_digest() -> None:
    rows = questions(1, 2, 3)
    known = fingerprints(rows).with_columns(
        part=pl.lit("part-x.parquet"), row=pl.int_range(3, dtype=pl.UInt32), signature=pl.lit(7, dtype=pl.UInt64)
    )

    found = fingerprints(rows, known)

    assert found["row"].to_list() == [0, 1, 2]
    assert contents_id(found) == contents_id(known)


def test_the_id_of_a_version_is_the_same_on_any_machine() -> None:
    rows = examples_frame(
        {
            "question": ["Zoë’s?", "", "x"],
            "context": ["a\r\nb", "3:abc", "~"],
            "answers": [["", "1:"], [], ["ё"]],
            "where": [{"k": "v"}, {}, {"a": "", "": "b"}],
            "group": ["g", "", "~"],
            "negative": [None, "~", ""],
        }
    )

    assert contents_id(fingerprints(rows)) == "v-4a6b802e3981"
    assert contents_id(fingerprints(rows)) == by_hand(rows)


def by_hand(rows: pl.DataFrame) -> str:
    """The id as its definition says, row by row."""

    def framed(text: str | None) -> str:
        return "~" if text is None else f"{len(text.encode())}:{text}"

    digests = b""
    for row in rows.to_dicts():
        row["answers"] = "".join(map(framed, row["answers"]))
        row["where"] = "".join(framed(pair["key"]) + framed(pair["value"]) for pair in row["where"])
        digests += hashlib.blake2b("".join(map(framed, row.values())).encode(), digest_size=16).digest()
    return f"v-{hashlib.blake2b(digests, digest_size=6).hexdigest()}"


texts = st.text(alphabet="a1:~\x1f\n", max_size=4)
examples = st.tuples(
    texts, texts, st.lists(texts, max_size=2), st.dictionaries(texts, texts, max_size=2), texts | st.none()
)


def _frame(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    names = ("question", "context", "answers", "where", "negative")
    columns = {name: [row[number] for row in rows] for number, name in enumerate(names)}
    return examples_frame({**columns, "group": [""] * len(rows)})


@settings(max_examples=100, deadline=None)
@given(st.lists(examples, min_size=1, max_size=4), st.lists(examples, min_size=1, max_size=4))
def test_two_versions_have_one_id_only_if_their_rows_are_equal(
    one: list[tuple[object, ...]], other: list[tuple[object, ...]]
) -> None:
    first, second = _frame(one), _frame(other)

    same = contents_id(fingerprints(first)) == contents_id(fingerprints(second))

    assert same == first.equals(second)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.integers(0, 30), min_size=1), min_size=2, max_size=4))
def test_versions_built_on_each_other_hold_what_was_put_and_differ_in_what_differs(
    tmp_path_factory: pytest.TempPathFactory, versions: list[set[int]]
) -> None:
    folder = tmp_path_factory.mktemp("versions")
    parent = None
    for number, held in enumerate(versions):
        child = put(folder / f"v-{number}", questions(*held), parent)

        assert read_rows(child).equals(questions(*held))
        if parent is not None:
            gone, come = differing_rows(parent, child)
            assert gone.equals(questions(*[n for n in versions[number - 1] if n not in held]))
            assert come.equals(questions(*[n for n in held if n not in versions[number - 1]]))
        parent = child


def test_a_hundred_thousand_rows_are_put_and_compared(tmp_path: Path) -> None:
    first = put(tmp_path / "v-1", questions(*range(100_000)))
    second = put(tmp_path / "v-2", questions(*range(500, 100_500)), first)

    gone, come = differing_rows(first, second)

    assert gone.equals(questions(*range(500)))
    assert come.equals(questions(*range(100_000, 100_500)))
    new = [path for path in second.glob("part-*") if path.stat().st_nlink == 1]
    assert sum(path.stat().st_size for path in new) < 100_000


def test_a_version_is_compared_with_its_parent_by_the_rows_it_keeps_of_it(tmp_path: Path) -> None:
    rows = questions(*range(100)), questions(*range(2, 101))
    first, second = put(tmp_path / "v-1", rows[0]), tmp_path / "v-2"
    prints = fingerprints(rows[1], read_fingerprints(first))
    by_reading = differing_rows(first, put(tmp_path / "v-3", rows[1], first))

    commit(
        second, rows[1], prints, {"manifest.json": b"{}"}, first, gone=rows[0][unshared(fingerprints(rows[0]), prints)]
    )
    for part in first.glob("part-*.parquet"):
        part.unlink()  # none of its rows is read

    for kept, read in zip(differing_rows(first, second), by_reading, strict=True):
        assert kept.equals(read)


def test_rows_kept_of_a_parent_are_checked_before_they_are_told(tmp_path: Path) -> None:
    rows = questions(*range(10)), questions(*range(9))
    first = put(tmp_path / "v-1", rows[0])
    prints = fingerprints(rows[1], read_fingerprints(first))
    commit(tmp_path / "v-2", rows[1], prints, {"manifest.json": b"{}"}, first, gone=rows[0][9:])
    [kept] = (tmp_path / "v-2").glob("gone-v-1-*.parquet")
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")

    with pytest.raises(BadData, match="is damaged"):
        differing_rows(first, tmp_path / "v-2")
