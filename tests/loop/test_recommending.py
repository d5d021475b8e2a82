from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from tests.loop.conftest import finish, made_evaluation

import growloop
from growloop import loop
from growloop.errors import BadData, NotFound
from growloop.loop.diagnosing import inside
from growloop.pool import Pool
from growloop.project import Project, write_atomically
from growloop.records.coverage import Draw
from growloop.records.example import coordinate, examples_frame, matches
from growloop.records.recommendation import Taken
from growloop.records.run import Run

Answer = Callable[[Project, dict[str, str]], Run]


def follow(project: Project, numbers: list[int], examples: int | None = None) -> list[Taken]:
    return growloop.follow(project, numbers, examples=examples)


@pytest.fixture
def frozen(small_project: Project) -> Project:
    growloop.draw(small_project, 300)
    growloop.freeze(small_project)
    return small_project


@pytest.fixture
def answered() -> Answer:
    """An evaluation of the validation side in which the questions at some coordinates are answered wrongly."""

    def build(project: Project, wrong: dict[str, str]) -> Run:
        return made_evaluation(project, matches(wrong))

    return build


def test_a_slice_that_fails_is_found_named_and_asked_for(frozen: Project, answered: Answer) -> None:
    answered(frozen, {"negative": "wrong_topic"})

    first = loop.recommend(frozen).items[0]

    assert (first.number, first.action) == (1, "add_negatives")
    assert first.where == {"negative": "wrong_topic"}
    assert {draw.where["negative"] for draw in first.draws} == {"wrong_topic"}
    assert "It answers what the text does not say" in first.because
    assert first.expected_gain is not None
    assert first.evidence


def test_following_it_brings_exactly_that_for_training_and_a_share_at_random(frozen: Project, answered: Answer) -> None:
    answered(frozen, {"negative": "wrong_topic"})

    [taken] = follow(frozen, [1], examples=40)

    with Pool.open(frozen.pool_url) as pool:
        drawn = pool.examples().filter(pl.col("source_id").str.starts_with("recommendation:"))
    directed = drawn.filter(pl.col("split") == "train")
    assert taken.added == drawn.height == 40
    assert directed.height == 34
    assert set(directed.select(where=coordinate("negative"))["where"]) == {"wrong_topic"}
    assert loop.all_taken(frozen) == [taken]


def test_following_it_again_adds_nothing(frozen: Project, answered: Answer) -> None:
    answered(frozen, {"negative": "wrong_topic"})

    once, again = follow(frozen, [1], examples=40), follow(frozen, [1], examples=40)

    with Pool.open(frozen.pool_url) as pool:
        assert pool.examples().height == 340
    assert [one.added for one in once] == [one.added for one in again]
    assert len(loop.all_taken(frozen)) == 1


def test_of_many_draws_each_is_counted_by_itself(frozen: Project, answered: Answer) -> None:
    run = answered(frozen, {"negative": "wrong_topic"})
    found = loop.recommend(frozen, run.id)
    draws = tuple(Draw(where={"template": name}, n=2) for name in ("dogs-allowed", "offers-food") * 6)
    many = found.items[0].model_copy(update={"draws": draws, "how_many": 24})
    kept = found.model_copy(update={"items": (many,)})
    write_atomically(frozen.run_folder(run.id) / "recommendations.json", kept.model_dump_json().encode())

    follow(frozen, [1], examples=24)
    follow(frozen, [1], examples=48)

    with Pool.open(frozen.pool_url) as pool:
        drawn = pool.examples(status=None)["source_id"].drop_nulls().value_counts()
    counts = {source.rpartition("/")[2]: count for source, count in drawn.iter_rows()}
    assert counts["1"] == counts["10"] == 3


def test_what_was_drawn_for_training_lands_there_and_the_test_side_keeps_its_rows(
    frozen: Project, answered: Answer
) -> None:
    before = frozen.examples(frozen.versions()[-1].id)
    answered(frozen, {"template": "dogs-allowed"})
    follow(frozen, [1], examples=40)

    growloop.freeze(frozen)

    after = frozen.examples(frozen.versions()[-1].id)
    held_out = [set(rows.filter(pl.col("split") == "test")["id"]) for rows in (before, after)]
    drawn = after.filter(pl.col("source_id").str.contains(r"^recommendation:.*/0$"))
    assert held_out[0] <= held_out[1]
    assert set(drawn["split"]) == {"train"}
    assert frozen.versions()[-1].proof is not None
    assert frozen.versions()[-1].proof.holds  # type: ignore[union-attr]


