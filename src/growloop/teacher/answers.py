"""A teacher's reply as an answer that data can be made of, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from growloop.metrics.answers import is_abstention, normalise
from growloop.records.task import Task
from growloop.remote.endpoint import Reply
from growloop.teacher.messages import DO_NOT_KNOW

_QUOTED = re.compile(r"\A([\"'“‘`])(.*)[\"'”’`]\Z", re.DOTALL)


def usable(reply: Reply, context: str, task: Task) -> tuple[tuple[str, ...], str]:
    """The answers of a reply, none for an abstention; or what is wrong with it, in words.

    >>> task = Task(name="t", purpose="p", answer_kind="extractive")
    >>> usable(Reply("THE  terrace"), "Dogs may use the terrace.", task)
    (('the terrace',), '')
    >>> usable(Reply("the roof"), "Dogs may use the terrace.", task)
    ((), 'not in the context')
    """
    text = _bare(reply)
    if not text:
        return (), "cut off" if reply.finish == "length" else "empty"
    if _abstains(text, task.abstain_answer):
        return (), ""
    if reply.finish == "length":
        return (), "cut off"
    if len(text) > task.teacher.longest_answer:
        return (), f"longer than {task.teacher.longest_answer} characters"
    if task.answer_kind != "extractive":
        return (text,), ""
    found = _found_in(context, text) or _found_in(context, text.rstrip(".!"))
    return ((found,), "") if found else ((), "not in the context")


def reworded(reply: Reply, question: str, kept: Sequence[str], task: Task) -> tuple[str, str]:
    """The question that a reply puts in other words, or what is wrong with it, in words."""
    text = " ".join(_bare(reply).split()).removeprefix("Question: ")
    if not text or reply.finish == "length":
        return "", "cut off" if reply.finish == "length" else "empty"
    if len(text) > task.teacher.longest_answer:
        return "", f"longer than {task.teacher.longest_answer} characters"
    if normalise(text) == normalise(question):
        return "", "in the same words"
    lost = [name for name in kept if name.casefold() not in text.casefold()]
    return (text, "") if not lost else ("", "a name is lost")


def _bare(reply: Reply) -> str:
    """The answer without thoughts, blanks at its ends, and quotes around it."""
    bare = reply.said
    quoted = _QUOTED.match(bare)
    return quoted[2].strip() if quoted and quoted[1] not in quoted[2] else bare


def _abstains(text: str, abstain_answer: str) -> bool:
    silent = (abstain_answer, DO_NOT_KNOW, "I do not know", "unanswerable")
    return any(is_abstention([text], words)[0] for words in silent)


def _found_in(context: str, text: str) -> str:
    """The context's own words for an answer, whatever its case and white space; empty where it has none such."""
    words = [re.escape(word) for word in text.split()]
    found = re.search(r"\s+".join(words), context, re.IGNORECASE) if words else None
    return found[0] if found else ""
