"""A sample of a workspace's products, drawn by category and confidence.

Strata are kinds of products times thirds of the catalog by confidence. The engine's own doubt says
where products differ most in whether they are right; there, more are drawn (half by Neyman's
allocation of 1934, half by size, since one sample is to do for all attributes). Within a stratum
each product is as likely as the next, and how likely is kept, so that the estimate can undo it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hangtag import delta
from hangtag.errors import UsageError, WorkspaceError
from hangtag.readings import SAMPLES
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["Drawn", "Stratum", "draw", "rows_of_sample", "sample_names"]

_NAME = re.compile(r"[\w.-]{1,60}")
_LEAST = 2  # of a stratum: one product tells nothing of how products differ
_CATEGORIES = ("article_type", "sub_category", "master_category")
_BANDS = {1: ("any",), 2: ("unsure", "sure"), 3: ("unsure", "middling", "sure")}


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the catalog: how many products it has, and how many of them were drawn."""

    name: str
    products: int
    drawn: int

    @property
    def probability(self) -> float:
        """With which each of its products was drawn."""
        return self.drawn / self.products


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample: its name, the seed that draws it again, its strata."""

    name: str
    seed: int
    strata: Sequence[Stratum]

    @property
    def products(self) -> int:
        """In the sample."""
        return sum(stratum.drawn for stratum in self.strata)


def sample_names(place: Workspace) -> list[str]:
    """The samples of a workspace, first drawn first."""
    if not place.has("samples"):
        return []
    rows = place.read("samples", ["sample", "drawn_at"]).group_by("sample")
    found: list[str] = (
        rows.aggregate([("drawn_at", "min")]).sort_by("drawn_at_min")["sample"].to_pylist()
    )
    return found


def draw(place: Workspace, n: int, *, name: str | None = None, seed: int | None = None) -> Drawn:
    """Draw ``n`` products, or all where there are fewer, and keep them in the table ``samples``.

    ``name``: by default spot-check, spot-check-2, …; ``seed``: by default another one each time.
    Raises UsageError where the name is taken or is none; WorkspaceError where nothing is tagged.
    """
    there = sample_names(place)
    if name is None:
        usual = ("spot-check" if k == 1 else f"spot-check-{k}" for k in range(1, len(there) + 2))
        name = next(one for one in usual if one not in there)
    elif not _NAME.fullmatch(name):
        raise UsageError(f"{name[:80]!r} is no name.", "Up to 60 letters, digits and dashes.")
    elif name in there:
        raise UsageError(f"There is a sample {name} already.", "Give this one another name.")
    if seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    taxonomy = place.taxonomy()
    table = place.read("attributes")
    if not table.num_rows:
        raise WorkspaceError(f"There is nothing to draw from in {place.path}.", "Tag it first.")
    doubt = _doubt(table, taxonomy)
    which, names = _strata(table, place, taxonomy, doubt, n)
    counts = np.bincount(which, minlength=len(names))
    drawn = _allocated(counts, np.bincount(which, np.sqrt(doubt), len(names)) / counts, n)
    rng = np.random.default_rng(seed)
    chosen = np.concatenate(
        [
            rng.choice(np.flatnonzero(which == stratum), drawn[stratum], replace=False)
            for stratum in range(len(names))
        ]
    )
    rng.shuffle(chosen)
    read, shown = _counts(table, taxonomy, which, len(names))
    run = place.last_run() or {}
    now = datetime.now(UTC)
    rows = [
        {
            "sample": name, "product_id": table["product_id"][int(at)].as_py(),
            "stratum": names[which[at]], "stratum_products": int(counts[which[at]]),
            "stratum_drawn": int(drawn[which[at]]),
            "stratum_read": list(read[which[at]].items()),
            "stratum_shown": list(shown[which[at]].items()),
            "probability": float(drawn[which[at]] / counts[which[at]]), "position": position,
            "seed": seed, "engine": run.get("engine"), "engine_version": run.get("engine_version"),
            "drawn_at": now,
        }
        for position, at in enumerate(chosen)
    ]  # fmt: skip
    delta.create(place.table("samples"), SAMPLES)
    place.replace(
        "samples", delta.among("sample", [name]), pa.Table.from_pylist(rows, schema=SAMPLES)
    )
    strata = [
        Stratum(names[at], int(counts[at]), int(drawn[at]))
        for at in sorted(range(len(names)), key=lambda at: (-counts[at], names[at]))
    ]
    return Drawn(name, seed, strata)


def _doubt(table: pa.Table, taxonomy: Taxonomy) -> NDArray[np.float64]:
    """[products]: the mean variance of being right, as the engine's confidence would have it."""
    found, asked = np.zeros(table.num_rows), np.zeros(table.num_rows)
    for attribute in taxonomy.read:
        if attribute.multiple:
            continue
        column = table[f"{attribute.name}_confidence"]
        there = np.asarray(column.is_valid().to_numpy(), bool)
        sure = np.asarray(column.fill_null(1.0).to_numpy(), np.float64)
        found += np.where(there, sure * (1 - sure), 0.0)
        asked += there
    return found / np.maximum(asked, 1)


