"""Where a model labels: on the processor with its ONNX file, or on a CUDA GPU with its checkpoint (extra ``train``).

A folder that ``stance train`` makes holds both. The models inside the package hold the ONNX file only, and so does a folder whose
``model.safetensors`` was left out: these label on the processor. ONNX Runtime's own GPU provider is not used: it has no kernels for the
int8 products that the file is made of (`stance.training.graph`), and would hand each of them back to the processor.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Literal, TypeAlias

from stance.errors import ModelError, did_you_mean
from stance.model.folder import CHECKPOINT, ModelSettings

__all__ = ["DEVICES", "Device", "choose_device"]

Device: TypeAlias = Literal["cpu", "cuda"]
DEVICES = ("auto", "cpu", "cuda")

_DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


def choose_device(folder: Path, settings: ModelSettings, asked: str = "auto") -> Device:
    """Return where the model in ``folder`` labels: for ``auto`` on the GPU if there is one and each encoder in it has a checkpoint.

    ``cuda`` is refused where it cannot be had, with what is lacking.
    """
    if asked not in DEVICES:
        raise ModelError(f"There is no device '{asked}': pass {', '.join(DEVICES)}.{did_you_mean(asked, DEVICES)}")
    encoders = [path for path in (folder, *(folder / name for name in settings.members)) if (path / "model.onnx").is_file()]
    bare = [path for path in encoders if not (path / CHECKPOINT).is_file()]
    if asked == "cpu" or (asked == "auto" and (bare or not encoders)):
        return "cpu"
    if not encoders:
        raise ModelError(f"{folder} is of kind '{settings.kind}', which labels on the processor only; leave out the device cuda.")
    if bare:
        raise ModelError(
            f"{bare[0]} holds no checkpoint ({CHECKPOINT}), which a GPU needs; pass a model folder made by stance train, or the device cpu."
        )
    lacking = _lacks_gpu(sure=asked == "cuda")
    if lacking and asked == "cuda":
        raise ModelError(f"The device cuda cannot be used: {lacking}; mend that, or pass the device auto or cpu.")
    return "cpu" if lacking else "cuda"


def _lacks_gpu(*, sure: bool) -> str:
    """Return what is lacking to label on a GPU, or nothing; where it is not ``sure``, torch is imported only if there is a driver."""
    if not sure and not _driver_is_there():
        return "there is no GPU driver"
    try:
        import torch  # an optional package, and seconds of start-up
        import transformers  # noqa: F401
    except ImportError as error:
        return f"it needs the package '{error.name}' (pip install 'stance-nl[train]')"
    return "" if torch.cuda.is_available() else "torch finds no CUDA GPU on this machine"


def _driver_is_there() -> bool:
    try:
        ctypes.CDLL(_DRIVER)
    except OSError:
        return False
    return True
