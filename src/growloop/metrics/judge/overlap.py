"""Which words of an accepted answer were said, where, and what was said beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from growloop.metrics.judge.reading import EMPTY, Reading

Features = dict[str, float]
NAN = float("nan")
_ALIKE = 75.0
"""From this similarity on (0 to 100) two words are one, misspelt."""


def word_features(question: Reading, said: Reading, answer: Reading) -> Features:
    """How the words of one accepted answer and of what was said cover each other; NaN where nothing is covered."""
    asked, wanted, told = question.kinds, answer.kinds, said.kinds | frozenset(said.stems)
    present = {word: _presence(word, told) for word in wanted}
    fresh = (wanted - asked) or wanted
    new = said.kinds - asked
    shared, recall = len(new & wanted), sum(present.values()) / max(1, len(wanted))
    precision = shared / max(1, len(new))
    return {
        "recall": recall,
        "recall_of_new": sum(present[word] for word in fresh) / max(1, len(fresh)),
        "recall_exact": len(wanted & told) / max(1, len(wanted)),
        "best_word": max(present.values(), default=0.0),
        "worst_word": min(present.values(), default=0.0),
        "first_word": _at(answer, present, 0),
        "last_word": _at(answer, present, -1),
        "missing": sum(1.0 - present[word] for word in fresh),
        "precision": precision,
        "extra": float(len(new - wanted)),
        "f1": 2 * recall * precision / max(1e-9, recall + precision),
        "answer_words": float(len(answer.words)),
        "answer_kinds": float(len(wanted)),
        "answer_new": float(len(wanted - asked)),
        "answer_asked": len(wanted & asked) / max(1, len(wanted)),
        **_place_features(question, said, fresh, wanted),
    }


def _presence(word: str, told: frozenset[str]) -> float:
    """1 where a word was said, its similarity to the nearest word where that is a likely misspelling, else 0."""
    if word in told:
        return 1.0
    if word.isdecimal():
        return 0.0
    alike = told if len(word) > 5 else [other for other in told if _similar_form(word, other)]
    nearest = process.extractOne(word, alike, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return nearest[1] / 100 if nearest else 0.0


def _similar_form(word: str, other: str) -> bool:
    return abs(len(word) - len(other)) <= 2 and word[:1] == other[:1]


def _at(answer: Reading, present: dict[str, float], number: int) -> float:
    return present.get(answer.stems[answer.content[number]], 0.0) if answer.content else 0.0


def _place_features(question: Reading, said: Reading, fresh: frozenset[str], wanted: frozenset[str]) -> Features:
    """Where the answer begins in what was said, and what other names and new words come before it."""
    places = [place for place in said.content if said.stems[place] in fresh]
    others = [place for place in said.content if said.stems[place] not in question.kinds]
    names = [place for place in others if place and said.capital[place] and said.stems[place] not in wanted]
    spread = _spread(said.stems, wanted)
    if not places:
        unknown = dict.fromkeys(("place", "place_share", "new_before", "names_before"), NAN)
        return {**unknown, "names": float(len(names)), "spread": spread}
    first = places[0]
    return {
        "place": float(first),
        "place_share": first / len(said.words),
        "new_before": float(sum(place < first for place in others)),
        "names_before": float(sum(place < first for place in names)),
        "names": float(len(names)),
        "spread": spread,
    }


def _spread(stems: Sequence[str], wanted: frozenset[str]) -> float:
    """The shortest stretch that holds all words found, over their number; NaN for fewer than two."""
    found = [place for place, word in enumerate(stems) if word in wanted]
    kinds = len({stems[place] for place in found})
    if kinds < 2:
        return NAN
    held: Counter[str] = Counter()
    start, best = 0, len(stems)
    for place in found:
        held[stems[place]] += 1
        while held[stems[found[start]]] > 1:
            held[stems[found[start]]] -= 1
            start += 1
        if len(held) == kinds:
            best = min(best, place - found[start] + 1)
    return best / kinds


def string_features(said: Reading, answer: Reading) -> Features:
    """How alike the two are as strings: equal, contained, misspelt, run together, or initials of each other."""
    one, other = said.plain, answer.plain
    return {
        "equal": float(one == other),
        "contains": float(bool(other) and f" {other} " in f" {one} "),
        "contained": float(bool(one) and f" {one} " in f" {other} "),
        "run_together": float(len(other) > 3 and other.replace(" ", "") in one.replace(" ", "")),
        "likeness": fuzz.ratio(one, other) / 100,
        "part_likeness": fuzz.partial_ratio(other, one) / 100,
        "set_likeness": fuzz.token_set_ratio(one, other) / 100,
        "initials": float(_are_initials(answer, said) or _are_initials(said, answer)),
    }


def _are_initials(long: Reading, short: Reading) -> bool:
    letters = "".join(word[0] for word in long.words if word not in EMPTY)
    return len(letters) > 1 and letters in short.words
