"""Whole-word masking: which tokens of a batch are hidden, and what stands in their place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from stance.errors import TrainingError

__all__ = ["Ids", "LossBatch", "WordTable", "mask_words", "word_table"]

Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WordTable:
    """What masking needs to know of a vocabulary: where words begin, and which ids are never touched."""

    begins: Flags  # (vocabulary,): the token opens a word
    special: Flags  # (vocabulary,): <s>, </s> and the like
    mask_id: int


@dataclass(frozen=True, slots=True)
class LossBatch:
    """A batch as the encoder sees it, and the places where its loss is taken: masked tokens, or all that a teacher is asked for."""

    inputs: Ids  # (windows, tokens)
    positions: Ids  # (places,), in the flattened batch
    labels: Ids  # (places,), the tokens that stood there


def word_table(tokenizer: Tokenizer) -> WordTable:
    """Return where words begin: at a blank (``Ġ`` of byte-level vocabularies, ``▁`` of others), a mark that is no letter, a special token."""
    size = tokenizer.get_vocab_size()
    begins, special = np.ones(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    for token, index in tokenizer.get_vocab().items():
        begins[index] = token.startswith(("Ġ", "▁")) or not any(letter.isalnum() for letter in token)
    for index in tokenizer.get_added_tokens_decoder():
        begins[index] = special[index] = True
    mask = tokenizer.token_to_id("<mask>")
    if mask is None:
        raise TrainingError("The tokenizer has no token <mask>, so words cannot be hidden; take an encoder of RobBERT's kind.")
    return WordTable(begins, special, mask)


def mask_words(windows: Ids, table: WordTable, rate: float, *, rng: np.random.Generator) -> LossBatch:
    """Return the batch with about `rate` of its words hidden, all tokens of a word together.

    Of the hidden tokens 80% become ``<mask>``, 10% a random token and 10% stay, as in BERT (Devlin et al. 2019, p. 4174).
    """
    special = table.special[windows]
    begins = table.begins[windows]
    begins[:, 1:] |= special[:, :-1]
    begins[:, 0] = True
    words = np.cumsum(begins.ravel()) - 1  # (windows * tokens,): the running number of the word
    chosen = (rng.random(int(words[-1]) + 1) < rate)[words] & ~special.ravel()
    positions = np.flatnonzero(chosen)
    flat = windows.ravel()
    labels, inputs = flat[positions], flat.copy()
    draw = rng.random(len(positions))
    ordinary = np.flatnonzero(~table.special)
    inputs[positions[draw < 0.8]] = table.mask_id
    swapped = positions[draw >= 0.9]
    inputs[swapped] = rng.choice(ordinary, size=len(swapped))
    return LossBatch(inputs.reshape(windows.shape), positions, labels)
