"""Compose the reviews of this example from the hand-written parts in parts/.

    python compose.py [--into FOLDER] [--seed NUMBER]

Writes contexts/reviews.jsonl, slots/food.txt and slots/cuisine.txt. The same parts and the same seed
give byte-identical files. Every sentence was written by hand; the script only decides who says what
about which restaurant, so that each fact is known for certain and a restaurant never contradicts itself.
README.md describes the notation of the parts. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
REVIEWS_PER_RESTAURANT = (8, 10, 12)  # even, so that pairs of reviews come out whole
VOICES = ("gushing", "grumpy", "laconic", "local", "tourist", "parent", "foodie", "student")
KINDS = {"offers": 0.43, "cuisine": 0.18, "dogs": 0.1, "alcohol": 0.1, "vegan": 0.09, "vegetarian": 0.1}
FACTS_IN_A_REVIEW = {1: 0.5, 2: 0.38, 3: 0.12}
WORDS_IN_A_REVIEW = {"laconic": (6, 16), "student": (14, 28), "local": (26, 38)}
NEAR_MISS_RATE = 0.08
TYPO_RATE = {"student": 0.15, "local": 0.08, "grumpy": 0.04, "laconic": 0.04, "foodie": 0.0}
LOWER_CASE_RATE = {"student": 0.5, "laconic": 0.35, "foodie": 0.0}


@dataclass(frozen=True)
class Food:
    """A food of parts/foods.txt with its flags."""

    name: str
    cuisine: str
    plural: bool
    vegetarian: bool
    sweet: bool


@dataclass(frozen=True)
class Line:
    """A hand-written line and who may say it: a voice, or `sweet`/`savoury` for the food it fits; no tags: anyone."""

    text: str
    tags: frozenset[str] = frozenset()


@dataclass
class Profile:
    """What is true of a restaurant; all its reviews draw on it, so they agree."""

    name: str
    known_for: list[str]
    not_known_for: list[str]
    menu: list[Food]
    off_menu: list[Food]
    dogs: str
    alcohol: str
    vegan: str
    seen: Counter[str] = field(default_factory=Counter)


# --- reading the parts ---------------------------------------------------------------------------------------


def read_lines(name: str) -> list[Line]:
    """The lines of a phrase file; `@a,b` in front of a line are its tags, lines with # are comments."""
    lines = []
    for row in read_rows(name):
        tags, text = row[1:].split(" ", 1) if row.startswith("@") else ("", row)
        lines.append(Line(text, frozenset(tags.split(",")) if tags else frozenset()))
    return lines


def read_rows(name: str) -> list[str]:
    text = (HERE / "parts" / f"{name}.txt").read_text(encoding="utf-8")
    return [row.strip() for row in text.splitlines() if row.strip() and not row.startswith("#")]


def read_sections(name: str) -> dict[str, list[str]]:
    """Comma-separated items by their [section]."""
    sections: dict[str, list[str]] = {}
    for row in read_rows(name):
        if row.startswith("["):
            items = sections.setdefault(row.strip("[]"), [])
        else:
            items += [item.strip() for item in row.split(",") if item.strip()]
    return sections


def read_foods() -> list[Food]:
    foods = []
    for cuisine, items in read_sections("foods").items():
        for item in items:
            name, _, flags = item.partition(" /")
            foods.append(Food(name, cuisine, "p" in flags, "v" in flags, "s" in flags))
    return foods


# --- choosing what is true -----------------------------------------------------------------------------------


def scarcest(foods: Iterable[Food], uses: Counter[str], n: int, random: Random) -> list[Food]:
    """The `n` foods used least so far, so that every food of the list is spoken of."""
    return sorted(foods, key=lambda food: (uses[food.name], random.random()))[:n]


