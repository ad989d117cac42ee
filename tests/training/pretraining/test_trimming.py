"""Cutting an encoder: the tokens that stay mean what they meant, and what cannot be cut is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModel, AutoTokenizer, RobertaConfig, RobertaModel

from stance.errors import ModelError, TrainingError
from stance.training.pretraining.trimming import count_tokens, trim_encoder

MARKS = ["<s>", "<pad>", "</s>", "<unk>"]
NEWS = [f"De raad van {place} stemt {vote} het plan voor de haven." for place in ("Delft", "Gent", "Breda") for vote in ("voor", "tegen")]
OTHER = ["Zwemmen kan weer in zeven baden, meldt het bestuur.", "Quizvraag: welke rivier stroomt door Xanten?"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """Return the folder of an untrained encoder with three layers and a tokenizer of XLM-R's kind."""
    folder = tmp_path_factory.mktemp("whole")
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=160, special_tokens=[*MARKS, "<mask>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(NEWS + OTHER, trainer=trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **{f"{name}_token": mark for name, mark in names.items()}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    torch.manual_seed(0)
    shape = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=66,
        type_vocab_size=1,
    )
    RobertaModel(shape, add_pooling_layer=False).save_pretrained(folder)
    return folder


def counts_of(folder: Path, texts: list[str]) -> np.ndarray:
    return count_tokens(texts, Tokenizer.from_file(str(folder / "tokenizer.json")))


def hidden(folder: Path, text: str) -> torch.Tensor:
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    with torch.no_grad():
        found: torch.Tensor = model(**tokenizer(text, "het plan", return_tensors="pt")).last_hidden_state
    return found


def test_a_text_of_kept_tokens_has_the_hidden_states_it_had(whole: Path, tmp_path: Path) -> None:
    counts = counts_of(whole, NEWS)
    used = int((counts > 0).sum())
    trim_encoder(whole, tmp_path, counts=counts, vocabulary=used + 5)
    assert len(AutoTokenizer.from_pretrained(tmp_path)) == used + 5 < len(AutoTokenizer.from_pretrained(whole))
    for text in NEWS:
        torch.testing.assert_close(hidden(tmp_path, text), hidden(whole, text), rtol=0, atol=0)


def test_special_tokens_stay_and_unknown_letters_become_one(whole: Path, tmp_path: Path) -> None:
    trim_encoder(whole, tmp_path, counts=counts_of(whole, NEWS), vocabulary=60)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.convert_tokens_to_ids(MARKS) == [0, 1, 2, 3]
    pair = tokenizer("de raad", "het plan").tokens()
    assert (pair[0], pair[-1], pair.count("</s>")) == ("<s>", "</s>", 3)
    assert tokenizer.mask_token_id < 60
    assert "<unk>" in tokenizer.convert_ids_to_tokens(tokenizer("Quizvraag").input_ids)


def test_layers_are_kept_as_they_are(whole: Path, tmp_path: Path) -> None:
    trim_encoder(whole, tmp_path, counts=counts_of(whole, NEWS), vocabulary=60, layers=(0, 2))
    cut, before = AutoModel.from_pretrained(tmp_path).encoder.layer, AutoModel.from_pretrained(whole).encoder.layer
    assert len(cut) == 2
    for new, old in zip(cut, (before[0], before[2]), strict=True):
        for name, weight in new.named_parameters():
            assert torch.equal(weight, old.get_parameter(name))


def test_of_a_byte_level_encoder_layers_can_be_cut(tiny_encoder: Path, tmp_path: Path) -> None:
    trim_encoder(tiny_encoder, tmp_path, layers=(1,))
    assert AutoModel.from_pretrained(tmp_path, add_pooling_layer=False).config.num_hidden_layers == 1
    text = "De raad stemt voor het plan."
    assert AutoTokenizer.from_pretrained(tmp_path)(text).input_ids == AutoTokenizer.from_pretrained(tiny_encoder)(text).input_ids


def test_counts_are_those_of_the_texts(whole: Path) -> None:
    tokenizer = Tokenizer.from_file(str(whole / "tokenizer.json"))
    counts = count_tokens(iter(NEWS), tokenizer)
    assert counts.sum() == sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in NEWS)
    assert count_tokens([], tokenizer).sum() == 0


def test_what_cannot_be_cut_is_refused(whole: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    counts = counts_of(whole, NEWS)
    with pytest.raises(ModelError, match="type BPE cannot be cut, only Unigram"):
        trim_encoder(tiny_encoder, tmp_path, counts=counts, vocabulary=60)
    with pytest.raises(ModelError, match="numbers from 0 to 2"):
        trim_encoder(whole, tmp_path, counts=counts, vocabulary=60, layers=(0, 3))
    with pytest.raises(TrainingError, match="more than the 5 special tokens"):
        trim_encoder(whole, tmp_path, counts=counts, vocabulary=5)
