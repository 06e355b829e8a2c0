"""How fast a catalog is tagged, what each stage could do alone, and what memory it takes.

    python benchmarks/tag_throughput.py --catalog styles.csv --images images/ [--limit N]

Each stage alone is measured on the first products of the catalog; the whole run goes into a fresh
workspace. Memory is that of the run's process and all it started, sampled four times a second:
PSS, which counts pages that processes share once, where the system tells it, else RSS.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from hangtag.catalog import open_catalog
from hangtag.engines.base import Engine, PhotoBatch
from hangtag.engines.registry import open_engine, register_engine
from hangtag.known import Known
from hangtag.outcomes import work_of
from hangtag.photo_pool import Photo, PhotoPool, PhotoRequest
from hangtag.planning import keys_of, plan_products
from hangtag.rules import default_rules
from hangtag.summary import Progress
from hangtag.tagging import tag
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import TABLES, Workspace


def main() -> None:
    """Print the figures, and with ``--json`` write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--engine", default="compact", help="compact, or scripted for no model")
    parser.add_argument("--limit", type=int, help="products of the whole run")
    parser.add_argument("--sample", type=int, default=2000, help="products to measure stages on")
    parser.add_argument("--processes", type=int, help="that decode photos; one a core")
    parser.add_argument("--threads", type=int, help="of the compact engine")
    parser.add_argument("--out", type=Path, help="workspace to fill and keep")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(options)
        return
    figures: dict[str, Any] = {"cores": os.cpu_count()}
    if options.sample:
        figures |= stages(options)
    with tempfile.TemporaryDirectory(prefix="hangtag-") as folder:
        options.out = options.out or Path(folder) / "workspace"
        figures |= whole(options)
    report(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def engine_of(options: argparse.Namespace, taxonomy: Taxonomy) -> Engine:
    """The engine that was asked for."""
    register_engine("scripted", lambda taxonomy, **_: ScriptedEngine(taxonomy))
    settings = {"threads": options.threads} if options.threads else {}
    return open_engine(options.engine, taxonomy, **settings)


def stages(options: argparse.Namespace) -> dict[str, Any]:
    """Photos a second of decoding and of the model, each with the machine to itself."""
    taxonomy = default_taxonomy()
    engine = engine_of(options, taxonomy)
    requests = [
        PhotoRequest(product_id, photo)
        for batch in open_catalog(options.catalog).batches(limit=options.sample)
        for product_id, photo in zip(
            batch["product_id"].to_pylist(), batch["photo"].to_pylist(), strict=True
        )
    ]
    with PhotoPool(options.images, engine.sides, processes=options.processes) as pool:
        warm_up = min(200, len(requests) // 4)
        photos = pool.read(requests)
        read = list(islice(photos, warm_up))
        start = time.perf_counter()
        read += photos
        seconds = time.perf_counter() - start
    decode = (len(read) - warm_up) / seconds
    batches = batched([photo for photo in read if photo.pixels is not None], engine.batch_size)
    engine.answer(batches[0], taxonomy.read)
    start = time.perf_counter()
    for batch in batches:
        engine.answer(batch, taxonomy.read)
    model = sum(len(b.product_ids) for b in batches) / (time.perf_counter() - start)
    return {"decode_alone_per_s": decode, "model_alone_per_s": model} | ledger(options, engine)


def ledger(options: argparse.Namespace, engine: Engine) -> dict[str, Any]:
    """Products a second of reading the catalog and planning, before anything is in the ledger."""
    taxonomy = default_taxonomy()
    keys = keys_of(engine, taxonomy, default_rules(taxonomy))
    catalog = open_catalog(options.catalog)
    start = time.perf_counter()
    with Known(Workspace(options.out or "a workspace that does not exist")) as known:
        rows = catalog.batches(limit=options.limit)
        products = sum(len(work_of(batch)) for batch in plan_products(rows, known, keys))
    return {"plan_alone_per_s": products / (time.perf_counter() - start)}


def batched(photos: list[Photo], size: int) -> list[PhotoBatch]:
    """Photos in batches of one side."""
    by_side: dict[int, list[Photo]] = {}
    for photo in photos:
        assert photo.pixels is not None
        by_side.setdefault(len(photo.pixels), []).append(photo)
    return [
        PhotoBatch(
            [photo.product_id for photo in same[start : start + size]],
            np.stack(
                [photo.pixels for photo in same[start : start + size] if photo.pixels is not None]
            ),
            [{}] * len(same[start : start + size]),
        )
        for same in by_side.values()
        for start in range(0, len(same), size)
    ]


def whole(options: argparse.Namespace) -> dict[str, Any]:
    """The whole run in a process of its own, watched from here; and once more, with all done."""
    figures: dict[str, Any] = {}
    for name in ("first", "again"):
        command = [sys.executable, __file__, *sys.argv[1:], "--run", "--out", str(options.out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            watch = Watch(child.pid)
            watch.start()
            told = child.communicate()[0]
            watch.done.set()
            watch.join()
        if child.returncode:
            sys.exit(f"The run ended with {child.returncode}.")
        figures[name] = json.loads(told)
        figures[name]["peak_mb"], figures[name]["memory"] = round(watch.peak / 1e6), watch.kind
    workspace = Workspace(options.out)
    figures["tables"] = {
        name: {"rows": workspace.count(name), "mb": round(size_of(workspace.table(name)) / 1e6, 2)}
        for name in TABLES
    }
    return figures


def run(options: argparse.Namespace) -> None:
    """One run; its summary goes to standard output."""
    taxonomy = default_taxonomy()
    engine = engine_of(options, taxonomy)
    summary = tag(
        open_catalog(options.catalog), options.images, Workspace(options.out), engine,
        taxonomy=taxonomy, limit=options.limit, processes=options.processes, progress=tell,
    )  # fmt: skip
    print(json.dumps(summary.to_json()))


def tell(progress: Progress) -> None:
    """One line on standard error, over and over."""
    told = f"\r{progress.done:,} of {progress.total} · {progress.per_second:,.0f} a second "
    print(told, end="", file=sys.stderr, flush=True)


class Watch(threading.Thread):
    """The largest sum of memory of a process and its descendants. ``kind``: pss or rss."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.peak, self.kind = 0, "pss"
        self.done = threading.Event()

    def run(self) -> None:
        """Sample until ``done``."""
        while not self.done.wait(0.25):
            try:
                family = [self.process, *self.process.children(recursive=True)]
            except psutil.Error:
                return
            self.peak = max(self.peak, sum(map(self._bytes, family)))

    def _bytes(self, process: psutil.Process) -> int:
        try:
            memory = process.memory_full_info()
            if not hasattr(memory, "pss"):
                self.kind = "rss"
            return int(getattr(memory, "pss", memory.rss))
        except psutil.Error:
            return 0  # it has ended meanwhile


def size_of(table: Path) -> int:
    """Bytes of a table's folder, files that no longer count included."""
    return sum(file.stat().st_size for file in table.rglob("*") if file.is_file())


def report(figures: dict[str, Any]) -> None:
    """For people."""
    first, again = figures["first"], figures["again"]
    seconds, stage = first["seconds"], first["stages"]
    if "decode_alone_per_s" in figures:
        print(f"\ndecoding alone   {figures['decode_alone_per_s']:8,.0f} photos/s")
        print(f"model alone      {figures['model_alone_per_s']:8,.0f} photos/s")
        print(f"planning alone   {figures['plan_alone_per_s']:8,.0f} products/s")
    if stage["write"]:
        print(f"writing alone    {first['products'] / stage['write']:8,.0f} products/s")
    print(
        f"end to end       {first['photos_per_second']:8,.0f} photos/s: {first['products']:,} "
        f"products in {seconds:.1f} s, {first['tagged']:,} tagged, {first['failed']:,} failed"
    )
    shares = " · ".join(f"{name} {spent / seconds:.0%}" for name, spent in stage.items())
    print(f"share of time    {shares}")
    rest = (stage["derive"] + stage["write"] + stage["plan"]) / max(1, first["products"])
    print(f"neither decoding nor model: {1000 * rest:.2f} ms a product")
    print(f"peak memory      {first['peak_mb']:,} MB ({first['memory']}, all processes)")
    print(
        f"run again        {again['seconds']:.1f} s: {again['reused']:,} reused, "
        f"{again['tagged']:,} tagged, {again['peak_mb']:,} MB"
    )
    for name, table in figures["tables"].items():
        print(f"  {name:<11}{table['rows']:>9,} rows {table['mb']:8.2f} MB")


if __name__ == "__main__":
    main()
