"""A network that several models share: each window is run once, and each model sees its own outputs."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tokenizers import Tokenizer

from stance.errors import ModelError
from stance.model.folder import ModelSettings, read_settings, write_settings
from stance.model.labelling import load
from stance.model.session import OnnxSession
from stance.model.shared import HeadSession, SharedNetwork
from stance.model.windows import WindowCutter, WindowPolicy
from stance.progress import silent

TEXTS = ["De raad juicht de fusie toe.", "Stop de fusie, zegt de raad.", "De raad juicht de fusie toe."]


class Counting(OnnxSession):
    """A session that counts the windows it runs."""

    run = 0

    def logits(self, windows, on_done=silent):
        self.run += len(windows.ids)
        return super().logits(windows, on_done)


@pytest.fixture
def network(tone_model: Path) -> SharedNetwork:
    return SharedNetwork(Counting(tone_model / "model.onnx", pad_id=1))


@pytest.fixture
def windows(tone_model: Path):
    cutter = WindowCutter(Tokenizer.from_file(str(tone_model / "tokenizer.json")), WindowPolicy(length=64))
    return cutter.cut(TEXTS, [None] * len(TEXTS))


def test_a_window_is_run_once_for_all_models(network, windows):
    whole, turned = HeadSession(network, (0, 1, 2)), HeadSession(network, (2, 1, 0))
    first = whole.probabilities(windows)
    assert network.session.run == len(TEXTS)
    np.testing.assert_allclose(turned.probabilities(windows), first[:, ::-1], rtol=1e-12)  # a sum in another order
    assert network.session.run == len(TEXTS)
    two = HeadSession(network, (0, 2)).probabilities(windows)
    np.testing.assert_allclose(two, first[:, [0, 2]] / first[:, [0, 2]].sum(axis=1, keepdims=True))


def test_what_is_forgotten_is_run_again_and_gives_the_same(network, windows):
    first = network.logits(windows)
    small = SharedNetwork(network.session, remembered=1)
    np.testing.assert_array_equal(small.logits(windows), first)
    assert len(small._known) == 1
    np.testing.assert_array_equal(small.logits(windows), first)


def test_a_model_without_a_network_of_its_own(tmp_path: Path, tone_model: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("stance.model.folder.SHIPPED", tmp_path)
    (tmp_path / "net").mkdir()
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copyfile(tone_model / name, tmp_path / "net" / name)
    own = read_settings(tone_model)
    digest = hashlib.sha256((tone_model / "model.onnx").read_bytes()).hexdigest()
    settings: ModelSettings = replace(own, network="net", outputs=(0, 1, 2), signature={"network": digest})
    (tmp_path / "light").mkdir()
    shutil.copyfile(tone_model / "dev.csv", tmp_path / "light" / "dev.csv")
    write_settings(tmp_path / "light", settings)
    np.testing.assert_allclose(load(tmp_path / "light").predict_proba(TEXTS), load(tone_model).predict_proba(TEXTS), atol=1e-9)
    write_settings(tmp_path / "light", replace(settings, signature={"network": "0" * 64}))
    with pytest.raises(ModelError, match="is not the network"):
        load(tmp_path / "light")
    write_settings(tmp_path / "light", replace(settings, network="../net"))
    with pytest.raises(ModelError, match="not in this package"):
        load(tmp_path / "light")


def test_a_passage_is_read_with_its_title(tone_model: Path):
    from stance.model.reading import read_units

    text = "Het regent. De fusie gaat door. Iedereen is blij. Het waait."
    units = pd.DataFrame(
        {"text": [text, text, text], "target": ["de fusie", "de haven", None], "title": ["Kop", None, "Kop"]}, dtype=object
    )
    found = read_units(units, {}, WindowPolicy(scope="passage", passage=40, title=True))
    assert found.texts == ["Kop\nDe fusie gaat door. Iedereen is blij. ", text, f"Kop\n{text}"]
    assert found.fallback.tolist() == [False, True, False]
    assert found.share.tolist() == pytest.approx([38 / 60, 1, 1])
    whole = read_units(units, {"de haven": ["fusie"]}, WindowPolicy(scope="passage", passage=25))
    assert whole.texts[1] == "De fusie gaat door. "
    assert read_units(units, {}, WindowPolicy()).texts == [text] * 3
