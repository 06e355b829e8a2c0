"""Rows of the search table: texts of each product, then vectors. Batches in, batches out.

The functions run in Spark's workers, and anywhere else. Vectors are 32-bit floats of unit length:
AI Search measures Euclidean distance, which orders unit vectors as their cosine does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.embedders.base import Embedder
from hangtag.embedders.registry import open_embedder
from hangtag.photo_sources import PhotoSource
from hangtag.search.documents import document_of, document_schema
from hangtag.search.photo_vectors import photo_vectors
from hangtag.taxonomy import Taxonomy

__all__ = ["VECTORS", "Describing", "Embedding", "search_schema", "vector_schema"]

VECTORS = ("photo_vector", "text_vector")
_TEXT = "description_text"


def search_schema(taxonomy: Taxonomy) -> pa.Schema:
    """All columns of the search table; ``vector_key``: the document that the vectors are of."""
    vectors = [pa.field(name, pa.list_(pa.float32())) for name in VECTORS]
    return pa.schema([*document_schema(taxonomy), *vectors, pa.field("vector_key", pa.string())])


def vector_schema() -> pa.Schema:
    """What ``Embedding`` gives."""
    vectors = [pa.field(name, pa.list_(pa.float32())) for name in VECTORS]
    product_id = pa.field("product_id", pa.string(), nullable=False)
    return pa.schema([product_id, *vectors, pa.field("vector_key", pa.string())])


@dataclass(frozen=True)
class Describing:
    """Rows of products beside their attributes → documents; see ``documents.document_of``."""

    taxonomy: Taxonomy

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Rows with our columns of a document → documents."""
        schema = document_schema(self.taxonomy)
        for batch in batches:
            rows = [document_of(row, schema) for row in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(rows, schema=schema)


@dataclass(frozen=True)
class Embedding:
    """Documents → their vectors; a photo that cannot be read now has none."""

    images: PhotoSource
    embedder: str = "compact"

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Documents → ``vector_schema``."""
        embedder = _kept(self.embedder)
        for batch in batches:
            ids = batch["product_id"].to_pylist()
            if not ids:
                continue
            todo = zip(ids, batch["photo"].to_pylist(), strict=True)
            photos = dict(photo_vectors(self.images, todo, embedder, processes=1))
            texts = embedder.embed_texts([text or "" for text in batch[_TEXT].to_pylist()])
            yield pa.RecordBatch.from_pydict(
                {
                    "product_id": ids,
                    "photo_vector": [_unit(photos.get(one)) for one in ids],
                    "text_vector": [_unit(row) for row in texts],
                    "vector_key": batch["document_key"],
                },
                schema=vector_schema(),
            )


@lru_cache(maxsize=1)
def _kept(name: str) -> Embedder:
    """Opened once a worker, not once a task."""
    return open_embedder(name)


def _unit(vector: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    if vector is None:
        return None
    length = float(np.linalg.norm(vector))
    return (vector / length).astype(np.float32) if length > 0 else None
