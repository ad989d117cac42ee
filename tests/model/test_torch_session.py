"""The checkpoint in torch gives the rows of the ONNX file: on the processor here, and on a GPU where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForSequenceClassification

from stance.errors import ModelError
from stance.model import labelling
from stance.model.labelling import Labeller, load
from stance.model.rows import probability_columns
from stance.model.torch_session import TorchSession, half_precision
from stance.model.windows import Windows

# Largest difference of a probability: the tiny models round more than real ones do (under 0.01 with `mini`, in int8, bf16 and fp16).
# They also leave units undecided by less than that, and which ones hangs on the processor they were trained on: these have no label to keep.
ROUNDED = 0.15
DTYPES = [torch.float32, torch.bfloat16, torch.float16]


@pytest.fixture(scope="module")
def articles(tone_units: pd.DataFrame) -> pd.DataFrame:
    """300 texts of one to twelve headlines of one tone: of one window, and of several."""
    rng = np.random.default_rng(7)
    by_label = [group["text"].to_numpy() for _, group in tone_units.groupby("label")]
    texts = [". ".join(rng.choice(by_label[row % 3], size=rng.integers(1, 13))) + "." for row in range(300)]
    return pd.DataFrame({"id": [f"a{row}" for row in range(300)], "text": texts})


@pytest.fixture(scope="module")
def windows(tone_model: Path, articles: pd.DataFrame) -> Windows:
    return load(tone_model).scorer.cutter.cut(articles["text"].tolist(), [None] * len(articles))


def on_torch(labeller: Labeller, folder: Path, **settings: Any) -> Labeller:
    """Return ``labeller`` with the checkpoint in place of its ONNX file, looking ahead as it does for a GPU."""
    pad_id = labeller.scorer.cutter.tokenizer.token_to_id("<pad>")
    session = TorchSession(folder, **{"pad_id": 0 if pad_id is None else pad_id, "device": "cpu", **settings})
    return replace(labeller, scorer=replace(labeller.scorer, session=session), device="cuda")


def assert_same_rows(found: pd.DataFrame, wanted: pd.DataFrame, labeller: Labeller) -> None:
    probabilities = probability_columns(labeller.settings.labels)
    numbers = [*probabilities, "confidence"]
    decided = np.diff(np.sort(wanted[probabilities], axis=1)[:, -2:])[:, 0] > ROUNDED
    assert decided.mean() > 0.5
    assert (found["label"] == wanted["label"])[decided].mean() >= 0.995
    np.testing.assert_allclose(found[numbers], wanted[numbers], atol=ROUNDED)
    others = [name for name in wanted if name not in (*numbers, "label")]
    pd.testing.assert_frame_equal(found[others], wanted[others])
    assert list(found) == list(wanted)
    assert found.dtypes.equals(wanted.dtypes)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_are_those_of_the_onnx_file(tone_model, articles, monkeypatch, dtype):
    labeller = load(tone_model, device="cpu")
    wanted = labeller.label(articles)
    assert wanted["label"].nunique() == 3
    assert wanted["windows"].max() > 1
    monkeypatch.setattr(labelling, "BLOCK", 64)
    assert_same_rows(on_torch(labeller, tone_model, dtype=dtype).label(articles), wanted, labeller)


def test_a_target_and_token_types_reach_the_checkpoint(train_tiny: Callable[..., Path], stance_units, tiny_bert, stance_model):
    for folder in (stance_model, train_tiny(stance_units, "stance", tiny_bert)):
        labeller = load(folder, device="cpu")
        wanted = labeller.label(stance_units)
        assert wanted["label"].nunique() == 3
        assert_same_rows(on_torch(labeller, folder, dtype=torch.float32).label(stance_units), wanted, labeller)


def test_full_precision_gives_the_numbers_of_the_plain_checkpoint(tone_model, windows):
    model = AutoModelForSequenceClassification.from_pretrained(tone_model).eval()
    with torch.inference_mode():
        alone = [model(input_ids=torch.tensor([ids])).logits[0].softmax(-1).numpy() for ids in windows.ids[:40]]
    session = TorchSession(tone_model, device="cpu", dtype=torch.float32)
    np.testing.assert_allclose(session.probabilities(windows)[:40], alone, atol=1e-5)


def test_half_precision_is_used_and_rounds(tone_model, windows):
    full, half = (TorchSession(tone_model, device="cpu", dtype=dtype).probabilities(windows) for dtype in (torch.float32, torch.bfloat16))
    assert 0 < np.abs(full - half).max() < ROUNDED
    np.testing.assert_allclose(half.sum(axis=1), 1)
    assert half_precision(torch.device("cpu")) is torch.bfloat16


def test_attention_is_the_fused_kernel(tone_model):
    assert TorchSession(tone_model, device="cpu")._model.config._attn_implementation == "sdpa"


def test_threads_may_ask_at_once(tone_model, windows):
    session = TorchSession(tone_model, device="cpu", dtype=torch.float32)
    halves = [windows.keep(np.arange(len(windows.ids)) % 2 == part) for part in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(session.probabilities, halves))
    for part, half in zip(halves, found, strict=True):
        np.testing.assert_allclose(half, session.probabilities(part), atol=1e-6)


def test_no_windows_have_no_probabilities(tone_model, windows):
    none = windows.keep(np.zeros(len(windows.ids), dtype=bool))
    assert TorchSession(tone_model, device="cpu").probabilities(none).shape == (0, 3)


def test_another_or_a_damaged_checkpoint_is_refused(tone_model, stance_model, tmp_path):
    folder = tmp_path / "tone"
    shutil.copytree(tone_model, folder)
    shutil.copy2(stance_model / "model.safetensors", folder / "model.safetensors")
    assert load(folder, device="cpu").predict(["Kabinet viert groot succes"]).shape == (1,)  # labels with the ONNX file
    with pytest.raises(ModelError, match=r"model\.safetensors is not the checkpoint this model was made with"):
        TorchSession(folder, device="cpu")


def test_a_full_gpu_is_told_in_one_sentence(tone_model, windows, monkeypatch):
    def full(**inputs: torch.Tensor) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")

    session = TorchSession(tone_model, device="cpu")
    monkeypatch.setattr(session._model, "forward", full)
    with pytest.raises(ModelError, match="too little free memory to label; end what else runs on it, or pass the device cpu"):
        session.probabilities(windows)


def test_blocks_come_in_order_and_two_at_a_time_at_most():
    under_way, most = set(), 0

    def score(block: int) -> tuple[int, int]:
        nonlocal most
        under_way.add(block)
        most = max(most, len(under_way))
        return block, block * block

    taken = []
    for block, square in labelling._ahead(score, iter(range(9))):
        under_way.discard(block)
        taken.append((block, square))
    assert taken == [(number, number * number) for number in range(9)]
    assert most <= 2


def test_an_error_in_a_block_is_raised():
    def score(block: int) -> tuple[int, int]:
        return block, 1 // (3 - block)

    with pytest.raises(ZeroDivisionError):
        list(labelling._ahead(score, iter(range(9))))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA GPU")
def test_a_gpu_labels_by_itself_where_there_is_one(tone_model, articles):
    labeller = load(tone_model)
    assert labeller.device == "cuda"
    assert_same_rows(labeller.label(articles), load(tone_model, device="cpu").label(articles), labeller)
