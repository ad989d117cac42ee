"""Encoders by name: where each comes from, and the settings its literature trains it with.

No hub is needed for ``mini``, for a folder, or for a shipped model: training goes on from what ``tone`` or ``stance`` has learned, its weights
restored from the file it labels with. Everything else is fetched once by ``huggingface_hub`` into its cache; only safetensors files
are taken, so nothing is unpickled. The commit that was fetched goes into the model's signature; ``revision`` pins it.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from stance.errors import ModelError, did_you_mean
from stance.model.folder import CHECKPOINT, SHIPPED, network_folder, read_settings
from stance.training.restoring import keep_outputs, restore_checkpoint

__all__ = ["ENCODERS", "Encoder", "EncoderFolder", "find_encoder"]

NEEDED_FILES = [
    "config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "tokenizer*",
    "vocab.*",
    "merges.txt",
    "*.model",
    "special_tokens_map.json",
]


@dataclass(frozen=True, slots=True)
class Encoder:
    """A named encoder and the settings to train it with.

    Attributes:
        hub_id: owner and name on the hub; empty for those inside the package.
        learning_rate: peak learning rate.
        batch_size: units a step.
        epochs: passes over the training units at most, where there are many.
        patience: epochs without a better dev score before training stops.
        least_steps: steps that the passes must come to; where few units are coded there are more of them, and patience grows alike.
        source: where the settings come from.
    """

    hub_id: str
    learning_rate: float = 2e-5
    batch_size: int = 32
    epochs: int = 40
    patience: int = 5
    least_steps: int = 0
    source: str = "Delobelle, Winters & Berendt 2020, RobBERT (Findings of EMNLP), appendix A; Mosbach et al. 2021 for warm-up and epochs"

    def passes(self, steps: int) -> tuple[int, int]:
        """Return the epochs at most, and the patience, where an epoch takes so many ``steps``.

        >>> mini = Encoder("", epochs=6, patience=2, least_steps=300)
        >>> mini.passes(steps=150), mini.passes(steps=9)  # 300 coded units, a tenth of them kept aside, make 9 batches
        ((6, 2), (34, 12))
        """
        epochs = max(self.epochs, -(-self.least_steps // steps))
        return epochs, -(-self.patience * epochs // self.epochs)


@dataclass(frozen=True, slots=True)
class EncoderFolder:
    """An encoder that lies on this machine."""

    path: Path
    name: str
    revision: str
    settings: Encoder


ENCODERS: dict[str, Encoder] = {
    "mini": Encoder(
        "", learning_rate=2e-4, epochs=6, patience=2, least_steps=300, source="tried on one split inside the ecosent training set"
    ),
    "tone": Encoder(
        "", learning_rate=1e-4, epochs=4, patience=2, least_steps=300, source="the rate that the shipped network was trained with"
    ),
    "stance": Encoder("", learning_rate=1e-4, epochs=4, patience=2, least_steps=300, source="as tone"),
    "robbert-2023-base": Encoder("DTAI-KULeuven/robbert-2023-dutch-base"),
    "robbert-2023-large": Encoder("DTAI-KULeuven/robbert-2023-dutch-large", learning_rate=1e-5),
    "robbert-2022-base": Encoder("DTAI-KULeuven/robbert-2022-dutch-base"),
    "robbert-v2-base": Encoder("pdelobelle/robbert-v2-dutch-base"),
    "robbertje": Encoder("DTAI-KULeuven/robbertje-1-gb-non-shuffled", learning_rate=5e-5),
    "mdeberta-v3-base": Encoder("microsoft/mdeberta-v3-base"),
    "xlm-r-base": Encoder("FacebookAI/xlm-roberta-base"),
}


def find_encoder(name: str | Path, *, revision: str | None = None) -> EncoderFolder:
    """Return the folder of an encoder: a name of ``ENCODERS``, any hub id, or a local folder.

    That of a shipped model is made anew in each process and goes when it ends.

    Raises ``ModelError`` where the encoder is neither on this machine nor to be had from the hub.
    """
    settings = ENCODERS.get(str(name))
    if settings is not None and not settings.hub_id:
        path = _inside(str(name))
        return EncoderFolder(path, str(name), _weights_hash(path), settings)
    if settings is None and Path(name).is_dir():
        path = _checked(Path(name))
        return EncoderFolder(path, path.resolve().name, _weights_hash(path), Encoder(""))
    if settings is None and str(name).count("/") != 1:
        known = ", ".join(ENCODERS)
        raise ModelError(f"There is no encoder '{name}': pass one of {known}, a hub id or a folder.{did_you_mean(str(name), ENCODERS)}")
    hub_id = settings.hub_id if settings is not None else str(name)
    path = _fetch(str(name), hub_id, revision)
    return EncoderFolder(_checked(path), str(name), path.name, settings or Encoder(hub_id))


def _inside(name: str) -> Path:
    """Return the folder of an encoder inside the package; a model's is restored from what it labels with."""
    folder = SHIPPED / name
    return folder if (folder / CHECKPOINT).is_file() else Path(_restored(folder).name)


@cache
def _restored(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a folder with the checkpoint of the encoder in a shipped model: of a blend or a choice the first member that is one."""
    place = tempfile.TemporaryDirectory(prefix="stance-")
    while (settings := read_settings(folder)).kind != "encoder":
        folder = folder / settings.members[0]
    restore_checkpoint(network_folder(folder, settings), Path(place.name))
    if settings.network:
        keep_outputs(Path(place.name), settings.outputs, settings.labels)
    return place


def _fetch(name: str, hub_id: str, revision: str | None) -> Path:
    """Return the cached snapshot of a hub encoder, fetched first where the hub can be reached."""
    try:
        return Path(snapshot_download(hub_id, revision=revision, allow_patterns=NEEDED_FILES))
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise ModelError(
            f"Encoder '{name}' ({hub_id}) is not on this machine and could not be fetched from the hub; use the one inside the package "
            '(encoder="mini", or --encoder mini), or download its files where there is internet and pass their folder.'
        ) from error


def _checked(path: Path) -> Path:
    if not (path / "config.json").is_file():
        raise ModelError(f"{path} is not an encoder folder: it has no config.json.")
    if not list(path.glob("*.safetensors")):
        raise ModelError(
            f"{path} has no .safetensors weights; pickled ones (.bin) are never opened, so convert them with safetensors first."
        )
    return path


def _weights_hash(folder: Path) -> str:
    """Return twelve figures that name the weights in ``folder``, as a commit does on the hub."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:12]
