"""The gate of the fast path: on real headlines the int8 file gives the labels of the torch checkpoint, and scores as it does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from stance.coding.codebook import builtin
from stance.model.labelling import load
from stance.model.session import OnnxSession, batches, pad, softmax
from stance.training.building import train_model
from stance.training.export import export_onnx
from stance.training.network import load_network
from stance.training.settings import TrainConfig

LABELS = ("negative", "neutral", "positive")


def read(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8") as file:
        return pd.DataFrame([json.loads(line) for line in file])[["id", "text", "label"]]


@pytest.mark.data
def test_labels_and_scores_are_those_of_the_checkpoint(shared, tmp_path):
    import torch

    train, gold = read(shared / "tone/ecosent/train.jsonl"), read(shared / "tone/ecosent/gold.jsonl")
    gold = gold[gold["label"].isin(LABELS)]
    rest = train.iloc[2_700:3_900]
    # Few dev units, as people have: the form of the file is chosen by what is likely for others.
    # Enough steps to learn something: labels that are all undecided would flip at a breath, or be one.
    config = TrainConfig(encoder="mini", epochs=2, batch_size=16, learning_rate=3e-4)
    folder = train_model(train.head(1_200), train.iloc[1_200:1_500], variable=builtin("tone"), config=config, out=tmp_path / "tone").folder
    labeller = load(folder, threads=1)
    network = load_network(folder, LABELS)
    network.model.eval()
    texts = [*gold["text"], *rest["text"]]
    windows = labeller.scorer.cutter.cut(texts, [None] * len(texts))
    reference = np.empty((len(windows.ids), 3))
    with torch.inference_mode():
        for rows in batches(windows.lengths, 2_048):
            inputs = {name: torch.from_numpy(values) for name, values in pad([windows.ids[row] for row in rows], network.pad_id).items()}
            reference[rows] = softmax(network.model(**inputs).logits.double().numpy())
    found = labeller.scorer.session.probabilities(windows)
    assert (found.argmax(axis=1) == reference.argmax(axis=1)).mean() >= 0.995
    export_onnx(network, tmp_path / "fine.onnx", fine=1.0)
    fine = OnnxSession(tmp_path / "fine.onnx", pad_id=network.pad_id, threads=1).probabilities(windows)
    assert (fine.argmax(axis=1) == reference.argmax(axis=1)).mean() >= 0.999
    labels = [*gold["label"], *rest["label"]]
    scores = [f1_score(labels, np.array(LABELS)[table.argmax(axis=1)], average="macro") for table in (reference, found, fine)]
    assert max(scores) - min(scores) <= 0.005
