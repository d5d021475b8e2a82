from __future__ import annotations

import pytest

from growloop.dataset.checks.language import other_language
from growloop.records.example import examples_frame
from growloop.records.task import Task

TEXTS = {
    "en": "We sat by the window and the waiter was kind. They had a good soup, but the bread was cold and we left.",
    "de": "Wir saßen am Fenster und der Kellner war nett. Die Suppe war gut, aber das Brot war kalt und wir gingen.",
    "fr": "Nous étions près de la fenêtre et le serveur était gentil. La soupe était bonne, mais le pain était froid.",
    "es": "Nos sentamos en la mesa de la ventana y el camarero fue muy amable. La sopa estaba bien, pero el pan no.",
    "it": "La zuppa era buona e il cameriere molto gentile, ma il pane non era caldo e siamo andati via presto.",
    "nl": "We zaten bij het raam en de ober was aardig. De soep was goed, maar het brood was koud en we gingen weg.",
    "ru": "Мы сидели у окна, и официант был любезен. Суп был хорош, но хлеб был холодным.",
    "ja": "窓際の席で、店員さんはとても親切でした。スープは美味しかったですが、パンは冷たかったです。",
    "ka": "ჩვენ ფანჯარასთან ვისხედით და მიმტანი თავაზიანი იყო.",
}


def reported(context: str, language: str) -> bool:
    task = Task(name="t", purpose="p", answer_kind="extractive", language=language)
    return bool(other_language(examples_frame({"question": ["q"], "context": [context]}), task))


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_of_the_tasks_own_language_is_fine(language: str) -> None:
    assert not reported(TEXTS[language], language)
    assert not reported(TEXTS[language], f"{language}-XY")


@pytest.mark.parametrize("language", [language for language in TEXTS if language != "en"])
def test_a_text_of_another_language_is_reported_both_ways(language: str) -> None:
    assert reported(TEXTS[language], "en")
    assert reported(TEXTS["en"], language)


@pytest.mark.parametrize(
    "context",
    [
        "",
        "Café Lumière, Tasca, Zum Goldenen Hirschen",
        "Die Zeit",
        "Menu: pizza margherita, tagliatelle al ragù, gnocchi, saltimbocca, tiramisù, panna cotta, espresso",
        "Ramen 12, gyoza 6, pho 11, dal 9, paella 20, borscht 8, tacos 7, falafel 6, pizza 10, pierogi 8, bulgogi 15",
        "The sign said 東京 and 大阪, and the waiter told us that both of them were names of rooms in the house.",
    ],
)
def test_names_lists_and_a_few_foreign_words_are_no_other_language(context: str) -> None:
    assert not reported(context, "en")


def test_nothing_is_said_about_a_language_that_is_not_known() -> None:
    assert not reported(TEXTS["en"], "sw")


def test_english_contexts_raise_no_false_alarm(shared_data, repository) -> None:
    from growloop.dataset.importers import read_examples

    task = Task(name="t", purpose="p", answer_kind="extractive")
    for file in ("squad_v2/dev-v2.0.json.gz", "squad_like/squadshifts_new_wiki_v1.0.json.gz"):
        assert other_language(read_examples(shared_data / file).examples, task) == []
