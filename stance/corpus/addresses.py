"""Files behind an address such as ``s3://``, ``gs://`` or ``hf://``, through fsspec: copied here to be read, sent there once written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from stance.errors import InputError

__all__ = ["is_address", "local_copies", "local_out", "open_filesystem", "reaching"]

# What to install for an address; each brings fsspec along.
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub", "az": "adlfs", "abfs": "adlfs"}


def is_address(path: str | Path) -> bool:
    """Return whether ``path`` is an address of another file system.

    >>> is_address("s3://bucket/corpus.parquet"), is_address("corpus.parquet")
    (True, False)
    """
    return "://" in str(path)


def open_filesystem(address: str) -> tuple[Any, str]:
    """Return the file system behind ``address`` and the path on it."""
    protocol = address.partition("://")[0]
    package = _PACKAGES.get(protocol, "fsspec")
    try:
        import fsspec  # an optional package, and start-up cost

        with reaching(address):
            filesystem, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise InputError(
            f"{address}: an address that begins with {protocol}:// needs the package '{package}': pip install {package}."
        ) from error
    return filesystem, str(path)


@contextmanager
def reaching(address: str) -> Iterator[None]:
    """Turn what a file system raises, unless it is that a file or a package is not there, into one sentence."""
    try:
        yield
    except (FileNotFoundError, ImportError, InputError):
        raise
    except Exception as error:  # each file system has errors of its own: of rights, of credentials, of the network
        raise InputError(f"{address} cannot be reached ({_reason(error)}); check the address and your rights to it.") from error


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


@contextmanager
def local_copies(inputs: Sequence[str | Path]) -> Iterator[list[Path]]:
    """Yield ``inputs`` as paths on this machine: what lies behind an address is copied into a temporary folder while it is needed.

    An address may name a file, a folder, or files by a pattern (``s3://bucket/2019/*.parquet``).
    """
    with TemporaryDirectory(prefix="stance-") as place:
        paths: list[Path] = []
        for name in inputs:
            paths += _copied(str(name), Path(place) / str(len(paths))) if is_address(name) else [Path(name)]
        yield paths


def _copied(address: str, folder: Path) -> list[Path]:
    filesystem, path = open_filesystem(address)
    try:
        with reaching(address):
            found = sorted(filesystem.glob(path)) if "*" in path else [path]
            if not found:
                raise FileNotFoundError(path)
            return [_copy(filesystem, one.rstrip("/"), folder.with_name(f"{folder.name}-{number}")) for number, one in enumerate(found)]
    except FileNotFoundError as error:
        raise InputError(f"{address}: there is no such file that can be fetched; check the address.") from error


def _copy(filesystem: Any, path: str, folder: Path) -> Path:
    local = folder / path.rpartition("/")[2]
    folder.mkdir()
    if filesystem.isdir(path):
        filesystem.get(f"{path}/", f"{local}/", recursive=True)
    else:
        filesystem.get_file(path, str(local))
    return local


@contextmanager
def local_out(out: str | Path) -> Iterator[Path]:
    """Yield where on this machine to write what belongs at ``out``; what was written is sent to its address at the end.

    Where it cannot be sent it is kept, and the error says where.
    """
    if not is_address(out):
        yield Path(out)
        return
    filesystem, path = open_filesystem(str(out))
    local = Path(mkdtemp(prefix="stance-")) / path.rpartition("/")[2]
    try:
        yield local
    except BaseException:
        shutil.rmtree(local.parent)
        raise
    try:
        filesystem.put_file(str(local), path)
    except Exception as error:  # as in `reaching`
        raise InputError(
            f"{out} cannot be written ({_reason(error)}); what belongs there is kept in {local}, so copy it by hand."
        ) from error
    shutil.rmtree(local.parent)
