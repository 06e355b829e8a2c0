"""Photos as arrays that stay on disk: decoded once, mapped into memory by every later start."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

# ImageNet's mean and standard deviation would shift the frozen first layers: these weights were
# trained on (pixel - 127) / 128.
MEAN, SCALE = 127.0, 128.0
# Pixels a side that the network runs at → the archive of photos that are read so, and their size.
ARCHIVES = {128: ("images-60x80.tar", 60, 80), 224: ("images-224.tar", 224, 224)}
SIDES = tuple(ARCHIVES)


class PhotoStore:
    """Photos of one size, [n, height, width, 3] uint8, and the product id of each."""

    def __init__(self, ids: np.ndarray, pixels: np.ndarray):
        self.ids, self.pixels = ids, pixels
        self.row = {int(product): i for i, product in enumerate(ids)}

    @classmethod
    def from_tar(cls, tar: Path, cache: Path, width: int, height: int) -> PhotoStore:
        """Every ``images/<id>.jpg`` of the archive, resized where it is of another size."""
        stem = cache / f"{tar.stem}-{width}x{height}"
        ids_file, pixels_file = stem.with_suffix(".ids.npy"), stem.with_suffix(".npy")
        if not ids_file.exists():
            cache.mkdir(parents=True, exist_ok=True)
            with tarfile.open(tar) as archive:
                members = [m for m in archive.getmembers() if m.name.endswith(".jpg")]
                pixels = np.lib.format.open_memmap(
                    pixels_file, "w+", np.uint8, (len(members), height, width, 3)
                )
                ids = np.empty(len(members), np.int64)
                for i, member in enumerate(members):
                    data = archive.extractfile(member)
                    assert data is not None
                    pixels[i] = decoded(data.read(), width, height)
                    ids[i] = int(Path(member.name).stem)
                pixels.flush()
            np.save(ids_file, ids)  # last: its presence says that the pixels are complete
        return cls(np.load(ids_file), np.load(pixels_file, mmap_mode="r"))


def photo_stores(catalog: Path, work: Path) -> dict[int, PhotoStore]:
    """All photos of the catalog, by the side that the network runs at on them."""
    return {
        side: PhotoStore.from_tar(catalog / tar, work / "photos", width, height)
        for side, (tar, width, height) in ARCHIVES.items()
    }


def decoded(data: bytes, width: int, height: int) -> np.ndarray:
    """JPEG bytes → uint8 [height, width, 3]."""
    with Image.open(BytesIO(data)) as photo:
        rgb = photo.convert("RGB")
        if rgb.size != (width, height):
            rgb = rgb.resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(rgb)


def normalised(pixels: np.ndarray | Tensor) -> Tensor:
    """uint8 [n, height, width, 3] → float [n, 3, height, width] in about [-1, 1]."""
    tensor = torch.as_tensor(pixels).permute(0, 3, 1, 2).float()
    return (tensor - MEAN) / SCALE


def resized(photos: Tensor, side: int) -> Tensor:
    """[n, 3, h, w] → [n, 3, side, side], squashed to a square as the engine does."""
    if photos.shape[-2:] == (side, side):
        return photos
    shrinking = photos.shape[-1] > side
    return functional.interpolate(photos, (side, side), mode="bilinear", antialias=shrinking)


def augmented(photos: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """A random view of each photo: flip, crop and stretch, a small turn, brightness and contrast.

    [n, 3, h, w] → [n, 3, side, side]. Hue is left alone: colours belong to the materials.
    """
    n = len(photos)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(n, generator=generator) * (high - low) + low

    zoom = uniform(0.72, 1.04)
    stretch = torch.exp(uniform(-0.16, 0.16))
    wide, tall = zoom * stretch, zoom / stretch
    flip = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    angle = uniform(-0.12, 0.12)
    cos, sin = torch.cos(angle), torch.sin(angle)
    slack_x, slack_y = (1 - wide).clamp(min=0.04), (1 - tall).clamp(min=0.04)
    theta = torch.stack(
        [
            torch.stack([wide * cos * flip, -tall * sin, uniform(-1, 1) * slack_x], 1),
            torch.stack([wide * sin * flip, tall * cos, uniform(-1, 1) * slack_y], 1),
        ],
        1,
    )
    grid = functional.affine_grid(theta, [n, 3, side, side], align_corners=False)
    view = functional.grid_sample(
        photos, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    contrast, brightness = uniform(0.8, 1.2), uniform(-0.12, 0.12)
    view = view * contrast[:, None, None, None] + brightness[:, None, None, None]
    return view.clamp(-1, 1).contiguous(memory_format=torch.channels_last)


def gathered(store: PhotoStore, products: Sequence[int]) -> Tensor:
    """The photos of these products, normalised, [n, 3, h, w]."""
    rows = [store.row[product] for product in products]
    return normalised(np.stack([store.pixels[row] for row in rows]))
