"""Writes the notices of the clinics and the table of what follows from them, always the same ones.

    python compose.py            # into this folder
    python compose.py --into DIR

A clinic has one set of facts; each of its two notices tells some of them, so two notices never contradict each other.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from random import Random

PARTS = Path(__file__).parent / "parts"


def lines_of(name: str) -> list[str]:
    """The lines of a file of parts."""
    return (PARTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


CLINICS = lines_of("clinics")
SERVICES = {
    "flu vaccination": ["the flu vaccination", "flu vaccinations"],
    "travel vaccination": ["travel vaccination", "travel vaccinations"],
    "blood test": ["a blood test", "blood tests"],
    "hearing test": ["a hearing test", "hearing tests"],
    "allergy test": ["an allergy test", "allergy tests"],
    "eye test": ["an eye test", "eye tests"],
    "skin check": ["a skin check", "skin checks"],
    "ECG": ["an ECG", "ECGs"],
    "ultrasound": ["an ultrasound", "ultrasounds"],
    "wound dressing": ["a wound dressing", "wound dressings"],
    "ear wash": ["an ear wash", "ear washes"],
    "physiotherapy": ["physiotherapy", "physiotherapy"],
}
PREPARE = {
    "blood test": "come on an empty stomach",
    "ultrasound": "drink a litre of water an hour before",
    "allergy test": "leave out antihistamines for three days",
    "skin check": "take off nail varnish and make-up",
    "ECG": "wear a top that opens at the front",
    "travel vaccination": "bring the yellow booklet",
}
RESULTS = ["at the front desk", "by post", "by phone after two", "in the patient app"]
DOCTORS = lines_of("doctors")
OPENERS = [
    "A word from the desk.",
    "Please read before you ring us!",
    "Notice for all patients:",
    "Spring timetable, so here is where we stand.",
    "From your receptionists, with a smile.",
    "The kettle is broken, but otherwise we are fully open.",
    "",
]
CLOSERS = [
    "Thank you for your patience.",
    "Please switch your phone to silent in the waiting room.",
    "We are short of chairs on Monday mornings, sorry.",
    "The children's corner has new books.",
    "Masks are in the box by the door.",
    "",
]
YES = [
    "We do {many} here.",
    "You can have {one} with us.",
    "{many}: yes, just book a slot.",
    "Good news, {many} are back.",
]
NO = [
    "We no longer do {many}.",
    "Sorry, no {many} here.",
    "For {one} please go elsewhere.",
    "{many}: not with us, I'm afraid.",
]
PREPARED = ["For {one}, {how}.", "Having {one}? Then {how}.", "A reminder: before {one} {how}."]
PARKING = {
    "yes": [
        "You can park behind the house.",
        "There are six parking spaces in the yard.",
        "Cars fit in front of the door.",
    ],
    "no": [
        "There is nowhere to park, come by bus.",
        "No parking here, the yard is for the ambulance.",
        "Leave the car at home, we have no spaces.",
    ],
}
STEP_FREE = {
    "yes": [
        "A ramp leads to the door.",
        "The lift works again, so wheelchairs get everywhere.",
        "No steps anywhere in the house.",
    ],
    "no": ["Mind the twelve steps; there is no lift.", "We are up two flights of stairs and cannot take wheelchairs."],
}
COLLECTED = [
    "Results are given out {where}.",
    "You get your results {where}.",
    "Waiting for results? They come {where}.",
]
TEAM = ["{names} see patients this season.", "Your doctors here: {names}.", "On duty: {names}."]


def clinic_facts(chance: Random) -> dict[str, object]:
    """All that is true of one clinic."""
    services = {name: chance.choice(["yes", "no"]) for name in SERVICES}
    return {
        "services": services,
        "prepare": {name: how for name, how in PREPARE.items() if services[name] == "yes"},
        "parking": chance.choice(["yes", "no"]),
        "step_free": chance.choice(["yes", "no"]),
        "results": chance.choice(RESULTS),
        "doctors": chance.sample(DOCTORS, chance.randint(2, 3)),
    }


def told(facts: dict, part: int, chance: Random) -> dict[str, object]:
    """What one of the two notices tells: half of the services, and some of the rest."""
    names = sorted(SERVICES)[part::2]
    services = {name: facts["services"][name] for name in chance.sample(names, 4)}
    prepare = {name: how for name, how in facts["prepare"].items() if name in services and chance.random() < 0.8}
    rest = [["parking", "doctors"], ["step_free", "results"]][part]
    more = [name for name in rest if chance.random() < 0.85]
    if part and chance.random() < 0.5:
        more.append("parking")
    return {"services": services, "prepare": prepare, **{name: facts[name] for name in more}}


def sentences(facts: dict, chance: Random) -> list[str]:
    """Each fact as somebody at a desk would put it."""
    said = []
    for name, value in facts["services"].items():
        one, many = SERVICES[name]
        said.append(chance.choice(YES if value == "yes" else NO).format(one=one, many=many))
        if name in facts["prepare"]:
            said[-1] += " " + chance.choice(PREPARED).format(one=one, how=facts["prepare"][name])
    if "parking" in facts:
        said.append(chance.choice(PARKING[facts["parking"]]))
    if "step_free" in facts:
        said.append(chance.choice(STEP_FREE[facts["step_free"]]))
    if "results" in facts:
        said.append(chance.choice(COLLECTED).format(where=facts["results"]))
    if "doctors" in facts:
        names = f"{', '.join(facts['doctors'][:-1])} and {facts['doctors'][-1]}"
        said.append(chance.choice(TEAM).format(names=names))
    chance.shuffle(said)
    return [sentence[0].upper() + sentence[1:] for sentence in said]


def row(number: str, facts: dict) -> dict[str, str]:
    """The facts of a notice as a row of the table: `services[ECG]` is looked up, `doctors[]` a list."""
    plain = {name: facts[name] for name in ("parking", "step_free", "results") if name in facts}
    looked_up = {f"{name}[{key}]": value for name in ("services", "prepare") for key, value in facts[name].items()}
    return {"id": number, **plain, "doctors[]": "; ".join(facts.get("doctors", [])), **looked_up}


def compose(folder: Path, seed: int) -> None:
    """Write contexts/notices.jsonl and contexts/facts.csv."""
    chance = Random(seed)
    notices, rows = [], []
    for clinic in CLINICS:
        facts = clinic_facts(chance)
        for part in range(2):
            here = told(facts, part, chance)
            number = f"n{len(notices) + 1}"
            said = " ".join(sentences(here, chance))
            text = f"{chance.choice(OPENERS)} {said} {chance.choice(CLOSERS)}".strip()
            notices.append({"id": number, "entity": clinic, "text": text})
            rows.append(row(number, here))
    columns = ["id", "parking", "step_free", "results", "doctors[]"]
    columns += [f"services[{name}]" for name in SERVICES] + [f"prepare[{name}]" for name in PREPARE]
    (folder / "contexts").mkdir(exist_ok=True)
    lines = [json.dumps(notice, ensure_ascii=False) + "\n" for notice in notices]
    (folder / "contexts" / "notices.jsonl").write_text("".join(lines), encoding="utf-8")
    with (folder / "contexts" / "facts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=Path(__file__).parent)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    compose(given.into, given.seed)
