"""The process that reads products, and what is left of it when a product kills it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from colour_shop import ColourShop

from hangtag.errors import EngineError, UsageError
from hangtag.known import Known
from hangtag.outcomes import outcomes_schema
from hangtag.photo_sources import LocalPhotos
from hangtag.planning import keys_of, plan_products
from hangtag.rules import default_rules
from hangtag.spark.apart import ReaderApart
from hangtag.spark.job import ReadingJob
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine

TAXONOMY = default_taxonomy()


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    return ColourShop(tmp_path / "shop", products=60)


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderApart]:
    """One for all tests, as one serves all tasks of a worker."""
    reader = ReaderApart()
    yield reader
    reader.close()


def job(
    shop: ColourShop, engine: str = "hangtag.testing.scripted:ScriptedEngine", **options: Any
) -> bytes:
    photos = LocalPhotos(shop.images)
    return ReadingJob(engine, TAXONOMY, default_rules(TAXONOMY), photos, options).to_bytes()


def work(shop: ColourShop) -> Iterator[pa.RecordBatch]:
    keys = keys_of(ScriptedEngine(), TAXONOMY, default_rules(TAXONOMY))
    return plan_products(shop.catalog().batches(), Known(None), keys)


def outcomes(batches: Iterator[pa.RecordBatch]) -> dict[str, tuple[str, str | None]]:
    """Product → outcome and reason; every product once."""
    rows = pa.Table.from_batches(batches, schema=outcomes_schema(TAXONOMY)).to_pylist()
    found = {r["product_id"]: (r["outcome"], (r["failure"] or {}).get("reason")) for r in rows}
    assert len(found) == len(rows)
    return found


KILLING = "killing_engine:KillingEngine"


def test_a_reader_is_kept_from_one_task_to_the_next(shop: ColourShop, reader: ReaderApart) -> None:
    """Opening an engine takes longer than most tasks."""
    shop.add("missing", photo=False)
    spent: dict[str, float] = {}
    first = outcomes(reader.read(job(shop), work(shop), spent=spent.update))
    pid = reader.pid
    assert first.pop("missing") == ("failed", "missing_photo")
    assert first == {f"p{n}": ("tagged", None) for n in range(60)}
    assert spent["model"] > 0
    assert len(outcomes(reader.read(job(shop), work(shop)))) == 61
    assert reader.pid == pid


@pytest.mark.slow
def test_a_product_that_kills_its_reader_is_the_only_one_to_fail(
    shop: ColourShop, reader: ReaderApart
) -> None:
    """Two of them, in one batch with others."""
    shop.add("missing", photo=False)
    read = reader.read(job(shop, KILLING, poison=["p3", "p41"]), work(shop))
    found = outcomes(read)
    assert found.pop("p3") == found.pop("p41") == ("failed", "worker_died")
    assert found.pop("missing") == ("failed", "missing_photo")
    assert set(found.values()) == {("tagged", None)}
    assert len(found) == 58


def test_a_product_in_company_of_a_death_is_not_to_blame(
    shop: ColourShop, reader: ReaderApart, tmp_path: Path
) -> None:
    """Systems short of memory kill whom they like."""
    read = reader.read(job(shop, KILLING, once=["p7"], folder=str(tmp_path)), work(shop))
    assert set(outcomes(read).values()) == {("tagged", None)}
    assert (tmp_path / "p7.met").exists()


@pytest.mark.slow
def test_a_reader_that_is_killed_at_any_time_loses_nothing(
    shop: ColourShop, reader: ReaderApart
) -> None:
    """Even twice in one task."""
    found: list[pa.RecordBatch] = []
    for batch in reader.read(job(shop, delay=0.05), work(shop)):
        found.append(batch)
        if len(found) in (1, 2) and reader.pid is not None:
            os.kill(reader.pid, signal.SIGKILL)
    assert set(outcomes(iter(found)).values()) == {("tagged", None)}
    assert len(outcomes(iter(found))) == 60


def test_photos_may_come_as_bytes(shop: ColourShop, reader: ReaderApart) -> None:
    """Beside rows of a catalog that no table knows; too many bytes are a failure."""
    (rows,) = shop.catalog().batches()
    data = [shop.photo(i).read_bytes() for i in rows["product_id"].to_pylist()]
    data[5], data[6] = b"", b"no photo" * 9
    for name in shop.rows:
        shop.photo(name).unlink()
    batch = rows.append_column(pa.field("content", pa.binary()), pa.array(data, pa.binary()))
    found = outcomes(reader.read(job(shop), iter([batch]), raw=True))
    assert found.pop("p5") == ("failed", "empty_file")
    assert found.pop("p6") == ("failed", "not_an_image")
    assert set(found.values()) == {("tagged", None)}


def test_an_engine_that_gives_up_is_told_as_it_was(shop: ColourShop, reader: ReaderApart) -> None:
    """The error is the one that the engine raised, in another process."""
    broken = job(shop, fail_on={f"p{n}" for n in range(60)})
    with pytest.raises(EngineError, match="has not answered for 3 batches") as caught:
        outcomes(reader.read(broken, work(shop)))
    assert "doctor" in caught.value.hint
    assert len(outcomes(reader.read(job(shop), work(shop)))) == 60


@pytest.mark.parametrize("engine", ["telepathy", "nowhere.at.all:Engine", "killing_engine:Absent"])
def test_an_engine_that_is_not_there_is_a_wrong_usage(
    shop: ColourShop, reader: ReaderApart, engine: str
) -> None:
    """Whether it is looked at or read with."""
    with pytest.raises(UsageError, match="There is no engine"):
        reader.look(job(shop, engine))
    with pytest.raises(UsageError, match="There is no engine"):
        outcomes(reader.read(job(shop, engine), work(shop)))


def test_a_reader_that_cannot_live_blames_no_product(shop: ColourShop, tmp_path: Path) -> None:
    """It would otherwise fail a whole catalog."""
    (tmp_path / "hangtag.py").write_text("import os; os._exit(9)")
    with (
        closing(ReaderApart({"PYTHONPATH": str(tmp_path)})) as reader,
        pytest.raises(EngineError, match="die before they have read any"),
    ):
        outcomes(reader.read(job(shop), work(shop)))
    assert reader.pid is None


def test_reading_that_is_given_up_ends_the_process(shop: ColourShop, reader: ReaderApart) -> None:
    """As Spark does with the slower one of two attempts."""
    batches = reader.read(job(shop), work(shop))
    next(batches)
    assert reader.pid is not None
    batches.close()  # type: ignore[attr-defined]
    assert reader.pid is None
