"""Ten times the rows on Spark with an engine that costs nothing: memory stays, time is linear.

    python benchmarks/spark_memory.py [--rows 100000 1000000] [--master 'local[2]']

Products are made up and share one tiny photo. Every run has a fresh workspace and processes of its
own. Memory is the largest sum over the whole family of processes, Java's included, and of each kind
by itself. Exit code 1 when the last run takes more than 1.2 times the memory of the first.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from process_family import Spent, watched

from hangtag.catalog import open_catalog
from hangtag.images import PhotoLimits
from hangtag.readings import CATALOG
from hangtag.workspace import TABLES, Workspace

ALLOWED = 1.2


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--heap", default="768m", help="of Java, which takes what it is given")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--run", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options)))
        return
    runs: list[Spent] = []
    figures: list[dict[str, Any]] = []
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="hangtag-") as folder:
            catalog, out = make(Path(folder), rows), Path(folder) / "workspace"
            command = [sys.executable, __file__, *sys.argv[1:], "--run", str(catalog), str(out)]
            paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
            runs.append(watched(command, {**os.environ, "PYTHONPATH": paths}))
            counts = {name: Workspace(out).count(name) for name in TABLES}
            stored = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
        figures.append(tell(rows, runs[-1], counts, stored))
    ratio = runs[-1].peak / runs[0].peak
    print(f"\nmemory of the last run: {ratio:.2f} of the first one's")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(ratio > ALLOWED)


def make(folder: Path, rows: int) -> Path:
    """A catalog of so many products, written bit by bit."""
    Image.new("RGB", (8, 8), "navy").save(folder / "one.png")
    path = folder / "catalog.parquet"
    with pq.ParquetWriter(path, CATALOG) as writer:
        for start in range(0, rows, 50_000):
            ids = [str(n) for n in range(start, min(start + 50_000, rows))]
            told = {"photo": "one.png", "title": "Navy Shirt", "master_category": "Apparel",
                    "sub_category": "Topwear", "article_type": "Shirts"}  # fmt: skip
            columns = [
                ids if name == "product_id" else [told.get(name)] * len(ids)
                for name in CATALOG.names
            ]
            writer.write_table(pa.table(columns, schema=CATALOG))
    return path


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One run in this process; its summary."""
    catalog, out = options.run
    from hangtag.spark import tag_catalog
    from hangtag.spark.session import open_session

    with open_session(options.master, {"spark.driver.memory": options.heap}) as session:
        summary = tag_catalog(
            session, open_catalog(catalog), catalog.parent, Workspace(out),
            "null_engine:NullEngine", limits=PhotoLimits(),
            progress=lambda p: print(f"\r{p.done:,}", end="", file=sys.stderr, flush=True),
        )  # fmt: skip
    return summary.to_json()


def tell(rows: int, spent: Spent, counts: dict[str, int], stored: int) -> dict[str, Any]:
    """One run, for people and for the file."""
    told = spent.told
    rate = told["products"] / told["seconds"]
    shares = " · ".join(f"{name} {seconds:.0f} s" for name, seconds in told["stages"].items())
    kinds = " · ".join(f"{kind} {size / 1e6:,.0f}" for kind, size in sorted(spent.peaks.items()))
    print(
        f"\n{rows:,} products in {told['seconds']:.0f} s, {rate:,.0f} a second, "
        f"{1e3 * spent.cpu / rows:.2f} ms of processor time each\n"
        f"  memory at its peak {spent.peak / 1e6:,.0f} MB ({kinds})\n"
        f"  {shares}\n"
        f"  {', '.join(f'{count:,} {name}' for name, count in counts.items())}, "
        f"{stored / rows:,.0f} bytes a product",
        flush=True,
    )
    return {
        "rows": rows, "seconds": told["seconds"], "cpu_seconds": spent.cpu, "peak": spent.peak,
        "peaks": dict(spent.peaks), "stages": told["stages"], "tables": counts, "bytes": stored,
    }  # fmt: skip


if __name__ == "__main__":
    main()
