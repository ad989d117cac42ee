"""Fixtures for all tests: the shared research data, a seeded generator, invented coded headlines, and tiny encoders and models.

The tiny encoders have the configuration, tokenizer and special ids of RobBERT (and of a BERT with token types), two layers wide 32. What
they learn is of no use, and all that is done with them is what is done with the real ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stance.cli import main

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

_SUBJECTS = ["Kabinet", "Fabriek in Gent", "Zorgbond", "Gemeente Deventer", "Ploeg van Zulte", "Minister", "Haven", "Spoorbedrijf"]
_TONES = {
    "negative": ["boos na ramp", "verliest banen en geld", "in crisis door schandaal"],
    "neutral": ["vergadert op dinsdag", "publiceert de agenda", "verhuist naar nieuw kantoor"],
    "positive": ["viert groot succes", "krijgt veel lof en winst", "blij met mooie prijs"],
}
_STANCES = {
    "against": ["{0} is slecht en gevaarlijk", "stop {0}, zegt de raad"],
    "neutral": ["de raad bespreekt {0} in mei", "{0} staat op de agenda"],
    "favor": ["{0} is goed en nuttig", "de raad juicht {0} toe"],
}
_TARGETS = ["kernenergie", "rekeningrijden", "het windpark", "de Lelylijn", "vuurwerkverbod", "de fusie"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the shared research data; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the research data is not beside this checkout (../shared/data)")
    return SHARED


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20221217)


@pytest.fixture(scope="session")
def tone_units() -> pd.DataFrame:
    """72 invented headlines with their tone."""
    rows = [(f"{subject} {saying}", label) for subject in _SUBJECTS for label, sayings in _TONES.items() for saying in sayings]
    return pd.DataFrame(rows, columns=["text", "label"]).assign(id=[f"t{number}" for number in range(len(rows))])


@pytest.fixture(scope="session")
def stance_units() -> pd.DataFrame:
    """36 invented sentences, each with a target it names and the stance toward it."""
    rows = [
        (saying.format(target).capitalize() + ".", target, label)
        for target in _TARGETS
        for label, sayings in _STANCES.items()
        for saying in sayings
    ]
    return pd.DataFrame(rows, columns=["text", "target", "label"]).assign(id=[f"s{number}" for number in range(len(rows))])


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory, tone_units: pd.DataFrame, stance_units: pd.DataFrame) -> Path:
    """A checkpoint with RobBERT's configuration class, byte-level BPE tokenizer and special ids; sees 64 tokens."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForMaskedLM

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator([*tone_units["text"], *stance_units["text"]] * 3, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    named = dict(zip(["bos_token", "pad_token", "eos_token", "unk_token", "mask_token"], special, strict=True))
    folder = tmp_path_factory.mktemp("encoders") / "tiny-robbert"
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, sep_token="</s>", cls_token="<s>", model_max_length=64, **named).save_pretrained(
        folder
    )
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "initializer_range": 0.2}
    ids = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
    config = RobertaConfig(vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=66, type_vocab_size=1, **shape, **ids)
    RobertaForMaskedLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory, stance_units: pd.DataFrame) -> Path:
    """A checkpoint of BERT's kind: WordPiece, token types that tell the two texts of a pair apart, padding id 0."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(stance_units["text"], trainers.WordPieceTrainer(vocab_size=300, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    named = dict(zip(["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"], special, strict=True))
    folder = tmp_path_factory.mktemp("encoders") / "tiny-bert"
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_input_names=["input_ids", "token_type_ids", "attention_mask"], **named
    ).save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "initializer_range": 0.2}
    BertForMaskedLM(BertConfig(vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=64, **shape)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def train_tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that trains a tiny model and returns its folder."""

    def train(units: pd.DataFrame, variable: str, encoder: Path, **settings: Any) -> Path:
        from stance.coding.codebook import builtin
        from stance.training.building import train_model
        from stance.training.settings import TrainConfig

        config = TrainConfig(**{"encoder": str(encoder), "epochs": 20, "batch_size": 8, "learning_rate": 5e-3, **settings})
        out = tmp_path_factory.mktemp("models") / variable
        return train_model(units, units[::2], variable=builtin(variable), config=config, out=out).folder

    return train


@pytest.fixture(scope="session")
def tone_model(train_tiny: Callable[..., Path], tone_units: pd.DataFrame, tiny_encoder: Path) -> Path:
    """A model folder that codes tone, trained once."""
    return train_tiny(tone_units, "tone", tiny_encoder)


@pytest.fixture(scope="session")
def stance_model(train_tiny: Callable[..., Path], stance_units: pd.DataFrame, tiny_encoder: Path) -> Path:
    """A model folder that codes stance toward a target, trained once."""
    return train_tiny(stance_units, "stance", tiny_encoder)


@pytest.fixture(scope="session")
def toward_model(train_tiny: Callable[..., Path], stance_units: pd.DataFrame, tiny_encoder: Path) -> Path:
    """A model folder that codes tone toward a target, trained once."""
    tones = {"against": "negative", "neutral": "neutral", "favor": "positive"}
    return train_tiny(stance_units.assign(label=stance_units["label"].map(tones)), "tone", tiny_encoder)


@pytest.fixture(scope="session")
def choices(tmp_path_factory: pytest.TempPathFactory, tone_model: Path, toward_model: Path, stance_model: Path) -> Path:
    """A folder with ``tone`` and ``stance`` made of tiny models as those inside the package are: each labels the units it is for."""
    from stance.coding.codebook import builtin
    from stance.model.folder import ModelSettings, write_settings

    folder = tmp_path_factory.mktemp("shipped")
    made = {
        "tone": {"article": tone_model, "target": toward_model},
        "stance": {"target": stance_model, "holder": stance_model},
    }
    for variable, members in made.items():
        (folder / variable).mkdir()
        for name, model in members.items():
            (folder / variable / name).symlink_to(model, target_is_directory=True)
        settings = ModelSettings(
            "choice", variable, variable, builtin(variable).labels, True, members=tuple(members), choices=tuple(members)
        )
        write_settings(folder / variable, settings)
    return folder


@pytest.fixture
def shipped(choices: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny models in place of those inside the package, under their names."""
    monkeypatch.setattr("stance.model.folder.SHIPPED", choices)
    return choices


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """A function that runs ``stance`` as on the command line, and returns its exit status, output and messages."""
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stance", *map(str, arguments)])
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return run