def test_a_slice_told_by_its_wording_is_drawn_by_sifting(frozen: Project, answered: Answer) -> None:
    run = answered(frozen, {"template": "dogs-allowed", "phrasing": "2"})
    found = loop.recommend(frozen, run.id)
    worded = next(item for item in found.items if item.draws)

    [taken] = follow(frozen, [worded.number], examples=10)

    assert taken.added > 0


def test_numbers_that_are_not_there_and_what_only_a_person_can_do_are_refused(
    frozen: Project, answered: Answer
) -> None:
    answered(frozen, {"template": "none of them"})

    assert [item.action for item in loop.recommend(frozen).items] == ["stop"]
    with pytest.raises(NotFound, match="no recommendation 7"):
        follow(frozen, [7])
    with pytest.raises(BadData, match="asks for nothing"):
        follow(frozen, [1])


def test_what_is_recommended_again_keeps_its_number_and_what_is_new_gets_another(
    frozen: Project, answered: Answer
) -> None:
    run = answered(frozen, {"negative": "wrong_topic"})
    first = loop.recommend(frozen, run.id).items[0]
    kept_before(frozen, run, numbers={first.name: 4, "draw [] what is gone": 9})

    again = {item.number: item for item in loop.recommend(frozen, run.id).items}

    assert again[4].name == first.name
    assert all(number == 4 or number > 9 for number in again)


def test_a_number_never_follows_something_else_than_was_shown(frozen: Project, answered: Answer) -> None:
    run = answered(frozen, {"negative": "wrong_topic"})
    first = loop.recommend(frozen, run.id).items[0]
    kept_before(frozen, run, items=(first.model_copy(update={"how_many": first.how_many + 7}),))

    with pytest.raises(BadData, match=r"Recommendation 1 has changed since it was shown: add_negatives"):
        follow(frozen, [1], examples=10)

    assert loop.all_taken(frozen) == []
    assert follow(frozen, [1], examples=10)[0].recommendation == first


def test_what_is_no_longer_recommended_is_told_by_what_it_was(frozen: Project, answered: Answer) -> None:
    run = answered(frozen, {"negative": "wrong_topic"})
    first = loop.recommend(frozen, run.id).items[0]
    gone = first.model_copy(update={"number": 30, "words": "questions of yore"})
    kept_before(frozen, run, items=(first, gone))

    with pytest.raises(NotFound, match="no recommendation 30: add_negatives of questions of yore is no longer"):
        follow(frozen, [30])


def kept_before(project: Project, run: Run, **changed: object) -> None:
    """Have what was recommended after a run be other than it would be now."""
    kept = loop.recommend(project, run.id).model_copy(update={"key": "before", **changed})
    write_atomically(project.run_folder(run.id) / "recommendations.json", kept.model_dump_json().encode())


def test_recommendations_stay_while_nothing_changes_and_follow_the_universe_when_it_is_edited(
    frozen: Project, answered: Answer
) -> None:
    answered(frozen, {"negative": "wrong_topic"})
    before = loop.recommend(frozen)
    assert loop.recommend(frozen) == before

    path = frozen.folder / "universe.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("wrong_entity, share: 0.2", "wrong_entity, share: 0.1"))

    assert loop.recommend(Project.open(frozen.folder)).key != before.key


def test_where_all_is_wrong_more_of_everything_is_drawn(frozen: Project, answered: Answer) -> None:
    answered(frozen, {})

    [everything] = loop.recommend(frozen).items

    assert everything.action == "draw"
    assert "no kind of question stands out" in everything.because


