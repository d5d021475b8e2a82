"""What kind of text an answer is, told from its form alone: metrics fail on some kinds and not on others.

abstention   empty, says the abstain answer, or begins as refusals do ("I don't know", "As an AI language model, …")
yes_no       yes or no, alone or before a comma ("No, dogs are not allowed.")
number       digits with at most a currency and a unit
list         three or more short items between commas, semicolons, lines, "and", "or"; or two lines with bullets
sentence     more than six words, or four and a full stop; without spaces between words, a full stop or 30 characters
short_span   all else
"""

from __future__ import annotations

import polars as pl

STYLES = ("yes_no", "number", "short_span", "list", "sentence", "abstention")
_REFUSAL = (
    r"(?i)^(?:i(?: am|'m)? (?:do not|don't|cannot|can't|could not|couldn't|not) (?:know|sure|tell|find|answer|have)"
    r"|(?:i'm |i am )?sorry\b|unfortunately,? i |as an ai\b|unknown\W*$|not (?:stated|mentioned|answerable)\b"
    r"|(?:unanswerable|no answer)\W*$)"
)
_YES_NO = r"(?i)^(?:(?:yes|yeah|yep|nope)(?:\W|$)|no(?:\s*[,;:!–—]|\W*$))"
_NUMBER = r"^[^\w]*\d[\d.,:\s]*(?:%|\p{L}+)?\W*$"
_BETWEEN_ITEMS = r"\s*(?:[,;\n]|\b(?i:and|or)\b|&)\s*"
_BULLET = r"(?m)^\s*(?:[-*•]|\d+[.)])\s+\S"
_END = r"[.?!]\W*$"
_WIDE_END = r"[。！？।]"
_ITEM_WORDS, _SENTENCE_WORDS, _UNSPACED = 4, 6, 30


def answer_style(said: pl.Expr, abstained: pl.Expr) -> pl.Expr:
    """One of STYLES for each answer; `abstained` is true where the answer is an abstention for sure."""
    text = said.fill_null("").str.strip_chars().str.replace_all("’", "'")
    words = text.str.count_matches(r"\S+")
    kinds = {
        "abstention": abstained | (text == "") | text.str.contains(_REFUSAL),
        "yes_no": text.str.contains(_YES_NO),
        "number": text.str.contains(_NUMBER),
        "list": _is_list(text),
        "sentence": _is_sentence(text, words),
    }
    styles = pl.coalesce(pl.when(holds).then(pl.lit(style)) for style, holds in kinds.items())
    return styles.fill_null("short_span").alias("style")


def _is_list(text: pl.Expr) -> pl.Expr:
    items = text.str.strip_chars(" .\n").str.replace_all(_BETWEEN_ITEMS, "\x1f").str.split("\x1f")
    items = items.list.eval(pl.element().filter(pl.element() != ""))
    longest = items.list.eval(pl.element().str.count_matches(r"\S+")).list.max()
    return (text.str.count_matches(_BULLET) >= 2) | ((items.list.len() >= 3) & (longest <= _ITEM_WORDS))


def _is_sentence(text: pl.Expr, words: pl.Expr) -> pl.Expr:
    unspaced = (words == 1) & (text.str.contains(_WIDE_END) | (text.str.len_chars() > _UNSPACED))
    return (words > _SENTENCE_WORDS) | ((words >= 4) & text.str.contains(_END)) | unspaced
