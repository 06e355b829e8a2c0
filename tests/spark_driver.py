"""One run on Spark in a process of its own: python spark_driver.py '{"folder": …}'."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psutil
from spark_settings import SETTINGS
from spark_workers import DAEMON, kill, workers_of

from hangtag.catalog import open_catalog
from hangtag.spark import tag_catalog
from hangtag.spark.session import open_session
from hangtag.workspace import Workspace


def main() -> None:
    """Run as told; prints the summary."""
    told = json.loads(sys.argv[1])
    folder = Path(told["folder"])
    settings = {} if told["master"].startswith("sc://") else {**SETTINGS, **told["settings"]}
    with open_session(told["master"], settings) as session:
        if told["dead_workers"]:
            leave_dead_workers(session)
        summary = tag_catalog(
            session, open_catalog(folder / "styles.csv"), folder / "images",
            Workspace(told["workspace"]), "killing_engine:KillingEngine", options=told["options"],
            task_rows=8, wait=True, wave_rows=16,
        )  # fmt: skip
    sys.stdout.write(json.dumps(summary.to_json()) + "\n")


def leave_dead_workers(session: Any) -> None:
    """Idle ones, which Spark keeps for its next job and believes alive."""
    session.range(1000).mapInArrow(lambda batches: batches, "id long").collect()
    if not kill(workers_of(psutil.Process(), DAEMON)):
        sys.exit("There was no worker to kill.")


if __name__ == "__main__":
    main()
