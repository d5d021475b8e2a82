import pytest
from hypothesis import given
from hypothesis import strategies as st

from growloop.reporting import axes


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (4, 17, [4, 6, 8, 10, 12, 14, 16]),
        (10.26, 10.36, [10.26, 10.28, 10.3, 10.32, 10.34, 10.36]),
    ],
)
def test_figures_stand_at_round_places(low, high, expected):
    assert axes.ticks(low, high) == pytest.approx(expected)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_a_side_takes_in_every_value_and_has_a_few_figures(low, room):
    side = axes.rounded([low, low + room])

    slack = 1e-6 * room
    assert side.low <= low + slack
    assert side.high >= low + room - slack
    assert 2 <= len(side.figures) <= 12


def test_steps_are_whole_however_few_there_are():
    assert [figure for _, figure in axes.whole([1, 2], "step").figures] == ["1", "2"]


def test_of_many_turns_only_some_are_numbered():
    side = axes.numbered([str(number) for number in range(100)], "iteration")

    assert len(side.figures) <= 15
    assert side.figures[0] == (0.5, "0")
