"""What a row means, read one by one: the rules. `plain` reads many clean rows at once, to the same end.

question   text, needed
context    text, or a list of texts
answers    text, number or a list of them; also SQuAD's {"text": […], "answer_start": […]}; empty = unanswerable
is_impossible, answerable    true or false; wins over the answers
id         kept as `source_id`
group      what may not straddle splits; else `entity_id`, `entity`, `title`, else the context
where      an object of coordinates
split      train, validation or test: binds the row to that side
negative   the kind of unanswerable question
growloop   an object of fields of `Example`: restored as they are
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from growloop.dataset.importers.batch import Unreadable
from growloop.dataset.importers.columns import OWN_KEYS, SIDES, Layout, field_of
from growloop.dataset.importers.json_values import Repeated
from growloop.dataset.importers.offsets import placed
from growloop.errors import did_you_mean

LONGEST_VALUE = 80
"""A longer value is a text, no coordinate."""
EXACT = 2**53
"""Beyond it a number with a point, or one too long for the parser, has lost digits."""
STATUSES = ("draft", "accepted", "rejected", "duplicate")
YES, NO = ("true", "1", "yes", "y"), ("false", "0", "no", "n")


def read_row(row: object, layout: Layout) -> dict[str, Any]:
    """The columns of an example, with candidates for coordinates under `coordinates`; `repaired` where it was.

    Raises Unreadable.
    """
    if isinstance(row, Repeated):
        raise Unreadable(f'the key "{row.key}" stands twice, with different values')
    if not isinstance(row, Mapping):
        raise Unreadable(f"expected an object, found {_shown(row)}")
    kept = _restored(row.get("growloop"))
    context = kept["context"] if "context" in kept else _context(field_of(row, layout.roles["context"]))
    question = kept["question"] if "question" in kept else _question(row, layout)
    if "answers" in kept:
        answers, repaired = kept["answers"], False
    else:
        answers, repaired = _accepted_answers(row, context, layout)
    meant = OWN_KEYS | layout.used  # once for all of its keys
    others = {key: name_of(value) for key, value in row.items() if key not in meant and is_short(value)}
    read = {
        "question": question,
        "context": context,
        "answers": answers,
        "negative": None if answers else name_of(field_of(row, layout.roles["negative"])) or "unanswerable",
        "group": next((name for key in layout.roles["group"] if (name := name_of(field_of(row, (key,))))), None),
        "split": _side(field_of(row, layout.roles["split"])),
        "source_id": name_of(field_of(row, layout.roles["id"])),
        "where": _where(row, layout),
        "coordinates": {str(key): name for key, name in others.items() if name is not None},
        "origin": None,
        "parent": None,
        "status": "accepted",
    } | kept
    return _without_nul(read, repaired)


def _restored(given: object) -> dict[str, Any]:
    """The fields of an Example that an exported row carries. Its id follows from its content."""
    if isinstance(given, str) and given.strip():
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise Unreadable(f'"growloop" is no JSON object: {_shown(given)}') from None
    if given is None or given == "":
        return {}
    if not isinstance(given, Mapping):
        raise Unreadable(f'"growloop" is no object: {_shown(given)}')
    kept = {key: given[key] for key in ("question", "context", "answers", "negative", "where", "group") if key in given}
    kept |= {key: given[key] for key in ("split", "origin", "parent", "source_id", "status") if key in given}
    texts = [value for key, value in kept.items() if key not in ("answers", "where") and value is not None]
    answers, where = kept.get("answers", []), kept.get("where") or {}
    if isinstance(where, Mapping):  # columns name every coordinate there is: null where an example lacks it
        where = {key: value for key, value in where.items() if value is not None}
    wheres = [*where.keys(), *where.values()] if isinstance(where, Mapping) else [None]
    whole = isinstance(answers, list) and all(isinstance(text, str) for text in [*texts, *answers, *wheres])
    if not whole or kept.get("split") not in (None, *SIDES) or kept.get("status", "accepted") not in STATUSES:
        raise Unreadable(f'"growloop" holds what no example can: {_shown(given)}')
    if "where" in kept:  # all coordinates are known: nothing else of the row is one
        kept |= {"where": dict(where), "coordinates": {}}
    if "answers" in kept and "negative" not in kept:
        kept["negative"] = None if kept["answers"] else "unanswerable"
    if kept.get("group") is None:
        kept.pop("group", None)
    for key, fallback in (("question", ""), ("context", ""), ("status", "accepted")):
        if key in kept and kept[key] is None:
            kept[key] = fallback
    return kept


def _question(row: Mapping[str, Any], layout: Layout) -> str:
    question = field_of(row, layout.roles["question"])
    if question is None:
        wanted = (layout.roles["question"] or ("question",))[0]
        raise Unreadable(f'no "{wanted}". {did_you_mean(wanted, map(str, row))}')
    if not isinstance(question, str):
        raise Unreadable(f"the question is no text: {_shown(question)}")
    if not question.strip():
        raise Unreadable("the question is empty")
    return question.strip()


def _context(context: Any) -> str:
    context = context or ""
    if isinstance(context, list) and all(isinstance(text, str) for text in context):
        return "\n\n".join(context)
    if not isinstance(context, str):
        raise Unreadable(f"the context is no text: {_shown(context)}")
    return context


def _accepted_answers(row: Mapping[str, Any], context: str, layout: Layout) -> tuple[list[str], bool]:
    """The answers that count as right, and whether one of them was put right."""
    given = field_of(row, layout.roles["answers"])
    answers = None if given is None else _answers(given, layout)
    answerable = _answerable(row, layout)
    if answerable and not answers:
        raise Unreadable("it says that it is answerable, and holds no answer")
    if answers is None and answerable is None:
        raise Unreadable('no answers: give "answers", or "is_impossible": true')
    if answerable is False or answers is None or (layout.abstain_answer and answers == [layout.abstain_answer]):
        return [], False
    return answers, placed(given, context)


def _answers(given: Any, layout: Layout) -> list[str]:
    """The answers, each once."""
    if isinstance(given, str):
        given = _cell(given) if layout.is_table else given
        if layout.separator and isinstance(given, str):
            given = given.split(layout.separator)
    if isinstance(given, Mapping) and "text" in given:
        given = given["text"]
    texts = [_answer(answer) for answer in (given if isinstance(given, list) else [given])]
    return list(dict.fromkeys(text for text in texts if text))


def _cell(text: str) -> Any:
    """The list or object of answers that a cell holds as JSON, else the text itself."""
    if text.lstrip()[:1] not in ("[", "{"):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    items = value if isinstance(value, list) else [value]
    return value if all(isinstance(item, str | dict) for item in items) else text


def _answer(answer: object) -> str:
    text = answer.get("text") if isinstance(answer, Mapping) else answer
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise Unreadable(f"an answer is no text: {_shown(answer)}")
    if isinstance(text, float) and not math.isfinite(text):
        if math.isnan(text):
            return ""
        raise Unreadable(f"an answer is no number that can be written: {text}")
    if isinstance(text, float) and abs(text) >= EXACT:
        raise Unreadable(f"an answer is a number too long to keep its digits: {text}. Write it in quotes.")
    return str(text).strip()


def _answerable(row: Mapping[str, Any], layout: Layout) -> bool | None:
    for role, meaning in (("is_impossible", False), ("answerable", True)):
        flag = field_of(row, layout.roles[role])
        word = flag.strip().casefold() if isinstance(flag, str) else flag
        if word is None or word == "":
            continue
        if word in YES or word is True or word == 1:
            return meaning
        if word in NO or word is False or word == 0:
            return not meaning
        raise Unreadable(f'"{layout.roles[role][0]}" is neither true nor false: {_shown(flag)}')
    return None


def _side(side: Any) -> str | None:
    if side is None or side == "":
        return None
    if not isinstance(side, str) or side not in SIDES:
        raise Unreadable(f'"split" is {_shown(side)}; it can be train, validation or test')
    return SIDES[side]


def _where(row: Mapping[str, Any], layout: Layout) -> dict[str, str]:
    where = field_of(row, layout.roles["where"]) or {}
    if isinstance(where, str) and layout.is_table:
        where = _cell(where)
    if isinstance(where, list) and all(isinstance(pair, Mapping) and pair.keys() == {"key", "value"} for pair in where):
        where = {pair["key"]: pair["value"] for pair in where}  # as `growloop draw --to` writes them
    if not isinstance(where, Mapping):
        raise Unreadable(f'"where" is no object: {_shown(where)}')
    own = {str(key): name for key, value in where.items() if (name := name_of(value))}
    named = {key: name_of(field_of(row, (column,))) for key, column in layout.coordinates.items()}
    return own | {key: name for key, name in named.items() if name}


def name_of(value: object) -> str | None:
    """A scalar as a name; None for nothing, an empty text, or what is no scalar."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        if abs(value) >= EXACT:
            raise Unreadable(f"a number too long to keep its digits: {value}. Write it in quotes.")
    return str(value) or None if isinstance(value, str | int | float) else None


def is_short(value: object) -> bool:
    """True for what can be the value of a coordinate."""
    name = name_of(value)
    return name is not None and len(name) <= LONGEST_VALUE


def _without_nul(read: dict[str, Any], repaired: bool) -> dict[str, Any]:
    """Not every database keeps a NUL character in a text; no text means one."""
    texts = [read["question"], read["context"], *read["answers"], *read["where"].values()]
    texts += [read[key] for key in ("group", "source_id", "negative") if read[key]]
    if any("\0" in text for text in [*texts, *read["coordinates"].values()]):
        read = _cleaned(read)
        repaired = True
        if not read["question"].strip():
            raise Unreadable("the question is empty")
    return read | {"repaired": repaired}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [text for item in value if (text := _cleaned(item))]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)[:40]
