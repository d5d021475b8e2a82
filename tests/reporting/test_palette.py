import re

from growloop.reporting import bars, curves, maps, palette


def test_only_colours_that_the_page_knows_are_used(repository, made):
    style = (repository / "src/growloop/reporting/templates/style.css").read_text()
    report, kept = made(60)
    cells = [{"row": "r", "column": str(n), "value": n / 20, "n": n} for n in range(21)]
    outcomes = (palette.RIGHT, palette.PARTLY, palette.WRONG, palette.ABSTAINED)
    drawings = [
        bars.slices(report.slices, "token_f1", "t"),
        curves.learning_curve(kept["history"], "loss"),
        bars.dumbbell(report.compared_to.metrics, report.iteration.metrics, ["token_f1"]),
        maps.heat_map(cells, "r", "c", "token_f1"),
        bars.outcomes([("x", [("part", 1, colour) for colour in outcomes])]),
    ]

    used = {pair for svg in drawings for pair in re.findall(r'((?:fill|stroke)="#[0-9a-f]{3,6}")', svg)}

    assert {pair for pair in used if f"[{pair}]" not in style} == set()
    assert not any(re.search(r'(?:fill|stroke)="(?!#|none)', svg) for svg in drawings)