class Town:
    """The restaurants and what is true of them; keeps count so that foods and cuisines come up evenly."""

    def __init__(self, foods: Sequence[Food], random: Random) -> None:
        self.foods = foods
        self.random = random
        self.cuisines = list(dict.fromkeys(food.cuisine for food in foods))
        self.on: Counter[str] = Counter()
        self.off: Counter[str] = Counter()

    def profile(self, name: str, section: str) -> Profile:
        random = self.random
        cuisine = section if section in self.cuisines else random.choice(self.cuisines)
        known_for = [cuisine, *self.another_cuisine(cuisine)]
        others = [other for other in self.cuisines if other not in known_for]
        menu = self.menu(known_for)
        off_menu = self.off_menu(known_for, menu)
        return Profile(
            name=name,
            known_for=known_for,
            not_known_for=random.sample(others, 4),
            menu=menu,
            off_menu=off_menu,
            dogs=random.choice(["yes", "no"]),
            alcohol=random.choice(["yes", "yes", "yes", "no", "no"]),
            vegan=random.choice(["yes", "no"]),
        )

    def another_cuisine(self, cuisine: str) -> list[str]:
        """Now and then a second cuisine from nearby."""
        if self.random.random() > 0.3:
            return []
        return [self.random.choice(self.near(cuisine, 2))]

    def near(self, cuisine: str, reach: int) -> list[str]:
        """The cuisines around one: the sections of foods.txt go round the world."""
        place = self.cuisines.index(cuisine)
        steps = [step for step in range(-reach, reach + 1) if step]
        return [self.cuisines[(place + step) % len(self.cuisines)] for step in steps]

    def menu(self, known_for: Sequence[str]) -> list[Food]:
        own = [food for food in self.foods if food.cuisine in known_for]
        others = [food for food in self.foods if food.cuisine not in known_for]
        near = [food for food in others if food.cuisine in self.near(known_for[0], 3)]
        menu = scarcest(own, self.on, 7, self.random) + scarcest(near, self.on, 3, self.random)
        menu += scarcest([food for food in others if food not in near], self.on, 2, self.random)
        vegetarian = [food for food in own + near if is_vegetarian_dish(food) and food not in menu]
        menu += scarcest(vegetarian, self.on, 3, self.random)
        self.on.update(food.name for food in menu)
        return menu

    def off_menu(self, known_for: Sequence[str], menu: Sequence[Food]) -> list[Food]:
        own = [food for food in self.foods if food.cuisine in known_for and food not in menu]
        others = [food for food in self.foods if food.cuisine not in known_for and food not in menu]
        off_menu = scarcest(own, self.off, 3, self.random) + scarcest(others, self.off, 6, self.random)
        self.off.update(food.name for food in off_menu)
        return off_menu


def is_vegetarian_dish(food: Food) -> bool:
    return food.vegetarian and not food.sweet


# --- saying it -----------------------------------------------------------------------------------------------


