"""The model folder: ``stance.toml`` beside the files a model is made of, each with its hash. Nothing in it is pickled.

    model.onnx              what labels (int8 weights)
    model.safetensors       the plain checkpoint, with config.json and tokenizer.json: any transformers program opens it
    stance.toml             variable, labels, window policy, calibration, signature, file hashes
    dev.csv                 confidence of each dev unit and whether its label was correct: for --risk
    README.md               the model card

A baseline's folder has its own plain files in place of the first two; that of a blend or a choice holds the folders of its members. The
shipped models leave ``model.safetensors`` out, and those that share one network name its folder (``network``) and hold no file of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import tomli_w

from stance.coding.codebook import BUILTINS, Variable, builtin, variable_of_table
from stance.corpus.toml_text import TomlError, parse_toml
from stance.errors import ModelError, TrainingError, did_you_mean
from stance.model.calibration import UNCALIBRATED, Calibration
from stance.model.windows import WindowPolicy

__all__ = [
    "CHECKPOINT",
    "SETTINGS_FILE",
    "SHIPPED",
    "ModelSettings",
    "check_checkpoint",
    "check_free",
    "find_model",
    "model_id",
    "network_folder",
    "read_settings",
    "shipped_models",
    "write_settings",
]

SETTINGS_FILE = "stance.toml"
CHECKPOINT = "model.safetensors"
NETWORK = "model.onnx"
SHIPPED = Path(__file__).parent / "data"
# Files whose content a label does not depend on: people may edit a card, and a large checkpoint is not hashed at every start.
NOT_CHECKED = frozenset({SETTINGS_FILE, "README.md", CHECKPOINT})
FORMAT = 1


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What ``stance.toml`` says of a model.

    Attributes:
        kind: ``encoder``, ``tfidf``, ``lexicon``, ``majority``, ``blend`` or ``choice``: who opens the other files.
        name: what the column ``model`` calls it, before its hash.
        variable: the variable it codes.
        labels: the labels of that variable, in order.
        with_target: whether it sees the target of a unit (a choice: whether one of its members does).
        windows: how articles are cut and pooled.
        calibration: how its probabilities are scaled.
        signature: the recipe: encoder and revision, data hashes, seed, versions.
        scores: measured figures, by name (dev macro F1, agreement of the int8 file with the checkpoint).
        about: words for ``stance models`` and the card: description, sources, terms.
        members: of a blend or a choice, the folders inside this one that hold its models.
        weights: of a blend, how much each member counts.
        choices: of a choice, which units each member labels: those without a target (``article``; of few words ``sentence``), with one (``target``),
            with a holder (``holder``).
        network: the folder inside the package whose network several models share; empty where this one has its own.
        outputs: which logits of a shared network are this model's labels, in order.
        codebook: the table that defines the variable in a codebook: its level, unit, instructions and aliases; empty in older folders.
    """

    kind: str
    name: str
    variable: str
    labels: tuple[str, ...]
    with_target: bool
    windows: WindowPolicy = field(default_factory=WindowPolicy)
    calibration: Calibration = UNCALIBRATED
    signature: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    choices: tuple[str, ...] = ()
    network: str = ""
    outputs: tuple[int, ...] = ()
    codebook: dict[str, Any] = field(default_factory=dict)

    @property
    def coded(self) -> Variable:
        """The variable as its codebook defines it; without one the built-in variable of these labels, or else an ordinal one."""
        if self.codebook:
            return variable_of_table(self.variable, self.codebook, SETTINGS_FILE)
        known = builtin(self.variable) if self.variable in BUILTINS else None
        return known if known is not None and known.labels == self.labels else Variable(self.variable, self.labels)

    @property
    def needs_target(self) -> bool:
        """Whether it labels no unit without a target."""
        return self.with_target and "article" not in self.choices


def find_model(name: str | Path) -> Path:
    """Return the folder of a shipped model by its name, or the folder itself."""
    shipped = shipped_models()
    if str(name) in shipped:
        return shipped[str(name)]
    folder = Path(name)
    if (folder / SETTINGS_FILE).is_file():
        return folder
    if folder.is_dir():
        raise ModelError(f"{folder} is not a model folder: it has no {SETTINGS_FILE}. Make one with stance train.")
    names = ", ".join(shipped) or "none"
    raise ModelError(
        f"There is no model '{name}': no shipped model has that name or codes a variable of it (shipped: {names}), and there is no such folder;"
        f" name the folder of your own model with --model FOLDER.{did_you_mean(str(name), shipped)}"
    )


def shipped_models() -> dict[str, Path]:
    """Return the folders of the models inside the package, by name."""
    return {path.parent.name: path.parent for path in sorted(SHIPPED.glob(f"*/{SETTINGS_FILE}"))}


