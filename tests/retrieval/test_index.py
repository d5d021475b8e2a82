import os
import signal
import subprocess
import sys
import textwrap

import polars as pl
import pytest

from growloop.errors import BadData, ModelProblem, NotFound, NothingToDo
from growloop.retrieval import build_index, fingerprint, open_index

pytest.importorskip("bm25s")


@pytest.mark.parametrize("kind", ["bm25", "dense", "hybrid"])
def test_the_right_passage_comes_first(kind, passages, tmp_path, encoder_folder, finished):
    index = finished(build_index(passages, tmp_path, kind, encoder_folder))

    found = index.search(["Can I take my dog to the Lotus House?", "Which place has craft beer?"], 2)

    assert found.filter(pl.col("rank") == 1)["id"].to_list() == ["lotus", "anvil"]
    assert found.filter(pl.col("rank") == 1)["question"].to_list() == [0, 1]
    assert found["text"][0].startswith("The Lotus House")


def test_an_index_opened_again_finds_the_same(passages, tmp_path, encoder_folder, finished):
    built = finished(build_index(passages, tmp_path, "hybrid", encoder_folder))

    opened = open_index(tmp_path)

    questions = ["dogs?", "beer", "fold the edge"]
    assert opened.search(questions, 3).equals(built.search(questions, 3))
    assert opened.kind == "hybrid"


def test_empty_questions_and_unknown_words_find_nothing(passages, tmp_path, finished):
    index = finished(build_index(passages, tmp_path, "bm25"))

    found = index.search(["", "  ", "xylophone", "beer"], 5)

    assert found["question"].to_list() == [3]
    assert index.search([], 5).height == 0
    assert index.search([""], 5).columns == found.columns


def test_more_passages_asked_for_than_there_are_gives_what_there_is(passages, tmp_path, finished):
    index = finished(build_index(passages, tmp_path, "bm25"))

    assert index.search(["the dog the beer the food how"], 50)["rank"].to_list() == [1, 2, 3, 4]


def test_repeated_and_empty_texts_are_indexed_once_and_not_at_all(tmp_path, finished):
    passages = pl.DataFrame({"id": ["a", "b", "c"], "text": ["dogs welcome", "dogs welcome", " "]})

    index = finished(build_index(passages, tmp_path, "bm25"))

    assert index.search(["dogs"], 5)["id"].to_list() == ["a"]
    assert index.manifest.duplicates == 2


def test_one_id_for_two_texts_is_refused(tmp_path, finished):
    passages = pl.DataFrame({"id": ["a", "a"], "text": ["one", "two"]})

    with pytest.raises(BadData, match="first: a"):
        finished(build_index(passages, tmp_path, "bm25"))


def test_no_passages_is_told_with_what_to_do(tmp_path, finished):
    nothing = pl.DataFrame(schema={"id": pl.String, "text": pl.String})

    with pytest.raises(NothingToDo, match="contexts/"):
        finished(build_index(nothing, tmp_path, "bm25"))
    with pytest.raises(NotFound, match="growloop index"):
        open_index(tmp_path)


def test_an_unknown_retriever_and_a_missing_encoder_are_named(passages, tmp_path, finished):
    with pytest.raises(BadData, match='Did you mean "bm25"'):
        finished(build_index(passages, tmp_path, "bm52"))
    with pytest.raises(BadData, match="needs an encoder"):
        finished(build_index(passages, tmp_path, "dense"))


def test_a_changed_passage_makes_another_index_which_replaces_the_one_before(passages, tmp_path, finished):
    finished(build_index(passages, tmp_path, "bm25"))
    changed = passages.with_columns(pl.col("text").str.replace("craft beer", "mezcal"))

    finished(build_index(changed, tmp_path, "bm25"))

    assert open_index(tmp_path).search(["mezcal"], 1)["id"].to_list() == ["anvil"]
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_the_fingerprint_sees_where_one_text_ends_and_the_next_begins():
    one = pl.DataFrame({"id": ["a", "b"], "text": ["xy", "z"]})
    other = pl.DataFrame({"id": ["a", "b"], "text": ["x", "yz"]})

    assert fingerprint(one) != fingerprint(other)


def test_an_unchanged_set_of_passages_is_not_indexed_twice(passages, tmp_path, finished):
    first = finished(build_index(passages, tmp_path, "bm25"))
    before = (first.folder / "manifest.json").stat().st_mtime_ns

    again = finished(build_index(passages, tmp_path, "bm25"))

    assert (again.folder / "manifest.json").stat().st_mtime_ns == before


def test_the_index_in_use_answers_until_the_next_is_complete(passages, tmp_path, finished):
    finished(build_index(passages.head(2), tmp_path, "bm25"))
    half = build_index(passages, tmp_path, "bm25")
    next(half)

    found = open_index(tmp_path).search(["beer"], 1)

    assert found.height == 0  # the old passages hold no beer
    finished(half)
    assert open_index(tmp_path).search(["beer"], 1)["id"].to_list() == ["anvil"]


def test_a_moved_encoder_is_told_with_what_to_do(passages, tmp_path, encoder_folder, finished):
    finished(build_index(passages, tmp_path, "dense", encoder_folder))

    with pytest.raises(ModelProblem, match="growloop index"):
        open_index(tmp_path, tmp_path / "elsewhere").search(["dogs"], 1)


@pytest.mark.slow
def test_a_killed_build_goes_on_from_its_last_part(tmp_path, encoder_folder, finished):
    script = textwrap.dedent(f"""
        from pathlib import Path
        import polars as pl
        from growloop.retrieval import build_index
        passages = pl.DataFrame({{"id": [str(n) for n in range(600)], "text": [f"passage {{n}}" for n in range(600)]}})
        for progress in build_index(passages, Path({str(tmp_path)!r}), "dense", Path({str(encoder_folder)!r})):
            print(progress.done, flush=True)
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        told = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGKILL)
    assert told == ["0\n", "256\n"]
    [building] = tmp_path.glob("building-*")
    kept = building / "parts" / "vectors-000000000.npy"
    written = os.stat(kept).st_mtime_ns
    passages = pl.DataFrame({"id": [str(n) for n in range(600)], "text": [f"passage {n}" for n in range(600)]})

    stage = build_index(passages, tmp_path, "dense", encoder_folder)
    next(stage), next(stage)
    assert os.stat(kept).st_mtime_ns == written

    index = finished(stage)
    assert index.search(["passage 599"], 1)["id"].to_list() == ["599"]
