"""How an encoder starts: on from another, or new, from word vectors of its tokens instead of from chance."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModel, RobertaConfig, RobertaForMaskedLM

from stance.errors import ModelError, TrainingError
from stance.model.checkpoint import fastest_attention
from stance.training.encoders import find_encoder
from stance.training.pretraining.config import PretrainConfig
from stance.training.pretraining.tokens import END, PAD, START, TokenFile

try:
    from gensim.models import Word2Vec
except ImportError:  # pragma: no cover - the extra `train` brings it
    Word2Vec = None

__all__ = ["continued_encoder", "new_encoder", "start_as_neighbour_reader", "start_from_vectors", "teaching_encoder", "token_vectors"]

_NORM = 0.32  # length of a token's embedding, as after usual training from chance at width 256: .02 a direction
_LINE = 5000  # gensim takes at most 10,000 words a line
_SPACE = 64  # directions that say where a word stands


def new_encoder(config: PretrainConfig, tokenizer: Tokenizer, data: TokenFile) -> Any:
    """Return a new RobertaForMaskedLM, its embeddings started from word vectors if asked for (kept as ``vectors.npy``)."""
    model = RobertaForMaskedLM(
        RobertaConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=config.width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=4 * config.width,
            max_position_embeddings=config.positions + PAD + 1,
            type_vocab_size=1,
            hidden_dropout_prob=config.dropout,
            attention_probs_dropout_prob=config.dropout,
            layer_norm_eps=1e-5,
            bos_token_id=START,
            pad_token_id=PAD,
            eos_token_id=END,
        )
    )
    model.set_attn_implementation(fastest_attention())
    if config.embeddings == "word2vec":
        path = config.out / "vectors.npy"
        if not path.is_file():
            vectors = token_vectors(data.train(), tokenizer.get_vocab_size(), config.width, epochs=config.vector_epochs, seed=config.seed)
            np.save(path, vectors)
        start_from_vectors(model, np.load(path), data.train())
    if config.neighbour_start:
        start_as_neighbour_reader(model, seed=config.seed)
    return model


def continued_encoder(config: PretrainConfig) -> Any:
    """Return the RobertaForMaskedLM to go on from; another architecture, or one too short for the windows, is an error."""
    folder = find_encoder(config.start).path
    shape = AutoConfig.from_pretrained(folder)
    if shape.model_type != "roberta":
        raise ModelError(
            f"start '{config.start}': is of type '{shape.model_type}', and only 'roberta' can be gone on from; choose a RobBERT or mini."
        )
    longest, limit = max(phase.window for phase in config.phases), shape.max_position_embeddings - PAD - 1
    if longest > limit:
        raise TrainingError(f"phases: window {longest} is longer than the {limit} tokens that '{config.start}' sees; shorten it.")
    shape.hidden_dropout_prob = shape.attention_probs_dropout_prob = config.dropout
    return RobertaForMaskedLM.from_pretrained(folder, config=shape, attn_implementation=fastest_attention()).float()


def teaching_encoder(config: PretrainConfig, shape: Any) -> Any:
    """Return the body of the teacher, its weights fixed; one of another width or vocabulary than ``shape`` is an error."""
    teacher = AutoModel.from_pretrained(find_encoder(config.teacher).path, add_pooling_layer=False).float()
    for name in ("hidden_size", "vocab_size", "model_type"):
        theirs, ours = getattr(teacher.config, name), getattr(shape, name)
        if theirs != ours:
            raise ModelError(f"teacher '{config.teacher}': its {name} is {theirs} and that of the encoder {ours}; they must be the same.")
    return teacher.requires_grad_(False).eval()


def token_vectors(tokens: npt.NDArray[np.uint16], vocabulary: int, width: int, *, epochs: int, seed: int) -> npt.NDArray[np.float32]:
    """Return one CBOW vector a token id, (vocabulary, width), of mean norm .32; ids never seen get a random one.

    Continuous bag of words (Mikolov et al. 2013, arXiv 1301.3781) over the token ids: minutes of work that spare the encoder
    the long plateau on which it knows only how frequent each token is.
    """
    if Word2Vec is None:
        raise TrainingError(
            "embeddings 'word2vec' need gensim, which is not installed; run `pip install 'stance-nl[train]'` or set embeddings = \"random\"."
        )
    vectors = np.random.default_rng(seed).normal(size=(vocabulary, width)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "ids.txt"
        _write_lines(tokens, lines)
        settings = {"vector_size": width, "window": 5, "min_count": 3, "negative": 8, "sample": 1e-4, "epochs": epochs, "seed": seed}
        words = Word2Vec(corpus_file=str(lines), workers=os.cpu_count() or 1, **settings).wv
    learned = np.array([int(word) for word in words.index_to_key])
    vectors[learned] = words.vectors - words.vectors.mean(axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[learned] = lengths[learned].mean()  # one scale for all learned ones: frequent words stay longer than rare ones
    return np.asarray(vectors / lengths * _NORM, dtype=np.float32)


def start_from_vectors(model: Any, vectors: npt.NDArray[np.float32], tokens: npt.NDArray[np.uint16]) -> None:
    """Put `vectors` in the (tied) token embeddings and the log frequency of each token in the output bias."""
    counts = np.bincount(tokens, minlength=len(vectors)).astype(np.float64)
    counts[[START, END]] = 0  # never hidden, so never to be restored
    bias = np.log((counts + 1) / (counts + 1).sum())
    with torch.no_grad():
        model.roberta.embeddings.word_embeddings.weight.copy_(torch.from_numpy(vectors))
        model.lm_head.bias.copy_(torch.from_numpy(bias).float())


def start_as_neighbour_reader(model: Any, *, seed: int) -> None:
    """Let the new model guess a hidden word from the words around it, which is what word vectors were learned for.

    Places get sines and cosines in a subspace of 64 directions; queries and keys look at that subspace alone, so nearness decides whom
    a word attends to, each head with its own breadth. Values, outputs and the first layer over the vocabulary pass vectors on unchanged.
    """
    width, heads = model.config.hidden_size, model.config.num_attention_heads
    per_head = width // heads
    space = min(_SPACE, per_head) // 2 * 2
    places = model.roberta.embeddings.position_embeddings.weight
    angles = torch.arange(len(places))[:, None] * torch.logspace(0, -2, space // 2)  # (places, space / 2)
    waves = torch.cat([angles.cos(), angles.sin()], dim=1) / math.sqrt(space / 2)  # (places, space), rows of length 1
    chance = torch.Generator().manual_seed(seed)
    directions = torch.linalg.qr(torch.randn(width, width, generator=chance)).Q[:space]  # (space, width)
    same = torch.eye(width)
    with torch.no_grad():
        places.copy_(_NORM * waves @ directions)
        for layer in model.roberta.encoder.layer:
            attention = layer.attention
            for head, sharpness in enumerate(torch.logspace(-0.5, 0.5, heads, base=4.0).tolist()):
                gain = math.sqrt(6 * sharpness * math.sqrt(per_head) / (width / 2))  # a word attends to itself with a logit of 3 to 12
                rows = slice(head * per_head, head * per_head + space)
                attention.self.query.weight[rows] += gain * directions
                attention.self.key.weight[rows] += gain * directions
            attention.self.value.weight += same
            attention.output.dense.weight += same
        model.lm_head.dense.weight += same


def _write_lines(tokens: npt.NDArray[np.uint16], path: Path) -> None:
    """Write the ids as text, one document a line, long documents in pieces."""
    names = np.array([str(index) for index in range(int(tokens.max()) + 1)], dtype=object)
    with path.open("w", encoding="ascii") as file:
        for first in range(0, len(tokens), 5_000_000):
            part = np.asarray(tokens[first : first + 5_000_000])
            for document in np.split(part, np.flatnonzero(part == START)):
                words = names[document[(document != START) & (document != END)]]
                file.writelines(" ".join(words[at : at + _LINE]) + "\n" for at in range(0, len(words), _LINE))
