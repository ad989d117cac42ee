"""Settings are checked when they are made."""

from __future__ import annotations

import pytest

from stance.errors import TrainingError
from stance.training.settings import TrainConfig


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"epochs": 0}, "epochs must be above 0, not 0"),
        ({"batch_size": -1}, "batch_size must be above 0, not -1"),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0, not nan"),
        ({"warmup": 1.0}, "warmup is a share from 0 up to 1, not 1.0"),
        ({"dev_share": 0.0}, "dev_share must be above 0"),
        ({"label_smoothing": -0.1}, "label_smoothing is a share"),
        ({"window": 8}, "A window of 8 tokens is too short"),
        ({"seed": -1}, "whole number from 0 up, not -1"),
        ({"layer_decay": 0.0}, "layer_decay must be above 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(wrong, problem):
    with pytest.raises(TrainingError, match=problem):
        TrainConfig(**wrong)


def test_settings_of_the_encoder_are_left_to_it():
    config = TrainConfig()
    assert (config.epochs, config.batch_size, config.learning_rate, config.patience) == (None,) * 4
