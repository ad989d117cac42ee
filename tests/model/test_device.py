"""Which device labels: what was asked for where it can be had, else one sentence that says what is lacking."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from stance.errors import InputError, ModelError
from stance.labelling.jobs import Request
from stance.model.device import _lacks_gpu, choose_device
from stance.model.folder import check_checkpoint, read_settings, write_settings
from stance.model.labelling import load
from stance.training.baselines import MajorityClassifier
from stance.training.blending import blend_models


@pytest.fixture(scope="module")
def bare(tone_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder without its checkpoint, as the models inside the package are."""
    folder = tmp_path_factory.mktemp("bare") / "tone"
    shutil.copytree(tone_model, folder, ignore=shutil.ignore_patterns("model.safetensors"))
    write_settings(folder, read_settings(tone_model))
    return folder


@pytest.fixture(scope="module")
def majority(tone_units: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("baseline") / "majority"
    MajorityClassifier(variable="tone", labels=("negative", "neutral", "positive")).fit(tone_units, tone_units["label"]).save(folder)
    return folder


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine as if torch had found a GPU."""
    monkeypatch.setattr("stance.model.device._lacks_gpu", lambda *, sure: "")


def test_without_a_gpu_auto_is_the_processor(tone_model):
    if not _lacks_gpu(sure=True):
        pytest.skip("this machine has a CUDA GPU")
    assert load(tone_model).device == choose_device(tone_model, read_settings(tone_model)) == "cpu"
    with pytest.raises(ModelError, match=r"^The device cuda cannot be used: torch finds no CUDA GPU on this machine; mend that, or"):
        load(tone_model, device="cuda")


@pytest.mark.usefixtures("gpu")
def test_with_a_gpu_auto_takes_it_if_there_is_a_checkpoint(tone_model, bare, majority):
    settings = read_settings(tone_model)
    assert choose_device(tone_model, settings) == choose_device(tone_model, settings, "cuda") == "cuda"
    assert choose_device(tone_model, settings, "cpu") == "cpu"
    assert choose_device(bare, settings) == "cpu"
    with pytest.raises(ModelError, match=r"holds no checkpoint \(model\.safetensors\), which a GPU needs; pass a model folder made by"):
        choose_device(bare, settings, "cuda")
    assert choose_device(majority, read_settings(majority)) == "cpu"
    with pytest.raises(ModelError, match="of kind 'majority', which labels on the processor only"):
        choose_device(majority, read_settings(majority), "cuda")


def test_a_blend_goes_by_its_encoders(tone_model, majority, tone_units, tmp_path, request):
    plain, whole = tmp_path / "plain", tmp_path / "whole"
    blend_models([tone_model, majority], tone_units, plain)
    blend_models([tone_model, majority], tone_units, whole, checkpoints=True)
    request.getfixturevalue("gpu")
    assert choose_device(plain, read_settings(plain)) == "cpu"
    with pytest.raises(ModelError, match="member-1 holds no checkpoint"):
        choose_device(plain, read_settings(plain), "cuda")
    assert choose_device(whole, read_settings(whole)) == "cuda"
    check_checkpoint(whole / "member-1")


def test_an_unknown_device_is_refused(tone_model):
    with pytest.raises(ModelError, match=r"There is no device 'cuba': pass auto, cpu, cuda\. Did you mean 'cuda'\?"):
        load(tone_model, device="cuba")


def test_without_torch_auto_is_the_processor_and_cuda_says_how_to_get_it(tone_model):
    script = (
        "import sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torch':\n"
        "            raise ModuleNotFoundError('none', name=name)\n"
        "sys.meta_path.insert(0, Blocked())\n"
        "from stance import load\n"
        "print(load(sys.argv[1]).device)\n"
        "load(sys.argv[1], device='cuda')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tone_model)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "cpu\n")
    assert "The device cuda cannot be used: it needs the package 'torch' (pip install 'stance-nl[train]')" in done.stderr


def test_the_command_line_says_it_in_one_sentence(command, tone_model, bare, tmp_path):
    path = tmp_path / "kop.txt"
    path.write_text("Kabinet viert groot succes.", encoding="utf-8")
    status, _, told = command("label", path, "--model", bare, "--device", "cuda")
    assert (status, told.count("\n")) == (1, 1)
    assert "holds no checkpoint (model.safetensors)" in told
    assert command("label", path, "--model", tone_model, "--device", "cpu", "--out", tmp_path / "uit.csv")[0] == 0


def test_ray_labels_on_processors(tmp_path):
    from stance.corpus.blocks import find_sources
    from stance.corpus.records import Columns
    from stance.labelling.over_ray import label_on_ray

    path = tmp_path / "kop.txt"
    path.write_text("Kabinet viert groot succes.", encoding="utf-8")
    with pytest.raises(InputError, match="--engine ray labels on processors; leave out --device cuda"):
        label_on_ray(find_sources([path], Columns()), tmp_path / "uit", Request(device="cuda"))
