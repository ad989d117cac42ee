"""Opens a model folder: its ``kind`` says which scorer its files make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer

from stance.errors import ModelError, did_you_mean
from stance.model.encoder import EncoderScorer
from stance.model.folder import ModelSettings
from stance.model.lexicon import LexiconScorer, MajorityScorer
from stance.model.linear import TfidfScorer
from stance.model.pooling import Aliases
from stance.model.scoring import Scorer
from stance.model.session import ROBERTA_PAD, OnnxSession
from stance.model.windows import WindowCutter

__all__ = ["open_scorer", "read_tokenizer"]

_BASELINES: dict[str, Callable[[Path, tuple[str, ...]], Scorer]] = {
    "tfidf": TfidfScorer.load,
    "lexicon": LexiconScorer.load,
    "majority": MajorityScorer.load,
}


def open_scorer(folder: Path, settings: ModelSettings, aliases: Aliases, *, threads: int = 0) -> Scorer:
    """Return the scorer that the files of ``folder`` make."""
    if settings.kind == "encoder":
        tokenizer = read_tokenizer(folder / "tokenizer.json")
        session = OnnxSession(folder / "model.onnx", pad_id=_pad_id(tokenizer), threads=threads)
        return EncoderScorer(settings.labels, WindowCutter(tokenizer, settings.windows), session, aliases)
    if settings.kind not in _BASELINES:
        kinds = ("encoder", *_BASELINES)
        raise ModelError(f"{folder}: kind '{settings.kind}' is not one of {', '.join(kinds)}.{did_you_mean(settings.kind, kinds)}")
    return _BASELINES[settings.kind](folder, settings.labels)


def read_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer of a ``tokenizer.json``."""
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise ModelError(f"{path} cannot be read as a tokenizer; copy or train the model folder again.") from error


def _pad_id(tokenizer: Tokenizer) -> int:
    for token in ("<pad>", "[PAD]"):
        found = tokenizer.token_to_id(token)
        if found is not None:
            return int(found)
    return ROBERTA_PAD
