"""Spark's Python workers, and the processes that read for them, as a test finds and kills them."""

from __future__ import annotations

from collections.abc import Iterable

import psutil

__all__ = ["DAEMON", "READER", "kill", "workers_of"]

# What stands in their command lines. The daemon forks the workers: all but one process are workers.
DAEMON, READER = "pyspark.daemon", "spark.reader"


def workers_of(parent: psutil.Process, *kinds: str) -> list[psutil.Process]:
    """Those that ``parent`` has started; by default all of them.

    Not everything with pyspark in its command is one: the driver's own Java has that, too.
    """
    found = []
    for process in parent.children(recursive=True):
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if any(kind in command for kind in kinds or (DAEMON, READER)):
            found.append(process)
    return found


def kill(processes: Iterable[psutil.Process]) -> int:
    """How many of them lived until now; they are gone when this returns."""
    killed = []
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
        killed.append(process)
    psutil.wait_procs(killed, timeout=60)
    return len(killed)
