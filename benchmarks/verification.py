"""How far the check of negatives can be trusted: its precision and recall on labelled pairs.

    python benchmarks/verification.py [--pairs 3000] [--similarity 0.5]

The check clears a pair of a question and a context where it is shown that the one is not answered by the other; the
rest stays in doubt and waits for a person. Told for each set of pairs:

    let through   of the pairs that are answered, how many are cleared (each would be a wrong label)
    precision     of the cleared pairs, how many are indeed not answered
    recall        of the pairs that are not answered, how many are cleared (the rest is work for people)

- drawn: examples/food_qa, labelled by its facts, which the check is not shown; the words of each template's subject
  are found in its phrasings, or (subject) declared as in SUBJECTS
- hard: benchmarks/verification_pairs.jsonl, written by hand to be mistaken in both directions
- DSTC11: guests' questions and reviews (../shared/data or GROWLOOP_SHARED_DATA), answerable beside constructed
  negatives. Neither value nor subject is known there, so words and, with --similarity, embeddings are all there is.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
from itertools import islice
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from growloop.records.declaration import read_declaration
from growloop.records.run import Estimate
from growloop.records.universe import Universe
from growloop.retrieval.quality import wilson
from growloop.universe.cells import NONE
from growloop.universe.draw import drawn
from growloop.universe.material import Material
from growloop.universe.pairs import pairs_of
from growloop.universe.problems import Reader
from growloop.universe.strata import strata
from growloop.universe.verification import PAIRS, Similarity, doubts

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("GROWLOOP_SHARED_DATA", HERE.parents[1] / "shared" / "data"))


SUBJECTS = {
    "dogs-allowed": "dog puppy pup hound terrier beagle labrador spaniel poodle dachshund pet paw four-legged leash",
    "serves-alcohol": "alcohol drink beer wine cocktail spirit booze bottle licence bar pint lager whisky rum gin "
    "carded",
    "vegan-options": "vegan plant animal dairy",
    "vegetarian-options": "vegetarian veggie meat",
}
"""How a person might declare what the templates of food_qa are about."""


def of_food_qa(n: int, subjects: dict[str, str]) -> pl.DataFrame:
    """Drawn questions and their contexts; `answered` by the facts."""
    folder = HERE.parent / "examples" / "food_qa"
    declared = read_declaration(folder / "universe.yaml", Universe)
    templates = [
        template.model_copy(update={"subject": tuple(subjects.get(template.name, "").split())})
        for template in declared.templates
    ]
    reader = Reader(declared.model_copy(update={"templates": tuple(templates)}), folder)
    material = Material(reader.universe, reader.contexts, reader.slots)
    sides = {side: 1 / len(material.sides) for side in material.sides}
    cells = list(islice(drawn(strata(material, {}), material, seed=0, where={}, sides=sides), n))
    return pairs_of(cells, material).with_columns(answered=pl.Series([cell.negative == NONE for cell in cells]))


def by_hand() -> pl.DataFrame:
    """The hard pairs."""
    return pl.read_ndjson(HERE / "verification_pairs.jsonl", schema={**PAIRS, "answered": pl.Boolean()})


def of_dstc11() -> pl.DataFrame:
    """Guests' questions about hotels and restaurants, and reviews that do or do not answer them."""
    with gzip.open(DATA / "reviews" / "dstc11" / "val_qa.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    empty: list[list[str]] = [[] for _ in rows]
    columns = {
        "question": [row["question"] for row in rows],
        "context": [row["context"] for row in rows],
        "entity": [[row["entity"]] for row in rows],
        "other_entity": [False] * len(rows),
        **dict.fromkeys(("value", "subject", "answers"), empty),
        "answered": [row["answerable"] for row in rows],
    }
    return pl.DataFrame(columns, schema={**PAIRS, "answered": pl.Boolean()})


def embedded() -> Similarity:
    """Cosines by the embedded model."""
    from growloop.asking import similarity

    return similarity()


def row(name: str, pairs: pl.DataFrame, similarity: Similarity | None, threshold: float | None) -> list[str]:
    """One line of the table."""
    cleared = doubts(pairs.drop("answered"), similarity=similarity, threshold=threshold).is_null()
    answered = pairs["answered"]
    through, right = int((cleared & answered).sum()), int((cleared & ~answered).sum())
    shares = (
        wilson(through, int(answered.sum())),
        wilson(right, through + right),
        wilson(right, int((~answered).sum())),
    )
    return [name, f"{answered.sum():,}", f"{(~answered).sum():,}", *map(told, shares)]


def told(share: Estimate) -> str:
    return "–" if share.value is None else f"{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3000, help="of each set at most")
    parser.add_argument(
        "--similarity", type=float, help="also compare sentences by the embedded model, from this cosine"
    )
    given = parser.parse_args()
    similarity = embedded() if given.similarity else None
    sets = {
        "drawn": of_food_qa(given.pairs, {}),
        "drawn (subject)": of_food_qa(given.pairs, SUBJECTS),
        "hard": by_hand(),
    }
    if DATA.is_dir():
        sets["DSTC11"] = of_dstc11().sample(fraction=1, shuffle=True, seed=0).head(given.pairs)
    shown = Table("pairs", "answered", "not answered", "let through", "precision", "recall")
    for name, pairs in sets.items():
        shown.add_row(*row(name, pairs, similarity, given.similarity))
    Console(width=120).print(shown)


if __name__ == "__main__":
    main()
