from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from growloop.models import answerer_of  # noqa: E402
from growloop.models.answers import CHOICES, judged  # noqa: E402
from growloop.models.catalog import load_checkpoint, quiet  # noqa: E402
from growloop.models.extractive import ExtractiveAnswerer, best_spans  # noqa: E402
from growloop.records.run import PREDICTIONS  # noqa: E402
from growloop.records.task import Task  # noqa: E402

Tiny = Callable[[str], Path]
TASK = Task(name="t", purpose="p", answer_kind="extractive")


def answerer(folder: Path, **more: float) -> ExtractiveAnswerer:
    return answerer_of(load_checkpoint(str(folder), "extractive"), TASK, **more)


def questions() -> pl.DataFrame:
    contexts = ["Dogs are welcome.", "It opens at 6 p.m. " * 60, "", "Crème  brûlée\nfor $5.50, mostly."]
    rows = [(question, context) for context in contexts for question in ("May I bring my dog?", "When?")]
    columns = {"question": [row[0] for row in rows], "context": [row[1] for row in rows]}
    return pl.DataFrame({"id": [str(number) for number in range(len(rows))], **columns})


@pytest.mark.parametrize("name", ["bert", "llama", "gpt2"])
def test_answers_are_cut_from_the_context_as_written_and_every_id_comes_once(tiny: Tiny, name: str) -> None:
    predictions = pl.concat(answerer(tiny(name), null_threshold=1e9).answer(questions()))

    assert dict(predictions.schema) == dict(PREDICTIONS)
    joined = predictions.join(questions(), on="id")
    assert sorted(joined["id"]) == sorted(questions()["id"])
    assert all(said in context for said, context in joined.select("prediction", "context").rows())
    assert (joined["prediction"] != "").sum() == 6


def test_one_answer_comes_with_its_place_in_the_context(tiny: Tiny) -> None:
    spoken = answerer(tiny("bert"), null_threshold=1e9).speak(questions()[:1], lambda _: None)

    assert spoken.span is not None
    start, end = spoken.span
    assert questions()["context"][0][start:end].strip() == spoken.prediction["prediction"] != ""


def test_an_abstention_stands_nowhere(tiny: Tiny) -> None:
    assert answerer(tiny("bert"), null_threshold=-1e9).speak(questions()[:1], lambda _: None).span is None


def test_batching_changes_nothing(tiny: Tiny) -> None:
    one = answerer(tiny("bert"))
    whole = pl.concat(one.choices(questions())).sort("id")

    one.batch_tokens = 1

    alone = pl.concat(one.choices(questions())).sort("id")
    assert alone["text"].to_list() == whole["text"].to_list()
    assert alone["null_score"].to_list() == pytest.approx(whole["null_score"].to_list(), abs=1e-4)


def test_the_span_is_the_one_that_a_plain_search_over_all_pairs_finds(tiny: Tiny) -> None:
    one = answerer(tiny("bert"))
    checkpoint, question, context = one.checkpoint, "When?", "It opens at 6 p.m. on Sundays, mostly."
    [spans] = one.choices(pl.DataFrame({"id": ["a"], "question": [question], "context": [context]}))

    encoded = checkpoint.tokenizer(question, context, return_offsets_mapping=True, return_tensors="pt")
    offsets = encoded.pop("offset_mapping")[0].tolist()
    with torch.inference_mode(), quiet():
        out = checkpoint.model(**encoded)
    places = [place for place, part in enumerate(encoded.sequence_ids()) if part == 1]
    scores = {
        (first, last): float(out.start_logits[0, first] + out.end_logits[0, last])
        for first in places
        for last in places
        if first <= last < first + 48
    }
    first, last = max(scores, key=lambda pair: scores[pair])
    assert spans["text"][0] == context[offsets[first][0] : offsets[last][1]]
    assert spans["answer_score"][0] == pytest.approx(scores[first, last], abs=1e-4)


def test_best_spans_stay_inside_their_limits() -> None:
    start = torch.tensor([[9.0, 1.0, 5.0, 0.0], [9.0, 1.0, 5.0, 0.0]])
    end = torch.tensor([[9.0, 4.0, 0.0, 7.0], [9.0, 4.0, 0.0, 7.0]])
    shift, lengths = torch.tensor([1, 1]), torch.tensor([3, 0])

    first, last, score = best_spans(start, end, shift, lengths, longest=2)

    assert (first[0], last[0], score[0]) == (2, 3, 12)
    assert score[1] == -torch.inf


def test_the_null_threshold_decides_between_answer_and_abstention() -> None:
    columns = {
        "id": ["a"],
        "text": ["six"],
        "answer_score": [2.0],
        "null_score": [3.0],
        "cut_tokens": [0],
        "seconds": [0.1],
    }
    spans = pl.DataFrame(columns, schema=CHOICES)

    abstention, answer = judged(spans, 0.5), judged(spans, 1.5)

    assert abstention.row(0)[1:3] == ("", True)
    assert answer.row(0)[1:3] == ("six", False)
    assert abstention["confidence"][0] == pytest.approx(answer["confidence"][0]) == pytest.approx(0.6225, abs=1e-4)


def test_an_empty_context_is_an_abstention_and_no_examples_give_no_parts(tiny: Tiny) -> None:
    one = answerer(tiny("bert"), null_threshold=1e9)

    predictions = pl.concat(one.answer(questions())).join(questions(), on="id")

    assert predictions.filter(pl.col("context") == "")["abstained"].all()
    assert list(one.answer(questions().clear())) == []
