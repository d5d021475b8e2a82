from __future__ import annotations

import hashlib
from itertools import accumulate

import numpy as np
import pytest

from growloop.records.digest import Hasher, digests

TEXTS = [b"", b"one", "zwölf".encode(), b"x" * 5000]


def test_a_digest_is_that_of_the_standard_library() -> None:
    assert digests(TEXTS) == [hashlib.blake2b(text, digest_size=16).digest() for text in TEXTS]


def test_another_process_gives_the_same_digests_question_after_question() -> None:
    hasher = Hasher()
    ends = np.array(list(accumulate(map(len, TEXTS))), dtype=np.int64).data

    for parts in ([(b"".join(TEXTS), ends)] * 2, [], [(b"".join(TEXTS), ends)]):
        hasher.ask(parts)
        assert hasher.answer() == digests(TEXTS * len(parts))

    hasher.close()


def test_that_the_process_was_ended_is_told() -> None:
    hasher = Hasher()
    hasher.close()

    with pytest.raises((OSError, ValueError)):
        hasher.ask([])