def _strata(
    table: pa.Table, place: Workspace, taxonomy: Taxonomy, doubt: NDArray[np.float64], n: int
) -> tuple[NDArray[np.int64], list[str]]:
    """[products]: the stratum of each; the names of the strata."""
    bands = 3 if n >= 30 else 2 if n >= 12 else 1
    # Ranks, so that bands are as large as can be even where many products are as sure as others.
    rank = np.empty(len(doubt), int)
    rank[np.argsort(-doubt, kind="stable")] = np.arange(len(doubt))
    band = rank * bands // len(doubt)
    kinds = _kinds(table["product_id"].to_pylist(), place, taxonomy)
    most = max(1, n // (2 * _LEAST * bands))
    common = {kind for kind, _ in Counter(kinds).most_common(most)}
    told = [
        f"{kind if kind in common else 'other'}, {_BANDS[bands][b]}"
        for kind, b in zip(kinds, band.tolist(), strict=True)
    ]
    names = sorted(set(told))
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers[name] for name in told]), names


def _kinds(product_ids: list[str], place: Workspace, taxonomy: Taxonomy) -> list[str]:
    columns = ["product_id", *_CATEGORIES]
    known = {row["product_id"]: row for row in place.read("products", columns).to_pylist()}
    return [taxonomy.group(known.get(product_id, {})) or "other" for product_id in product_ids]


def _allocated(
    counts: NDArray[np.int64], deviation: NDArray[np.float64], n: int
) -> NDArray[np.int64]:
    """[strata]: how many to draw, ``n`` in all or every product; no stratum less than two."""
    n = min(n, int(counts.sum()))
    drawn = np.minimum(counts, _LEAST)
    if drawn.sum() > n:
        drawn = np.minimum(counts, 1)
    size = counts / counts.sum()
    doubt = counts * deviation
    wish = n * (0.5 * size + 0.5 * (doubt / doubt.sum() if doubt.sum() else size))
    while drawn.sum() < n:
        lack = np.where(drawn < counts, wish - drawn, -np.inf)
        drawn[int(lack.argmax())] += 1
    while drawn.sum() > n:
        drawn[int(np.where(drawn > 0, drawn - wish, -np.inf).argmax())] -= 1
    return drawn


def _counts(
    table: pa.Table, taxonomy: Taxonomy, which: NDArray[np.int64], strata: int
) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    """[strata]: attribute → how many products have a reading of it, and a value shown."""
    read: list[dict[str, int]] = [{} for _ in range(strata)]
    shown: list[dict[str, int]] = [{} for _ in range(strata)]
    for attribute in taxonomy.read:
        value = np.asarray(table[attribute.name].is_valid().to_numpy(), bool)
        asked = value
        if not attribute.multiple:
            asked = np.asarray(table[f"{attribute.name}_confidence"].is_valid().to_numpy(), bool)
        for told, there in ((read, asked), (shown, value)):
            for stratum, count in enumerate(np.bincount(which[there], minlength=strata).tolist()):
                told[stratum][attribute.name] = count
    return read, shown


def rows_of_sample(place: Workspace, name: str) -> pa.Table:
    """The rows of a sample in its order. Raises UsageError where there is none of that name."""
    if name not in sample_names(place):
        known = ", ".join(sample_names(place)) or "none yet"
        raise UsageError(
            f"There is no sample {name[:80]!r}; there are: {known}.",
            f"Draw one: hangtag sample {place.path} --n 50",
        )
    return place.read("samples", None, pc.field("sample") == name).sort_by("position")
