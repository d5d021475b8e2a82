from __future__ import annotations

from typing import Any

import pytest

from growloop.adjudication import agreement, disagreements
from growloop.records.annotation import Annotation


def said(id: int, example: str, by: str, verdict: Any = "correct", *answers: str, **more: Any) -> Annotation:
    at = "2026-01-01T00:00:00Z"
    asked = {"question": f"{example}?", "shown_answer": "yes", "at": at}
    return Annotation(id=id, example=example, by=by, verdict=verdict, answers=answers, **asked, **more)


def test_what_two_said_differently_has_to_be_settled_and_then_is() -> None:
    given = [said(1, "a", "Ada"), said(2, "a", "Bo", "wrong", "no"), said(3, "b", "Ada"), said(4, "b", "Bo")]

    [apart] = disagreements(given, [])

    assert (apart.example, apart.question) == ("a", "a?")
    assert [(one.by, one.verdict, one.answers) for one in apart.opinions] == [
        ("Ada", "correct", ()),
        ("Bo", "wrong", ("no",)),
    ]
    assert disagreements([*given, said(5, "a", "Cy", "wrong", "no")], [5]) == []


def test_the_same_answer_in_other_letters_is_the_same() -> None:
    assert disagreements([said(1, "a", "Ada", "wrong", "No  dogs"), said(2, "a", "Bo", "wrong", "no dogs")], []) == []
    assert disagreements([said(1, "a", "Ada", "wrong", "No"), said(2, "a", "Bo", "wrong", "Yes")], []) != []


def test_who_changed_their_mind_or_took_it_back_does_not_disagree_with_themselves() -> None:
    changed = [said(1, "a", "Ada"), said(2, "a", "Ada", "unanswerable"), said(3, "a", "Bo", "unanswerable")]
    taken_back = [said(1, "a", "Ada", withdrawn=True), said(2, "a", "Bo", "unanswerable")]

    assert disagreements(changed, []) == disagreements(taken_back, []) == []


def test_the_last_word_on_a_disagreement_counts_in_no_agreement() -> None:
    given = [said(1, "a", "Ada"), said(2, "a", "Bo", "wrong", "no")]

    assert agreement([*given, said(3, "a", "Cy", "wrong", "no")], [3]) == agreement(given, [])


def test_two_agree_by_cohens_kappa_as_scikit_learn_has_it() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    kinds = ["correct", "wrong", "unanswerable"]
    ada = [kinds[n % 3] for n in range(60)]
    bo = [kinds[(n + (n % 7 == 0)) % 3] for n in range(60)]
    given = [said(n, str(n), "Ada", kind) for n, kind in enumerate(ada)]
    given += [said(100 + n, str(n), "Bo", kind) for n, kind in enumerate(bo)]

    [pair] = agreement(given, []).pairs

    assert pair.people == ("Ada", "Bo")
    assert pair.kappa.value == pytest.approx(metrics.cohen_kappa_score(ada, bo))
    assert pair.kappa.n == pair.agreement.n == 60
    assert pair.kappa.low is not None
    assert pair.kappa.low < pair.kappa.value < pair.kappa.high  # type: ignore[operator]


def test_many_agree_by_krippendorffs_alpha_as_nltk_has_it() -> None:
    nltk = pytest.importorskip("nltk.metrics.agreement")
    kinds = ["correct", "wrong", "unanswerable", "bad_question"]
    table = [(by, str(n), kinds[(n * n + by * (n % 5 == 0)) % 4]) for by in range(3) for n in range(30) if (n + by) % 4]
    given = [said(number, n, f"P{by}", kind) for number, (by, n, kind) in enumerate(table)]

    found = agreement(given, [])

    assert found.people == ("P0", "P1", "P2")
    assert found.alpha.value == pytest.approx(nltk.AnnotationTask(table).alpha())


def test_nobody_yet_is_no_agreement() -> None:
    found = agreement([said(1, "a", "Ada"), said(2, "b", "Bo")], [])

    assert (found.examples, found.alpha.value, found.pairs) == (0, None, ())
