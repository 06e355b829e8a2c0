"""Where the files of a model lie: in a folder, in the hub's cache, or still on the hub."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from hangtag.errors import EngineError, MissingExtraError, UsageError

__all__ = ["brief", "cached_folder", "fetch_command", "model_folder", "revision_of"]

# What a model is made of; repositories also hold exports for other runtimes, gigabytes of them.
_FILES = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model")
_CHUNK = 1 << 22


def model_folder(
    name: str, revision: str | None = None, *, extra: str = "vlm", option: str = "--model"
) -> Path:
    """The folder of a model's files, fetched if they are not here.

    ``name``: a folder, or a repository of the hub at ``revision``. What the hub's cache holds is
    taken as it is, without asking the network: a run that goes on tomorrow goes on with the same
    weights. ``extra`` is what has the hub's client, ``option`` what names a folder instead.

    Raises MissingExtraError; UsageError for a folder that is not there; EngineError when the files
    are neither here nor to be had.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        if revision is not None:
            raise UsageError("A folder has no revisions.", "Leave --revision out.")
        return path
    if name.startswith(("/", "./", "../", "~")) or name.count("/") > 1:
        raise UsageError(f"There is no folder {name!r}.", "Name a folder that holds a model.")
    snapshot_download, NotHereError = _client(extra)  # noqa: N806 a class
    where: dict[str, Any] = {"revision": revision, "allow_patterns": list(_FILES)}
    try:
        try:
            return Path(snapshot_download(name, local_files_only=True, **where))
        except NotHereError:
            return Path(snapshot_download(name, **where))
    except Exception as error:  # the hub's client raises its own, and those of what it is built on
        raise EngineError(
            f"The weights of {name} are not on this machine and could not be fetched: "
            f"{brief(error)}",
            f"Where there is a network: {fetch_command(name, revision)} "
            f"(then copy the folder here and name it with {option}, if that is another machine).",
        ) from error


def cached_folder(name: str, *, extra: str = "vlm") -> Path | None:
    """Where the hub's cache has the model, or None. Raises MissingExtraError."""
    snapshot_download, NotHereError = _client(extra)  # noqa: N806 a class
    try:
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=list(_FILES)))
    except NotHereError:
        return None


def revision_of(folder: Path, name: str) -> str:
    """12 hexadecimal digits: of a snapshot of the hub its commit, of a folder a hash of its files.

    ``name``: what ``folder`` was found by.
    """
    if not Path(name).expanduser().is_dir():
        return folder.name[:12]
    told = hashlib.sha256()
    files = sorted({path for pattern in _FILES for path in folder.glob(pattern)})
    for path in files:
        told.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                told.update(chunk)
    return told.hexdigest()[:12]


def fetch_command(name: str, revision: str | None = None) -> str:
    """What brings a model from the hub into its cache."""
    return f"hf download {name}" + (f" --revision {revision}" if revision else "")


def brief(error: Exception) -> str:
    """The first line of what an error says; its kind where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def _client(extra: str) -> tuple[Any, type[Exception]]:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError
    except ImportError as error:
        raise MissingExtraError("transformers", extra) from error
    return snapshot_download, LocalEntryNotFoundError