def test_questions_that_nobody_answered_are_queued_the_least_sure_first(frozen: Project, answered: Answer) -> None:
    run = answered(frozen, {"template": "dogs-allowed"})
    with Pool.open(frozen.pool_url) as pool:
        rows = pool.examples().filter(coordinate("template") == "dogs-allowed").head(30)
        drafts = rows.with_columns(
            id=pl.concat_str(pl.lit("draft-"), "id"),
            question=pl.concat_str(pl.col("question"), pl.int_range(pl.len()).cast(pl.String), separator=" "),
            status=pl.lit("draft"),
        )
        pool.add(drafts)
    (frozen.folder / "universe.yaml").unlink()
    project = Project.open(frozen.folder)

    item = next(item for item in loop.recommend(project, run.id).items if item.action == "annotate")
    [taken] = growloop.follow(project, [item.number], run=run.id)

    waiting = loop.queue(project)
    assert taken.added == item.labels == 30
    assert waiting.height >= 30


def test_a_kind_that_is_asked_more_than_trained_on_is_asked_for_although_it_fails_no_more(
    small_project: Project,
) -> None:
    (small_project.folder / "universe.yaml").unlink()
    project = Project.open(small_project.folder)
    sides = {"train": ("forum",) * 19 + ("mail",), "validation": ("forum", "mail")}
    kinds = [(split, kinds[number % len(kinds)]) for split, kinds in sides.items() for number in range(80)]
    made = examples_frame(
        {
            "question": [f"What is {number}?" for number in range(160)],
            "context": [f"This is {number}." for number in range(160)],
            "answers": [[str(number)] for number in range(160)],
            "split": [split for split, _ in kinds],
            "where": [{"source": kind} for _, kind in kinds],
        }
    )
    drafts = (
        made.filter(coordinate("source") == "mail")
        .head(3)
        .with_columns(
            pl.concat_str("question", pl.lit(" Or not?")),
            id=pl.concat_str(pl.lit("draft-"), "id"),
            status=pl.lit("draft"),
        )
    )
    with Pool.open(project.pool_url) as pool:
        pool.add(made)
        pool.add(drafts)
    growloop.freeze(project)
    made_evaluation(project, pl.col("question").str.contains("[0-4]\\?"))

    [item] = loop.recommend(project).items

    assert (item.action, item.where, item.how_many) == ("annotate", {"source": "mail"}, 3)
    assert "50 % of what is asked, 5 % of training; 3 questions" in item.because


def test_a_job_follows_what_was_recommended_and_says_what_that_brought(frozen: Project, answered: Answer) -> None:
    run = answered(frozen, {"negative": "wrong_topic"})
    job = loop.jobs(frozen).add("follow", {"numbers": [1], "run": run.id, "examples": 40})

    once, again = (finish(loop.do_job(frozen, job)) for _ in range(2))

    assert once == again  # killed and resumed, it gathers nothing twice
    assert once.said == "questions whose text does not speak of it: 40 examples gathered into the pool."


def test_the_examples_that_a_recommendation_points_to_are_in_the_pool(frozen: Project, answered: Answer) -> None:
    answered(frozen, {"negative": "wrong_topic"})
    items = loop.recommend(frozen).items

    rows = loop.evidence(frozen, items)

    assert set(rows["id"]) == {id for item in items for id in item.evidence}


def test_questions_that_mean_alike_can_be_drawn_by_their_meaning(frozen: Project, answered: Answer) -> None:
    run = answered(frozen, {"template": "dogs-allowed"})
    middles = ("Are dogs allowed at Tasca 3?", "Is there ramen at Tasca 3?")
    found = loop.diagnosis(frozen, run.id)
    alike = found.slices[0].model_copy(
        update={"where": {"text.cluster": middles[0]}, "words": "much like “Are dogs …”"}
    )
    clustered = found.model_copy(update={"slices": (alike,), "clustered": True, "middles": middles})
    write_atomically(frozen.run_folder(run.id) / "diagnosis.json", clustered.model_dump_json().encode())

    item = loop.recommend(frozen, run.id).items[0]
    [taken] = growloop.follow(frozen, [1], run=run.id, examples=20)

    with Pool.open(frozen.pool_url) as pool:
        drawn = pool.examples().filter(pl.col("source_id").str.ends_with("/1/0"))
    assert (item.where, item.words) == ({"text.cluster": middles[0]}, "much like “Are dogs …”")
    assert taken.added == 20
    assert inside(clustered, drawn, [item.where])[0].all()
    assert (drawn.select(where=coordinate("template"))["where"] == "dogs-allowed").mean() > 0.5
