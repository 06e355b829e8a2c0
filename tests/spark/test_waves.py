"""Waves of tasks that others execute, well or badly. No Spark: a function in a thread is enough."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest
from colour_shop import ColourShop

from hangtag.errors import EngineError, UsageError
from hangtag.known import Known
from hangtag.outcomes import failed_outcomes, work_of
from hangtag.planning import keys_of, plan_products
from hangtag.rules import default_rules
from hangtag.spark.staging import WaveFolder
from hangtag.spark.waves import Waves
from hangtag.summary import Stages
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine

TAXONOMY = default_taxonomy()


class LostError(Exception):
    """What Spark raises when workers die."""


@dataclass
class Cluster:
    """Executes the tasks of a wave one after the other, until ``dies`` says that it does."""

    dies: Callable[[list[str]], bool] = lambda _: False
    waves: list[int] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    interrupted: threading.Event = field(default_factory=threading.Event)
    twice: bool = False

    def submit(self, folder: Path, tasks: int) -> None:
        self.waves.append(tasks)
        wave = WaveFolder(folder)
        for number in range(tasks):
            if self.interrupted.is_set():
                raise LostError("interrupted")
            ids = wave.todo(number)["product_id"].to_pylist()
            self.asked.append(ids)
            for _ in range(2 if self.twice else 1):
                wave.write_done(number, self._outcomes(wave, number, ids), {"model": 0.5})

    def _outcomes(self, wave: WaveFolder, number: int, ids: list[str]) -> Iterator[pa.RecordBatch]:
        if self.dies(ids):
            raise LostError("a worker was lost")
        for batch in wave.read_todo(number):
            yield failed_outcomes(work_of(batch), TAXONOMY, "photo", "missing_photo", "")


@pytest.fixture
def work(tmp_path: Path) -> list[pa.RecordBatch]:
    shop = ColourShop(tmp_path / "shop")
    for number in range(500):
        shop.add(f"p{number}", photo=False)
    keys = keys_of(ScriptedEngine(), TAXONOMY, default_rules(TAXONOMY))
    return list(plan_products(shop.catalog().batches(), Known(None), keys))


def waves(cluster: Cluster, folder: Path, **options: int) -> Waves:
    options = {"places": 2, "task_rows": 16, **options}
    return Waves(cluster.submit, cluster.interrupted.set, folder / "run", TAXONOMY, **options)


def reasons(batches: Iterator[pa.RecordBatch]) -> dict[str, str]:
    """Product → reason; every product once."""
    rows = [row for batch in batches for row in batch.to_pylist()]
    found = {row["product_id"]: row["failure"]["reason"] for row in rows}
    assert len(found) == len(rows)
    return found


def test_every_product_has_one_outcome(work: list[pa.RecordBatch], tmp_path: Path) -> None:
    """However many waves it takes; seconds of the tasks are added up; nothing is left behind."""
    cluster, stages = Cluster(), Stages()
    found = reasons(waves(cluster, tmp_path).read(iter(work), lambda: False, stages))
    assert set(found) == {f"p{n}" for n in range(500)}
    assert cluster.waves == [8, 8, 8, 8]
    assert stages.model == pytest.approx(0.5 * 32)
    assert not list((tmp_path / "run").iterdir())


def test_a_task_that_was_done_twice_counts_once(work: list[pa.RecordBatch], tmp_path: Path) -> None:
    """Spark repeats tasks that are slow or that it believes to be lost."""
    cluster = Cluster(twice=True)
    assert len(reasons(waves(cluster, tmp_path).read(iter(work), lambda: False, Stages()))) == 500


def test_what_was_done_before_a_wave_died_is_kept(
    work: list[pa.RecordBatch], tmp_path: Path
) -> None:
    """Only the task in hand, and those not yet begun, come again."""
    once = iter([True])
    cluster = Cluster(lambda ids: "p40" in ids and next(once, False))
    assert len(reasons(waves(cluster, tmp_path).read(iter(work), lambda: False, Stages()))) == 500
    again = [ids for ids in cluster.asked if "p40" in ids]
    assert [len(ids) for ids in again] == [16, 2]
    assert sum("p0" in ids for ids in cluster.asked) == 1


def test_a_product_that_its_worker_always_dies_of_is_one_failure(
    work: list[pa.RecordBatch], tmp_path: Path
) -> None:
    """The others of its task are read all the same."""
    cluster = Cluster(lambda ids: "p77" in ids or "p333" in ids)
    found = reasons(waves(cluster, tmp_path).read(iter(work), lambda: False, Stages()))
    assert found.pop("p77") == found.pop("p333") == "worker_died"
    assert set(found.values()) == {"missing_photo"}
    assert len(found) == 498


def test_whoever_is_beside_a_product_that_workers_die_of_is_not_blamed(
    work: list[pa.RecordBatch], tmp_path: Path
) -> None:
    """Where one task's death is that of all that run then: Spark gives up the whole job."""

    class Together(Cluster):
        def submit(self, folder: Path, tasks: int) -> None:
            wave = WaveFolder(folder)
            for start in range(0, tasks, 2):
                numbers = range(start, min(start + 2, tasks))
                told = {n: wave.todo(n)["product_id"].to_pylist() for n in numbers}
                one_dies = any(map(self.dies, told.values()))
                for number in numbers:
                    rows = dying() if one_dies else self._outcomes(wave, number, told[number])
                    with suppress(LostError):
                        wave.write_done(number, rows, {})
                if one_dies:
                    raise LostError("a worker was lost")

    def dying() -> Iterator[pa.RecordBatch]:
        raise LostError("a worker was lost")
        yield

    cluster = Together(lambda ids: "p77" in ids or "p333" in ids)
    found = reasons(waves(cluster, tmp_path).read(iter(work), lambda: False, Stages()))
    assert {i for i, reason in found.items() if reason == "worker_died"} == {"p77", "p333"}
    assert len(found) == 500


