"""Several models as one: each labels the units it is for, with its own calibration and its own threshold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stance.coding.codebook import builtin
from stance.errors import InputError, ModelError
from stance.model.choice import chosen_members
from stance.model.folder import ModelSettings, read_settings, write_settings
from stance.model.labelling import load
from stance.model.risk import threshold_of, write_dev

TEXT = "De raad juicht de fusie toe, zegt Els Bos."


@pytest.fixture
def mixed() -> pd.DataFrame:
    rows = [("a", None, None), ("b", "de fusie", None), ("c", "de fusie", "Els Bos"), ("d", None, None)]
    return pd.DataFrame(rows, columns=["id", "target", "holder"], dtype=object).assign(text=TEXT)


def test_units_go_to_the_model_they_are_for(choices: Path, tone_model: Path, toward_model: Path, mixed: pd.DataFrame):
    both = load(choices / "tone").predict_proba(mixed)
    bare, toward = mixed["target"].isna().to_numpy(), mixed["target"].notna().to_numpy()
    np.testing.assert_allclose(both[bare], load(tone_model).predict_proba(mixed[bare]), atol=1e-9)
    np.testing.assert_allclose(both[toward], load(toward_model).predict_proba(mixed[toward].assign(holder=None)), atol=1e-4)


def test_stance_needs_a_target(choices: Path, mixed: pd.DataFrame):
    with pytest.raises(InputError, match="target"):
        load(choices / "stance").predict(mixed)
    assert load(choices / "stance").predict(mixed[mixed["target"].notna()]).shape == (2,)


def test_headlines_and_propositions_have_members_of_their_own():
    units = pd.DataFrame(
        {"text": ["Kop", "woord " * 41, "Kop", "Kop", "Kop"], "target": [None, None, "de fusie", "De fusie moet door.", "de fusie"]}
    )
    units = units.astype(object).where(units.notna(), None).assign(holder=[None, None, None, None, "D66"])
    assert chosen_members(units, ("article", "sentence", "target")).tolist() == [1, 0, 2, 2, 2]
    assert chosen_members(units[2:], ("target", "holder")).tolist() == [0, 1, 1]


def test_a_risk_is_kept_by_each_member(tmp_path: Path, tone_model: Path, toward_model: Path, mixed: pd.DataFrame):
    import shutil

    for name, model, sure in (("article", tone_model, 0.9), ("target", toward_model, 0.0)):
        shutil.copytree(model, tmp_path / name)
        settings = read_settings(tmp_path / name)
        confidence = np.repeat([0.95, 0.5], 100)
        write_dev(tmp_path / name, confidence, np.concatenate([np.ones(100, dtype=bool), np.arange(100) >= 100 * sure]))
        write_settings(tmp_path / name, settings)
    labels = builtin("tone").labels
    settings = ModelSettings("choice", "both", "tone", labels, True, members=("article", "target"), choices=("article", "target"))
    write_settings(tmp_path, settings)
    strict, lax = threshold_of(tmp_path / "article", 0.1), threshold_of(tmp_path / "target", 0.1)
    assert strict > lax == 0.0
    rows = load(tmp_path, risk=0.1).label(mixed)
    least = np.where(rows["target"].isna(), strict, lax)
    assert rows["abstained"].tolist() == (rows["confidence"].to_numpy() < least).tolist()


def test_what_a_choice_does_not_say_is_refused(tmp_path: Path, tone_model: Path):
    (tmp_path / "article").symlink_to(tone_model, target_is_directory=True)
    settings = ModelSettings("choice", "half", "tone", builtin("tone").labels, True, members=("article",), choices=("headline",))
    write_settings(tmp_path, settings)
    with pytest.raises(ModelError, match="sentence, target, holder"):
        load(tmp_path)
