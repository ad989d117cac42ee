"""``explain --method``: gradients print and write what occlusion does, and say what they need."""

import sys
from pathlib import Path

import pytest

from stance.training.baselines import MajorityClassifier


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "haven.txt"
    path.write_text('Haven verliest banen en geld. "Kabinet krijgt veel lof", zegt Els Bos.', encoding="utf-8")
    return path


def test_gradients_are_named_in_the_table_the_signature_and_the_page(command, article, tone_model, tmp_path):
    page = tmp_path / "haven.html"
    status, printed, _ = command("explain", article, "--model", tone_model, "--method", "gradients", "--html", page)
    assert status == 0
    assert "that carried the label (gradients)" in printed and "method gradients" in printed and "comprehensiveness" in printed
    assert "(integrated gradients)" in page.read_text(encoding="utf-8")


def test_a_model_without_a_checkpoint_is_refused_in_one_sentence(command, article, tone_units, tmp_path):
    baseline = tmp_path / "majority"
    MajorityClassifier().fit(tone_units, tone_units["label"]).save(baseline)
    status, _, told = command("explain", article, "--model", baseline, "--method", "gradients")
    assert (status, told.count("\n")) == (1, 1)
    assert "is of kind 'majority' and has no checkpoint of its own, which gradients need" in told


def test_without_captum_the_mend_is_told(command, article, tone_model, monkeypatch):
    monkeypatch.delitem(sys.modules, "stance.close_reading.gradients", raising=False)
    monkeypatch.setitem(sys.modules, "captum.attr", None)  # as Python has it for a package that is not there
    status, _, told = command("explain", article, "--model", tone_model, "--method", "gradients")
    assert (status, told.count("\n")) == (1, 1)
    assert "needs the package 'captum.attr': pip install 'stance-nl[train]', or take --method occlusion." in told


def test_an_unknown_method_is_refused(command, article):
    assert (
        "--method gradient is not one of occlusion, gradients. Did you mean 'gradients'?"
        in command("explain", article, "--method", "gradient")[2]
    )