def network_folder(folder: Path, settings: ModelSettings) -> Path:
    """Return the folder that holds the network of a model: its own, or the one inside the package that it shares, after checking its file."""
    if not settings.network:
        return folder
    shared = SHIPPED / settings.network
    if shared.parent != SHIPPED or not (shared / NETWORK).is_file():
        raise ModelError(
            f"{folder} shares the network '{settings.network}', which is not in this package; install the version that made it."
        )
    if _sha256(shared / NETWORK) != settings.signature.get("network"):
        raise ModelError(f"{shared / NETWORK} is not the network that {folder} was made with (its hash differs); install stance anew.")
    return shared


def check_free(folder: Path) -> None:
    """Refuse a folder that no model can be made in: it holds one, or a file stands where it or a folder above it should be."""
    if (folder / SETTINGS_FILE).exists():
        raise TrainingError(f"{folder} holds a finished model already; remove it or pass another --out.")
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise TrainingError(f"{there} is a file, so no model folder can be made there; pass another --out.")


def write_settings(folder: Path, settings: ModelSettings) -> None:
    """Write ``stance.toml`` with the hash of every other file in ``folder``: the last step of making a model folder."""
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != SETTINGS_FILE}
    files |= {f"{member}/{SETTINGS_FILE}": _sha256(folder / member / SETTINGS_FILE) for member in settings.members}
    table = {"format": FORMAT, **asdict(settings), "files": files}
    (folder / SETTINGS_FILE).write_text(tomli_w.dumps(table), encoding="utf-8")


def read_settings(folder: Path) -> ModelSettings:
    """Return the settings of a model folder, after checking that its files are all there and unaltered."""
    path = folder / SETTINGS_FILE
    try:
        table = parse_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{folder} is not a model folder: it has no {SETTINGS_FILE}. Make one with stance train.") from None
    except (UnicodeDecodeError, TomlError) as error:
        raise ModelError(f"{path} is not valid TOML ({error}); copy or train the model folder again.") from error
    if table.get("format") != FORMAT:
        raise ModelError(f"{path}: format {table.get('format')!r} is not {FORMAT}; this model was made by another version of stance.")
    if not table.get("files"):
        raise ModelError(f"{path} names no files, so they cannot be checked; copy or train the model folder again.")
    _check_files(folder, table["files"])
    return _settings_of(table, path)


def check_checkpoint(folder: Path) -> None:
    """Refuse a folder whose checkpoint is not the one it was made with; asked for where the checkpoint itself labels, for it is large."""
    files = parse_toml((folder / SETTINGS_FILE).read_text(encoding="utf-8"))["files"]
    if files.get(CHECKPOINT) != _sha256(folder / CHECKPOINT):
        raise ModelError(
            f"{folder / CHECKPOINT} is not the checkpoint this model was made with (its hash differs); copy the model folder again."
        )


def model_id(folder: Path, settings: ModelSettings) -> str:
    """Return the name of a model with the first eight figures of its hash, as the column ``model`` has it."""
    return f"{settings.name}@{_sha256(folder / SETTINGS_FILE)[:8]}"


def _settings_of(table: dict[str, Any], path: Path) -> ModelSettings:
    known = {entry.name for entry in fields(ModelSettings)}
    values = {key: value for key, value in table.items() if key in known}
    try:
        calibration: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.pop("calibration", {}).items()
        }
        settings = ModelSettings(
            **{
                **values,
                "labels": tuple(values["labels"]),
                "members": tuple(values.get("members", ())),
                "weights": tuple(values.get("weights", ())),
                "choices": tuple(values.get("choices", ())),
                "outputs": tuple(values.get("outputs", ())),
                "windows": WindowPolicy(**values.get("windows", {})),
                "calibration": Calibration(**calibration),
            }
        )
    except (KeyError, TypeError) as error:
        raise ModelError(f"{path} lacks or misnames a setting ({error}); copy or train the model folder again.") from error
    if len(settings.labels) < 2:
        raise ModelError(f"{path}: a model needs at least two labels, and has {list(settings.labels)}.")
    return replace(settings, kind=str(settings.kind))


def _check_files(folder: Path, hashes: dict[str, str]) -> None:
    for name, expected in hashes.items():
        path = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ModelError(f"{folder / SETTINGS_FILE} names a file outside its folder: '{name}'.")
        if not path.is_file():
            raise ModelError(f"The model folder {folder} lacks its file {name}; copy the whole folder again.")
        if name not in NOT_CHECKED and _sha256(path) != expected:
            raise ModelError(f"{path} was altered since the model was made (its hash differs); copy the model folder again.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
