"""Five ways of choosing data from one universe, examples/food_qa, and the questions that all five are tested on.

Every choice gives as many training examples. Restaurants, foods, cuisines and phrasings of the test are in none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from growloop.project import Project
from growloop.records.declaration import read_declaration
from growloop.records.example import coordinate, coordinate_names, examples_frame, where_of
from growloop.records.universe import Universe
from growloop.universe import Space
from growloop.universe.variations import VARIATIONS, varied_question

FOOD_QA = Path(__file__).resolve().parent.parent / "examples" / "food_qa"

EVERYTHING = "everything"
NO_NEGATIVES = "without negatives"
NO_VARIATIONS = "without variations"
FEW_VALUES = "40 foods"
EASY_NEGATIVES = "easy negatives only"
CHOICES = (EVERYTHING, NO_NEGATIVES, NO_VARIATIONS, FEW_VALUES, EASY_NEGATIVES)

EASY = ("wrong_topic", "out_of_scope", "no_context")
"""Nothing in the context tempts to answer."""
HARD = ("wrong_entity", "near_miss", "contradicted")
"""The context answers the question about somebody else, tells of a value close by, or denies what is presumed."""
ALL_KINDS = {
    "wrong_entity": 0.1,
    "near_miss": 0.1,
    "contradicted": 0.06,
    "wrong_topic": 0.06,
    "out_of_scope": 0.04,
    "no_context": 0.04,
}
"""Kind of negative → share of all examples; 0.4 together, as in the universe as it ships."""
EASY_KINDS = {"wrong_topic": 0.2, "out_of_scope": 0.1, "no_context": 0.1}
EVENLY = dict.fromkeys((*EASY, *HARD), 0.4 / 6)
VARIED = 0.4
"""The share of training questions whose wording is varied."""
VALUES = 40
COMMON_SEED, TEST_SEED = 1_000, 1_001
"""Other draws than those of the choices, whose seeds count from 0."""

# What the universe lacks for `contradicted`: questions that take something for granted. Each asks about a fact that
# another template asks about too, so they can be answered as well.
PRESUMING: list[dict[str, Any]] = [
    {
        "name": "vegan-with-wine",
        "like": "vegan-options",
        "presumes": {"alcohol": "yes"},
        "ask": [
            "With a glass of wine at {restaurant}, could I eat something vegan?",
            "Over a beer at {restaurant}, is there vegan food?",
            "We will have wine at {restaurant}. Is anything vegan to go with it?",
            "After my cocktail at {restaurant}, would I find a vegan dish?",
            "I like the drinks licence of {restaurant}, but are vegans fed there?",
            "Which is fine for wine, {restaurant}, but does it do vegan food as well?",
            "Beer in hand at {restaurant}, can a vegan eat?",
            "When I order a drink with alcohol at {restaurant}, can I have a vegan meal beside it?",
            "Having wine at {restaurant} tonight, will my vegan friend eat too?",
            "Besides the alcohol they serve, does {restaurant} offer vegan options?",
        ],
    },
    {
        "name": "dog-and-beer",
        "like": "dogs-allowed",
        "presumes": {"alcohol": "yes"},
        "ask": [
            "While I drink a beer at {restaurant}, may my dog lie beside me?",
            "We are having wine at {restaurant}. Can the dog come?",
            "With a pint at {restaurant}, is a dog allowed?",
            "Since {restaurant} serves alcohol, does it take dogs too?",
            "Cocktails at {restaurant} with my dog, is that permitted?",
            "I know {restaurant} pours wine. Are dogs welcome as well?",
            "For a beer at {restaurant}, can I bring the terrier?",
            "A glass of red at {restaurant}, dog at my feet: would they let us?",
            "Besides selling alcohol, does {restaurant} let dogs in?",
            "Going for drinks at {restaurant}, can our puppy join?",
        ],
    },
    {
        "name": "wine-with-dog",
        "like": "serves-alcohol",
        "presumes": {"dogs": "yes"},
        "ask": [
            "With my dog beside me at {restaurant}, can I have a beer?",
            "When I bring the dog to {restaurant}, is there wine for me?",
            "Dogs are let in at {restaurant}, but is alcohol served?",
            "My terrier and I will sit at {restaurant}. Do they sell drinks with alcohol?",
            "Since dogs may come along to {restaurant}, may I drink something alcoholic there?",
            "As {restaurant} welcomes dogs, does it serve alcohol as well?",
            "The dog comes with me to {restaurant}. Could I order a cocktail?",
            "Puppy under the table at {restaurant}, glass of wine on it, possible?",
            "Besides letting dogs in, does {restaurant} pour alcohol?",
            "Taking our labrador to {restaurant}, will we get a beer?",
        ],
    },
]
NEAR = {"vegan-options": ["vegetarian_options"]}
"""Template → facts that touch its subject without answering it, for `near_miss`."""
OUT_OF_SCOPE = [
    "What does {food} cost at {restaurant}?",
    "How much will I pay at {restaurant}?",
    "Is {restaurant} expensive?",
    "When does {restaurant} open?",
    "Is {restaurant} open on Sundays?",
    "Until what time can I eat at {restaurant}?",
    "How do I get to {restaurant}?",
    "What is the address of {restaurant}?",
    "Is there parking near {restaurant}?",
    "Can I book a table at {restaurant}?",
    "Do I need a reservation for {restaurant}?",
    "What is the phone number of {restaurant}?",
    "Is the {food} of {restaurant} any good?",
    "How is the {food} at {restaurant} made?",
    "Who cooks at {restaurant}?",
    "Would you recommend {restaurant}?",
    "How many calories does the {food} at {restaurant} have?",
    "Does {restaurant} deliver?",
    "Can I pay by card at {restaurant}?",
    "Is there a high chair at {restaurant}?",
    "Does {restaurant} have a garden?",
    "How long do you wait for {food} at {restaurant}?",
    "Is {restaurant} hiring waiters?",
    "How old is {restaurant}?",
]


# the universe, as each choice has it


@cache
def project() -> Project:
    return Project.open(FOOD_QA)


@cache
def declared() -> dict[str, Any]:
    """The universe of the worked example as it ships."""
    return read_declaration(FOOD_QA / "universe.yaml", Universe).model_dump()


def universe(negatives: Mapping[str, float], variations: tuple[str, ...], **more: Any) -> Universe:
    """The universe of the worked example, with what it lacks for every kind of negative."""
    templates = [{**template, "near": NEAR.get(template["name"], [])} for template in declared()["templates"]]
    by_name = {template["name"]: template for template in templates}
    for added in PRESUMING:
        alike = by_name[added["like"]]
        own = {name: value for name, value in added.items() if name != "like"}
        templates.append({**alike, "near": [], **own, "weight": 0.5})
    kinds = [
        {"kind": kind, "share": share, **({"ask": OUT_OF_SCOPE} if kind == "out_of_scope" else {})}
        for kind, share in negatives.items()
    ]
    changed = {"templates": templates, "negatives": kinds, "variations": variations, "variation_share": VARIED}
    return Universe.model_validate({**declared(), **changed, **more})


@cache
def space(choice: str) -> Space:
    """What a choice draws from; the questions about 40 foods are picked from what `everything` draws from."""
    negatives = {NO_NEGATIVES: {}, EASY_NEGATIVES: EASY_KINDS}.get(choice, ALL_KINDS)
    variations = () if choice == NO_VARIATIONS else tuple(VARIATIONS)
    return opened(universe(negatives, variations))


def opened(universe: Universe) -> Space:
    return Space.open(universe, FOOD_QA, project().task.abstain_answer)


# what is drawn


def training_examples(choice: str, count: int, seed: int) -> pl.DataFrame:
    """`count` examples of the train side, as a choice has them."""
    examples = space(choice).draw(count, seed=seed, splits_share={"train": 1.0})
    return _about_few_foods(examples, space(EVERYTHING), seed) if choice == FEW_VALUES else examples


def common_examples(count: int) -> pl.DataFrame:
    """`count` examples of what all choices have: answerable questions as they are, about the 40 foods."""
    examples = opened(universe({}, ())).draw(count, seed=COMMON_SEED, splits_share={"train": 1.0})
    return _about_few_foods(examples, opened(universe({}, ())), COMMON_SEED)


def common_validation(count: int) -> pl.DataFrame:
    return opened(universe({}, ())).draw(count, seed=COMMON_SEED, splits_share={"validation": 1.0})


def validation_examples(choice: str, count: int, seed: int) -> pl.DataFrame:
    """Drawn the same way from the validation side: who leaves something out of training leaves it out here too."""
    return space(choice).draw(count, seed=seed, splits_share={"validation": 1.0})


def test_examples(count: int) -> pl.DataFrame:
    """`count` questions of the test side, varied ones behind their plain twins; then each plain one with typos.

    Every kind of negative has the same share. A slip of the finger leaves names as they are, so it is still
    plain which food was asked for.
    """
    others = tuple(name for name in VARIATIONS if name != "typos")
    asked_of = universe(EVENLY, others, variation_pairs=True)
    drawn = opened(asked_of).draw(count, seed=TEST_SEED, splits_share={"test": 1.0})
    return pl.concat([drawn, _typed(drawn, asked_of)])


def _typed(drawn: pl.DataFrame, asked_of: Universe) -> pl.DataFrame:
    """The plain questions again, with typos; those that got one."""
    phrasings = {template.name: template.ask for template in asked_of.templates} | {"out_of_scope": OUT_OF_SCOPE}
    names = coordinate_names(drawn)
    plain = drawn.filter(coordinate("variation") == "none").with_columns(coordinate(name) for name in names)
    questions = [
        varied_question("typos", phrasings[row["template"]][int(row["phrasing"])], row, seed=asked_of.seed)
        for row in plain.iter_rows(named=True)
    ]
    asked = plain.with_columns(pl.Series("question", questions), parent=pl.col("id"), variation=pl.lit("typos"))
    changed = asked.filter(pl.col("question") != plain["question"]).with_columns(where_of(names))
    return examples_frame(changed.select(name for name in drawn.columns if name != "id"))


def _about_few_foods(examples: pl.DataFrame, source: Space, seed: int) -> pl.DataFrame:
    """The same examples, but for the questions that name a food: as many of each kind, all about 40 foods."""
    named = coordinate("food").is_not_null()
    kinds = ["template", "negative", "answer"]
    wanted = examples.filter(named).group_by(map(coordinate, kinds), maintain_order=True).len()
    wheres = [(dict(zip(kinds, row, strict=False)), int(row[-1])) for row in wanted.iter_rows()]
    parts = [_about(few_foods(), source, where, count, seed) for where, count in wheres]
    return pl.concat([examples.filter(~named), *parts])


def _about(foods: tuple[str, ...], source: Space, where: Mapping[str, str], count: int, seed: int) -> pl.DataFrame:
    """`count` training examples at some coordinates that ask for these foods: more are drawn, the others dropped."""
    most = 5 * count
    while True:
        most *= 2
        drawn = source.draw(most, seed=seed, where={**where, "split": "train"})
        found = drawn.filter(coordinate("food").is_in(foods))
        if found.height >= count:
            return found.head(count)
        assert drawn.height == most, f"there are only {found.height} of {count} examples of {where} about these foods"


@cache
def few_foods() -> tuple[str, ...]:
    """40 foods of the train side: always the same."""
    where = {"template": "offers-food", "negative": "none", "split": "train"}
    drawn = space(EVERYTHING).draw(5_000, seed=0, where=where)
    foods = sorted(drawn.select(coordinate("food"))["food"].unique())
    return tuple(sorted(Random(0).sample(foods, VALUES)))


# what must hold

HELD_OUT: dict[str, Callable[[], pl.Expr]] = {
    "restaurant": lambda: coordinate("restaurant"),
    "food": lambda: coordinate("food"),
    "cuisine": lambda: coordinate("cuisine"),
    "phrasing": lambda: pl.concat_str(coordinate("template"), coordinate("phrasing"), separator=" "),
    "whom the context is about": lambda: pl.col("group"),
    "context": lambda: pl.col("context").replace("", None),
}


def check_held_out(train: pl.DataFrame, test: pl.DataFrame) -> None:
    """Raises AssertionError where a training set holds anything of the test's own."""
    for what, values in HELD_OUT.items():
        seen, asked = (set(frame.select(values().alias("it"))["it"].drop_nulls()) for frame in (train, test))
        assert not seen & asked, f"{what} of the test in training: {sorted(seen & asked)[:3]}"


def check_sizes(sets: Mapping[str, pl.DataFrame]) -> None:
    """Raises AssertionError where two choices differ in size, repeat an example, or share out negatives unevenly."""
    sizes = {choice: examples["id"].n_unique() for choice, examples in sets.items()}
    assert len(set(sizes.values())) == 1, f"different numbers of examples: {sizes}"
    shares = {choice: 1 - examples["negative"].null_count() / examples.height for choice, examples in sets.items()}
    assert shares.pop(NO_NEGATIVES, 0.0) == 0.0, "negatives where there should be none"
    assert all(abs(share - 0.4) < 0.01 for share in shares.values()), f"shares of negatives: {shares}"


def counted(examples: pl.DataFrame) -> dict[str, dict[str, int]]:
    """How many examples there are of each kind; for slots and contexts, how many values."""
    kinds: dict[str, dict[str, int]] = {}
    for name in ("template", "negative", "variation"):
        counts = examples.select(coordinate(name)).to_series().value_counts().sort(name)
        kinds[name] = dict(counts.iter_rows())
    different = {
        what: examples.select(values().alias("it"))["it"].drop_nulls().n_unique() for what, values in HELD_OUT.items()
    }
    return {**kinds, "different": different}
