"""The tagged products of a workspace, as far as queues depend on them: columns in memory."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["Listing", "read_listing"]

_CATEGORIES = ("article_type", "sub_category", "master_category")


@dataclass(frozen=True)
class Listing:
    """n products, in a random order that is always the same.

    ``least``: float32 [n], the confidence of the least sure single choice, 2 where there is none.
    ``confidence``: attribute → float32 [n], 2 where it was not asked. ``asked``: attribute → bool
    [n]. ``conflicts``: int [n], how many rules found something odd.
    """

    ids: Sequence[str]
    at: Mapping[str, int]
    category: NDArray[np.object_]
    least: NDArray[np.float32]
    confidence: Mapping[str, NDArray[np.float32]]
    asked: Mapping[str, NDArray[np.bool_]]
    conflicts: NDArray[np.int64]

    def categories(self) -> list[tuple[str, int]]:
        """Each category with its number of products, most common first."""
        counts = Counter(self.category.tolist())
        counts.pop("", None)
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def read_listing(place: Workspace, taxonomy: Taxonomy) -> Listing:
    """What the tables say now. Raises WorkspaceError where there are none."""
    single = [a.name for a in taxonomy.read if not a.multiple]
    several = [a.name for a in taxonomy.read if a.multiple]
    columns = ["product_id", "issues", *(f"{name}_confidence" for name in single), *several]
    told = place.read("attributes", columns)
    ids: list[str] = told["product_id"].to_pylist()
    order = sorted(range(len(ids)), key=lambda at: _mixed(ids[at]))
    ids = [ids[at] for at in order]
    told = told.take(order)
    confidence = {}
    asked = {}
    for name in single:
        column = told[f"{name}_confidence"]
        asked[name] = np.asarray(column.is_valid().to_numpy(), bool)
        confidence[name] = np.asarray(column.fill_null(2.0).to_numpy(), np.float32)
    for name in several:
        asked[name] = np.asarray(told[name].is_valid().to_numpy(), bool)
        confidence[name] = np.where(asked[name], np.float32(1), np.float32(2)).astype(np.float32)
    everything = [confidence[name] for name in single]
    nothing = np.full(len(ids), 2, np.float32)
    categories = _categories(place)
    return Listing(
        ids=ids,
        at={product_id: at for at, product_id in enumerate(ids)},
        category=np.array([categories.get(product_id, "") for product_id in ids], object),
        least=np.minimum.reduce(everything) if everything else nothing,
        confidence=confidence,
        asked=asked,
        conflicts=np.array([_odd(issues) for issues in told["issues"].to_pylist()], int),
    )


def _odd(issues: Sequence[str] | None) -> int:
    return sum(not issue.startswith("unsure:") for issue in issues or ())


def _categories(place: Workspace) -> dict[str, str]:
    told = place.read("products", ["product_id", *_CATEGORIES])
    rows = zip(*(told[name].to_pylist() for name in ("product_id", *_CATEGORIES)), strict=True)
    return {row[0]: next(filter(None, row[1:]), "") for row in rows}


def _mixed(product_id: str) -> bytes:
    return hashlib.blake2b(product_id.encode(), digest_size=8).digest()
