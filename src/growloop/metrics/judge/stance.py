"""How something was said: at what length, denied, doubted, taken back, refused; and what kind of thing was asked."""

from __future__ import annotations

import re

from growloop.metrics.judge.overlap import NAN, Features
from growloop.metrics.judge.reading import Reading

_NOT = re.compile(r"\b(?:not|no|never|nor|neither|without|none|cannot|incorrect|false|unlikely)\b|n['\s]t\b")
_BUT = re.compile(r"\b(?:however|but|although|though|instead|rather|while|despite|unless|except|contrary|whereas)\b")
_DOUBT = re.compile(
    r"\b(?:may|might|possibly|perhaps|unclear|unknown|unsure|not sure|cannot|unable|as an ai|sorry|depends|varies"
    r"|no (?:specific|official|clear|definitive|single|information)|(?:could not|couldn't) |(?:don't|do not) have"
    r"|not (?:specified|mentioned|available|provided|clear|known))\b"
)
_SENTENCE_END = re.compile(r"[.!?…。！？](?=\s|$)|\n+")
_KINDS = (
    r"\bwho(?:se|m)?\b",
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time)\b",
    r"\bwhere\b|\b(?:what|which) (?:country|city|state|place)\b",
    r"\bhow (?:many|much)\b|\bnumber of\b",
    r"\bhow\b",
    r"\bwhy\b",
    r"\b(?:what|which)\b",
    r"^(?:is|are|was|were|do|does|did|can|could|may|must|will|would|has|have|should)\b",
)
"""What kind of thing a question asks for, the first that fits."""
_BEFORE, _AFTER = 8, 4
"""Words around the answer in which it can be denied."""


def stance_features(question: Reading, said: Reading) -> Features:
    """What a prediction is like in itself, whatever the accepted answers are."""
    shared = len(question.kinds & said.kinds) / max(1, len(question.kinds))
    return {
        "asked_for": asked_for(question),
        "question_words": float(len(question.words)),
        "question_denies": float(len(_NOT.findall(question.folded))),
        "words": float(len(said.words)),
        "sentences": float(1 + len(_SENTENCE_END.findall(said.folded.strip().rstrip(".!?")))),
        "new_words": float(sum(said.stems[place] not in question.kinds for place in said.content)),
        "new_numbers": float(len(set(said.numbers) - set(question.numbers))),
        "question_said": shared,
        "denials": float(len(_NOT.findall(said.folded))),
        "turns": float(len(_BUT.findall(said.folded))),
        "doubts": float(len(_DOUBT.findall(said.folded))),
        "parentheses": float(said.folded.count("(")),
        "joints": float(said.folded.count(",") + said.words.count("and")),
    }


def asked_for(question: Reading) -> float:
    """The number of the kind of thing a question asks for."""
    found = (number for number, kind in enumerate(_KINDS) if re.search(kind, question.folded))
    return float(next(found, len(_KINDS)))


def denial_features(question: Reading, said: Reading, answer: Reading) -> Features:
    """Is the answer itself denied where it was said; NaN where it was not."""
    fresh = (answer.kinds - question.kinds) or answer.kinds
    place = next((place for place in said.content if said.stems[place] in fresh), None)
    denies = float(len(_NOT.findall(answer.folded)))
    if place is None:
        return {"answer_denies": denies, "denied": NAN, "turned": NAN}
    before = " ".join(said.words[max(0, place - _BEFORE) : place])
    around = f"{before} {' '.join(said.words[place : place + _AFTER])}"
    return {
        "answer_denies": denies,
        "denied": float(bool(_NOT.search(around))),
        "turned": float(bool(_BUT.search(before))),
    }
