"""The run on Spark ends in the tables of a run on one machine."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from colour_shop import ColourShop, ids, tables
from spark_workers import DAEMON, READER, kill, workers_of

from hangtag.corrections import Corrections, Save
from hangtag.errors import EngineError, UsageError
from hangtag.settling import settle
from hangtag.spark import attributes_of, failures_of, readings_of, tag, tag_catalog
from hangtag.summary import Progress, RunSummary
from hangtag.sureness import Sureness
from hangtag.taxonomy import default_taxonomy
from hangtag.texts import TaughtWords
from hangtag.texts.bag import WordOdds
from hangtag.workspace import Workspace

pytestmark = pytest.mark.spark

SCRIPTED = "hangtag.testing.scripted:ScriptedEngine"
KILLING = "killing_engine:KillingEngine"
ASKED = len(default_taxonomy().read)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def on_spark(
    session: Any, shop: ColourShop, workspace: Workspace, engine: str = SCRIPTED, **options: Any
) -> RunSummary:
    options = {"task_rows": 16, **options}
    return tag_catalog(session, shop.catalog(), shop.images, workspace, engine, **options)


def here(shop: ColourShop, folder: Path) -> dict[str, list[str]]:
    """The tables of a run without Spark."""
    workspace = Workspace(folder / "here")
    shop.tag(workspace)
    return tables(workspace)


def test_the_tables_are_those_of_a_run_on_one_machine(
    session: Any, shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """All of them; a second run finds everything done, wherever it runs."""
    told: list[Progress] = []
    summary = on_spark(session, shop, workspace, progress=told.append)
    assert (summary.products, summary.tagged, summary.failed) == (202, 200, 2)
    assert summary.failures == {"missing_photo": 1, "not_an_image": 1}
    assert summary.engine == "scripted"
    assert all(summary.stages[stage] > 0 for stage in ("plan", "model", "derive", "write"))
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert told[-1].total == told[-1].done == 202
    assert tables(workspace) == here(shop, tmp_path)
    assert not list((workspace.path / ".staging").glob("run-*"))
    again = on_spark(session, shop, workspace)
    assert (again.tagged, again.reused, again.failed) == (0, 200, 2)
    assert shop.tag(workspace).reused == 200


def test_what_has_changed_is_done_again(
    session: Any, shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """After a run on one machine: a photo, a title, a product that is new."""
    shop.tag(workspace)
    shop.paint("p3", "another colour")
    shop.rows["p5"]["productDisplayName"] = "Another Title"
    shop.add("p200")
    shop.paint("missing", "missing")
    summary = on_spark(session, shop, workspace)
    assert (summary.tagged, summary.reused, summary.failed) == (4, 198, 1)
    assert tables(workspace) == here(shop, tmp_path)


def patterns(workspace: Workspace) -> set[str]:
    rows = workspace.read("attributes", ["pattern"]).to_pylist()
    return {row["pattern"] for row in rows}


def test_words_that_were_taught_count_on_spark_too(
    session: Any, shop: ColourShop, workspace: Workspace
) -> None:
    """From the next run on, wherever it runs, and no photo is read again for them."""
    shop.tag(workspace)
    before = tables(workspace)
    assert "solid color" in patterns(workspace)
    teach_stripes(workspace)
    on_spark(session, shop, workspace)
    after = tables(workspace)
    assert after["readings"] == before["readings"]
    assert after["attributes"] != before["attributes"]
    assert "solid color" not in patterns(workspace)
    assert shop.tag(workspace).reused == 200


def test_what_people_said_stands_after_a_run_on_spark(
    session: Any, shop: ColourShop, workspace: Workspace
) -> None:
    """Said before it and not yet put into the rows, or said of a product that is read anew."""
    shop.tag(workspace)
    store = Corrections(workspace)
    for product_id in ("p3", "p5"):
        store.save([Save(product_id, product_id, {"pattern": ["polka dots"]}, "Ann")])
    shop.paint("p3", "another colour")
    shop.rows["p5"]["productDisplayName"] = "Another Title"
    on_spark(session, shop, workspace)
    rows = {row["product_id"]: row for row in workspace.read("attributes").to_pylist()}
    for product_id in ("p3", "p5"):
        assert rows[product_id]["pattern"] == "polka dots"
        assert dict(rows[product_id]["sources"])["pattern"] == "person"
    assert settle(workspace) == 0


def test_photos_that_kill_their_process_end_in_failures(
    session: Any, shop: ColourShop, workspace: Workspace
) -> None:
    """The job lives, and so do the others of their batches."""
    summary = on_spark(session, shop, workspace, KILLING, options={"poison": ["p7", "p150"]})
    assert (summary.tagged, summary.failed) == (198, 4)
    assert summary.failures["worker_died"] == 2
    died = [r for r in workspace.read("failures").to_pylist() if r["reason"] == "worker_died"]
    assert sorted(r["product_id"] for r in died) == ["p150", "p7"]
    assert {r["stage"] for r in died} == {"engine"}
    assert ids(workspace, "ledger") == sorted(shop.rows)


def test_a_photo_that_takes_the_worker_along_ends_in_failures(
    session: Any, shop: ColourShop, workspace: Workspace
) -> None:
    """As where a whole container is killed; Spark then gives up the job, and hangtag does not."""
    poison = {"poison": ["p42"], "parents": True}
    summary = on_spark(session, shop, workspace, KILLING, options=poison)
    assert (summary.tagged, summary.failed) == (199, 3)
    assert summary.failures["worker_died"] == 1
    assert ids(workspace, "ledger") == sorted(shop.rows)


@pytest.mark.parametrize("kind", [DAEMON, READER])
def test_workers_killed_at_any_time_lose_and_double_nothing(
    session: Any, shop: ColourShop, workspace: Workspace, tmp_path: Path, kind: str
) -> None:
    """Kill -9, three times over the run, of all that Spark has started for Python then."""
    killed: list[int] = []

    def strike(progress: Progress) -> None:
        if progress.done < 40 * (len(killed) + 1) or len(killed) == 3:
            return
        # None may be there just now: then at the next word of progress.
        if victims := kill(workers_of(psutil.Process(), kind)):
            killed.append(victims)

    slow = {"delay": 0.3}
    summary = on_spark(session, shop, workspace, KILLING, options=slow, progress=strike)
    assert sum(killed) >= 2
    assert (summary.tagged, summary.failed) == (200, 2)
    assert tables(workspace) == here(shop, tmp_path)


def test_ctrl_c_keeps_what_is_done(
    session: Any, shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """And the next run does the rest."""

    def interrupt(progress: Progress) -> None:
        if 0 < progress.done < 202:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)

    before = signal.getsignal(signal.SIGINT)
    slow = {"delay": 0.5}
    summary = on_spark(
        session, shop, workspace, KILLING, options=slow, progress=interrupt_once(interrupt)
    )
    assert signal.getsignal(signal.SIGINT) is before
    assert summary.interrupted
    assert 0 < summary.products < 202
    assert len(ids(workspace, "ledger")) == summary.products
    rest = on_spark(session, shop, workspace)
    assert not rest.interrupted
    assert tables(workspace) == here(shop, tmp_path)


def interrupt_once(interrupt: Any) -> Any:
    """Call it the first time only: the second Ctrl-C is not waited for."""
    calls = []

    def once(progress: Progress) -> None:
        if not calls and progress.done:
            calls.append(progress)
            interrupt(progress)

    return once


def test_an_engine_that_gives_up_says_why(
    session: Any, shop: ColourShop, workspace: Workspace
) -> None:
    """Across two processes and Java."""
    everything = {"fail_on": set(shop.rows)}
    with pytest.raises(EngineError, match="has not answered for 3 batches"):
        on_spark(session, shop, workspace, options=everything, task_rows=64)
    with pytest.raises(UsageError, match="There is no engine named 'telepathy'"):
        on_spark(session, shop, workspace, "telepathy")
    assert on_spark(session, shop, workspace).tagged == 200


def test_an_engine_is_opened_once_a_worker(
    session: Any, shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """Not once a task: there are a dozen of them."""
    opened = tmp_path / "opened"
    opened.mkdir()
    on_spark(session, shop, workspace, "killing_engine:LoneEngine", options={"folder": str(opened)})
    assert 1 <= len(list(opened.iterdir())) <= 3


def test_photos_behind_a_url_are_read(
    session: Any, shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """By whatever fsspec knows."""
    url = shop.images.as_uri()
    tag_catalog(session, shop.catalog(), url, workspace, SCRIPTED)
    assert tables(workspace) == here(shop, tmp_path)


def teach_stripes(workspace: Workspace) -> None:
    """What is blue by its title is striped."""
    words = WordOdds(
        {"pattern": ("solid color", "striped")}, {"title": {"blue": 0}, "description": {}},
        np.ones(1), np.ones(2), np.array([[0.0, 30.0]]), np.zeros(2), np.log([0.5, 0.5]),
    )  # fmt: skip
    weight = {"words": 1.0, "photo_and_words": 1.0}
    workspace.keep_taught_words({"pattern": TaughtWords(words, weight, Sureness(), {})}, None)


def test_words_that_were_taught_count_in_a_frame(
    session: Any, shop: ColourShop, workspace: Workspace
) -> None:
    """Where they are named; they stand in a file of the workspace that learned them."""
    shop.tag(workspace)
    teach_stripes(workspace)
    some = session.read.option("header", True).csv(str(catalog_of(shop))).limit(20)
    words = workspace.path / "taught-words.npz"
    plain, taught = (
        {row["pattern"] for row in attributes_of(tagged).select("pattern").collect()}
        for tagged in (
            tag(some, SCRIPTED, images=shop.images),
            tag(some, SCRIPTED, images=shop.images, words=words),
        )
    )
    assert "solid color" in plain
    assert "solid color" not in taught


def test_a_frame_has_one_row_out_for_each_row_in(session: Any, shop: ColourShop) -> None:
    """Photos from a folder, as whole paths in a column, and as bytes; ids may be numbers."""
    products = session.read.option("header", True).csv(str(catalog_of(shop)))
    tagged = tag(products, SCRIPTED, images=shop.images).cache()
    outcomes = {r["product_id"]: r["outcome"] for r in tagged.collect()}
    assert len(outcomes) == tagged.count() == 202
    assert {i for i, outcome in outcomes.items() if outcome == "failed"} == {"missing", "broken"}
    readings = readings_of(tagged)
    assert readings.count() == 200 * ASKED
    assert {"product_id", "attribute", "value", "confidence"} <= set(readings.columns)
    assert attributes_of(tagged).count() == 200
    failures = {r["product_id"]: r["reason"] for r in failures_of(tagged).collect()}
    assert failures == {"missing": "missing_photo", "broken": "not_an_image"}
    tagged.unpersist()


def catalog_of(shop: ColourShop) -> Path:
    """The shop's file, written."""
    shop.catalog()
    return shop.styles


