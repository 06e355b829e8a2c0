"""The same catalog on one machine without Spark and with it, in turns: rates, shares, equal rows.

    python benchmarks/spark_throughput.py --catalog styles.csv --images images/ [--rounds 3]

Each run has a fresh workspace and processes of its own. The rate is that of the run: from when it
has the workspace to when the tables are written; starting Spark and opening engines in its workers
comes before that and is told apart. Processor time is of the whole family of processes: where other
programs share the machine it says more than the clock. ``--master`` may be a Connect server's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
from process_family import Spent, watched

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import TABLES, Workspace


def main() -> None:
    """Print the figures; exit code 1 when a row differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--run", choices=["here", "spark"], help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options)))
        return
    rounds: dict[str, list[Spent]] = {"here": [], "spark": []}
    with tempfile.TemporaryDirectory(prefix="hangtag-") as folder:
        for number in range(options.rounds):
            for kind, spent in rounds.items():
                out = Path(folder) / f"{kind}{number}"
                command = [sys.executable, __file__, *sys.argv[1:], "--run", kind]
                spent.append(watched([*command, "--out", str(out)]))
                tell(kind, spent[-1])
        unequal = compare(Path(folder) / "here0", Path(folder) / "spark0")
    figures = report(rounds) | {"tables_that_differ": unequal}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(bool(unequal))


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One run; its summary, and the seconds before it began."""
    start = time.monotonic()
    catalog, workspace = open_catalog(options.catalog), Workspace(options.out)
    if options.run == "here":
        engine = open_engine("compact", default_taxonomy())
        summary = tag(catalog, options.images, workspace, engine, limit=options.limit)
    else:
        from hangtag.spark import tag_catalog
        from hangtag.spark.session import open_session

        with open_session(options.master) as session:
            summary = tag_catalog(session, catalog, options.images, workspace, limit=options.limit)
            ended = time.monotonic()
        return {**summary.to_json(), "before": ended - start - summary.seconds}
    return {**summary.to_json(), "before": time.monotonic() - start - summary.seconds}


def tell(kind: str, spent: Spent) -> None:
    """One run, in a line."""
    told = spent.told
    shares = " · ".join(f"{name} {seconds:.1f} s" for name, seconds in told["stages"].items())
    print(
        f"{kind:6} {told['photos_per_second']:7,.1f} photos/s: {told['products']:,} products in "
        f"{told['seconds']:.1f} s (before that {told['before']:.1f} s), {told['tagged']:,} tagged, "
        f"{spent.cpu:.0f} s of processor time, {spent.peak / 1e6:,.0f} MB\n       {shares}",
        flush=True,
    )


def compare(one: Path, other: Path) -> list[str]:
    """The tables that do not hold the same rows, but for when they were written."""
    unequal = []
    for name in TABLES:
        here, there = (_sorted(Workspace(path).read(name)) for path in (one, other))
        equal = here == there
        print(f"{name:11} {here and len(here):>9,} rows, {'equal' if equal else 'NOT EQUAL'}")
        unequal += [] if equal else [name]
    return unequal


def _sorted(table: pa.Table) -> list[str]:
    kept = [name for name in table.column_names if name not in ("read_at", "failed_at")]
    return sorted(
        repr(sorted(row.items()))
        for batch in table.select(kept).to_batches(max_chunksize=10_000)
        for row in batch.to_pylist()
    )


def report(rounds: dict[str, list[Spent]]) -> dict[str, Any]:
    """Medians and ratios."""
    figures: dict[str, Any] = {}
    for kind, spent in rounds.items():
        figures[kind] = {
            "photos_per_second": statistics.median(s.told["photos_per_second"] for s in spent),
            "cpu_seconds": statistics.median(s.cpu for s in spent),
            "before_seconds": statistics.median(s.told["before"] for s in spent),
            "peak_mb": statistics.median(s.peak for s in spent) / 1e6,
            "stages": spent[-1].told["stages"],
        }
    pairs = list(zip(rounds["here"], rounds["spark"], strict=True))
    figures["ratio_of_rates"] = statistics.median(
        spark.told["photos_per_second"] / here.told["photos_per_second"] for here, spark in pairs
    )
    figures["ratio_of_cpu"] = statistics.median(spark.cpu / here.cpu for here, spark in pairs)
    print(
        f"\non Spark: {figures['ratio_of_rates']:.2f} of the rate without it, "
        f"{figures['ratio_of_cpu']:.2f} of its processor time (medians of {len(pairs)} pairs)"
    )
    return figures


if __name__ == "__main__":
    main()
