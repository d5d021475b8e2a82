"""Texts in another language than the task's: by their script, and by the little words every text is full of.

Only contexts are judged: a question is too short to tell a language by. Own languages without an entry in
LITTLE_WORDS are told by their script alone, and those without a script in SCRIPTS not at all.
"""

from __future__ import annotations

import re

import polars as pl

from growloop.dataset.checks.texts import by_context, excerpt, finding
from growloop.records.task import Task
from growloop.records.version import Finding

READ = 300
"""Characters of a text that are looked at."""
FEWEST_WORDS = 12
"""A text with fewer words may hold none of the little ones, or only names."""
FEWEST_OWN = 0.12
"""Running text has a larger share of its own language's little words; below it the others are asked."""
FEWEST_OTHER = 0.15
"""With a smaller share of another language's, a text may be a list, or names."""
TIMES_OWN = 3
"""So many times as often as the own ones must the other language's stand there: some words belong to several."""

LITTLE_WORDS = {
    "en": "the of and to that with it are this not but they have had be by from or you which their were so there for",
    "de": "der die das und ist nicht ein eine zu den von mit für auf des im dem sich auch es wir ich sie war wird aber",
    "fr": "le la les et est des un une du que qui dans pour pas sur au avec ce il elle nous vous je ne sont était mais",
    "es": "el la los las y es de que en un una por con no para del se lo su al como más pero fue son muy está",
    "it": "il la le e è di che un una per con non si del della sono gli nel al ma anche come più era questo ho lo",
    "pt": "o os as e é de que em um uma por com não para do da se no na mais mas foi são como ao muito eu está",
    "nl": "de het een en van dat op te niet met voor zijn er maar ook aan bij ik wij om naar hij ze door deze werd uit",
    "sv": "och att det som en är på av för med den till inte jag vi har var ett om men så kan från de hade mycket",
    "da": "og at det som en er på af for med den til ikke jeg vi har var et om men så kan fra de havde meget",
    "no": "og at det som en er på av for med den til ikke jeg vi har var et om men så kan fra de hadde veldig",
    "fi": "ja on ei se että oli hän mutta myös kun ovat joka mitä niin kuin tai ole minä me sen tämä vain olen",
    "pl": "i w na z się nie do to że jest o jak ale po co tak za od by był przez dla są tym oraz bardzo jego",
    "cs": "v se na je že to z do i o ale jako za by po jsem byl pro jeho nebo také tak které jsou",
    "ro": "și în de la cu nu pe o un este că din care mai dar pentru sunt au fost ca am foarte sau ce",
    "hu": "az és hogy nem is egy van volt meg csak de mint ha már ez még vagy el nagyon azt be ki",
    "tr": "ve bir bu da de için ile çok ne gibi daha olarak var değil ama en olan ben kadar sonra o mi",
    "id": "dan yang di dengan untuk ini itu tidak dari ke ada saya adalah akan juga kami pada atau bisa sudah dalam",
}
_LANGUAGES = {
    "Latin": " ".join(LITTLE_WORDS),
    "Cyrillic": "ru uk bg mk be kk ky mn tg tt",
    "Arabic": "ar fa ur ps ug ckb",
    "Devanagari": "hi mr ne",
    "Bengali": "bn as",
    "Hebrew": "he yi",
    "Ethiopic": "am ti",
    "Greek": "el",
    "Armenian": "hy",
    "Georgian": "ka",
    "Gujarati": "gu",
    "Tamil": "ta",
    "Telugu": "te",
    "Kannada": "kn",
    "Malayalam": "ml",
    "Sinhala": "si",
    "Thai": "th",
    "Lao": "lo",
    "Khmer": "km",
    "Myanmar": "my",
    "Hangul Han": "ko",
    "Han": "zh",
    "Han Hiragana Katakana": "ja",
}
SCRIPTS = {language: scripts for scripts, languages in _LANGUAGES.items() for language in languages.split()}
"""What a language is written in; nothing is said about languages that are not here."""


def other_language(examples: pl.DataFrame, task: Task) -> list[Finding]:
    """Contexts in another language than `language:` in task.yaml."""
    own = re.split("[-_]", task.language.lower())[0]
    if own not in SCRIPTS:
        return []
    suspect = examples.filter(by_context(examples, lambda text: _lacks(text, own)))
    if suspect.is_empty():
        return []
    hit = suspect.filter(by_context(suspect, lambda text: _is_other(text, own)))  # seventeen languages, few texts
    if hit.is_empty():
        return []
    message = (
        f"{hit.height:,} of {examples.height:,} examples have a context in another language than {own} "
        f'({hit["context"].n_unique():,} contexts, first: {hit["id"][0]}: "{excerpt(hit["context"][0])}").'
    )
    remedy = "Reject them, or set `language:` in task.yaml; skip the check if the task has several languages."
    return [finding("other_language", "warning", hit, message, remedy)]


def _lacks(text: pl.Expr, own: str) -> pl.Expr:
    """True where a text lacks the little words of its own language, or has letters of another script."""
    read = _read(text)
    other_letters = read.str.count_matches(_letters_beside(own)) >= FEWEST_WORDS
    if own not in LITTLE_WORDS:
        return other_letters
    spaces = read.str.count_matches(" ", literal=True)
    few = read.str.count_matches(_any_of(own)) < FEWEST_OWN * spaces
    return few & (spaces >= FEWEST_WORDS) | other_letters


def _is_other(text: pl.Expr, own: str) -> pl.Expr:
    """True where most letters are of another script, or the little words are another language's."""
    read = _read(text)
    other_letters = read.str.count_matches(_letters_beside(own))
    other_script = (other_letters >= FEWEST_WORDS) & (other_letters * 2 > read.str.count_matches(r"\p{L}"))
    if own not in LITTLE_WORDS:
        return other_script
    words = read.str.count_matches(r"\p{L}+")
    share = {language: read.str.count_matches(_any_of(language)) / words for language in LITTLE_WORDS}
    others = pl.max_horizontal(share[language] for language in share if language != own)
    other_words = (words >= FEWEST_WORDS) & (others >= FEWEST_OTHER) & (others > TIMES_OWN * share[own])
    return other_words | other_script


def _read(text: pl.Expr) -> pl.Expr:
    return text.str.head(READ).str.to_lowercase()


def _letters_beside(own: str) -> str:
    """A letter of a script that the language is not written in."""
    scripts = "".join(rf"\p{{{script}}}" for script in SCRIPTS[own].split())
    return rf"[\p{{L}}--[{scripts}]]"


def _any_of(language: str) -> str:
    return rf"\b(?:{'|'.join(LITTLE_WORDS[language].split())})\b"
