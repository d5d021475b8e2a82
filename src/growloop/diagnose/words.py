"""A slice in the words a person would use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from growloop.diagnose.features import CLUSTER, RANK, TEXT, WORD

_NEGATIVE = {
    "none": "whose text answers them",
    "wrong_entity": "about another {entity}'s text",
    "wrong_topic": "whose text does not speak of it",
    "near_miss": "whose text only touches on it",
    "contradicted": "that take for granted what the text denies",
    "out_of_scope": "out of scope",
    "no_context": "without a text",
    "retrieved": "with a retrieved text that does not answer them",
}
_VARIATION = {
    "none": "worded as declared",
    "no_question_mark": "worded without a question mark",
    "no_punctuation": "worded without punctuation",
    "lower_case": "worded in lower case",
    "upper_case": "worded in capitals",
    "white_space": "with blanks too many",
    "contractions": "with contractions",
    "typos": "with typing errors",
    "no_function_words": "without the small words",
    "politeness": "put politely",
    "self_correction": "corrected half-way",
    "spelling": "in another spelling",
    "synonyms": "with other words for the same",
    "negation": "put in the negative",
    "other_value": "changed to ask for another value",
}
_ANSWER = {
    "abstain": "that cannot be answered",
    "yes": "to be answered with yes",
    "no": "to be answered with no",
    "list": "to be answered with a list",
}
_OVERLAP = {
    "none": "none of whose words stand in the text",
    "some": "few of whose words stand in the text",
    "most": "most of whose words stand in the text",
    "all": "all of whose words stand in the text",
}
_CASE = {"lower": "in lower case", "upper": "in capitals", "mixed": "with capitals and small letters"}
_NAMES = {"all": "whose names stand in the text", "not all": "with a name that the text does not have"}


def in_words(where: Mapping[str, str], *, entity: str = "entity") -> str:
    """The examples of a slice, without figures; `entity` is what the contexts are about.

    >>> in_words({"template": "vegan-options", "variation": "lower_case"})
    'questions of kind vegan-options, worded in lower case'
    >>> in_words({"text.opening": "does", "city": "Kyoto"})
    'questions that begin with “does”, where city is Kyoto'
    """
    if not where:
        return "all questions"
    order = [key for key in _SAYINGS if key in where] + [key for key in where if key not in _SAYINGS]
    said = ", ".join(_said(key, where[key]) for key in order)
    return f"questions {said}".replace("{entity}", entity)


def _said(key: str, value: str) -> str:
    if key.startswith(WORD):
        word = key.removeprefix(WORD)
        return f"with the word{'s' if ' ' in word else ''} “{word}”"
    known = _SAYINGS[key](value) if key in _SAYINGS else None
    return known or f"where {key.removeprefix(TEXT).replace('_', ' ')} is {value}"


def _with(noun: str) -> Callable[[str], str]:
    return lambda value: f"{'with' if value == 'yes' else 'without'} {noun}"


def _length(before: str, none: str) -> Callable[[str], str]:
    return lambda value: none if value == "none" else f"{before} of {_span(value)} words"


def _span(value: str) -> str:
    """A class of numbers, as it is said: `5-8` is 5 to 8."""
    return value.replace("-", " to ")


def _rank(value: str) -> str:
    return "whose text the retriever missed" if value == "none" else f"whose text the retriever ranked {_span(value)}"


_SAYINGS: dict[str, Callable[[str], str | None]] = {
    "template": lambda value: f"of kind {value}",
    f"{TEXT}opening": lambda value: f"that begin with “{value}”",
    f"{TEXT}opening_pair": lambda value: f"that begin with “{value}”",
    f"{TEXT}question_length": lambda value: f"of {_span(value)} words",
    "variation": _VARIATION.get,
    f"{TEXT}case": _CASE.get,
    f"{TEXT}question_mark": _with("a question mark"),
    f"{TEXT}punctuation": _with("punctuation"),
    f"{TEXT}digits": _with("numbers"),
    "phrasing": lambda value: f"in phrasing {value}",
    "negative": _NEGATIVE.get,
    f"{TEXT}overlap": _OVERLAP.get,
    f"{TEXT}names_in_context": _NAMES.get,
    f"{TEXT}context_length": _length("with a text", "without a text"),
    RANK: _rank,
    "answer": _ANSWER.get,
    f"{TEXT}answer_length": _length("with an answer", "that cannot be answered"),
    CLUSTER: lambda value: f"much like “{value}”",
}
"""How each feature is said, in the order in which they are said; None where a value has no words of its own."""
