"""Runs killed with -9 at random moments and started again end in the tables of a run left alone.

    python benchmarks/kill_and_resume.py [--catalog styles.csv --images images/] [--rounds 20]

Without a catalog, products with plain-coloured photos are made up. Every round starts with an empty
workspace or, every other one, with one in which an older catalog was tagged: a third of its
products missing, a third with other photos and titles. The run is killed once to three times, then
left to end. Tables are compared row by row; only ``read_at`` and ``failed_at`` may differ.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from hangtag.catalog import open_catalog
from hangtag.engines.base import Engine
from hangtag.engines.registry import open_engine
from hangtag.readings import CATALOG
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import TABLES, Workspace

WRITTEN_WHEN = frozenset({"read_at", "failed_at"})


def main() -> None:
    """Exit code 1 when a single row differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--catalog", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--engine", default="compact", help="compact, or scripted for no model")
    parser.add_argument("--products", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", nargs=3, metavar=("CATALOG", "IMAGES", "WORKSPACE"),
                        help=argparse.SUPPRESS)  # fmt: skip
    options = parser.parse_args()
    if options.run:
        catalog, images, workspace = map(Path, options.run)
        tag(
            open_catalog(catalog), images, Workspace(workspace), engine_of(options.engine),
            wave_rows=100, wave_seconds=1,
        )  # fmt: skip
        return
    with tempfile.TemporaryDirectory(prefix="hangtag-") as folder:
        sys.exit(rounds(options, Path(folder), random.Random(options.seed)))


def engine_of(name: str) -> Engine:
    """The engine that was asked for."""
    return (
        ScriptedEngine(delay=0.02) if name == "scripted" else open_engine(name, default_taxonomy())
    )


def rounds(options: argparse.Namespace, folder: Path, dice: random.Random) -> int:
    """Play all rounds; how many went wrong, as an exit code."""
    images = options.images or painted(folder / "images", options.products)
    now, before = folder / "now.parquet", folder / "before.parquet"
    write_catalogs(options, now, before)
    start = time.monotonic()
    run(options, now, images, folder / "undisturbed")
    usual = time.monotonic() - start
    run(options, before, images, folder / "tagged_before")
    expected = rows_of(folder / "undisturbed")
    counts = ", ".join(f"{len(rows):,} {name}" for name, rows in expected.items())
    print(f"left alone: {usual:.1f} s, {counts}", flush=True)
    wrong = 0
    for number in range(options.rounds):
        workspace = folder / f"round{number}"
        killed: list[float] = []
        while not killed:
            # A run that ended before its kill proves nothing: again, and sooner.
            shutil.rmtree(workspace, ignore_errors=True)
            if number % 2:
                shutil.copytree(folder / "tagged_before", workspace)
            after = dice.uniform(0, usual)
            if run(options, now, images, workspace, kill_after=after):
                killed.append(after)
            else:
                usual = after
        for after in [dice.uniform(0, usual) for _ in range(dice.randint(0, 2))]:
            if run(options, now, images, workspace, kill_after=after):
                killed.append(after)
        done = len(rows_of(workspace)["ledger"]) if (workspace / "ledger").exists() else 0
        run(options, now, images, workspace)
        found = rows_of(workspace)
        differing = [name for name in expected if found[name] != expected[name]]
        wrong += bool(differing)
        print(
            f"{number + 1:3} {'on an older one' if number % 2 else 'from nothing':16} "
            f"killed after {', '.join(f'{after:.1f}' for after in killed)} s, "
            f"{done:,} in the ledger then: "
            f"{'differs in ' + ', '.join(differing) if differing else 'identical'}",
            flush=True,
        )
        shutil.rmtree(workspace)
    print(f"{options.rounds - wrong} of {options.rounds} identical to a run left alone")
    return int(wrong > 0)


def run(
    options: argparse.Namespace,
    catalog: Path,
    images: Path,
    workspace: Path,
    kill_after: float | None = None,
) -> bool:
    """Tag in another process; whether it was killed before its end."""
    command = [sys.executable, __file__, "--engine", options.engine]
    command += ["--run", str(catalog), str(images), str(workspace)]
    # What multiprocessing has to say of a killed parent's semaphores is no news here.
    quiet = subprocess.DEVNULL if kill_after is not None else None
    with subprocess.Popen(command, stderr=quiet) as child:
        try:
            if child.wait(kill_after):
                sys.exit(f"The run ended with {child.returncode}.")
        except subprocess.TimeoutExpired:
            child.kill()
            return True
    return False


def painted(images: Path, products: int) -> Path:
    """A folder of plain-coloured photos, every twentieth missing or broken."""
    images.mkdir()
    dice = random.Random(1)
    for number in range(products):
        photo = images / f"{number}.jpg"
        if number % 40 == 7:
            photo.write_bytes(b"no photo")
        elif number % 40 != 27:
            colour = (dice.randrange(256), dice.randrange(256), dice.randrange(256))
            Image.new("RGB", (60, 80), colour).save(photo)
    return images


def write_catalogs(options: argparse.Namespace, now: Path, before: Path) -> None:
    """The catalog to tag, and how it looked when it was tagged before."""
    if options.catalog:
        batches = list(open_catalog(options.catalog).batches(limit=options.products))
        rows = pa.Table.from_batches(batches).to_pylist()
    else:
        rows = [
            {"product_id": str(n), "title": f"Product {n}", "sub_category": "Topwear"}
            for n in range(options.products)
        ]
    write(now, rows)
    older = []
    for place, row in enumerate(rows):
        other = rows[place - 1]
        if place % 3 == 1:
            photo = other.get("photo") or f"{other['product_id']}.jpg"
            older.append({**row, "photo": photo, "title": other["title"]})
        elif place % 3 == 2:
            older.append(row)
    write(before, older)


def write(path: Path, rows: Sequence[dict[str, str | None]]) -> None:
    """As a Parquet file with our own column names."""
    columns = {name: [row.get(name) for row in rows] for name in CATALOG.names}
    pq.write_table(pa.table(columns, schema=CATALOG), path)


def rows_of(path: Path) -> dict[str, list[str]]:
    """Every row of every table, sorted, without the time when it was written."""
    workspace = Workspace(path)
    found = {}
    for name in TABLES:
        rows = workspace.read(name).to_pylist()
        kept = ({k: v for k, v in row.items() if k not in WRITTEN_WHEN} for row in rows)
        found[name] = sorted(repr(sorted(row.items())) for row in kept)
    return found


if __name__ == "__main__":
    main()
