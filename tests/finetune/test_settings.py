from __future__ import annotations

import pytest

from growloop.finetune.settings import Settings, fill
from growloop.records.task import Training


def filled(training: Training, role: str = "decoder", **checkpoint: bool | int) -> Settings:
    return fill(training, role, **checkpoint, precision="fp32")


def test_what_the_task_sets_wins_over_the_dial():
    settings = filled(Training(effort="thorough", epochs=1.5, learning_rate=2e-5, batch_size=7, dropout=0.2))

    assert (settings.epochs, settings.learning_rate, settings.batch_size) == (1.5, 2e-5, 7)
    assert settings.dropout == 0.2


def test_more_effort_means_more_epochs_and_more_validation():
    quick, standard, thorough = (filled(Training(effort=effort)) for effort in ("quick", "standard", "thorough"))

    assert quick.epochs < standard.epochs < thorough.epochs
    assert quick.validation_examples < standard.validation_examples < thorough.validation_examples


def test_only_an_encoder_that_writes_has_names_varied_and_only_its_new_head_is_taught():
    assert filled(Training(), encoder_writes=True, new_head=True).head_steps > 0
    assert filled(Training(), encoder_writes=True).head_steps == 0
    assert filled(Training(), encoder_writes=True).vary_names_share > 0
    assert filled(Training()).head_steps == 0
    assert filled(Training()).vary_names_share == 0
    assert not filled(Training()).freeze_vocabulary
    assert filled(Training()).vocabulary_sample == 0
    assert filled(Training(), encoder_writes=True).vocabulary_sample > 0


def test_adapters_learn_faster_and_leave_the_head_as_it_is():
    assert filled(Training(lora=True)).learning_rate > filled(Training()).learning_rate
    assert filled(Training(lora=True), encoder_writes=True, new_head=True).head_steps == 0


@pytest.mark.parametrize("role", ["extractive", "encoder-decoder"])
def test_only_decoders_share_contexts(role):
    assert filled(Training(), role).questions_together == 1
    assert filled(Training()).questions_together > 1


def test_settings_survive_being_stored():
    settings = filled(Training(), encoder_writes=True, new_head=True)

    assert Settings(**settings.as_dict()) == settings


def test_a_wide_reader_is_trained_more_gently_than_a_narrow_one():
    narrow, base, wide = (filled(Training(), "extractive", width=width).learning_rate for width in (384, 768, 1024))

    assert narrow > base > wide
    assert filled(Training(), "extractive", width=32).learning_rate == narrow
    assert filled(Training(learning_rate=1e-5), "extractive", width=384).learning_rate == 1e-5
