"""Real sentences for benchmarks: books in the public domain, from GROWLOOP_SHARED_DATA."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from pathlib import Path


def book_sentences() -> list[str]:
    """Different sentences of 6 to 40 words, in an order that the seed decides."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("GROWLOOP_SHARED_DATA", default)) / "pretrain" / "books.jsonl.gz"
    if not path.exists():
        raise SystemExit(f"Needs the public texts in {path} (set GROWLOOP_SHARED_DATA).")
    with gzip.open(path, "rt", encoding="utf-8") as books:
        texts = [json.loads(book)["text"].replace("\n", " ") for book in books]
    found = [sentence.strip() for text in texts for sentence in re.split(r"(?<=[.!?])\s+", text)]
    sentences = list(dict.fromkeys(sentence for sentence in found if 6 <= len(sentence.split()) <= 40))
    random.Random(0).shuffle(sentences)
    return sentences
