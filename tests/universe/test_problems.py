from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from growloop.errors import BadData, BadDeclaration
from growloop.records.declaration import read_declaration
from growloop.records.universe import Universe
from growloop.universe import Space

YES_NO = {"yes": "y", "no": "n"}


def template(**more: Any) -> list[dict[str, Any]]:
    return [{"name": "t", "ask": ["a {restaurant}?", "b?", "c?"], "fact": "dogs", "answer": YES_NO, **more}]


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"templates": template(ask=["Is {restaurnt} ok?"])}, 'asks for {restaurnt}.*Did you mean "restaurant"'),
        ({"templates": template(answer={"yes": "{foo}"})}, "asks for {foo}"),
        ({"templates": template(ask=["Is {restaurant ok?"])}, "opens or closes nothing"),
        ({"templates": template(ask=[" "])}, "empty text"),
        ({"templates": template(fact="dogs[")}, '"dogs\\[" is no fact'),
        ({"templates": template(fact="dog")}, 'no context has it.*Did you mean "dogs"'),
        ({"templates": template(fact="offers")}, "which is looked up: write"),
        ({"templates": template(fact="dogs[food]", ask=["{food}?"])}, "have it plain"),
        ({"templates": template(fact="offers[foods]")}, 'no such slot.*Did you mean "food"'),
        ({"templates": template(fact="offers[food]")}, "does not ask about a {food}"),
        ({"templates": template(fact="dogs[restaurant]")}, "looked up by the entity"),
        ({"templates": template(answer={"maybe": "m"})}, "none of its values has an answer. Values found: no, yes"),
        ({"templates": template() * 2}, 'two templates "t"'),
        ({"slots": {"restaurant": {"entities": True}, "food": {"file": "nope.txt"}}}, "nope.txt does not exist"),
        ({"slots": {"restaurant": {"entities": True}, "food": {}}}, 'slot "food" needs exactly one'),
        ({"slots": {"restaurant": {"values": ["x"]}, "food": {"values": ["x"]}}}, "needs  entities: true"),
        ({"slots": {"food": {"values": ["x"]}}}, 'there is no slot "restaurant"'),
        ({"contexts": {"file": "contexts.jsonl"}}, "needs  entity_slot: restaurant"),
        ({"contexts": {"file": "contexts.jsonl", "show": "{body}"}}, "asks for {body}"),
        ({"contexts": {"file": "contexts.jsonl", "show": "{entity}"}}, "lacks {text}"),
        ({"contexts": {"file": "missing.jsonl", "entity_slot": "restaurant"}}, "missing.jsonl does not exist"),
        (
            {"negatives": [{"kind": "wrong_topic", "share": 0.6}, {"kind": "wrong_entity", "share": 0.5}]},
            "add up to 1.1 and leave nothing",
        ),
        ({"negatives": [{"kind": "wrong_topic", "share": 0.1}] * 2}, "declared twice"),
        (
            {"negatives": [{"kind": "near_miss", "share": 0.1}], "templates": template()},
            "near_miss needs a fact that is looked up",
        ),
        ({"negatives": [{"kind": "contradicted", "share": 0.1}]}, "contradicted needs a template that says"),
        ({"negatives": [{"kind": "out_of_scope", "share": 0.1}]}, "list them under  ask:"),
        ({"negatives": [{"kind": "wrong_topic", "share": 0.1, "ask": ["Why?"]}]}, "wrong_topic needs no `ask`"),
        ({"negatives": [{"kind": "out_of_scope", "share": 0.1, "ask": ["{x}?"]}]}, "out_of_scope asks for {x}"),
        (
            {"templates": template(presumes={"offers[food]": "yes"})},
            'presumes "offers\\[food\\]"; it can be a plain fact',
        ),
        (
            {"templates": [*template(), {**template()[0], "name": "u"}]},
            'template "u" asks "a {restaurant}.", and so does template "t"',
        ),
        ({"slots": {"restaurant": {"entities": True}, "food": {"values": [" "]}}}, "no value that is not empty"),
        (
            {"slots": {"restaurant": {"entities": True}, "food": {"values": ["ramen"], "aliases": {"ramn": ["x"]}}}},
            'no value "ramn", and `aliases` names it. .*Did you mean "ramen"',
        ),
        (
            {"slots": {"restaurant": {"entities": True}, "food": {"values": ["ramen"], "groups": {"g": ["udon"]}}}},
            'no value "udon", and `groups` names it',
        ),
        (
            {"slots": {"restaurant": {"entities": True}, "food": {"values": ["pho"]}}},
            'no value of the slot "food" is among what the contexts tell of it: creme brulee, miso soup',
        ),
        ({"coverage": {"over": ["tempalte"], "strength": 1}}, 'no coordinate "tempalte".*Did you mean "template"'),
        ({"coverage": {"over": ["food"]}}, "strength 2 combines more coordinates"),
        (
            {"coverage": {"targets": [{"where": {"fod": "pie"}, "count": 3}]}},
            'no coordinate "fod".*Did you mean "food"',
        ),
        ({"held_out": {"validation": 0.5, "test": 0.5}}, "leaves nothing to train on"),
        ({"held_out": {"test": 0.2}, "templates": template(ask=["{restaurant}?"])}, "has 1; to hold some out"),
    ],
)
def test_what_cannot_be_is_told(written: Callable[..., Any], parts: dict[str, Any], problem: str) -> None:
    universe, folder = written(**parts)

    problems = Space.problems(universe, folder)

    assert any(re.search(problem, told) for told in problems), problems
    with pytest.raises((BadDeclaration, BadData), match=problem):
        Space.open(universe, folder)


