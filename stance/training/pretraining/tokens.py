"""From texts to windows: a memory-mapped token file, and full windows cut from it without padding."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from stance.errors import TrainingError
from stance.training.pretraining.texts import Losses, TextSource, read_source

__all__ = ["Feed", "TokenFile", "Windows", "build_token_file", "open_token_file"]

START, PAD, END = range(3)  # the ids of RobBERT's special tokens
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class TokenFile:
    """The tokens of every source, one after the other, and the held-out tokens of all together."""

    folder: Path
    sources: dict[str, tuple[int, int]]  # name to first and last+1 token
    tokens: int
    held_out_tokens: int
    losses: dict[str, Losses]
    sha256: str

    def train(self) -> npt.NDArray[np.uint16]:
        """Return the memory-mapped training tokens."""
        return np.memmap(self.folder / "train.bin", dtype=np.uint16, mode="r")

    def held_out(self) -> npt.NDArray[np.uint16]:
        """Return the memory-mapped held-out tokens."""
        return np.memmap(self.folder / "held_out.bin", dtype=np.uint16, mode="r")


def build_token_file(
    sources: tuple[TextSource, ...], tokenizer: Tokenizer, folder: Path, *, excluded: frozenset[bytes], held_out_share: float, seed: int
) -> TokenFile:
    """Return the token file of the mix, written once: documents joined by ``</s><s>``, one in every 1/share of them held out."""
    if tokenizer.get_vocab_size() > np.iinfo(np.uint16).max:
        raise TrainingError(f"tokenizer: {tokenizer.get_vocab_size()} entries do not fit the token file, at most 65535; use a smaller one.")
    folder.mkdir(parents=True, exist_ok=True)
    seen: set[bytes] = set()
    spans: dict[str, tuple[int, int]] = {}
    told: dict[str, Losses] = {}
    written, kept_out = 0, 0
    with (folder / "train.bin").open("wb") as train, (folder / "held_out.bin").open("wb") as held_out:
        for source in sources:
            losses, first = Losses(), written
            texts = read_source(source, losses, seen=seen, excluded=excluded, seed=seed)
            for ids, is_held_out in _encoded(texts, tokenizer, held_out_share):
                count = _write(ids, held_out if is_held_out else train)
                written, kept_out = (written, kept_out + count) if is_held_out else (written + count, kept_out)
            spans[source.name], told[source.name] = (first, written), losses
    digest = hashlib.sha256((folder / "train.bin").read_bytes()).hexdigest()
    counted = {name: asdict(losses) for name, losses in told.items()}
    record = {"sources": spans, "tokens": written, "held_out_tokens": kept_out, "losses": counted, "sha256": digest}
    (folder / "tokens.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return TokenFile(folder, spans, written, kept_out, told, digest)


def open_token_file(folder: Path) -> TokenFile:
    """Return a token file built before."""
    record = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    sources = {name: (int(first), int(last)) for name, (first, last) in record["sources"].items()}
    losses = {name: Losses(**counts) for name, counts in record["losses"].items()}
    return TokenFile(folder, sources, record["tokens"], record["held_out_tokens"], losses, record["sha256"])


def _encoded(texts: Iterator[str], tokenizer: Tokenizer, held_out_share: float) -> Iterator[tuple[list[int], bool]]:
    """Yield the ids of each text, and whether its hash puts it among the held-out ones."""
    while batch := list(islice(texts, _BATCH)):
        for text, encoding in zip(batch, tokenizer.encode_batch_fast(batch, add_special_tokens=False), strict=True):
            drawn = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32
            yield encoding.ids, drawn < held_out_share


def _write(ids: list[int], file: BinaryIO) -> int:
    document = np.array([*ids, END, START], dtype=np.uint16)
    file.write(document.tobytes())
    return len(document)


@dataclass(frozen=True, slots=True)
class Windows:
    """Full windows of `length` over the sources, in an order that seed and pass alone decide.

    A window is ``<s>``, length-2 tokens of the stream, ``</s>``. Every token of a source stands in one window a repeat, but for the
    remainder that fills no window; each pass shifts the cuts, so no token is left out twice in a row.
    """

    tokens: npt.NDArray[np.uint16]
    spans: tuple[tuple[int, int, float], ...]  # first, last + 1, weight
    length: int
    seed: int

    def order(self, turn: int) -> npt.NDArray[np.int64]:
        """Return the first tokens of the windows of one pass over the mix, shuffled."""
        rng = np.random.default_rng([self.seed, self.length, turn])
        content, starts = self.length - 2, []
        for first, last, weight in self.spans:
            spare = (last - first) % content
            shift = int(rng.integers(spare + 1))
            cuts = np.arange(first + shift, last - content + 1, content, dtype=np.int64)
            passes = max(weight, 1.0)
            starts += [cuts] * int(passes)
            starts.append(rng.permutation(cuts)[: round(len(cuts) * (passes % 1))])
        return rng.permutation(np.concatenate(starts))

    def take(self, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the windows that begin at these tokens, (windows, length)."""
        body = self.tokens[starts[:, None] + np.arange(self.length - 2)].astype(np.int64)
        edge = np.ones((len(starts), 1), dtype=np.int64)
        return np.hstack([edge * START, body, edge * END])


class Feed:
    """Gives windows by their number in the run, pass after pass."""

    def __init__(self, windows: Windows) -> None:
        self._windows, self._turn, self._order = windows, 0, windows.order(0)

    def take(self, first: int, count: int) -> npt.NDArray[np.int64]:
        """Return up to `count` windows from number `first` on, (windows, length); the last of a pass may be fewer."""
        turn, at = divmod(first, len(self._order))  # every pass has equally many
        if turn != self._turn:
            self._turn, self._order = turn, self._windows.order(turn)
        return self._windows.take(self._order[at : at + count])
