"""Engines that a test of other processes can name, since those import this file."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from hangtag.engines.base import Answers, PhotoBatch
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.testing.scripted import ScriptedEngine

__all__ = ["KillingEngine", "LoneEngine"]


class KillingEngine(ScriptedEngine):
    """Kills its process when it sees a product of ``poison``; one of ``once``, the first time.

    ``parents``: kills its parent as well, as a system short of memory may; ``delay``: seconds that
    every call takes; ``held``: products that it does not get beyond while ``folder``/held is there.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        *,
        poison: Sequence[str] = (),
        once: Sequence[str] = (),
        held: Sequence[str] = (),
        folder: str = "",
        parents: bool = False,
        delay: float = 0.0,
    ):
        super().__init__(taxonomy, batch_size=8, delay=delay)
        self.poison, self.once, self.folder = set(poison), set(once), Path(folder)
        self.parents, self.held = parents, set(held)

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        for product_id in self.once & set(batch.product_ids):
            met = self.folder / f"{product_id}.met"
            if not met.exists():
                met.touch()
                self._die()
        if self.poison & set(batch.product_ids):
            self._die()
        while self.held & set(batch.product_ids) and (self.folder / "held").exists():
            time.sleep(0.05)
        return super().answer(batch, attributes)

    def _die(self) -> None:
        if self.parents:
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)


class LoneEngine(ScriptedEngine):
    """Leaves a file for every process that opens it."""

    def __init__(self, taxonomy: Taxonomy, folder: str):
        super().__init__(taxonomy)
        (Path(folder) / f"{os.getpid()}.opened").touch()
