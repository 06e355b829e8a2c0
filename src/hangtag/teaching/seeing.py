"""What the compact network sees in photos, kept in the workspace: it is looked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hangtag import delta
from hangtag.heads import features_of
from hangtag.onnxfile import Network
from hangtag.photo_pool import PhotoPool, PhotoRequest
from hangtag.workspace import Workspace

__all__ = ["EMBEDDINGS", "features_in"]

# A row a product, its features as 16-bit floats: 2.4 kB.
EMBEDDINGS = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("image_sha256", pa.string()),
        pa.field("network", pa.string()),
        pa.field("features", pa.binary()),
    ]
)

_BATCH = 32
_COMMIT = 2048

Features = dict[str, NDArray[np.float32]]


def features_in(
    workspace: Workspace,
    network: Network,
    product_ids: Sequence[str],
    images: Path,
    *,
    processes: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Features:
    """Features by product id, of those products whose photos can be read.

    What has been seen before is taken from the table ``embeddings``, as long as photo and network
    are the same. ``progress`` gets how many photos have been looked at, of how many. The workspace
    must be locked.
    """
    found, stale = _kept(workspace, network, product_ids)
    missing = [i for i in product_ids if i not in found]
    if not missing:
        return found
    delta.create(workspace.table("embeddings"), EMBEDDINGS)
    photos = _photos(workspace, missing)
    waiting: list[tuple[str, str, NDArray[np.float32]]] = []
    for done, (product_id, sha, features) in enumerate(
        _looked_at(network, images, photos, processes), start=1
    ):
        progress(done, len(photos))
        found[product_id] = _rounded(features)
        waiting.append((product_id, sha, features))
        if len(waiting) == _COMMIT:
            _keep(workspace, network, waiting, stale)
            waiting.clear()
    _keep(workspace, network, waiting, stale)
    return found


def _kept(
    workspace: Workspace, network: Network, product_ids: Sequence[str]
) -> tuple[Features, set[str]]:
    """Those that are there and still true; the ids of those that are there and are not."""
    if not workspace.has("embeddings"):
        return {}, set()
    these = pc.field("product_id").isin(list(product_ids))
    rows = workspace.read("embeddings", None, these)
    seen = workspace.read("ledger", ["product_id", "image_sha256"], these)
    now = dict(zip(*(seen[name].to_pylist() for name in seen.column_names), strict=True))
    found: Features = {}
    stale = set()
    for row in rows.to_pylist():
        product_id = row["product_id"]
        same = now.get(product_id) in (None, row["image_sha256"])
        if same and row["network"] == network.version:
            found[product_id] = np.frombuffer(row["features"], np.float16).astype(np.float32)
        else:
            stale.add(product_id)
    return found, stale


def _photos(workspace: Workspace, product_ids: Sequence[str]) -> Mapping[str, str | None]:
    """Product id → where the catalog says that its photo lies; of products that there are."""
    these = pc.field("product_id").isin(list(product_ids))
    rows = workspace.read("products", ["product_id", "photo"], these)
    return dict(zip(rows["product_id"].to_pylist(), rows["photo"].to_pylist(), strict=True))


def _looked_at(
    network: Network, images: Path, photos: Mapping[str, str | None], processes: int | None
) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    """Id, hash of the photo, features; of photos that can be read, in any order."""
    waiting: dict[int, list[tuple[str, str, NDArray[np.uint8]]]] = {}
    requests = (PhotoRequest(product_id, photo) for product_id, photo in photos.items())
    with (
        PhotoPool(images, tuple(network.about["sides"]), processes=processes) as pool,
        closing(pool.read(requests)) as decoded,  # type: ignore[type-var]
    ):
        for photo in decoded:
            if photo.pixels is None or photo.sha256 is None:
                continue
            batch = waiting.setdefault(photo.pixels.shape[0], [])
            batch.append((photo.product_id, photo.sha256, photo.pixels))
            if len(batch) == _BATCH:
                yield from _seen(network, batch)
                batch.clear()
        for batch in waiting.values():
            yield from _seen(network, batch)


def _seen(
    network: Network, batch: Sequence[tuple[str, str, NDArray[np.uint8]]]
) -> list[tuple[str, str, NDArray[np.float32]]]:
    if not batch:
        return []
    pixels = np.stack([pixels for *_, pixels in batch])
    features = features_of(*network.run(["middle", "scores"], photos=pixels))
    return [(i, sha, row) for (i, sha, _), row in zip(batch, features, strict=True)]


def _keep(
    workspace: Workspace,
    network: Network,
    rows: Sequence[tuple[str, str, NDArray[np.float32]]],
    stale: set[str],
) -> None:
    if not rows:
        return
    table = pa.table(
        {
            "product_id": [i for i, *_ in rows],
            "image_sha256": [sha for _, sha, _ in rows],
            "network": [network.version] * len(rows),
            "features": [features.astype(np.float16).tobytes() for *_, features in rows],
        },
        schema=EMBEDDINGS,
    )
    old = sorted(stale & {i for i, *_ in rows})
    if old:
        workspace.replace(
            "embeddings",
            delta.among("product_id", old),
            table.filter(pc.is_in(table["product_id"], pa.array(old, pa.string()))),
        )
        table = table.filter(pc.invert(pc.is_in(table["product_id"], pa.array(old, pa.string()))))
    workspace.append("embeddings", table)


def _rounded(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """As they come back from the table, so that a fit is the same the second time."""
    return features.astype(np.float16).astype(np.float32)
