"""The session gives a window the same probabilities whatever stands beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from stance.errors import ModelError
from stance.model.session import OnnxSession, batches, distinct, pad, softmax
from stance.model.windows import WindowCutter, WindowPolicy, Windows


@pytest.fixture(scope="module")
def windows(tone_model: Path) -> Windows:
    cutter = WindowCutter(Tokenizer.from_file(str(tone_model / "tokenizer.json")), WindowPolicy(length=64))
    rng = np.random.default_rng(5)
    words = ["kabinet", "boos", "lof", "ramp", "de", "raad", "vergadert", "Gent"]
    texts = [" ".join(rng.choice(words, size=rng.integers(1, 80))) for _ in range(60)]
    return cutter.cut(texts, [None] * len(texts))


@pytest.mark.parametrize(("budget", "threads"), [(1, 1), (256, 1), (256, 2), (16_384, 2)])
def test_neighbours_padding_and_threads_change_nothing(tone_model, windows, budget, threads):
    reference = OnnxSession(tone_model / "model.onnx", threads=1, token_budget=4_096).probabilities(windows)
    found = OnnxSession(tone_model / "model.onnx", threads=threads, token_budget=budget).probabilities(windows)
    assert len(np.unique(reference.round(6), axis=0)) > 30
    np.testing.assert_allclose(found, reference, atol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_order_changes_nothing(tone_model, windows, rng):
    session = OnnxSession(tone_model / "model.onnx", token_budget=512)
    order = rng.permutation(len(windows.ids))
    moved = replace(windows, ids=[windows.ids[row] for row in order], second=windows.second[order])
    np.testing.assert_allclose(session.probabilities(moved), session.probabilities(windows)[order], atol=1e-5)


def test_equal_windows_are_run_once_and_all_have_their_numbers(tone_model, windows):
    rows = np.array([3, 5, 3, 3, 7, 5])
    repeated = replace(windows, ids=[list(windows.ids[row]) for row in rows], second=windows.second[rows])
    first, same = distinct(repeated)
    assert (first.tolist(), same.tolist()) == ([0, 1, 4], [0, 1, 0, 0, 4, 1])
    session = OnnxSession(tone_model / "model.onnx", threads=2, token_budget=64)
    np.testing.assert_allclose(session.probabilities(repeated), session.probabilities(windows)[rows], atol=1e-5)


def test_no_windows_have_no_probabilities(tone_model, windows):
    none = windows.keep(np.zeros(len(windows.ids), dtype=bool))
    assert len(OnnxSession(tone_model / "model.onnx").probabilities(none)) == 0


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"geen model")
    with pytest.raises(ModelError, match=r"model\.onnx cannot be opened as an ONNX model"):
        OnnxSession(tmp_path / "model.onnx")


@given(lengths=st.lists(st.integers(1, 600), max_size=80), budget=st.integers(1, 5_000), padded=st.booleans())
def test_batches_hold_each_row_once_within_the_budget(lengths, budget, padded):
    rows = list(batches(np.array(lengths, dtype=np.int64), budget, padded=padded))
    assert sorted(int(row) for batch in rows for row in batch) == list(range(len(lengths)))
    for batch in rows:
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= budget
        assert padded or len({lengths[row] for row in batch}) == 1


def test_padding_is_masked_and_never_told_by_its_id():
    padded = pad([[0, 9, 2], [0, 1, 1, 9, 2]], pad_id=1)
    assert padded["input_ids"].tolist() == [[0, 9, 2, 1, 1], [0, 1, 1, 9, 2]]
    assert padded["attention_mask"].tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]


def test_softmax_withstands_large_logits():
    assert softmax(np.array([[1_000.0, 1_000.0], [-1_000.0, 1_000.0]])).tolist() == [[0.5, 0.5], [0.0, 1.0]]
