"""Two processes that ``accelerate launch`` starts train what one would, write once, speak once, and take up a killed run."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import load_file

from stance.corpus.records import as_units
from stance.errors import TrainingError
from stance.model.labelling import load
from stance.training import network
from stance.training.encoders import find_encoder
from stance.training.finetune_state import CodedUnits
from stance.training.finetuning import fine_tune
from stance.training.processes import ALONE, Processes, _take_gpu, join
from stance.training.settings import TrainConfig

LABELS = ("negative", "neutral", "positive")
SETTINGS = {"epochs": 2, "batch_size": 7, "learning_rate": 1e-3}
SCRIPT = """
import json, sys
from contextlib import nullcontext
from pathlib import Path
import pandas as pd
from safetensors.torch import save_file
from stance.cli import main
from stance.errors import StanceError
from stance.training import network
from stance.training.classifier import RobbertClassifier
from stance.training.encoders import find_encoder
from stance.training.finetune_state import CodedUnits
from stance.training.finetuning import fine_tune
from stance.training.processes import join
from stance.training.settings import TrainConfig

work, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
labels = ("negative", "neutral", "positive")
units = pd.read_json(work / "units.jsonl", lines=True).assign(target=None, holder=None)
coded = CodedUnits(units, pd.Categorical(units["label"], categories=labels).codes.astype("int64"))
place = join()

def run(name, encoder, on_step=None, **more):
    config = TrainConfig(**settings, **more)
    return fine_tune(
        coded, coded, labels=labels, encoder=find_encoder(str(work / encoder)), config=config, folder=work / name, on_step=on_step
    )

def keep(name, tuned):
    weights = {key: value.contiguous() for key, value in tuned.network.model.state_dict().items()}
    save_file(weights, work / f"{name}-{place.rank}.safetensors")
    (work / f"{name}-{place.rank}.json").write_text(
        json.dumps({"losses": [epoch.loss for epoch in tuned.history], "dev": tuned.dev_probabilities.tolist()})
    )

def kill(step, *_):
    if step == 14:  # within the second epoch
        raise KeyboardInterrupt

mixed, network._mixed_precision = network._mixed_precision, lambda where, enabled: nullcontext()
keep("exact", run("exact", "exact-encoder"))
network._mixed_precision = mixed
keep("unbroken", run("unbroken", "encoder", consistency=0.5))
try:
    run("killed", "encoder", on_step=kill, consistency=0.5, checkpoint_minutes=1e-9)
except KeyboardInterrupt:
    place.wait()
keep("killed", run("killed", "encoder", consistency=0.5, checkpoint_minutes=1e-9))
try:
    RobbertClassifier().fit(["Kop"], ["neutral"])
except StanceError as error:
    print(error) if place.first else None
sys.argv = ["stance", "train", str(work / "units.jsonl"), "--variable", "tone", "--encoder", str(work / "encoder"), "--dev",
            str(work / "units.jsonl"), "--epochs", "6", "--batch-size", "8", "--learning-rate", "5e-3", "--out", str(work / "model")]
main()
"""


@dataclass(frozen=True, slots=True)
class Launched:
    """What two processes left behind, and said."""

    folder: Path
    output: str
    messages: str

    def weights(self, name: str, rank: int) -> dict[str, np.ndarray]:
        return load_file(self.folder / f"{name}-{rank}.safetensors")

    def figures(self, name: str, rank: int) -> dict[str, np.ndarray]:
        found = json.loads((self.folder / f"{name}-{rank}.json").read_text(encoding="utf-8"))
        return {key: np.array(values) for key, values in found.items()}


@pytest.fixture(scope="module")
def units(tone_units: pd.DataFrame) -> pd.DataFrame:
    """50 headlines, two of them positive; of seven a batch, the last batch holds one, which leaves none for the second process."""
    return pd.concat([tone_units[tone_units["label"] != "positive"], tone_units[tone_units["label"] == "positive"].head(2)])


@pytest.fixture(scope="module")
def launched(units: pd.DataFrame, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Launched:
    folder = tmp_path_factory.mktemp("together")
    units.to_json(folder / "units.jsonl", orient="records", lines=True)
    shutil.copytree(tiny_encoder, folder / "encoder")
    _without_dropout(tiny_encoder, folder / "exact-encoder")
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
    how = ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", port, folder / "script.py", folder]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo", "HF_HOME": str(folder), "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([*launch, *map(str, how), json.dumps(SETTINGS)], capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr[-3_000:]
    return Launched(folder, done.stdout, done.stderr)


def _without_dropout(encoder: Path, folder: Path) -> None:
    shutil.copytree(encoder, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def test_they_train_what_one_process_trains(launched, units, tmp_path, monkeypatch):
    # In full precision and without dropout, so that only the order of sums differs.
    monkeypatch.setattr(network, "_mixed_precision", lambda where, enabled: nullcontext())
    gold = pd.Categorical(units["label"], categories=LABELS).codes.astype(np.int64)
    coded = CodedUnits(as_units(units), gold)
    encoder = find_encoder(launched.folder / "exact-encoder")
    alone = fine_tune(coded, coded, labels=LABELS, encoder=encoder, config=TrainConfig(**SETTINGS), folder=tmp_path)
    for rank in (0, 1):
        together = launched.figures("exact", rank)
        np.testing.assert_allclose(together["losses"], [epoch.loss for epoch in alone.history], rtol=1e-4)
        np.testing.assert_allclose(together["dev"], alone.dev_probabilities, atol=1e-3)
    # Losses of two epochs that differ show that something was learned from them.
    assert np.ptp(launched.figures("exact", 0)["losses"]) > 0.05


@pytest.mark.parametrize("name", ["exact", "unbroken", "killed"])
def test_all_processes_hold_the_same_weights(launched, name):
    first, second = (launched.weights(name, rank) for rank in (0, 1))
    assert first.keys() == second.keys()
    for key, values in first.items():
        np.testing.assert_array_equal(values, second[key], err_msg=key)
        assert np.isfinite(values).all()


def test_a_killed_run_ends_as_the_unbroken_one(launched):
    unbroken, killed = (launched.weights(name, 0) for name in ("unbroken", "killed"))
    for key, values in unbroken.items():
        np.testing.assert_array_equal(killed[key], values, err_msg=key)


def test_the_first_process_writes_the_model_and_speaks(launched, units):
    labeller = load(launched.folder / "model")
    assert labeller.settings.signature["processes"] == "2"
    assert (launched.folder / "model" / "README.md").exists()
    assert not (launched.folder / "model" / ".unfinished").exists()
    assert (labeller.predict(units) == units["label"]).mean() > 0.7
    assert launched.output.count("signature encoder") == 1
    assert launched.messages.count("seed 42: best epoch") == 1
    assert launched.output.count("RobbertClassifier trains in one process") == 1


def test_without_a_launcher_a_process_is_alone(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "4")  # left over in a shell
    assert join() is ALONE
    assert (ALONE.first, ALONE.share([1, 2, 3])) == (True, [1, 2, 3])
    ALONE.wait()


def test_more_processes_than_gpus_are_refused():
    there = torch.cuda.device_count()
    with pytest.raises(TrainingError, match=rf"than this machine has GPUs \({there}\); pass --num_processes {there}"):
        _take_gpu(there)


def test_shares_make_the_whole():
    rows = np.arange(11)
    shares = [Processes(rank, 3).share(rows) for rank in range(3)]
    assert sorted(np.concatenate(shares)) == list(rows)
    assert {len(share) for share in shares} == {3, 4}
