"""Weights and processor of a model, from the hub's cache, the hub, or a folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hangtag.errors import EngineError, MissingExtraError, UsageError

__all__ = ["Loaded", "at_hand", "best_device", "load", "located"]

# What a model is made of; repositories also hold exports for other runtimes, gigabytes of them.
_FILES = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model")
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Loaded:
    """A model ready to be asked. ``revision``: 12 hexadecimal digits, of exactly these weights."""

    name: str
    revision: str
    model: Any
    processor: Any
    device: str
    dtype: Any


def best_device() -> str:
    """``cuda``, ``mps`` or ``cpu``, whichever this machine has, in this order."""
    torch = _torch()
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load(
    name: str,
    *,
    revision: str | None = None,
    device: str | None = None,
    threads: int | None = None,
    dtype: str | None = None,
) -> Loaded:
    """The model ``name``: a folder here, or a repository of the hub at ``revision``.

    What the hub's cache holds is taken as it is, without asking the network: a run that goes on
    tomorrow goes on with the same weights. ``dtype`` is bfloat16 on an accelerator and float32
    elsewhere, unless given.

    Raises MissingExtraError without torch or transformers; UsageError for a folder or a device that
    is not there; EngineError when weights are missing or cannot be loaded.
    """
    torch = _torch()
    transformers = _transformers()
    device = _checked_device(torch, device)
    if threads:
        torch.set_num_threads(threads)
    kind = getattr(torch, dtype) if dtype else _usual_dtype(torch, device)
    folder = located(name, revision)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        model = _model(transformers, folder, kind).to(device).eval()
        processor = _processor(transformers, folder, model)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise EngineError(
            f"The model in {folder} cannot be loaded: {type(error).__name__}: {_brief(error)}",
            f"Fetch it again: {_fetch(name, revision)}"
            if not Path(name).is_dir()
            else "It must hold config.json, tokenizer, image processor and *.safetensors.",
        ) from error
    for parameter in model.parameters():
        parameter.requires_grad_(requires_grad=False)
    return Loaded(name, _revision(folder, name), model, processor, device, kind)


def located(name: str, revision: str | None = None) -> Path:
    """The folder of a model's files, fetched if they are not here. Raises as ``load``."""
    path = Path(name).expanduser()
    if path.is_dir():
        if revision is not None:
            raise UsageError("A folder has no revisions.", "Leave --revision out.")
        return path
    if name.startswith(("/", "./", "../", "~")) or name.count("/") > 1:
        raise UsageError(f"There is no folder {name!r}.", "Name a folder that holds a model.")
    _transformers()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    where: dict[str, Any] = {"revision": revision, "allow_patterns": list(_FILES)}
    try:
        try:
            return Path(snapshot_download(name, local_files_only=True, **where))
        except LocalEntryNotFoundError:
            return Path(snapshot_download(name, **where))
    except Exception as error:  # the hub's client raises its own, and those of what it is built on
        raise EngineError(
            f"The weights of {name} are not on this machine and could not be fetched: "
            f"{_brief(error)}",
            f"Where there is a network: {_fetch(name, revision)} "
            "(then copy the folder here and name it with --model, if that is another machine).",
        ) from error


def at_hand(name: str) -> str:
    """What would be used here, in words. Fetches and loads nothing.

    Raises MissingExtraError, and EngineError where the weights would have to be fetched first.
    """
    torch = _torch()
    _transformers()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True, allow_patterns=list(_FILES)))
    except LocalEntryNotFoundError as error:
        raise EngineError(
            f"torch {torch.__version__} on {best_device()} is there; "
            f"the weights of {name} are not on this machine.",
            f"They are fetched at the first use, or now: {_fetch(name, None)}",
        ) from error
    return f"torch {torch.__version__} on {best_device()}, {name}@{folder.name[:12]}"


def _fetch(name: str, revision: str | None) -> str:
    return f"hf download {name}" + (f" --revision {revision}" if revision else "")


def _brief(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("torch", "vlm") from error
    return torch


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError("transformers", "vlm") from error
    return transformers


def _checked_device(torch: Any, device: str | None) -> str:
    if device is None:
        return best_device()
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(device.split(":")[0], False):
        raise UsageError(
            f"There is no device {device!r} here.",
            f"Choose one of: {', '.join(name for name, is_there in there.items() if is_there)}.",
        )
    return device


def _usual_dtype(torch: Any, device: str) -> Any:
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device == "mps" and torch.backends.mps.is_macos_or_newer(14, 0):
        return torch.bfloat16
    return torch.float32


def _model(transformers: Any, folder: Path, dtype: Any) -> Any:
    opening = transformers.AutoModelForImageTextToText.from_pretrained
    # Only safetensors: the other kind of weights is a program that is run.
    how = {"dtype": dtype, "use_safetensors": True, "local_files_only": True}
    try:
        return opening(folder, attn_implementation="sdpa", **how)
    except ValueError as error:
        if "scaled_dot_product_attention" not in str(error):
            raise
        return opening(folder, **how)


def _processor(transformers: Any, folder: Path, model: Any) -> Any:
    """Text and photos → inputs, the same on every machine whatever else is installed there."""
    images = transformers.AutoImageProcessor.from_pretrained(
        folder, backend="pil", local_files_only=True
    )
    length = getattr(model.base_model, "image_seq_len", None)
    if length is None or not hasattr(images, "do_image_splitting"):
        return transformers.AutoProcessor.from_pretrained(
            folder, backend="pil", local_files_only=True
        )
    # Models with a fixed number of tokens a tile. The newer of them come with a processor that also
    # wants libraries for video; this one writes the same prompts.
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    about, _ = transformers.Idefics3Processor.get_processor_dict(folder, local_files_only=True)
    template = about.get("chat_template") or tokenizer.chat_template
    return transformers.Idefics3Processor(
        images, tokenizer, image_seq_len=length, chat_template=template
    )


def _revision(folder: Path, name: str) -> str:
    """Of a snapshot of the hub its commit, of a folder a hash of what lies in it."""
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
