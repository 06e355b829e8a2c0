"""Photos as they come over the wire → what the compact engine says of them: a served model's core.

One row out for each row in. A photo that cannot be read has a reason instead of attributes; a
request of which no photo can be read is refused as a whole, for then the caller is doing something
else than sending photos.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from hangtag.databricks.taught import Taught
from hangtag.engines.base import Engine, uncalibrated_of
from hangtag.engines.registry import open_engine
from hangtag.errors import UsageError
from hangtag.images import PhotoLimits
from hangtag.known import Known
from hangtag.photo_pool import PhotoPool
from hangtag.planning import keys_of, plan_products
from hangtag.readings import CATALOG, METADATA
from hangtag.remote_photos import RemotePhotos
from hangtag.rules import default_rules
from hangtag.tagging import read_products
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.texts import Texts

__all__ = ["Answering"]

# What a serving endpoint takes in one request, in bytes.
_REQUEST = 16 * 2**20
# Photos that a request may have: together they should take seconds.
_PHOTOS = 64


class Answering:
    """An engine, open, that answers requests. Used by one thread at a time.

    ``taught``: a folder of what `hangtag teach` learned; see ``Taught.load``.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        taxonomy: Taxonomy | None = None,
        taught: Path | None = None,
    ):
        self._taxonomy = taxonomy or default_taxonomy()
        learned = Taught.load(taught, self._taxonomy) if taught is not None else Taught()
        self._engine = engine or open_engine("compact", self._taxonomy, taught=learned.heads)
        self._rules = default_rules(self._taxonomy)
        self._texts = Texts.shipped(self._taxonomy, learned.words)
        self._bare = uncalibrated_of(self._engine, self._taxonomy.read)
        self._keys = keys_of(self._engine, self._taxonomy, self._rules, texts=self._texts)

    def answer(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """``photo`` (bytes) and metadata by our names → attributes, confidences and readings.

        ``attributes`` and ``readings`` are JSON, null where ``failure`` says why there are none.
        Raises UsageError for too many photos, or when none can be read.
        """
        if not 0 < len(rows) <= _PHOTOS:
            raise UsageError(f"Send 1 to {_PHOTOS} photos, not {len(rows)}.")
        work = pa.RecordBatch.from_pylist(
            [_product(number, row) for number, row in enumerate(rows)], schema=CATALOG
        )
        (planned,) = plan_products(iter([work]), Known(None), self._keys)
        photos = [row.get("photo") or b"" for row in rows]
        content = pa.array([bytes(photo) for photo in photos], pa.binary())
        batch = planned.append_column(pa.field("content", pa.binary()), content)
        found: dict[int, dict[str, Any]] = {}
        # Nothing but what was sent is ever read: no row names a photo.
        with PhotoPool(
            RemotePhotos(None), self._engine.sides, processes=1,
            limits=PhotoLimits(max_bytes=_REQUEST),
        ) as pool:  # fmt: skip
            for outcomes in self._outcomes(batch, pool):
                for row in outcomes.to_pylist():
                    found[int(row["product_id"])] = _answer(row, self._bare)
        answers = [found[number] for number in range(len(rows))]
        if all(answer["failure"] for answer in answers):
            raise UsageError(
                f"None of {len(answers)} photos can be read; the first: {answers[0]['failure']}.",
                "Send JPEG, PNG or WebP files, as base64 in JSON.",
            )
        return answers

    def _outcomes(self, batch: pa.RecordBatch, pool: PhotoPool) -> Iterator[pa.RecordBatch]:
        return read_products(
            iter([batch]), images=RemotePhotos(None), engine=self._engine,
            taxonomy=self._taxonomy, rules=self._rules, texts=self._texts, pool=pool,
        )  # fmt: skip


def _product(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: str(row[name]) for name in METADATA if row.get(name)}
    return {"product_id": str(number), "photo": None, **told}


def _answer(row: Mapping[str, Any], bare: Sequence[str]) -> dict[str, Any]:
    if row["outcome"] != "tagged":
        failure = row["failure"]
        told = f"{failure['reason']}: {failure['message']}"
        return {"description": None, "attributes": None, "readings": None, "failure": told}
    readings = [
        {
            "attribute": reading["attribute"],
            "value": reading["value"],
            "confidence": reading["confidence"],
            "calibrated": reading["attribute"] not in bare,
        }
        for reading in row["readings"]
    ]
    attributes = {n: v for n, v in row["attributes"].items() if n != "description"}
    attributes["sources"] = dict(attributes.get("sources") or [])
    return {
        "description": row["attributes"]["description"],
        "attributes": json.dumps(attributes),
        "readings": json.dumps(readings),
        "failure": None,
    }
