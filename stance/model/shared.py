"""A network that several models share: each takes the logits that are its labels, and a window is run once for all of them.

Tone toward a target and the journalist's stance read the same passage, so the second costs next to nothing. What is remembered of a window
is a hash of its tokens and its logits, of the last hundred thousand windows: some tens of megabytes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from stance.model.session import OnnxSession, softmax
from stance.model.windows import Windows
from stance.progress import Done, silent

__all__ = ["HeadSession", "SharedNetwork", "open_shared"]

REMEMBERED = 100_000
FloatArray = npt.NDArray[np.float64]


@dataclass(slots=True)
class SharedNetwork:
    """A session that remembers the logits of windows; several threads may ask it."""

    session: OnnxSession
    remembered: int = REMEMBERED
    _known: OrderedDict[bytes, FloatArray] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def logits(self, windows: Windows, on_done: Done = silent) -> FloatArray:
        """Return the logits of each window, shape (windows, outputs), in the order given; a window that was seen before is not run."""
        keys = [_key(ids, second) for ids, second in zip(windows.ids, windows.second.tolist(), strict=True)]
        with self._lock:
            new = np.array([key not in self._known for key in keys], dtype=bool)
            on_done(len(new) - int(new.sum()))
            if new.any():
                run = self.session.logits(windows.keep(new), on_done)
                self._known.update(zip((key for key, wanted in zip(keys, new, strict=True) if wanted), run, strict=True))
            found = np.stack([self._known[key] for key in keys]) if keys else np.empty((0, 0))
            while len(self._known) > self.remembered:
                self._known.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class HeadSession:
    """The session of one model on a shared network: the probabilities over its own outputs."""

    network: SharedNetwork
    outputs: tuple[int, ...]

    def probabilities(self, windows: Windows, on_done: Done = silent) -> FloatArray:
        """Return the probabilities of each window, shape (windows, labels), in the order given."""
        return softmax(self.network.logits(windows, on_done)[:, self.outputs]) if windows.ids else np.empty((0, len(self.outputs)))


@lru_cache(maxsize=4)
def open_shared(path: Path, *, pad_id: int, threads: int) -> SharedNetwork:
    """Return the network in the file ``path``, opened once for all models that share it."""
    return SharedNetwork(OnnxSession(path, pad_id=pad_id, threads=threads))


def _key(ids: list[int], second: int) -> bytes:
    return blake2b(np.array([second, *ids], dtype=np.int32).tobytes(), digest_size=16).digest()
