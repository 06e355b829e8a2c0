"""CLIP, SigLIP and what is built like them, by name or folder, on torch and transformers.

Photos are squashed to the model's square, as SigLIP has it, and never cropped: CLIP's own crop
would cut off heads and feet. Texts are cut off where the model's end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.errors import EngineError, MissingExtraError
from hangtag.hub import brief, fetch_command, model_folder, revision_of

__all__ = ["DEFAULT_MODEL", "TransformersEmbedder"]

DEFAULT_MODEL = "google/siglip-base-patch16-224"

_TEXTS_AT_ONCE = 64
_OPTION = "--embedder-model"


class TransformersEmbedder:
    """Photos and texts as vectors of a model that has a tower for each.

    ``model``: a repository of the hub, at ``revision``, or a folder; only safetensors are read, and
    no code of a repository is run. ``device``: cuda, mps or cpu, by default the best there is.

    Raises MissingExtraError without torch or transformers, UsageError for a folder that is not
    there, EngineError when weights are missing, cannot be loaded, or are those of another kind of
    model.
    """

    name = "transformers"
    batch_size = 32

    def __init__(
        self,
        *,
        model: str | Path = DEFAULT_MODEL,
        revision: str | None = None,
        device: str | None = None,
    ):
        try:
            import torch
            import transformers
        except ImportError as error:
            raise MissingExtraError(error.name or "transformers", "clip") from error
        named = str(model)
        folder = model_folder(named, revision, extra="clip", option=_OPTION)
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self._torch = torch
        self._device = device or _best_device(torch)
        try:
            self._model, self._tokenizer, photos = _loaded(transformers, folder)
            self._model.to(self._device)
        except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
            raise EngineError(
                f"The model in {folder} cannot be loaded: {type(error).__name__}: {brief(error)}",
                "It must hold config.json, tokenizer, image processor and *.safetensors."
                if Path(named).is_dir()
                else f"Fetch it again: {fetch_command(named, revision)}",
            ) from error
        if not hasattr(self._model, "get_text_features"):
            raise EngineError(
                f"{named} has no towers for texts and photos: "
                f"it is a {type(self._model).__name__}.",
                f"Name a model such as {DEFAULT_MODEL}: {_OPTION} NAME",
            )
        self.version = f"{Path(named).name}@{revision_of(folder, named)}"
        vision, text = self._model.config.vision_config, self._model.config.text_config
        self.sides: tuple[int, ...] = (int(vision.image_size),)
        self._length = int(text.max_position_embeddings)
        self._mean = self._tensor(photos.image_mean).reshape(1, 3, 1, 1)
        self._deviation = self._tensor(photos.image_std).reshape(1, 3, 1, 1)
        self.dimension = int(self.embed_texts([""]).shape[1])

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.embed_texts``."""

        def features(part: Sequence[str]) -> Any:
            # To the full length always: what stands beside a text in its batch changes nothing.
            tokens = self._tokenizer(
                list(part), padding="max_length", truncation=True, max_length=self._length,
                return_tensors="pt",
            )  # fmt: skip
            return self._model.get_text_features(**tokens.to(self._device))

        return self._in_parts(features, texts, _TEXTS_AT_ONCE)

    def embed_photos(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See ``Embedder.embed_photos``."""

        def features(part: NDArray[np.uint8]) -> Any:
            raw = self._torch.from_numpy(np.ascontiguousarray(part)).to(self._device)
            scaled = raw.permute(0, 3, 1, 2).to(self._torch.float32) / 255
            normal = (scaled - self._mean) / self._deviation
            return self._model.get_image_features(pixel_values=normal)

        return self._in_parts(features, pixels, self.batch_size)

    def _in_parts(
        self, features: Callable[[Any], Any], inputs: Any, size: int
    ) -> NDArray[np.float32]:
        """Features of all inputs, so many at once, as vectors of unit length."""
        found = [np.empty((0, getattr(self, "dimension", 0)), np.float32)]
        with self._torch.inference_mode():
            for start in range(0, len(inputs), size):
                told = features(inputs[start : start + size])
                # Newer transformers give the pooled features beside the others.
                told = getattr(told, "pooler_output", told)
                vectors = self._torch.nn.functional.normalize(told.to(self._torch.float32), dim=-1)
                found.append(vectors.cpu().numpy())
        return np.concatenate(found[1:] or found)

    def _tensor(self, numbers: Sequence[float]) -> Any:
        return self._torch.tensor(numbers, dtype=self._torch.float32, device=self._device)


def _loaded(transformers: Any, folder: Path) -> tuple[Any, Any, Any]:
    """Model, tokenizer and image processor; local, from safetensors, without code of theirs."""
    here = {"local_files_only": True, "trust_remote_code": False}
    model = transformers.AutoModel.from_pretrained(folder, use_safetensors=True, **here).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(requires_grad=False)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **here)
    photos = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil", **here)
    return model, tokenizer, photos


def _best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
