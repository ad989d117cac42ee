"""Cards: what the hub reads of them, and what finished results add."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from huggingface_hub import ModelCard

from stance.errors import ModelError
from stance.model.card import model_card, write_card
from stance.model.folder import read_settings
from stance.reporting.card import write_audit, write_scores
from stance.training.baselines import MajorityClassifier

NO_FLIPS = pd.DataFrame(columns=["perturbation", "units_changed", "flip_rate", "low", "high"])
SIGNED = {"split": "test.csv", "seed": "42"}


@pytest.fixture
def folder(tmp_path):
    MajorityClassifier(variable="tone").fit(["Een.", "Twee.", "Drie."], ["neutral", "neutral", "positive"]).save(tmp_path / "m")
    return tmp_path / "m"


def test_the_hub_reads_the_front_matter_and_the_scores(tone_model):
    card = ModelCard(model_card(read_settings(tone_model)), ignore_metadata_errors=False)
    assert (card.data.language, card.data.library_name, card.data.pipeline_tag) == ("nl", "stance-nl", "text-classification")
    settings = read_settings(tone_model)
    found = {result.metric_name: result.metric_value for result in card.data.eval_results}
    assert found["dev_macro_f1"] == pytest.approx(settings.scores["dev_macro_f1"], rel=1e-3)


def test_a_model_without_scores_has_no_list_of_them(folder):
    card = ModelCard((folder / "README.md").read_text(encoding="utf-8"))
    assert card.data.eval_results is None
    assert "## What it must not be used for" in card.text


def test_results_stand_before_the_limits_and_replace_earlier_ones(folder):
    scores = pd.DataFrame({"metric": ["accuracy", "alpha"], "score": [0.8, np.nan], "low": [0.7, np.nan], "high": [0.9, np.nan]})
    flips = pd.DataFrame({"perturbation": ["parties", "quotes"], "units_changed": [30, 0]}).assign(flip_rate=0.2, low=0.1, high=0.3)
    write_scores(folder, scores, SIGNED)
    write_scores(folder, scores.assign(score=0.75), SIGNED)
    write_scores(folder, scores, SIGNED | {"split": "andere.csv"})
    write_audit(folder, ["parties: the label flips too often."], flips, SIGNED)
    write_audit(folder, [], flips, SIGNED)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.count("## Scores on test.csv") == card.count("## Scores on andere.csv") == card.count("## Audit") == 1
    assert "| accuracy | 0.750 | 0.700 to 0.900 |" in card
    assert "| alpha | - | - to - |" in card
    assert "flips too often" not in card
    assert "No flip rate, control or group passed the limits" in card
    assert "| parties | 30 | 0.200 | 0.100 to 0.300 |" in card
    assert "| quotes |" not in card
    assert card.index("## Audit") < card.index("## What it must not be used for")
    assert read_settings(folder).kind == "majority"  # a card may change, the model stays valid


def test_a_card_of_ones_own_is_added_to(folder):
    (folder / "README.md").write_text("# Mijn model\n", encoding="utf-8")
    write_audit(folder, ["Let op."], NO_FLIPS, SIGNED)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# Mijn model\n\n<!-- stance: Audit -->\n## Audit\n\n- Let op.")
    write_card(folder)
    assert "Mijn model" not in (folder / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").unlink()
    with pytest.raises(ModelError, match="has no card"):
        write_audit(folder, [], NO_FLIPS, SIGNED)
