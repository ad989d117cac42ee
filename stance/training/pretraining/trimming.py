"""A smaller encoder cut from a larger one: the tokens that a corpus uses, and some of the layers.

A multilingual encoder spends most of its weights on tokens that no Dutch text has. Leaving those out changes nothing for the others
(Abdaoui et al. 2020, "Load what you need", arXiv 2010.05609). Layers are kept as they are, to be taught by the whole encoder afterwards
(Sanh et al. 2019, DistilBERT, section 3).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from stance.errors import ModelError, TrainingError

__all__ = ["count_tokens", "keep_layers", "keep_tokens", "trim_encoder"]

Counts = npt.NDArray[np.float64]
_BATCH = 500


def count_tokens(texts: Iterable[str], tokenizer: Tokenizer) -> Counts:
    """Return how often each token of the vocabulary stands in the texts, (vocabulary,)."""
    counts = np.zeros(tokenizer.get_vocab_size())
    for batch in _batches(texts):
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            np.add.at(counts, encoding.ids, 1.0)
    return counts


def trim_encoder(source: Path, out: Path, *, layers: Sequence[int] = (), counts: Counts | None = None, vocabulary: int = 16_000) -> None:
    """Write the encoder in ``source`` with these layers (all, if none are named) into ``out``; with ``counts``, of its tokens only the commonest.

    Raises ``ModelError`` where a layer is not there, or where tokens are to be cut from a tokenizer that is not of the unigram kind (of BPE,
    the merges would have to be cut as well).
    """
    model = AutoModel.from_pretrained(source, add_pooling_layer=False)
    keep_layers(model, layers)
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "tokenizer_config.json", out / "tokenizer_config.json")
    told = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    if counts is not None:
        told = _cut_tokens(model, told, counts, vocabulary)
    (out / "tokenizer.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    model.save_pretrained(out)


def _cut_tokens(model: Any, told: dict[str, Any], counts: Counts, vocabulary: int) -> dict[str, Any]:
    """Leave in ``model`` the embeddings of the tokens that stay, and return the tokenizer's record of these."""
    if told["model"]["type"] != "Unigram":
        raise ModelError(
            f"A tokenizer of type {told['model']['type']} cannot be cut, only Unigram ones (XLM-R's kind); keep all its tokens."
        )
    kept = keep_tokens(counts, special=sorted({token["id"] for token in told["added_tokens"]}), vocabulary=vocabulary)
    weights = model.get_input_embeddings().weight.detach()[torch.from_numpy(kept)].clone()
    model.resize_token_embeddings(len(kept), mean_resizing=False)
    model.get_input_embeddings().weight.data.copy_(weights)
    return _trimmed(told, kept)


def keep_tokens(counts: Counts, *, special: Sequence[int], vocabulary: int) -> npt.NDArray[np.int64]:
    """Return the ids that stay, in their old order: the special ones and the commonest others.

    >>> keep_tokens(np.array([0, 0, 5.0, 1.0, 3.0]), special=[0], vocabulary=3).tolist()
    [0, 2, 4]
    """
    if vocabulary <= len(special):
        raise TrainingError(f"vocabulary: {vocabulary} must be more than the {len(special)} special tokens; raise it.")
    ranked = [index for index in np.argsort(-counts, kind="stable") if index not in set(special) and counts[index] > 0]
    return np.array(sorted([*special, *ranked[: vocabulary - len(special)]]), dtype=np.int64)


def keep_layers(model: Any, layers: Sequence[int]) -> None:
    """Leave in ``model`` the layers with these numbers, from 0; all of them where none is named."""
    count = model.config.num_hidden_layers
    if not layers:
        return
    if any(not 0 <= layer < count for layer in layers):
        raise ModelError(f"layers: {list(layers)} must be numbers from 0 to {count - 1}; mend them.")
    model.encoder.layer = torch.nn.ModuleList([model.encoder.layer[layer] for layer in layers])
    model.config.num_hidden_layers = len(layers)


def _trimmed(told: dict[str, Any], kept: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return the tokenizer's record with the kept tokens under their new ids; ids of special tokens are told in it twice."""
    new = {int(old): index for index, old in enumerate(kept)}
    vocab = told["model"]["vocab"]
    told["model"]["vocab"] = [vocab[old] for old in kept]
    told["model"]["unk_id"] = new[told["model"]["unk_id"]]
    told["added_tokens"] = [{**token, "id": new[token["id"]]} for token in told["added_tokens"]]
    for mark in told["post_processor"]["special_tokens"].values():
        mark["ids"] = [new[old] for old in mark["ids"]]
    return told


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the texts in lists."""
    them = iter(texts)
    while batch := list(islice(them, _BATCH)):
        yield batch
