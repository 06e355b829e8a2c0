"""What a model is given: the tokens of a prompt, and photos as it was trained on them.

The processor that comes with a model is asked what it makes of a photo of each size; what a run
then does with its photos (tiles, one downscaled copy, normalisation, all on the device) is compared
with that, and where it differs the processor itself prepares every photo.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hangtag.engines.vlm.torch_loading import Loaded
from hangtag.errors import EngineError, UsageError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Inputs", "Prompt", "lanczos"]

# Of one of 256 levels: the downscaled copy is computed in floating point and may round otherwise.
_LEVEL = 1.01
_SIDE = 448  # where a processor names no size


@dataclass(frozen=True)
class Prompt:
    """A prompt with a photo in it, as token ids. ``extras``: what goes along token by token."""

    ids: tuple[int, ...]
    extras: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


class Inputs:
    """Prompts and photos for one model. ``tiles``: as in ``Settings``.

    Raises UsageError when the model does not cut photos into tiles, and EngineError when its
    processor cannot be used.
    """

    def __init__(self, loaded: Loaded, tiles: int = 1):
        self.loaded = loaded
        self._images = loaded.processor.image_processor
        self._tokenizer = loaded.processor.tokenizer
        sized = getattr(self._images, "max_image_size", None) or {}
        self._cuts = hasattr(self._images, "do_image_splitting") and "longest_edge" in sized
        if tiles > 1 and not self._cuts:
            raise UsageError(f"{loaded.name} does not cut photos into tiles.", "Leave --tiles out.")
        self.tile = self._tile_side(sized)
        self.sides = tuple(self.tile * count for count in range(1, tiles + 1))
        self._own: dict[int, bool] = {}

    def _tile_side(self, sized: Mapping[str, int]) -> int:
        size = getattr(self._images, "size", None) or {}
        vision = getattr(self.loaded.model.config, "vision_config", None)
        for told in (
            sized.get("longest_edge"),
            size.get("height") if "width" in size else None,
            getattr(vision, "image_size", None),
        ):
            side = told[0] if isinstance(told, (list, tuple)) else told
            if isinstance(side, int) and side > 0:
                return side
        return _SIDE

    # Text

    def chat(self, *turns: str) -> str:
        """A dialogue as the model was trained on: the photo, the first turn, an answer, and so on.

        It ends where the model is to go on.
        """
        messages = []
        for number, text in enumerate(turns):
            content = [{"type": "text", "text": text}]
            if number == 0:
                content.insert(0, {"type": "image"})
            messages.append({"role": ("user", "assistant")[number % 2], "content": content})
        rendered = self.loaded.processor.apply_chat_template(
            messages, add_generation_prompt=len(turns) % 2 == 1
        )
        return str(rendered)

    @cached_property
    def _framing(self) -> tuple[str, str, tuple[int, ...]]:
        """Before an answer: the prompt's last line and what follows it; behind it: the end."""
        prompt, whole = self.chat("?"), self.chat("?", "Answer")
        if whole.startswith(prompt):
            lead, _, rest = whole[len(prompt) :].partition("Answer")
        else:
            lead, rest = "", ""
        end = self._ids(rest)[:1] or (self._tokenizer.eos_token_id,)
        return prompt.splitlines()[-1] if prompt.strip() else "", lead, tuple(end)

    @property
    def end(self) -> tuple[int, ...]:
        """The token with which an answer ends."""
        return self._framing[2]

    def answer_ids(self, answer: str) -> tuple[int, ...]:
        """The tokens of an answer, as they stand behind a prompt."""
        anchor, lead, _ = self._framing
        before, after = self._ids(anchor), self._ids(anchor + lead + answer)
        if after[: len(before)] == before and len(after) > len(before):
            return after[len(before) :]
        return self._ids(lead + answer)

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def text_of(self, ids: Sequence[int]) -> str:
        """Tokens → text, without those that only steer."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True)).strip()

    @property
    def padding(self) -> int:
        """A token to fill up with."""
        pad = self._tokenizer.pad_token_id
        return int(self._tokenizer.eos_token_id if pad is None else pad)

    def prompt(self, side: int, *turns: str) -> Prompt:
        """The tokens of a dialogue with a photo of this size in it; see ``chat``."""
        grey = np.full((1, side, side, 3), 128, np.uint8)
        made = self._processed(grey, self.chat(*turns))
        ids = made.pop("input_ids")
        extras = {
            name: tuple(values[0].tolist())
            for name, values in made.items()
            if name != "attention_mask" and getattr(values, "shape", None) == ids.shape
        }
        return Prompt(tuple(ids[0].tolist()), extras)

    # Photos

    def photos(self, pixels: NDArray[np.uint8]) -> dict[str, Tensor]:
        """uint8 [n, side, side, 3] → what the model takes, on its device."""
        side = int(pixels.shape[1])
        if side not in self._own:
            self._own[side] = self._agrees(side)
        return self._prepared(pixels) if self._own[side] else self.by_processor(pixels)

    def own(self, side: int) -> bool:
        """Whether photos of this size are prepared here rather than by the model's processor."""
        if side not in self._own:
            self._own[side] = self._agrees(side)
        return self._own[side]

    def by_processor(self, pixels: NDArray[np.uint8]) -> dict[str, Tensor]:
        """The same by the processor that comes with the model."""
        made = self._processed(pixels, self.chat("?"))
        shape = made["input_ids"].shape
        return {
            name: self._placed(values)
            for name, values in made.items()
            if getattr(values, "shape", None) != shape
        }

    def _processed(self, pixels: NDArray[np.uint8], text: str) -> dict[str, Any]:
        side = int(pixels.shape[1])
        how: dict[str, Any] = {}
        if hasattr(self._images, "do_image_splitting"):
            how["do_image_splitting"] = side > self.tile
        if self._cuts:
            how["size"] = {"longest_edge": side}
        try:
            made = self.loaded.processor(
                text=[text] * len(pixels),
                images=[[photo] for photo in pixels],
                return_tensors="pt",
                input_data_format="channels_last",
                **how,
            )
        except (ValueError, TypeError, RuntimeError, KeyError) as error:
            raise EngineError(
                f"The processor of {self.loaded.name} cannot be used: {error}",
                "Choose another model with --model.",
            ) from error
        return dict(made)

    def _prepared(self, pixels: NDArray[np.uint8]) -> dict[str, Tensor]:
        import torch

        device = self.loaded.device
        # Copied: torch would complain of memory that may not be written, which it is not.
        photos = torch.from_numpy(np.array(pixels, order="C"))
        if device.startswith("cuda"):
            photos = photos.pin_memory()
        photos = photos.to(device, non_blocking=True).permute(0, 3, 1, 2)
        side, tile = photos.shape[-1], self.tile
        if side > tile:
            count, across = len(photos), side // tile
            tiles = photos.reshape(count, 3, across, tile, across, tile)
            tiles = tiles.permute(0, 2, 4, 1, 3, 5).reshape(count, across * across, 3, tile, tile)
            whole = lanczos(photos, tile)[:, None]
            photos = torch.cat([tiles, whole], dim=1)
        elif self._five:
            photos = photos[:, None]
        scale, shift = self._normalising
        return {"pixel_values": (photos.float() * scale + shift).to(self.loaded.dtype)}

    @cached_property
    def _five(self) -> bool:
        """Whether the model takes several tiles a photo, as [n, tiles, 3, side, side]."""
        grey = np.full((1, self.tile, self.tile, 3), 128, np.uint8)
        return bool(self._processed(grey, self.chat("?"))["pixel_values"].ndim == 5)

    @cached_property
    def _normalising(self) -> tuple[Tensor, Tensor]:
        import torch

        images = self._images
        scale = torch.full((3, 1, 1), float(getattr(images, "rescale_factor", 1 / 255)))
        shift = torch.zeros(3, 1, 1)
        if getattr(images, "do_normalize", False):
            mean = torch.tensor(images.image_mean).reshape(3, 1, 1)
            deviation = torch.tensor(images.image_std).reshape(3, 1, 1)
            scale, shift = scale / deviation, -mean / deviation
        return scale.to(self.loaded.device), shift.to(self.loaded.device)

    def _agrees(self, side: int) -> bool:
        """Whether a photo comes out here as it does of the model's processor."""
        probe = np.random.default_rng(7).integers(0, 256, (1, side, side, 3), np.uint8)
        theirs = self.by_processor(probe)
        rest = {name: values for name, values in theirs.items() if name != "pixel_values"}
        # A mask over pixels that hides none says nothing. Anything else, the model may need.
        if "pixel_values" not in theirs or any(bool((v != 1).any()) for v in rest.values()):
            return False
        if any("mask" not in name for name in rest):
            return False
        ours = self._prepared(probe)["pixel_values"]
        if ours.shape != theirs["pixel_values"].shape:
            return False
        away = (ours.float() - theirs["pixel_values"].float()).abs()
        level = float(self._normalising[0].max()) * _LEVEL
        # Numbers of 8 bits of precision lie up to this far apart.
        level += 0.02 if self.loaded.dtype.itemsize < 4 else 0.0
        return bool(away.max() <= level) and bool(away.mean() <= level / 50)

    def _placed(self, values: Tensor) -> Tensor:
        values = values.to(self.loaded.device)
        return values.to(self.loaded.dtype) if values.is_floating_point() else values


