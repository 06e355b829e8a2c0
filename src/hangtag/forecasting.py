"""How long a run over a whole catalog will take and what it will cost, from a sample of it.

A sample goes the way that all will go: through decoding, engine, rules and tables, into a workspace
that is thrown away. What is timed is how fast products come out once the machine is warm; the
spread between stretches of the sample gives the interval. It is an estimate: photos that lie
elsewhere, another machine or a busier server are not in it.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hangtag.catalog import Catalog, open_catalog
from hangtag.deriving import Deriving
from hangtag.engines.base import Engine, report_of
from hangtag.errors import UsageError
from hangtag.images import PhotoLimits
from hangtag.photo_sources import LocalPhotos
from hangtag.planning import keys_of
from hangtag.readings import CATALOG
from hangtag.rules import Rules, default_rules
from hangtag.running import Identity, run
from hangtag.summary import Progress, RunSummary, Stages
from hangtag.tagging import read_products
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.texts import Texts
from hangtag.workspace import Workspace

__all__ = ["Forecast", "Range", "Sample", "draw_sample", "forecast", "pace_of"]

# Of the moments at which products came out, the first part is for warming up.
_WARMING = 0.25
# Two-sided 95 % points of Student's t, by degrees of freedom; beyond, that of the normal.
_STUDENT = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14)
_NORMAL = 1.96


@dataclass(frozen=True)
class Range:
    """An estimate and its interval of 95 %, None where there was too little to tell it from."""

    likely: float
    least: float | None
    most: float | None

    def times(self, factor: float) -> Range:
        """The same of so many times as much."""
        least = None if self.least is None else self.least * factor
        return Range(self.likely * factor, least, None if self.most is None else self.most * factor)

    def plus(self, more: float) -> Range:
        """The same with so much on top."""
        least = None if self.least is None else self.least + more
        return Range(self.likely + more, least, None if self.most is None else self.most + more)


@dataclass(frozen=True)
class Sample:
    """Products drawn at random. ``products``: how many there are in all."""

    rows: pa.Table
    products: int


@dataclass(frozen=True)
class Forecast:
    """What a run with one engine in one mode will take.

    ``sampled`` products of ``products`` were tried for ``measured_seconds``; ``failed`` of them had
    no photo, or one that could not be read. ``per_second``: products. ``seconds``: of the whole
    run, with ``opening_seconds`` for loading the engine. ``accelerator``: whether the engine's
    hours are a GPU's. ``per_product``: what the engine counts (tokens, money), for one product.
    ``calibrated`` and ``uncalibrated``: as in ``RunSummary``.
    """

    engine: str
    engine_version: str
    mode: str
    products: int
    sampled: int
    failed: int
    measured_seconds: float
    opening_seconds: float
    stretches: int
    per_second: Range
    seconds: Range
    accelerator: bool
    price_per_hour: float | None = None
    per_product: dict[str, float] = field(default_factory=dict)
    calibrated: bool = True
    uncalibrated: Sequence[str] = ()

    @property
    def hours(self) -> Range:
        """Of the machine."""
        return self.seconds.times(1 / 3600)

    @property
    def gpu_hours(self) -> Range | None:
        """None where the engine uses no GPU of this machine."""
        return self.hours if self.accelerator else None

    @property
    def cost(self) -> Range | None:
        """Of the machine's hours and of what a server takes; None without any price."""
        spent = self.per_product.get("spent")
        if self.price_per_hour is None and spent is None:
            return None
        machine = self.hours.times(self.price_per_hour or 0.0)
        return machine.plus((spent or 0.0) * self.products)

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        gpu, cost = self.gpu_hours, self.cost
        return asdict(self) | {
            "hours": asdict(self.hours),
            "gpu_hours": gpu and asdict(gpu),
            "cost": cost and asdict(cost),
        }


def draw_sample(
    catalog: Catalog,
    *,
    rows: int,
    where: str | None = None,
    limit: int | None = None,
    seed: int = 1,
) -> Sample:
    """At most ``rows`` products, each as likely as any other, in an order of chance.

    One pass over the catalog (reservoir sampling: Vitter, 1985). Raises CatalogError, and
    UsageError for a catalog without products.
    """
    dice = random.Random(seed)  # noqa: S311 - a sample, not a secret
    kept: list[dict[str, Any]] = []
    seen = 0
    for batch in catalog.batches(where=where, limit=limit):
        for row in batch.to_pylist():
            seen += 1
            if len(kept) < rows:
                kept.append(row)
            elif (place := dice.randrange(seen)) < rows:
                kept[place] = row
    if not kept:
        raise UsageError("There are no products to plan for.", "Is --where right?")
    dice.shuffle(kept)
    return Sample(pa.Table.from_pylist(kept, CATALOG), seen)


