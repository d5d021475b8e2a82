from growloop.reporting.card import card


def test_the_card_says_what_is_in_the_version(made):
    _, kept = made(200)

    text = card(kept["version"], kept["examples"], kept["task"])

    assert text.startswith("# food-qa: dataset version v-3f9c2a71d0be\n")
    assert "| train | 1,600 |" in text
    assert "| wrong_entity |" in text
    assert "Other coordinates: food (8 values), variation (2 values)." in text
    assert "**warning** (conflicting)" in text


def test_the_same_version_has_the_same_card(made):
    _, kept = made(30)

    assert card(kept["version"], kept["examples"], kept["task"]) == card(
        kept["version"], kept["examples"].reverse(), kept["task"]
    )


def test_an_empty_version_has_a_card_too(made):
    _, kept = made(1)

    assert "## Origin" in card(kept["version"], kept["examples"].clear(), kept["task"])


def test_markdown_in_the_data_is_shown_not_obeyed(made):
    _, kept = made(1)
    task = kept["task"].model_copy(update={"purpose": "Line one\n# not a heading <script> [link](x) | cell"})

    text = card(kept["version"], kept["examples"], task)

    assert "Line one # not a heading \\<script\\> \\[link\\](x) \\| cell" in text
