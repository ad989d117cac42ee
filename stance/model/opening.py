"""Opens a model folder: its ``kind`` says which scorer its files make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer

from stance.errors import ModelError, did_you_mean
from stance.model.blend import BlendScorer
from stance.model.choice import CHOICES, ChoiceScorer
from stance.model.device import Device
from stance.model.encoder import EncoderScorer
from stance.model.folder import NETWORK, ModelSettings, network_folder, read_settings
from stance.model.lexicon import LexiconScorer, MajorityScorer
from stance.model.linear import TfidfScorer
from stance.model.pooling import Aliases
from stance.model.scoring import Scorer
from stance.model.session import ROBERTA_PAD, OnnxSession, Session, cores
from stance.model.shared import HeadSession, open_shared
from stance.model.windows import WindowCutter

__all__ = ["open_scorer", "pad_id_of", "read_tokenizer"]

_BASELINES: dict[str, Callable[[Path, tuple[str, ...]], Scorer]] = {
    "tfidf": TfidfScorer.load,
    "lexicon": LexiconScorer.load,
    "majority": MajorityScorer.load,
}


def open_scorer(folder: Path, settings: ModelSettings, aliases: Aliases, *, threads: int = 0, device: Device = "cpu") -> Scorer:
    """Return the scorer that the files of ``folder`` make, with its encoders on ``device`` (`stance.model.device.choose_device`)."""
    if settings.kind == "encoder":
        network = network_folder(folder, settings)
        tokenizer = read_tokenizer(network / "tokenizer.json")
        session = _open_session(network, settings, pad_id=pad_id_of(tokenizer), threads=threads, device=device)
        return EncoderScorer(settings.labels, WindowCutter(tokenizer, settings.windows), session, aliases)
    if settings.kind == "blend":
        return _open_blend(folder, settings, aliases, threads=threads, device=device)
    if settings.kind == "choice":
        return _open_choice(folder, settings, aliases, threads=threads, device=device)
    if settings.kind not in _BASELINES:
        kinds = ("encoder", "blend", "choice", *_BASELINES)
        raise ModelError(f"{folder}: kind '{settings.kind}' is not one of {', '.join(kinds)}.{did_you_mean(settings.kind, kinds)}")
    return _BASELINES[settings.kind](folder, settings.labels)


def _open_session(folder: Path, settings: ModelSettings, *, pad_id: int, threads: int, device: Device) -> Session:
    if settings.network:
        return HeadSession(open_shared(folder / NETWORK, pad_id=pad_id, threads=threads), settings.outputs)
    if device == "cpu":
        return OnnxSession(folder / NETWORK, pad_id=pad_id, threads=threads)
    from stance.model.torch_session import TorchSession  # optional packages

    return TorchSession(folder, pad_id=pad_id, device=device)


def _open_blend(folder: Path, settings: ModelSettings, aliases: Aliases, *, threads: int, device: Device) -> BlendScorer:
    members = _members(folder, settings)
    if len(members) != len(settings.weights):
        raise ModelError(f"{folder}: a blend needs one weight a member, and has {len(settings.weights)} for {len(members)}.")
    return BlendScorer(
        members=tuple(open_scorer(path, member, aliases, threads=threads, device=device) for path, member in members),
        calibrations=tuple(member.calibration for _, member in members),
        weights=settings.weights,
        at_once=min(threads or cores(), len(members)),
    )


def _open_choice(folder: Path, settings: ModelSettings, aliases: Aliases, *, threads: int, device: Device) -> ChoiceScorer:
    members = _members(folder, settings)
    if len(members) != len(settings.choices) or not set(settings.choices) <= set(CHOICES):
        raise ModelError(f"{folder}: a choice says for each member which units it labels ({', '.join(CHOICES)}), not {settings.choices}.")
    return ChoiceScorer(
        members=tuple(open_scorer(path, member, aliases, threads=threads, device=device) for path, member in members),
        calibrations=tuple(member.calibration for _, member in members),
        choices=settings.choices,
    )


def _members(folder: Path, settings: ModelSettings) -> list[tuple[Path, ModelSettings]]:
    """Return the folders of the models that a blend or a choice is made of, with their settings."""
    outside = [name for name in settings.members if Path(name).name != name]
    if outside:
        raise ModelError(f"{folder}: the member '{outside[0]}' of this {settings.kind} is no folder inside it.")
    members = [(folder / name, read_settings(folder / name)) for name in settings.members]
    if not members:
        raise ModelError(f"{folder}: a {settings.kind} needs members, and has none.")
    different = [path for path, member in members if member.labels != settings.labels]
    if different:
        raise ModelError(f"{different[0]}: the labels of this member are not those of the {settings.kind} ({', '.join(settings.labels)}).")
    return members


def read_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer of a ``tokenizer.json``."""
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise ModelError(f"{path} cannot be read as a tokenizer; copy or train the model folder again.") from error


def pad_id_of(tokenizer: Tokenizer) -> int:
    """Return the id of the token that pads windows."""
    for token in ("<pad>", "[PAD]"):
        found = tokenizer.token_to_id(token)
        if found is not None:
            return int(found)
    return ROBERTA_PAD
