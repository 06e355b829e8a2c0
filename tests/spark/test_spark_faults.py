"""Clusters that lose workers, repeat tasks and run them twice; drivers that die, or share."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from colour_shop import ColourShop, tables
from spark_workers import kill, workers_of

from hangtag.spark import tag_catalog
from hangtag.workspace import Workspace

pytestmark = pytest.mark.spark

DRIVER = Path(__file__).parents[1] / "spark_driver.py"
# Two executors, each a process of its own with one core.
CLUSTER = "local-cluster[2,1,512]"
SPECULATIVE = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.multiplier": "1.1",
    "spark.speculation.quantile": "0.3",
    "spark.speculation.minTaskRuntime": "100ms",
    "spark.task.maxFailures": "4",
}


def start(
    shop: ColourShop,
    workspace: Path,
    environment: dict[str, str],
    master: str = "local[2]",
    settings: dict[str, str] | None = None,
    *,
    dead_workers: bool = False,
    **options: Any,
) -> subprocess.Popen[str]:
    shop.catalog()
    told = {
        "folder": str(shop.images.parent), "workspace": str(workspace), "master": master,
        "settings": settings or {}, "dead_workers": dead_workers, "options": options,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, str(DRIVER), json.dumps(told)], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def end(run: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = run.communicate(timeout=900)
    assert run.returncode == 0, err
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


def here(shop: ColourShop, folder: Path) -> dict[str, list[str]]:
    workspace = Workspace(folder / "here")
    shop.tag(workspace)
    return tables(workspace)


def commits(workspace: Path) -> int:
    return len(list((workspace / "ledger" / "_delta_log").glob("*.json")))


def wait_for(run: subprocess.Popen[str], workspace: Path, count: int) -> None:
    """Until the ledger has so many commits, or the run is over."""
    until = time.monotonic() + 600
    while commits(workspace) < count and run.poll() is None and time.monotonic() < until:
        time.sleep(0.02)


def held_up(folder: Path) -> dict[str, Any]:
    """A run that does not come to its end before it is killed, however fast the machine is."""
    (folder / "held").touch()
    return {"held": ["p180"], "folder": str(folder)}


def test_a_cluster_that_loses_workers_and_repeats_tasks_ends_in_the_same_rows(
    shop: ColourShop, environment: dict[str, str], tmp_path: Path
) -> None:
    """Python workers and readers killed at random, tasks that die once, speculation on."""
    path, dice = tmp_path / "workspace", random.Random(1)
    once = {"once": ["p9", "p99", "p199"], "folder": str(tmp_path), "parents": True}
    run = start(shop, path, environment, CLUSTER, SPECULATIVE, delay=0.2, **once)
    killed = 0
    for count in range(2, 9, 2):
        wait_for(run, path, count)
        if run.poll() is not None:
            break
        theirs = workers_of(psutil.Process(run.pid))
        # One at least: no throw of the dice shall leave them all alive.
        killed += kill([p for p in theirs if dice.random() < 0.5] or theirs[:1])
    summary = end(run)
    assert killed >= 2
    assert len(list(tmp_path.glob("*.met"))) == 3
    assert (summary["tagged"], summary["failed"]) == (200, 2)
    assert tables(Workspace(path)) == here(shop, tmp_path)


def test_workers_that_died_since_the_last_job_cost_a_run_nothing(
    shop: ColourShop, environment: dict[str, str], tmp_path: Path
) -> None:
    """Where Spark tries no task twice, as on a laptop: it lends them once more all the same."""
    summary = end(start(shop, tmp_path / "workspace", environment, dead_workers=True))
    assert (summary["tagged"], summary["failed"]) == (200, 2)
    assert tables(Workspace(tmp_path / "workspace")) == here(shop, tmp_path)


def test_a_killed_driver_is_taken_up_where_it_was(
    session: Any, shop: ColourShop, environment: dict[str, str], tmp_path: Path
) -> None:
    """Twice; what it had committed is not read again, and what it had staged is cleared away.

    Whoever takes it up may be a process that has had a Spark all the while.
    """
    path = tmp_path / "workspace"
    for count in (2, 5):
        run = start(shop, path, environment, delay=0.2, **held_up(tmp_path))
        wait_for(run, path, count)
        family = psutil.Process(run.pid).children(recursive=True)
        run.kill()
        run.communicate()
        (tmp_path / "held").unlink()
        gone, alive = psutil.wait_procs(family, timeout=300)
        assert gone
        assert not alive
    done = Workspace(path).count("ledger")
    assert 0 < done < 202
    summary = tag_catalog(
        session, shop.catalog(), shop.images, Workspace(path), "killing_engine:KillingEngine",
        task_rows=8, wave_rows=16,
    )  # fmt: skip
    assert summary.reused + summary.tagged == 200
    assert summary.reused >= done - 2
    assert tables(Workspace(path)) == here(shop, tmp_path)
    assert not list((path / ".staging").glob("run-*"))


def test_two_drivers_and_a_run_without_spark_share_a_workspace(
    shop: ColourShop, environment: dict[str, str], tmp_path: Path
) -> None:
    """Started at once; each waits for its turn and finds what the others have done."""
    path = tmp_path / "workspace"
    runs = [start(shop, path, environment, delay=0.05) for _ in range(2)]
    wait_for(runs[0], path, 1)
    from killing_engine import KillingEngine

    from hangtag.taxonomy import default_taxonomy

    local = shop.tag(Workspace(path), KillingEngine(default_taxonomy(), delay=0.05), wait=True)
    summaries = [end(run) for run in runs]
    assert sum(s["tagged"] for s in summaries) + local.tagged == 200
    assert all(s["tagged"] + s["reused"] == 200 for s in summaries)
    assert tables(Workspace(path)) == here(shop, tmp_path)
