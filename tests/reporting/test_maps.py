import re

from growloop.records.coverage import Crossed
from growloop.reporting import maps, palette


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_heat_map_cells_show_score_and_n():
    cells = [{"row": "r", "column": "c", "value": 0.456, "n": 1200}]

    found = texts(maps.heat_map(cells, "rows", "columns", "token_f1"))

    assert "0.46" in found
    assert "n=1,200" in found


def test_no_cells_are_no_map():
    assert maps.heat_map([], "a", "b", "token_f1") is None


def test_a_coverage_map_shows_every_count_and_leaves_out_what_cannot_be():
    counts = (("offers", "none", 120), ("offers", "near_miss", 0), ("dogs", "none", 2))

    svg = maps.coverage_map(Crossed(rows="template", columns="negative", at_least=3, counts=counts))

    assert {"120", "0", "2", "offers", "near_miss"} <= set(texts(svg))
    assert [svg.count(f'fill="{palette.RAMP[step]}"') for step in (0, 1, 5)] == [1, 1, 1]
    assert "Examples by template and negative: offers × none 120" in svg
    assert maps.coverage_map(Crossed(rows="a", columns="b", at_least=1, counts=())) is None


def test_combinations_of_a_coverage_map_are_the_bluer_the_nearer_they_come_to_the_fullest():
    counts = tuple(("offers", name, count) for name, count in (("a", 2_000), ("b", 1_100), ("c", 400), ("d", 200)))

    svg = maps.coverage_map(Crossed(rows="template", columns="variation", at_least=1, counts=counts))

    assert [svg.count(f'fill="{palette.RAMP[step]}"') for step in (3, 4, 5)] == [1, 1, 2]