def lanczos(photos: Tensor, side: int) -> Tensor:
    """uint8 [n, 3, h, w] → [n, 3, side, side], as Pillow's LANCZOS does it, on their device.

    Like there, rows come first and are rounded before columns are looked at.
    """
    wide = _weights(photos.shape[-1], side, photos.device)
    high = _weights(photos.shape[-2], side, photos.device)
    rows = (photos.float() @ wide.T).add_(0.5).floor_().clamp_(0, 255)
    return (high @ rows).add_(0.5).floor_().clamp_(0, 255).to(photos.dtype)


def _weights(before: int, after: int, device: Any) -> Tensor:
    """[after, before]: how much of each pixel goes into a new one."""
    import torch

    scale = before / after
    stretch = max(scale, 1.0)
    support = 3.0 * stretch
    weights = np.zeros((after, before), np.float64)
    for place in range(after):
        centre = (place + 0.5) * scale
        first = max(0, int(centre - support + 0.5))
        last = min(before, int(centre + support + 0.5))
        row = [_kernel((at - centre + 0.5) / stretch) for at in range(first, last)]
        weights[place, first:last] = np.array(row) / sum(row)
    return torch.tensor(weights, dtype=torch.float32, device=device)


def _kernel(x: float) -> float:
    if x == 0:
        return 1.0
    if not -3 <= x < 3:
        return 0.0
    at = math.pi * x
    return 3 * math.sin(at) * math.sin(at / 3) / (at * at)
