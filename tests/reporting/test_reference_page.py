"""The limits that the reference page states are the ones in force."""

from growloop.reporting import html, sections


def test_the_stated_limits_are_true(repository):
    page = (repository / "docs" / "reference" / "report.md").read_text(encoding="utf-8")

    assert f"{html.WORST_SHOWN} worst answers" in page
    assert f"{sections.CHARTED_SLICES} slices a coordinate" in page
    assert f"{html.OTHER_SLICES_SHOWN} other slices" in page
    assert f"{html.SAMPLE_SHOWN} sample questions" in page
