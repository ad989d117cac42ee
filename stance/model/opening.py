"""Opens a model folder: its ``kind`` says which scorer its files make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer

from stance.errors import ModelError, did_you_mean
from stance.model.blend import BlendScorer
from stance.model.device import Device
from stance.model.encoder import EncoderScorer
from stance.model.folder import ModelSettings, read_settings
from stance.model.lexicon import LexiconScorer, MajorityScorer
from stance.model.linear import TfidfScorer
from stance.model.pooling import Aliases
from stance.model.scoring import Scorer
from stance.model.session import ROBERTA_PAD, OnnxSession, Session, cores
from stance.model.windows import WindowCutter

__all__ = ["open_scorer", "read_tokenizer"]

_BASELINES: dict[str, Callable[[Path, tuple[str, ...]], Scorer]] = {
    "tfidf": TfidfScorer.load,
    "lexicon": LexiconScorer.load,
    "majority": MajorityScorer.load,
}


def open_scorer(folder: Path, settings: ModelSettings, aliases: Aliases, *, threads: int = 0, device: Device = "cpu") -> Scorer:
    """Return the scorer that the files of ``folder`` make, with its encoders on ``device`` (`stance.model.device.choose_device`)."""
    if settings.kind == "encoder":
        tokenizer = read_tokenizer(folder / "tokenizer.json")
        session = _open_session(folder, pad_id=_pad_id(tokenizer), threads=threads, device=device)
        return EncoderScorer(settings.labels, WindowCutter(tokenizer, settings.windows), session, aliases)
    if settings.kind == "blend":
        return _open_blend(folder, settings, aliases, threads=threads, device=device)
    if settings.kind not in _BASELINES:
        kinds = ("encoder", "blend", *_BASELINES)
        raise ModelError(f"{folder}: kind '{settings.kind}' is not one of {', '.join(kinds)}.{did_you_mean(settings.kind, kinds)}")
    return _BASELINES[settings.kind](folder, settings.labels)


def _open_session(folder: Path, *, pad_id: int, threads: int, device: Device) -> Session:
    if device == "cpu":
        return OnnxSession(folder / "model.onnx", pad_id=pad_id, threads=threads)
    from stance.model.torch_session import TorchSession  # optional packages

    return TorchSession(folder, pad_id=pad_id, device=device)


def _open_blend(folder: Path, settings: ModelSettings, aliases: Aliases, *, threads: int, device: Device) -> BlendScorer:
    outside = [name for name in settings.members if Path(name).name != name]
    if outside:
        raise ModelError(f"{folder}: the member '{outside[0]}' of this blend is no folder inside it.")
    members = [(folder / name, read_settings(folder / name)) for name in settings.members]
    if not members or len(members) != len(settings.weights):
        raise ModelError(f"{folder}: a blend needs one weight a member, and has {len(settings.weights)} for {len(members)}.")
    different = [path for path, member in members if member.labels != settings.labels]
    if different:
        raise ModelError(f"{different[0]}: the labels of this member are not those of the blend ({', '.join(settings.labels)}).")
    return BlendScorer(
        members=tuple(open_scorer(path, member, aliases, threads=threads, device=device) for path, member in members),
        calibrations=tuple(member.calibration for _, member in members),
        weights=settings.weights,
        at_once=min(threads or cores(), len(members)),
    )


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