class Writer:
    """Turns facts into sentences: picks the line used least among those that fit the voice."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.files: dict[str, list[Line]] = {}
        self.uses: Counter[tuple[str, str]] = Counter()
        self.named: Counter[str] = Counter()
        """How often each food was written about."""
        self.said: set[str] = set()
        """Lines of the current review; none is said twice in it."""
        self.slips = dict(row.split() for row in read_rows("typos"))

    def say(self, file: str, voice: str, *, course: str = "", **slots: str) -> str:
        """A sentence from a phrase file, without capital and full stop, its slots filled."""
        line = self.pick(file, voice, course)
        self.said.add(line.text)
        text = re.sub(r"\[([^\]]*)\]", lambda match: self.random.choice(match[1].split("|")), line.text)
        text = re.sub(r"\ba {(cuisine|other)}", lambda match: f"{article(slots[match[1]])} {{{match[1]}}}", text)
        if file != "near_misses":  # a test knows these lines by their wording
            text = self.with_typos(text, voice)
        return text.format(**slots)

    def pick(self, file: str, voice: str, course: str) -> Line:
        lines = self.files.setdefault(file, read_lines(file))
        fitting = [line for line in lines if line.tags <= {voice, course} and line.text not in self.said]
        if voice == "laconic":
            fitting = [line for line in fitting if line.tags or len(line.text.split()) <= 6]

        def wear(line: Line) -> tuple[float, float]:
            share = 1.25 if line.tags else 1  # a line only this voice may use comes up more often in its mouth
            return self.uses[file, line.text] / share, self.random.random()

        line = min(fitting, key=wear)
        self.uses[file, line.text] += 1
        return line

    def with_typos(self, text: str, voice: str) -> str:
        """The text with slips; {placeholders} are left alone, so names and foods stay as they are."""
        rate = TYPO_RATE.get(voice, 0.025)

        def slip(match: re.Match[str]) -> str:
            word = match[0]
            likely = rate if len(word) > 4 else rate / 5  # "the" is everywhere, "teh" is not
            if word.startswith("{") or self.random.random() > likely:
                return word
            return self.slips.get(word, word.replace("'", "") if voice == "student" else word)

        return re.sub(r"\{\w+\}|[a-zA-Z']+", slip, text)


def article(word: str) -> str:
    return "an" if word[0] in "AEIO" else "a"  # "a Ukrainian"


def agreement(food: Food) -> dict[str, str]:
    """The words that agree with {food}."""
    placeholders = ("was", "wasnt", "is", "isnt", "it", "its", "them", "has", "s")
    plural = ("were", "weren't", "are", "aren't", "they", "they're", "them", "have", "")
    singular = ("was", "wasn't", "is", "isn't", "it", "it's", "it", "has", "s")
    return dict(zip(placeholders, plural if food.plural else singular, strict=True))


class Reviewer:
    """Writes the reviews of one restaurant, each in one voice and with one to three facts."""

    def __init__(self, profile: Profile, writer: Writer, random: Random) -> None:
        self.profile = profile
        self.writer = writer
        self.random = random
        self.last_kinds: list[str] = []

    def review(self) -> tuple[str, dict[str, object]]:
        """The text of a review and the facts that follow from it."""
        voice = self.random.choice(VOICES)
        facts: dict[str, object] = {}
        self.writer.said.clear()
        body = [self.sentence(kind, voice, facts) for kind in self.kinds()]
        text = self.finish(self.surround(body, voice), voice)
        order = ("offers", "cuisine", "dogs", "alcohol", "vegan", "vegetarian_options")
        return text, {name: facts[name] for name in order if name in facts}

    def kinds(self) -> list[str]:
        """What the review speaks of. Two lists of vegetarian dishes never stand next to each other."""
        (n,) = self.random.choices(list(FACTS_IN_A_REVIEW), list(FACTS_IN_A_REVIEW.values()))
        kinds: list[str] = []
        while len(kinds) < n:
            (kind,) = self.random.choices(list(KINDS), list(KINDS.values()))
            twice = kind in kinds or (kind == "vegetarian" and kind in self.last_kinds)
            if not twice and not {"vegetarian", "offers"} <= {*kinds, kind}:
                kinds.append(kind)
        self.last_kinds = kinds
        return kinds

    def sentence(self, kind: str, voice: str, facts: dict[str, object]) -> str:
        if kind == "offers":
            return self.offers(voice, facts)
        if kind == "cuisine":
            return self.cuisine(voice, facts)
        if kind == "vegetarian":
            return self.vegetarian(voice, facts)
        value = getattr(self.profile, kind)
        facts[kind] = value
        return self.writer.say(f"{kind}_{value}", voice, restaurant=self.profile.name)

    def offers(self, voice: str, facts: dict[str, object]) -> str:
        (file,) = self.random.choices(["offers_yes", "offers_no", "offers_two", "offers_mixed"], [28, 36, 11, 25])
        [food] = self.fresh(self.profile.off_menu if file == "offers_no" else self.profile.menu, 1)
        slots = {"food": food.name, **agreement(food)}
        facts["offers"] = {food.name: "no" if file == "offers_no" else "yes"}
        if file in ("offers_two", "offers_mixed"):
            rest = self.profile.menu if file == "offers_two" else self.profile.off_menu
            [other] = self.fresh([candidate for candidate in rest if candidate is not food], 1)
            slots["other"] = other.name
            facts["offers"][other.name] = "yes" if file == "offers_two" else "no"  # type: ignore[index]
        course = "sweet" if food.sweet else "savoury"
        return self.writer.say(file, voice, course=course, restaurant=self.profile.name, **slots)

    def cuisine(self, voice: str, facts: dict[str, object]) -> str:
        (file,) = self.random.choices(["cuisine_yes", "cuisine_no", "cuisine_mixed"], [45, 38, 17])
        cuisine = self.random.choice(self.profile.known_for)
        other = self.random.choice(self.profile.not_known_for)
        if file == "cuisine_no":
            facts["cuisine"] = {other: "no"}
            return self.writer.say(file, voice, restaurant=self.profile.name, cuisine=other)
        facts["cuisine"] = {cuisine: "yes"} | ({other: "no"} if file == "cuisine_mixed" else {})
        return self.writer.say(file, voice, restaurant=self.profile.name, cuisine=cuisine, other=other)

    def vegetarian(self, voice: str, facts: dict[str, object]) -> str:
        """A list of vegetarian dishes; a dish one can order is also offered."""
        dishes = self.fresh(
            [food for food in self.profile.menu if is_vegetarian_dish(food)], self.random.choice([2, 2, 3])
        )
        names = [dish.name for dish in dishes]
        facts["vegetarian_options"] = names
        facts["offers"] = dict.fromkeys(names, "yes")
        start, last = ", ".join(names[:-1]), names[-1]
        slots = {"dishes": f"{start} and {last}", "either": f"{start} or {last}"}
        return self.writer.say("vegetarian", voice, restaurant=self.profile.name, **slots)

    def fresh(self, foods: Sequence[Food], n: int) -> list[Food]:
        """Foods of the restaurant that its reviews, and then all reviews, have named least."""
        names = self.profile.seen, self.writer.named
        chosen = sorted(foods, key=lambda food: (*(seen[food.name] for seen in names), self.random.random()))[:n]
        for seen in names:
            seen.update(food.name for food in chosen)
        return chosen

    def surround(self, body: list[str], voice: str) -> list[str]:
        """The sentences with facts between an opener, chatter and a closer, up to the length this voice talks."""
        say, name = self.writer.say, self.profile.name
        target = self.random.randint(*WORDS_IN_A_REVIEW.get(voice, (18, 34)))
        sentences = list(body)
        if self.random.random() < 0.85:
            sentences.insert(0, say("openers", voice, restaurant=name))
        if self.random.random() < NEAR_MISS_RATE:
            sentences.insert(self.random.randint(1, len(sentences)), say("near_misses", voice))
        closer = [say("closers", voice, restaurant=name)] if self.random.random() < 0.3 else []
        while sum(len(sentence.split()) for sentence in sentences + closer) < target:
            place = self.random.randint(1, len(sentences))
            sentences.insert(place, say("chatter", voice, restaurant=name))
        return sentences + closer

    def finish(self, sentences: Iterable[str], voice: str) -> str:
        """Capitals and full stops, as carefully as this voice sets them."""
        text = ""
        for sentence in sentences:
            splice = text and voice in ("local", "student") and text[-1] == "." and self.random.random() < 0.25
            if splice:
                text = text[:-1] + ", " + sentence
            else:
                text += (" " if text else "") + sentence[0].upper() + sentence[1:]
            if text[-1] not in "!?":
                text += "!" if voice == "gushing" and self.random.random() < 0.35 else "."
        if self.random.random() < LOWER_CASE_RATE.get(voice, 0.02):
            text = text.lower()
        if voice in ("student", "laconic") and self.random.random() < 0.4:
            text = text.rstrip(".")
        return text


# --- writing the files ---------------------------------------------------------------------------------------


def compose(seed: int) -> list[dict[str, object]]:
    """All reviews, the reviews of a restaurant one after the other."""
    random = Random(seed)
    town = Town(read_foods(), random)
    writer = Writer(random)
    reviews: list[dict[str, object]] = []
    for section, names in read_sections("restaurants").items():
        for name in names:
            reviewer = Reviewer(town.profile(name, section), writer, random)
            for _ in range(random.choice(REVIEWS_PER_RESTAURANT)):
                text, facts = reviewer.review()
                reviews.append({"id": f"r{len(reviews) + 1:04}", "entity": name, "text": text, "facts": facts})
    return reviews


def main() -> None:
    parser = argparse.ArgumentParser(description="Compose the reviews and the slot values from parts/.")
    parser.add_argument("--into", type=Path, default=HERE, help="the folder that gets contexts/ and slots/")
    parser.add_argument("--seed", type=int, default=20, help="another seed gives other reviews")
    options = parser.parse_args()

    foods = read_foods()
    cuisines = sorted({food.cuisine for food in foods})
    head = "# One value a line. Written by compose.py from parts/foods.txt; edit that file and run it again.\n"
    reviews = [json.dumps(review, ensure_ascii=False) for review in compose(options.seed)]
    write(options.into / "contexts" / "reviews.jsonl", "\n".join(reviews) + "\n")
    write(options.into / "slots" / "food.txt", head + "\n".join(sorted(food.name for food in foods)) + "\n")
    write(options.into / "slots" / "cuisine.txt", head + "\n".join(cuisines) + "\n")
    print(f"{len(reviews)} reviews, {len(foods)} foods and {len(cuisines)} cuisines written to {options.into}")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


if __name__ == "__main__":
    main()