def test_a_frame_of_paths_or_of_bytes_says_the_same(
    session: Any, shop: ColourShop, workspace: Workspace
) -> None:
    """As the tables of a run without Spark."""
    shop.tag(workspace)
    expected = values(workspace.read("readings").to_pylist())
    paths = [(i, str(shop.photo(i))) for i in shop.rows]
    by_path = tag(session.createDataFrame(paths, "sku string, image_path string"), SCRIPTED)
    assert values([row.asDict() for row in readings_of(by_path).collect()]) == expected
    files = session.read.format("binaryFile").load(str(shop.images))
    by_bytes = tag(files, SCRIPTED)
    assert values([row.asDict() for row in readings_of(by_bytes).collect()]) == expected
    assert failures_of(by_bytes).select("product_id").collect()[0][0] == "broken"


def values(rows: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Product and attribute → what was read, and of which photo."""
    found = {
        (r["product_id"], r["attribute"]): (
            tuple(r["value"]), r["confidence"], tuple(sorted(dict(r["probabilities"]).items())),
            r["image_sha256"], r["engine"],
        )
        for r in rows
    }  # fmt: skip
    assert len(found) == len(rows)
    return found


def test_rows_that_share_an_id_or_have_none_are_rows_all_the_same(
    session: Any, shop: ColourShop
) -> None:
    """A frame is not a catalog: whoever has it decides what is a double."""
    rows = [("p1", 1.0), ("p1", 2.0), (None, 3.0), (" p2 ", 4.0)]
    products = session.createDataFrame(rows, "id string, price double")
    found = tag(products, SCRIPTED, images=shop.images).collect()
    assert sorted((r["product_id"], r["outcome"]) for r in found) == [
        ("", "failed"), ("p1", "tagged"), ("p1", "tagged"), ("p2", "tagged"),
    ]  # fmt: skip
    assert sorted(str(r["product"]["price"]) for r in found) == ["1", "2", "3", "4"]


def test_workers_that_do_not_see_the_staging_folder_are_found_out(
    session: Any, shop: ColourShop, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any photo is read, and with what to do about it."""
    from hangtag.spark import session as module

    looking = module.looking
    monkeypatch.setattr(module, "looking", lambda job, token: looking(job, token / "elsewhere"))
    with pytest.raises(UsageError, match="do not see") as caught:
        on_spark(session, shop, workspace)
    assert "--staging" in caught.value.hint
