"""The mean of the weights of several runs as one model."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import load_file

from stance.errors import ModelError
from stance.model.labelling import load
from stance.training.averaging import average_models


def test_the_mean_of_a_model_and_itself_is_that_model(tone_model, tone_units, tmp_path):
    settings = average_models([tone_model, tone_model], tone_units[::2], out=tmp_path / "mean")
    one, mean = load(tone_model), load(tmp_path / "mean")
    np.testing.assert_allclose(mean.predict_proba(tone_units), one.predict_proba(tone_units), atol=1e-3)
    assert settings.scores["dev_macro_f1"] == pytest.approx(one.settings.scores["dev_macro_f1"])


def test_weights_are_averaged_and_seeds_are_told(tone_model, train_tiny, tone_units, tiny_encoder, tmp_path):
    other = train_tiny(tone_units, "tone", tiny_encoder, seed=7)
    settings = average_models([tone_model, other], tone_units[::2], out=tmp_path / "mean")
    assert settings.signature["seed"] == "mean of the weights of 42, 7"
    tables = [load_file(folder / "model.safetensors") for folder in (tone_model, other, tmp_path / "mean")]
    name = "classifier.out_proj.bias"
    np.testing.assert_allclose(tables[2][name], (tables[0][name] + tables[1][name]) / 2, atol=1e-6)
    assert not np.allclose(tables[0][name], tables[1][name])


def test_runs_of_two_encoders_have_no_mean(tone_model, stance_units, train_tiny, tiny_bert, tone_units, tmp_path):
    other = train_tiny(tone_units, "tone", tiny_bert)
    with pytest.raises(ModelError, match="not of one encoder, so their weights have no mean"):
        average_models([tone_model, other], tone_units[::2], out=tmp_path / "mean")