def forecast(
    sample: Sample,
    images: Path,
    open_engine: Callable[[], Engine],
    *,
    mode: str = "",
    taxonomy: Taxonomy | None = None,
    rules: Rules | None = None,
    seconds: float = 30.0,
    price_per_hour: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    processes: int | None = None,
    limits: PhotoLimits | None = None,
) -> Forecast:
    """Tag the sample for about ``seconds``, and say what the whole would take.

    ``open_engine`` is timed, too, and the engine is closed in the end.

    Raises EngineError when the engine cannot be opened or gives up, UsageError where not one
    product came out.
    """
    taxonomy = taxonomy or default_taxonomy()
    rules = rules or default_rules(taxonomy)
    began = time.monotonic()
    engine = open_engine()
    opening = time.monotonic() - began
    moments: list[tuple[float, int]] = []

    def told(now: Progress) -> None:
        moments.append((now.seconds, now.done))
        if progress is not None:
            progress(now)

    try:
        before = report_of(engine).figures
        summary = _tried(
            sample, images, engine, taxonomy=taxonomy, rules=rules, seconds=seconds,
            progress=told, processes=processes, limits=limits,
        )  # fmt: skip
        after = report_of(engine).figures
    finally:
        close = getattr(engine, "close", None)
        if close is not None:
            close()
    if not summary.products:
        raise UsageError("No product came out in time.", "Give it longer, with a larger --seconds.")
    each, stretches = pace_of(moments)
    per_second = Range(
        1 / each.likely,
        None if not each.most else 1 / each.most,
        None if not each.least else 1 / each.least,
    )
    return Forecast(
        engine=engine.name,
        engine_version=engine.version,
        mode=mode,
        products=sample.products,
        sampled=summary.products,
        failed=summary.failed,
        measured_seconds=summary.seconds,
        opening_seconds=opening,
        stretches=stretches,
        per_second=per_second,
        seconds=each.times(sample.products).plus(opening),
        accelerator=_on_gpu(after),
        price_per_hour=price_per_hour,
        per_product=_per_product(before, after, summary.products),
        calibrated=summary.calibrated,
        uncalibrated=summary.uncalibrated,
    )


def pace_of(moments: list[tuple[float, int]]) -> tuple[Range, int]:
    """Seconds a product, from (seconds since the start, products so far), and how many stretches.

    The ratio of seconds to products over the stretches between moments once it is warm, with the
    usual interval of a ratio (Cochran, *Sampling Techniques*, 1977, chapter 6). From fewer than
    three stretches there is none.
    """
    distinct = [
        moment for place, moment in enumerate(moments)
        if place == 0 or moment[1] > moments[place - 1][1]
    ]  # fmt: skip
    if not distinct or not distinct[-1][1]:
        raise ValueError("No product came out.")
    warm = _warm(distinct)
    lengths = [after[0] - before[0] for before, after in pairwise(warm)]
    counts = [after[1] - before[1] for before, after in pairwise(warm)]
    if not counts:
        return Range(distinct[-1][0] / distinct[-1][1], None, None), 0
    each, stretches = sum(lengths) / sum(counts), len(counts)
    if stretches < 3:
        return Range(each, None, None), stretches
    residues = sum((t - each * n) ** 2 for t, n in zip(lengths, counts, strict=True))
    deviation = sqrt(stretches / (stretches - 1) * residues) / sum(counts)
    point = _STUDENT[stretches - 2] if stretches - 2 < len(_STUDENT) else _NORMAL
    return Range(each, max(0.0, each - point * deviation), each + point * deviation), stretches


def _warm(moments: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Without those of the first part of the time; at least the last two, where there are two."""
    start = min(int(len(moments) * _WARMING), max(0, len(moments) - 2))
    return moments[start:]


def _tried(
    sample: Sample,
    images: Path,
    engine: Engine,
    *,
    taxonomy: Taxonomy,
    rules: Rules,
    seconds: float,
    progress: Callable[[Progress], None],
    processes: int | None,
    limits: PhotoLimits | None,
) -> RunSummary:
    """Tag the sample until it ends or time is up."""
    texts = Texts.shipped(taxonomy)
    source = LocalPhotos(images)
    began = time.monotonic()

    def middle(
        batches: Iterator[pa.RecordBatch], stop: Callable[[], bool], stages: Stages
    ) -> Generator[pa.RecordBatch, None, None]:
        return read_products(
            batches, images=source, engine=engine, taxonomy=taxonomy, rules=rules, texts=texts,
            processes=processes, limits=limits, stages=stages,
            stop=lambda: stop() or time.monotonic() - began > seconds,
        )  # fmt: skip

    with tempfile.TemporaryDirectory(prefix="hangtag-plan-") as folder:
        path = Path(folder) / "sample.parquet"
        pq.write_table(sample.rows, path)
        return run(
            open_catalog(path), source, Workspace(Path(folder) / "workspace"), middle,
            identity=Identity.of(engine, taxonomy),
            keys=keys_of(engine, taxonomy, rules, limits, texts),
            deriving=Deriving(taxonomy, rules, texts), progress=progress,
        )  # fmt: skip


def _on_gpu(figures: Mapping[str, Any]) -> bool:
    """Whether an engine, or the second one of a cascade, says that it uses an accelerator."""
    device = str(figures.get("device") or figures.get("then", {}).get("device") or "cpu")
    return not device.startswith("cpu")


def _per_product(
    before: Mapping[str, Any], after: Mapping[str, Any], products: int
) -> dict[str, float]:
    """What an engine counted while it tried, by product: tokens, requests, money."""
    found = {}
    before, after = before.get("then", before), after.get("then", after)
    for name in ("requests", "tokens_in", "tokens_out", "spent"):
        first, last = before.get(name), after.get(name)
        if isinstance(last, (int, float)):
            found[name] = (last - (first or 0)) / products
    return found