def test_a_cluster_that_begins_no_task_ends_the_run(
    work: list[pa.RecordBatch], tmp_path: Path
) -> None:
    """No product is to blame for that."""

    class Empty(Cluster):
        def submit(self, folder: Path, tasks: int) -> None:
            raise LostError(f"no executors for {tasks} tasks in {folder.name}")

    with pytest.raises(EngineError, match="begun: no executors for"):
        reasons(waves(Empty(), tmp_path).read(iter(work), lambda: False, Stages()))


def test_an_error_that_would_come_again_ends_the_run(
    work: list[pa.RecordBatch], tmp_path: Path
) -> None:
    """After what the other tasks have done is handed over."""

    class Wrong(Cluster):
        def submit(self, folder: Path, tasks: int) -> None:
            super().submit(folder, tasks - 1)
            raise UsageError("no such engine")

    found: list[pa.RecordBatch] = []
    batches = waves(Wrong(), tmp_path).read(iter(work), lambda: False, Stages())
    with pytest.raises(UsageError, match="no such engine"):
        found.extend(batches)
    assert sum(batch.num_rows for batch in found) >= 7 * 16


def test_when_told_to_stop_it_hands_over_what_is_done(
    work: list[pa.RecordBatch], tmp_path: Path
) -> None:
    """And leaves the rest for another run."""
    cluster = Cluster()
    batches = waves(cluster, tmp_path, places=4).read(iter(work), cluster.waves.__len__, Stages())
    found = reasons(batches)
    assert 0 < len(found) < 500
    assert cluster.interrupted.is_set()


def test_a_task_grows_to_what_takes_some_seconds(
    work: list[pa.RecordBatch], tmp_path: Path
) -> None:
    """The first ones are small, for nobody knows yet."""
    cluster = Cluster()
    options = {"task_rows": None, "places": 1}
    reasons(waves(cluster, tmp_path, **options).read(iter(work), lambda: False, Stages()))  # type: ignore[arg-type]
    sizes = [len(ids) for ids in cluster.asked]
    assert sizes[0] == 64
    assert sum(sizes) == 500
