"""Runs that are killed with -9, for real. ``benchmarks/kill_and_resume.py`` does more of it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from colour_shop import ColourShop, ids, tables

from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

RUN = """
import sys
import time
from pathlib import Path
from colour_shop import ColourShop
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

class Engine(ScriptedEngine):
    held_after: int

    def answer(self, batch, attributes):
        if len(self.asked) == self.held_after:
            time.sleep(600)
        return super().answer(batch, attributes)

if __name__ == "__main__":
    folder, workspace, products, held_after = sys.argv[1:]
    shop = ColourShop(Path(folder))
    for number in range(int(products)):
        shop.add(f"p{number}", photo=False)
    # Answers are handed over every second, to be committed.
    delay = 0.05 if int(held_after) < 0 else 0.4
    engine = Engine(batch_size=4, delay=delay, version="2")
    engine.held_after = int(held_after)
    shop.tag(Workspace(workspace), engine, wave_rows=8)
"""


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    return ColourShop(tmp_path / "shop", products=60)


def start(
    shop: ColourShop, workspace: Path, held_after: int | None = None
) -> subprocess.Popen[bytes]:
    """A run of its own; after so many batches it waits to be killed."""
    script = shop.images.parent / "run.py"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(shop.images.parent), str(workspace)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    # Of the semaphores of a parent that was killed, multiprocessing has something to say.
    return subprocess.Popen(
        [*command, str(len(shop.rows)), str(-1 if held_after is None else held_after)],
        env=environment,
        stderr=subprocess.DEVNULL,
    )


def wait_for(run: subprocess.Popen[bytes], workspace: Path, commits: int) -> None:
    """Until so many commits are in the ledger, or the run has done all there was to do."""
    log = workspace / "ledger" / "_delta_log"
    end = time.monotonic() + 120
    while len(list(log.glob("*.json"))) <= commits and time.monotonic() < end:
        if run.poll() is not None:
            assert run.returncode == 0
            return
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 8))
@pytest.mark.parametrize("older", [False, True], ids=["new", "retagged"])
def test_a_killed_run_is_taken_up_where_it_was(
    shop: ColourShop, tmp_path: Path, seed: int, older: bool
) -> None:
    """The tables are those of a run that was left alone, whatever the moment."""
    dice = random.Random(seed)
    path = tmp_path / "workspace"
    if older:
        shop.tag(Workspace(path), ScriptedEngine(version="1"), limit=40)
    for commits in (dice.randrange(3), dice.randrange(3, 6)):
        run = start(shop, path)
        wait_for(run, path, commits)
        time.sleep(dice.uniform(0, 0.2))
        run.kill()
        run.wait()
    left_alone = Workspace(tmp_path / "left alone")
    engine = ScriptedEngine(version="2")
    assert shop.tag(left_alone, engine).tagged == 60
    shop.tag(Workspace(path), engine)
    assert tables(Workspace(path)) == tables(left_alone)


@pytest.mark.slow
def test_what_a_killed_run_had_committed_is_not_read_again(
    shop: ColourShop, tmp_path: Path
) -> None:
    """And none of its processes lives on."""
    path = tmp_path / "workspace"
    run = start(shop, path, held_after=7)
    wait_for(run, path, 1)
    family = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.wait()
    done = set(ids(Workspace(path), "ledger"))
    assert 8 <= len(done) <= 28
    engine = ScriptedEngine(version="2")
    summary = shop.tag(Workspace(path), engine)
    assert summary.reused == len(done)
    assert not done & {i for product_ids, _ in engine.asked for i in product_ids}
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
