"""Examples on disk are the windows of the units; batches draw each once, the same for the same seed."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from stance.corpus.records import as_units
from stance.model.windows import WindowCutter, WindowPolicy
from stance.training import examples as room
from stance.training.examples import Examples, batch_order, write_examples

LONG = " ".join(["Kernenergie is goed en nuttig.", *["De raad bespreekt vuurwerk in mei en juni."] * 20])


@pytest.fixture
def cutter(tiny_encoder: Path) -> WindowCutter:
    return WindowCutter(Tokenizer.from_file(str(tiny_encoder / "tokenizer.json")), WindowPolicy(length=64))


@pytest.fixture
def units() -> pd.DataFrame:
    return as_units([(LONG, "kernenergie"), ("De fusie gaat door.", "de fusie"), (LONG, "de Lelylijn")])


@pytest.fixture
def examples(cutter: WindowCutter, units: pd.DataFrame, tmp_path: Path) -> Examples:
    return write_examples(units, np.array([2, 1, 0]), cutter, tmp_path / "train.arrow", aliases={})


def test_windows_that_count_are_written_and_a_unit_weighs_one(examples, cutter, units):
    windows = examples.windows()
    per_unit = np.bincount(windows.unit)
    assert per_unit[:2].tolist() == [1, 1]
    assert per_unit[2] > 3
    assert windows.ids[1] == cutter.cut(["De fusie gaat door."], ["de fusie"]).ids[0]
    batch = examples.batch(np.arange(len(windows.ids)), pad_id=1, type_ids=False)
    np.testing.assert_allclose(np.bincount(windows.unit, weights=batch.weights.numpy()), 1, rtol=1e-6)
    assert batch.labels.tolist() == [2, 1, *[0] * per_unit[2]]
    assert set(batch.inputs) == {"input_ids", "attention_mask"}
    assert examples.lengths.tolist() == windows.lengths.tolist() == batch.inputs["attention_mask"].sum(dim=1).tolist()


def test_blocks_number_their_units_through(cutter, units, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "UNITS_AT_ONCE", 1)
    again = write_examples(units, np.array([2, 1, 0]), cutter, tmp_path / "again.arrow", aliases={})
    assert again.windows().unit.tolist() == examples.windows().unit.tolist()
    assert again.windows().ids == examples.windows().ids


def test_aliases_choose_the_windows(cutter, units, tmp_path):
    examples = write_examples(units, np.array([2, 1, 0]), cutter, tmp_path / "a.arrow", aliases={"de Lelylijn": ("kernenergie",)})
    assert np.bincount(examples.windows().unit).tolist() == [1, 1, 1]


def test_token_types_mark_the_second_text_and_no_padding(examples):
    inputs = examples.batch(np.array([0, 1]), pad_id=1, type_ids=True).inputs
    second = examples.windows().second
    for row in range(2):
        length = int(inputs["attention_mask"][row].sum())
        types = inputs["token_type_ids"][row].tolist()
        assert types == [0] * second[row] + [1] * (length - second[row]) + [0] * (len(types) - length)


def test_batches_have_few_widths_never_wider_than_the_longest_window_and_what_was_added_is_masked():
    lengths = [3, 14, 17, 33, 40]
    table = pa.table({"input_ids": [[5] * length for length in lengths], "second": [0] * 5, "unit": list(range(5)), "weight": [1.0] * 5})
    examples = Examples(Dataset(table), np.array(lengths), np.zeros(5, dtype=np.int64))
    for rows, width in (([0, 1], 16), ([1, 2], 32), ([3], 40), ([4], 40)):
        inputs = examples.batch(np.array(rows), pad_id=1, type_ids=False).inputs
        assert inputs["input_ids"].shape == (len(rows), width)
        assert inputs["attention_mask"].sum(dim=1).tolist() == [lengths[row] for row in rows]
        assert inputs["input_ids"].sum(dim=1).tolist() == [5 * lengths[row] + width - lengths[row] for row in rows]


@given(lengths=st.lists(st.integers(3, 64), max_size=400), batch_size=st.integers(1, 9), seed=st.integers(0, 5))
def test_batches_draw_each_row_once_and_hang_on_the_seed(lengths, batch_size, seed):
    rows = np.array(lengths, dtype=np.int64)
    order = [batch.tolist() for batch in batch_order(rows, batch_size, np.random.default_rng(seed))]
    assert sorted(chain.from_iterable(order)) == list(range(len(lengths)))
    assert len(order) == -(-len(lengths) // batch_size)
    assert max(map(len, order), default=0) <= batch_size
    assert order == [batch.tolist() for batch in batch_order(rows, batch_size, np.random.default_rng(seed))]


def test_batches_are_of_like_length_and_another_seed_draws_others(rng):
    lengths = rng.integers(3, 500, size=2_000)
    drawn = [list(batch_order(lengths, 16, np.random.default_rng(seed))) for seed in (1, 2)]
    assert [batch.tolist() for batch in drawn[0]] != [batch.tolist() for batch in drawn[1]]
    padded = sum(lengths[batch].max() * len(batch) for batch in drawn[0])
    assert padded < 1.1 * lengths.sum()
    longest = [lengths[batch].max() for batch in drawn[0]]
    assert longest != sorted(longest)
