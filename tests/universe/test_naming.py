from __future__ import annotations

import polars as pl

from growloop.records.example import content_ids, examples_frame
from growloop.universe.naming import named


def test_ids_are_the_same_whoever_hashes_and_frames_keep_their_order() -> None:
    numbers = range(5000)  # more than are sent at once
    answers = [[], ["one"], ["b", "a"]]
    columns = {"question": [f"é{n}" for n in numbers], "answers": [answers[n % 3] for n in numbers]}
    frame = examples_frame(columns).drop("id")

    named_frames = list(named(iter([frame.head(3), frame, frame.head(4), frame.tail(100)]), ahead_from=100))

    assert [made.height for made in named_frames] == [3, 5000, 4, 100]
    assert all((made["id"] == content_ids(made)).all() for made in named_frames)


def test_few_rows_start_no_process_and_nothing_gives_nothing() -> None:
    frame = examples_frame({"question": ["Dogs?"]}).drop("id")

    [only] = named(iter([frame]))

    assert only["id"].to_list() == content_ids(frame).to_list()
    assert list(named(iter(list[pl.DataFrame]()))) == []