def test_a_good_universe_has_no_problems(written: Callable[..., Any]) -> None:
    assert Space.problems(*written(held_out={"validation": 0.2, "test": 0.2})) == []


def test_all_problems_are_told_at_once(written: Callable[..., Any]) -> None:
    wrong = [*template(ask=["{x}?"]), {**template(fact="[")[0], "name": "u"}]

    problems = Space.problems(*written(lines=["{", '{"text": 1}'], foods="", templates=wrong))

    assert len(problems) == 5  # two lines, an empty slot, a dangling slot, a bad fact


def test_a_problem_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "universe.yaml").write_text(
        "contexts:\n  file: c.jsonl\n  entity_slot: shop\nslots:\n  shop:\n    entities: true\n"
        "templates:\n  - name: t\n    fact: dogs\n    ask:\n      - Dogs at {shop}?\n      - Dogs at {shpo}?\n"
        '    answer:\n      "yes": Yes.\n'
    )
    (tmp_path / "c.jsonl").write_text('{"entity": "A", "text": "Dogs welcome.", "facts": {"dogs": "yes"}}')
    universe = read_declaration(tmp_path / "universe.yaml", Universe)

    [problem] = Space.problems(universe, tmp_path)

    assert problem.startswith('universe.yaml, line 12: template "t" asks for {shpo}')


def test_wrong_entity_needs_entities(written: Callable[..., Any]) -> None:
    problems = Space.problems(
        *written(
            contexts={"file": "contexts.jsonl"},
            slots={"food": {"file": "foods.txt"}},
            templates=template(ask=["Dogs?"]),
        )
    )

    assert any("wrong_entity needs to know whom" in problem for problem in problems)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ("variations: [typo]", 'universe.yaml, line 1: "variations.0" is \'typo\'..*Did you mean "typos"'),
        (
            "negatives:\n  - {kind: near_mis, share: 0.1}",
            'universe.yaml, line 2: "negatives.0.kind" is \'near_mis\'..*Did you mean "near_miss"',
        ),
        ("verify: {by: words}", 'universe.yaml, line 1: "verify.by" is \'words\'..*Did you mean "wording"'),
        ("coverage: {strenght: 2}", 'unknown key "coverage.strenght"..*Did you mean "strength"'),
        ("negatives:\n  - {kind: wrong_topic, share: 2}", "universe.yaml, line 2: .*share.* less than 1"),
    ],
)
def test_an_unknown_name_is_answered_with_its_line_and_the_nearest_known_one(
    tmp_path: Path, declared: str, problem: str
) -> None:
    (tmp_path / "universe.yaml").write_text(declared)

    with pytest.raises(BadDeclaration, match=problem):
        read_declaration(tmp_path / "universe.yaml", Universe)


def test_two_templates_that_ask_the_same_are_named_with_both_lines(tmp_path: Path) -> None:
    (tmp_path / "universe.yaml").write_text(
        "contexts: {file: c.jsonl}\ntemplates:\n"
        '  - {name: dogs, fact: dogs, ask: ["Dogs?"], answer: {"yes": Yes.}}\n'
        '  - name: pets\n    fact: pets\n    ask:\n      - "dogs?"\n    answer: {"yes": Yes.}\n'
    )
    (tmp_path / "c.jsonl").write_text('{"text": "Dogs welcome.", "facts": {"dogs": "yes", "pets": "yes"}}')

    [problem] = Space.problems(read_declaration(tmp_path / "universe.yaml", Universe), tmp_path)

    assert problem.startswith(
        'universe.yaml, line 7: template "pets" asks "dogs?", and so does template "dogs" on line 3'
    )
