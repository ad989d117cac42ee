"""An encoder's tokenizer cuts as its file says: RobBERT-2023's has a pre-tokenizer that transformers 5 does not rebuild."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from stance.training.tokenizing import PROBES, read_fast_tokenizer, save_fast_tokenizer


@pytest.fixture
def like_robbert_2023(tmp_path: Path) -> Path:
    """A small tokenizer with the class, the special tokens and the pre-tokenizer of RobBERT-2023."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=True), pre_tokenizers.Punctuation()]
    )
    special = ["<s>", "<pad>", "<unk>", "</s>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(PROBES * 5, trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 3), ("<s>", 0), add_prefix_space=True)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    marks = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    settings = {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": False, **{f"{name}_token": mark for name, mark in marks.items()}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "roberta"}), encoding="utf-8")
    return tmp_path


def cut(tokenizer: object) -> list[list[int]]:
    return [tokenizer.encode(text).ids for text in PROBES]  # type: ignore[attr-defined]


def test_it_is_read_as_it_stands(like_robbert_2023: Path):
    written = Tokenizer.from_file(str(like_robbert_2023 / "tokenizer.json"))
    assert cut(read_fast_tokenizer(like_robbert_2023).backend_tokenizer) == cut(written)


def test_saved_and_read_again_it_stays_the_same(like_robbert_2023: Path, tmp_path_factory: pytest.TempPathFactory):
    from transformers import AutoTokenizer

    saved = tmp_path_factory.mktemp("saved")
    first = read_fast_tokenizer(like_robbert_2023)
    save_fast_tokenizer(first, saved)
    again = read_fast_tokenizer(saved)
    assert cut(again.backend_tokenizer) == cut(first.backend_tokenizer)
    assert (again.pad_token_id, again.cls_token_id, again.sep_token_id) == (1, 0, 3)
    assert cut(AutoTokenizer.from_pretrained(saved).backend_tokenizer) == cut(first.backend_tokenizer)  # anyone's program gets the same


def test_a_bare_file_knows_its_padding(like_robbert_2023: Path):
    (like_robbert_2023 / "tokenizer_config.json").unlink()
    assert read_fast_tokenizer(like_robbert_2023).pad_token_id == 1


@pytest.mark.data
@pytest.mark.parametrize("name", ["RobBERT-2022-base", "RobBERT-2023-base"])
def test_the_published_ones(shared: Path, name: str):
    folder = shared / "tokenizers" / name
    assert cut(read_fast_tokenizer(folder).backend_tokenizer) == cut(Tokenizer.from_file(str(folder / "tokenizer.json")))
