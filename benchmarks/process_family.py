"""What a command and all processes that it starts take: memory at its peak, processor time."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

__all__ = ["Spent", "watched"]

_SECONDS = 0.5


@dataclass(frozen=True)
class Spent:
    """``told``: the command's last line of output, as JSON. Memory in bytes, time in seconds.

    ``peak``: the largest sum of the family; ``peaks``: of each kind of process by itself.
    """

    told: Any
    wall: float
    cpu: float
    peak: int
    peaks: Mapping[str, int]


def watched(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run a command to its end. Raises SystemExit when it fails."""
    start = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=dict(environment) if environment else None
    ) as child:
        watch = _Watch(child.pid)
        watch.start()
        told = child.communicate()[0]
        watch.done.set()
        watch.join()
    if child.returncode:
        raise SystemExit(f"{' '.join(command)[:300]} ended with {child.returncode}")
    line = told.strip().splitlines()[-1]
    wall = time.monotonic() - start
    return Spent(json.loads(line), wall, sum(watch.cpu.values()), watch.peak, watch.peaks)


class _Watch(threading.Thread):
    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.peak = 0
        self.peaks: dict[str, int] = {}
        self.cpu: dict[tuple[int, float], float] = {}
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(_SECONDS):
            try:
                family = [self.process, *self.process.children(recursive=True)]
            except psutil.Error:
                return
            kinds: dict[str, int] = {}
            for process in family:
                try:
                    kind = self._kind(process)
                    memory = process.memory_full_info()
                    times = process.cpu_times()
                    self.cpu[process.pid, process.create_time()] = times.user + times.system
                except psutil.Error:
                    continue  # it has ended meanwhile
                # PSS counts pages that processes share once, where the system tells it.
                kinds[kind] = kinds.get(kind, 0) + int(getattr(memory, "pss", memory.rss))
            self.peak = max(self.peak, sum(kinds.values()))
            for kind, size in kinds.items():
                self.peaks[kind] = max(self.peaks.get(kind, 0), size)

    def _kind(self, process: psutil.Process) -> str:
        if process.pid == self.process.pid:
            return "driver"
        command = " ".join(process.cmdline())
        known = {"java": "java", "pyspark": "spark's python", "spark.reader": "readers"}
        return next(
            (kind for part, kind in known.items() if part in command), "decoders and others"
        )
