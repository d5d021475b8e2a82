"""Conversations: ShareGPT's `conversations` of `from` and `value`, OpenAI's `messages` of `role` and `content`.

Each answer of the assistant is one row: the user's turn before it is the question, earlier turns are its context.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from growloop.dataset.importers.batch import Unreadable

SPEAKERS = {
    "user": ("user", "human", "prompter"),
    "assistant": ("assistant", "gpt", "chatgpt", "bing", "model"),
    "system": ("system", "developer"),
    "tool": ("tool", "function", "observation", "function_response", "tool_response"),
    "call": ("function_call", "tool_call"),
}
WHO = {name: who for who, names in SPEAKERS.items() for name in names}
KEYS = ("conversations", "messages", "conversation", "prompt", "completion")


def is_sharegpt(row: Mapping[str, Any]) -> bool:
    """True for a row with `conversations` of `from` and `value`."""
    return _first_turn(row, "from")


def is_messages(row: Mapping[str, Any]) -> bool:
    """True for a row with `messages` of `role` and `content`."""
    return _first_turn(row, "role")


def _first_turn(row: Mapping[str, Any], key: str) -> bool:
    turns: list[Any] = next((row[name] for name in KEYS if isinstance(row.get(name), list)), [])
    return bool(turns) and isinstance(turns[0], Mapping) and key in turns[0]


def conversation_reader(sample: Sequence[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], list[dict[str, Any]]]:
    """A function from a conversation to plain rows.

    A system text that is the same everywhere is an instruction and left out; one that varies is the context.
    """
    systems = [" ".join(text for who, text in _turns(row, strict=False) if who == "system") for row in sample]
    keeps_system = len(systems) < 2 or len(set(systems)) > 1
    return lambda row: rows_of(row, keeps_system=keeps_system)


def rows_of(row: Mapping[str, Any], *, keeps_system: bool = True) -> list[dict[str, Any]]:
    """A plain row for each question that the assistant answers. Raises Unreadable where there is none."""
    before: list[str] = []
    question: str | None = None
    found: list[dict[str, Any]] = []
    for who, text in _turns(row):
        if who == "user":
            question = text if question is None else f"{question}\n\n{text}"
        elif who == "assistant" and question is not None:
            found.append({"question": question, "context": "\n\n".join(before), "answers": [text]})
            before += [f"User: {question}", f"Assistant: {text}"]
            question = None
        elif who == "tool" or (who == "system" and keeps_system):
            before.append(text)
    if not found and "growloop" in row and question is not None:  # unanswerable, exported without a last turn
        found.append({"question": question, "context": "\n\n".join(before), "answers": []})
    if not found:
        raise Unreadable("no answer of the assistant to a user's question")
    others = {key: value for key, value in row.items() if key not in KEYS}
    carried = others.pop("growloop", None)
    if carried is not None:
        found[-1]["growloop"] = carried
    return [{**others, **one} for one in found]


def _turns(row: Mapping[str, Any], *, strict: bool = True) -> list[tuple[str, str]]:
    """Who says what. Raises Unreadable, if `strict`, for what is no conversation."""
    lists = [row[name] for name in KEYS if isinstance(row.get(name), list)]
    turns = lists[0] + (lists[1] if len(lists) > 1 and "completion" in row else []) if lists else None
    if turns is None:
        if strict:
            raise Unreadable(f"no list of turns under {', '.join(KEYS[:2])}")
        return []
    told = []
    for turn in turns:
        name = turn.get("role", turn.get("from")) if isinstance(turn, Mapping) else None
        who = WHO.get(name.casefold()) if isinstance(name, str) else None
        text = _text(turn.get("content", turn.get("value"))) if isinstance(turn, Mapping) else None
        if who is None or (text is None and who in ("user", "assistant", "system")):
            if strict:
                raise Unreadable(f"a turn is not of a known speaker with a text: {str(turn)[:60]}")
            continue
        if who != "call" and text:
            told.append((who, text))
    return told


def _text(content: Any) -> str | None:
    """A text, or the texts of a list of parts; None for anything else, such as a picture."""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, Mapping) and "text" in part for part in content):
        return "\n".join(str(part["text"]) for part in content)
    return None
