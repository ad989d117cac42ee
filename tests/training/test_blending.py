from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.errors import ModelError
from stance.model.blend import blend
from stance.model.fitting import fit_blend
from stance.model.folder import read_settings
from stance.model.labelling import load
from stance.model.risk import read_dev_columns
from stance.training.baselines import MajorityClassifier, TfidfClassifier
from stance.training.blending import blend_models


@pytest.fixture
def members(tmp_path, tone_units):
    """A classifier that learned the headlines and one that knows frequencies only."""
    train = tone_units[["text"]]
    TfidfClassifier().fit(train, tone_units["label"]).save(tmp_path / "words")
    MajorityClassifier().fit(train, tone_units["label"]).save(tmp_path / "majority")
    return [tmp_path / "words", tmp_path / "majority"]


def test_a_blend_weighs_by_what_each_member_knows(members, tone_units, tmp_path):
    settings = blend_models(members, tone_units, tmp_path / "blend")
    assert settings.weights[0] > 0.5
    assert settings.scores["dev_macro_f1"] == pytest.approx(settings.scores["dev_macro_f1_member-1"])
    expected = blend([load(member).predict_proba(tone_units) for member in members], settings.weights)
    np.testing.assert_allclose(load(tmp_path / "blend").predict_proba(tone_units), expected, atol=1e-12)


def test_an_encoder_and_words_blend(tone_model, members, tone_units, tmp_path):
    blend_models([tone_model, members[0]], tone_units, tmp_path / "blend")
    rows = load(tmp_path / "blend").label(tone_units)
    assert rows["id"].tolist() == tone_units["id"].tolist()
    assert (rows[["p_negative", "p_neutral", "p_positive"]].sum(axis=1) - 1).abs().max() < 1e-9
    assert not list((tmp_path / "blend").rglob("*.safetensors"))


def test_an_altered_member_is_refused(members, tone_units, tmp_path):
    blend_models(members, tone_units, tmp_path / "blend")
    settings = tmp_path / "blend" / "member-1" / "stance.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('name = "tfidf"', 'name = "other"'), encoding="utf-8")
    with pytest.raises(ModelError, match=r"member-1/stance.toml was altered"):
        load(tmp_path / "blend")


def test_models_of_two_variables_do_not_blend(members, stance_units, tmp_path):
    TfidfClassifier(variable="stance").fit(stance_units[["text", "target"]], stance_units["label"]).save(tmp_path / "stance")
    with pytest.raises(ModelError, match="only models of one variable"):
        blend_models([members[0], tmp_path / "stance"], stance_units, tmp_path / "blend")


def test_weights_minimise_the_loss_and_none_is_negative(rng):
    gold = rng.integers(3, size=600)
    good = np.eye(3)[gold] * 0.5 + 0.5 / 3
    noise = rng.dirichlet(np.ones(3), size=600)
    good_weight, noise_weight = fit_blend([good, noise], gold)
    assert good_weight > 3
    assert 0 <= noise_weight < 0.1


def test_a_finished_folder_is_not_overwritten(members, tone_units, tmp_path):
    blend_models(members, tone_units, tmp_path / "blend")
    before = read_settings(tmp_path / "blend")
    with pytest.raises(ModelError, match="finished model already"):
        blend_models(members, pd.concat([tone_units.head(9)]), tmp_path / "blend")
    assert read_settings(tmp_path / "blend") == before


def test_the_dev_units_can_be_weighed_anew_from_the_folder(members, tone_units, tmp_path):
    stories = tone_units.assign(cluster=[f"verhaal {number // 3}" for number in range(72)])
    settings = blend_models(members, stories, tmp_path / "blend")
    columns = read_dev_columns(tmp_path / "blend")
    assert len(np.unique(columns["cluster"])) == 24
    tables = [np.stack([columns[f"{name} {label}"] for label in settings.labels], axis=1) for name in settings.members]
    anew = fit_blend(tables, columns["label"].astype(np.int64))
    assert anew == pytest.approx(settings.weights, rel=0.25)  # all headlines are learned by heart, so the weights are hardly bounded
    pooled = blend(tables, settings.weights)
    np.testing.assert_allclose(pooled.max(axis=1), columns["confidence"], atol=1e-4)
    np.testing.assert_array_equal(pooled.argmax(axis=1) == columns["label"], columns["correct"] > 0.5)
    assert "boos" not in (tmp_path / "blend" / "dev.csv").read_text(encoding="utf-8")  # no text
