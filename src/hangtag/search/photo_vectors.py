"""Photos from a folder as vectors: decoded ahead by other processes, embedded in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hangtag.embedders.base import Embedder
from hangtag.images import PhotoLimits
from hangtag.photo_pool import PhotoPool, PhotoRequest
from hangtag.photo_sources import PhotoSource

__all__ = ["Vector", "photo_vectors"]

Vector = NDArray[np.float32]


def photo_vectors(
    images: Path | PhotoSource,
    products: Iterable[tuple[str, str | None]],
    embedder: Embedder,
    *,
    processes: int | None = None,
    limits: PhotoLimits | None = None,
) -> Iterator[tuple[str, Vector | None]]:
    """Each product's id and its photo's vector, None where it cannot be read; in any order.

    ``products``: ids, and where the catalog says that the photos lie.
    """
    requests = (PhotoRequest(product_id, photo) for product_id, photo in products)
    waiting: dict[int, list[tuple[str, NDArray[np.uint8]]]] = {}
    with (
        PhotoPool(images, embedder.sides, processes=processes, limits=limits) as pool,
        closing(pool.read(requests)) as photos,  # type: ignore[type-var]
    ):
        for photo in photos:
            if photo.pixels is None:
                yield photo.product_id, None
                continue
            batch = waiting.setdefault(photo.pixels.shape[0], [])
            batch.append((photo.product_id, photo.pixels))
            if len(batch) == embedder.batch_size:
                yield from _embedded(embedder, batch)
                batch.clear()
        for batch in waiting.values():
            yield from _embedded(embedder, batch)


def _embedded(
    embedder: Embedder, batch: Sequence[tuple[str, NDArray[np.uint8]]]
) -> list[tuple[str, Vector | None]]:
    if not batch:
        return []
    vectors = embedder.embed_photos(np.stack([pixels for _, pixels in batch]))
    return [(product_id, vector) for (product_id, _), vector in zip(batch, vectors, strict=True)]
