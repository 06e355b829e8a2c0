"""Weights and processor of a model, from the hub's cache, the hub, or a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hangtag.errors import EngineError, MissingExtraError, UsageError
from hangtag.hub import brief, cached_folder, fetch_command, model_folder, revision_of

__all__ = ["Loaded", "at_hand", "best_device", "load"]


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
    folder = model_folder(name, revision)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        model = _model(transformers, folder, kind).to(device).eval()
        processor = _processor(transformers, folder, model)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise EngineError(
            f"The model in {folder} cannot be loaded: {type(error).__name__}: {brief(error)}",
            f"Fetch it again: {fetch_command(name, revision)}"
            if not Path(name).is_dir()
            else "It must hold config.json, tokenizer, image processor and *.safetensors.",
        ) from error
    for parameter in model.parameters():
        parameter.requires_grad_(requires_grad=False)
    return Loaded(name, revision_of(folder, name), model, processor, device, kind)


def at_hand(name: str) -> str:
    """What would be used here, in words. Fetches and loads nothing.

    Raises MissingExtraError, and EngineError where the weights would have to be fetched first.
    """
    torch = _torch()
    _transformers()
    folder = cached_folder(name)
    if folder is None:
        raise EngineError(
            f"torch {torch.__version__} on {best_device()} is there; "
            f"the weights of {name} are not on this machine.",
            f"They are fetched at the first use, or now: {fetch_command(name)}",
        )
    return f"torch {torch.__version__} on {best_device()}, {name}@{folder.name[:12]}"


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
