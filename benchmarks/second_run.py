"""What a second run takes before it looks at any photo, by the size of the catalog.

    python benchmarks/second_run.py [--rows 50000 100000 200000] [--keep DIR]

Products are made up, in an order of their own, and share one tiny photo; the engine costs nothing.
For each size a workspace is filled, and the next run is planned: ``same``, with nothing changed;
``rules``, with other rules, so that every product's readings are needed; and that run is done.
Each in a process of its own: seconds, and the most memory it had. Time should grow as the rows do.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from null_engine import NullEngine
from PIL import Image

from hangtag.catalog import open_catalog
from hangtag.known import Known
from hangtag.planning import keys_of, plan_products
from hangtag.readings import CATALOG
from hangtag.rules import Rules, default_rules
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
RULES = default_rules(TAXONOMY)
STRICTER = RULES.demanding({TAXONOMY.read[0].name: 0.99})


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 100_000, 200_000])
    parser.add_argument("--keep", type=Path, help="folder for the workspaces, used again if there")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(done(STEPS[options.step[0]], Path(options.step[1]))))
        return
    with tempfile.TemporaryDirectory(prefix="hangtag-") as temporary:
        for rows in options.rows:
            folder = (options.keep or Path(temporary)) / str(rows)
            if not folder.exists():
                make(folder, rows)
            for step in options.steps:
                if step == "fill" and (folder / "workspace" / "run.json").exists():
                    continue
                command = [sys.executable, __file__, "--step", step, str(folder)]
                told = subprocess.run(command, check=True, capture_output=True, text=True)
                tell(rows, step, json.loads(told.stdout.splitlines()[-1]))


def make(folder: Path, rows: int) -> None:
    """A catalog of so many products, in no order."""
    folder.mkdir(parents=True)
    Image.new("RGB", (8, 8), "navy").save(folder / "one.png")
    ids = [str(number) for number in range(rows)]
    random.Random(0).shuffle(ids)
    told = {"photo": "one.png", "title": "Navy Shirt", "master_category": "Apparel",
            "sub_category": "Topwear", "article_type": "Shirts"}  # fmt: skip
    columns = [ids if n == "product_id" else [told.get(n)] * rows for n in CATALOG.names]
    pq.write_table(
        pa.table(columns, schema=CATALOG), folder / "catalog.parquet", row_group_size=50_000
    )


def run(folder: Path, rules: Rules) -> Mapping[str, float]:
    """A whole run."""
    summary = tag(
        open_catalog(folder / "catalog.parquet"), folder, Workspace(folder / "workspace"),
        NullEngine(TAXONOMY), taxonomy=TAXONOMY, rules=rules, text=False, processes=1,
    )  # fmt: skip
    return summary.stages


def plan(folder: Path, rules: Rules) -> Mapping[str, float]:
    """What a run does before photos are looked at."""
    keys = keys_of(NullEngine(TAXONOMY), TAXONOMY, rules)
    batches = open_catalog(folder / "catalog.parquet").batches()
    planned = changed = 0
    start = time.perf_counter()
    first = None
    with Known(Workspace(folder / "workspace")) as known:
        for batch in plan_products(batches, known, keys):
            first = first or time.perf_counter() - start
            planned += batch.num_rows
            changed += batch["changed"].true_count
    return {"planned": planned, "changed": changed, "first": first or 0.0}


STEPS: Mapping[str, Callable[[Path], Mapping[str, float]]] = {
    "fill": lambda folder: run(folder, RULES),
    "same": lambda folder: plan(folder, RULES),
    "rules": lambda folder: plan(folder, STRICTER),
    "again": lambda folder: run(folder, STRICTER),
}


def done(step: Callable[[Path], Mapping[str, float]], folder: Path) -> dict[str, object]:
    """One step in this process."""
    start = time.perf_counter()
    told = step(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": time.perf_counter() - start, "peak": peak, "told": told}


def tell(rows: int, step: str, told: Mapping[str, object]) -> None:
    """One line."""
    print(
        f"{rows:>9,} {step:<6} {told['seconds']:8.1f} s {int(told['peak']) / 1e6:7,.0f} MB  "  # type: ignore[call-overload]
        f"{json.dumps(told['told'])}",
        flush=True,
    )


if __name__ == "__main__":
    main()
