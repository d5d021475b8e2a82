"""Text decoded with the wrong encoding somewhere on its way ("cafÃ©" for "café"): found, counted, repaired."""

from __future__ import annotations

import polars as pl

from growloop.errors import MissingExtra
from growloop.records.example import EXAMPLES, content_ids

_FOLLOWING = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
"""The later bytes of a UTF-8 character, as they look when read as Latin-1 or cp1252."""
_WESTERN = f"[ÂÃ]{_FOLLOWING}|(?:[Â-ß]{_FOLLOWING}){{2}}|[à-ï]{_FOLLOWING}{{2}}|ð{_FOLLOWING}{{3}}"
"""UTF-8 of two, three and four bytes read as Western text. Single pairs only where they are never meant so."""
_FOLLOWING_ON_MAC = f"[{bytes(range(0x80, 0xC0)).decode('mac_roman')}]"
PATTERN = f"{_WESTERN}|[√≈¬ƒ]{_FOLLOWING_ON_MAC}|‚{_FOLLOWING_ON_MAC}{{2}}"
"""The same read as Mac Roman, too: "d√©cor", "didn‚Äôt"."""
_TEXTS = pl.concat_str("question", "context", pl.col("answers").list.join(" "), separator=" ")


def suspicious(examples: pl.DataFrame) -> pl.Series:
    """True on the rows in which some text looks wrongly decoded."""
    not_ascii = pl.any_horizontal(
        _not_ascii(pl.col("question", "context")), pl.col("answers").list.eval(_not_ascii(pl.element())).list.any()
    )
    suspects = examples.select("question", "context", "answers", suspect=not_ascii)  # most texts are ASCII
    found = suspects.filter("suspect").select(_TEXTS.str.contains(PATTERN)).to_series()
    return suspects["suspect"].scatter(suspects["suspect"].arg_true(), found)


def _not_ascii(text: pl.Expr) -> pl.Expr:
    return text.str.len_bytes() != text.str.len_chars()


def example_of(examples: pl.DataFrame) -> str:
    """The first piece of text that looks wrongly decoded, with a few characters around it."""
    around = f"(?s).{{0,30}}(?:{PATTERN}).{{0,20}}"
    return str(examples.filter(suspicious(examples)).head(1).select(_TEXTS.str.extract(around, 0)).item())


def repaired(examples: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The examples with their texts decoded rightly, and how many rows that changed. Raises MissingExtra."""
    try:
        from ftfy import fix_encoding
    except ImportError:
        raise MissingExtra("ftfy", "import") from None
    numbered = examples.with_row_index("row")
    bad = numbered.filter(suspicious(examples))
    if bad.is_empty():
        return examples, 0
    texts = {name: [fix_encoding(text) for text in bad[name].to_list()] for name in ("question", "context")}
    answers = [[fix_encoding(answer) for answer in several] for several in bad["answers"].to_list()]
    fixed = bad.with_columns(
        pl.Series("question", texts["question"], pl.String),
        pl.Series("context", texts["context"], pl.String),
        pl.Series("answers", answers, EXAMPLES["answers"]),
    )
    changed = fixed.filter(
        (fixed["question"] != bad["question"])
        | (fixed["context"] != bad["context"])
        | (fixed["answers"] != bad["answers"])
    )
    changed = changed.with_columns(content_ids(changed))
    rest = numbered.join(changed.select("row"), on="row", how="anti")
    return pl.concat([rest, changed]).sort("row").drop("row"), changed.height
