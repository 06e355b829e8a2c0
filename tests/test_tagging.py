"""The run, from a catalog to tables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from colour_shop import ColourShop, ids, tables

from hangtag.engines.base import Answers, PhotoBatch
from hangtag.errors import EngineError, WorkspaceBusyError
from hangtag.known import Known
from hangtag.outcomes import outcomes_schema
from hangtag.planning import keys_of, plan_products
from hangtag.rules import default_rules
from hangtag.summary import Progress
from hangtag.tagging import plan_run, read_products
from hangtag.taxonomy import Attribute, Option, Taxonomy, default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
ASKED = len(TAXONOMY.read)


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    return ColourShop(tmp_path / "shop", products=40)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def fresh_tables(shop: ColourShop, folder: Path, **options: object) -> dict[str, list[str]]:
    """What a first run into a new workspace would say."""
    workspace = Workspace(folder / "fresh")
    shop.tag(workspace, **options)
    return tables(workspace)


def asked(engine: ScriptedEngine) -> dict[str, set[str]]:
    """Product → attributes that the engine was asked for."""
    found: dict[str, set[str]] = {}
    for products, attributes in engine.asked:
        for product in products:
            found.setdefault(product, set()).update(attributes)
    return found


def test_every_product_is_in_attributes_or_in_failures_and_none_in_both(
    shop: ColourShop, workspace: Workspace
) -> None:
    """A missing, an empty and a broken photo are failures with their own reasons."""
    shop.add("missing", photo=False)
    shop.add("empty")
    shop.photo("empty").write_bytes(b"")
    shop.add("page")
    shop.photo("page").write_bytes(b"<html><body>Not found</body></html>" * 40)
    summary = shop.tag(workspace)
    assert (summary.products, summary.tagged, summary.reused, summary.failed) == (43, 40, 0, 3)
    assert summary.failures["missing_photo"] == 1
    assert ids(workspace, "attributes") == sorted(f"p{n}" for n in range(40))
    assert ids(workspace, "failures") == ["empty", "missing", "page"]
    assert ids(workspace, "products") == ids(workspace, "ledger") == sorted(shop.rows)
    assert len(ids(workspace, "readings")) == 40 * ASKED
    assert workspace.last_run() == summary.to_json()
    assert not summary.interrupted


def test_a_second_run_reads_nothing_and_writes_nothing(
    shop: ColourShop, workspace: Workspace
) -> None:
    """Missing photos are looked for again, and stay missing."""
    shop.add("missing", photo=False)
    shop.tag(workspace)
    before = {name: workspace.read(name) for name in ("readings", "attributes", "failures")}
    engine = ScriptedEngine()
    summary = shop.tag(workspace, engine)
    assert (summary.tagged, summary.reused, summary.failed) == (0, 40, 1)
    assert summary.failures == {"missing_photo": 1}
    assert engine.asked == []
    assert before == {name: workspace.read(name) for name in before}


def test_only_new_products_are_read(shop: ColourShop, workspace: Workspace, tmp_path: Path) -> None:
    """The tables come out as from one run."""
    shop.tag(workspace, limit=30)
    engine = ScriptedEngine()
    summary = shop.tag(workspace, engine)
    assert (summary.tagged, summary.reused) == (10, 30)
    assert len(asked(engine)) == 10
    assert tables(workspace) == fresh_tables(shop, tmp_path)


def test_a_changed_photo_is_read_again(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """And no other one."""
    shop.tag(workspace)
    shop.paint("p7", "another colour")
    engine = ScriptedEngine()
    assert shop.tag(workspace, engine).tagged == 1
    assert set(asked(engine)) == {"p7"}
    assert tables(workspace) == fresh_tables(shop, tmp_path)


def test_a_photo_that_is_gone_takes_its_tag_along(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """The product moves to failures, and back again with its photo."""
    shop.tag(workspace)
    photo = shop.photo("p3").read_bytes()
    shop.photo("p3").unlink()
    summary = shop.tag(workspace)
    assert (summary.reused, summary.failed) == (39, 1)
    assert ids(workspace, "failures") == ["p3"]
    assert "p3" not in ids(workspace, "attributes")
    assert "p3" not in ids(workspace, "readings")
    shop.photo("p3").write_bytes(photo)
    assert shop.tag(workspace).tagged == 1
    assert tables(workspace) == fresh_tables(shop, tmp_path)


def test_a_repaired_photo_is_read(shop: ColourShop, workspace: Workspace, tmp_path: Path) -> None:
    """While it is as broken as before it is not decoded again, and stays a failure."""
    shop.photo("p3").write_bytes(b"no photo at all" * 10)
    shop.tag(workspace)
    failed_at = workspace.read("failures", ["failed_at"])
    summary = shop.tag(workspace)
    assert (summary.tagged, summary.reused, summary.failed) == (0, 39, 1)
    assert sum(summary.failures.values()) == 1
    assert workspace.read("failures", ["failed_at"]) == failed_at
    shop.paint("p3", "p3")
    assert shop.tag(workspace).tagged == 1
    assert tables(workspace) == fresh_tables(shop, tmp_path)


def test_new_metadata_is_taken_in_without_the_engine(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """The attributes row is derived anew from the readings that are there."""
    shop.tag(workspace)
    shop.rows["p5"]["productDisplayName"] = "Another Title"
    shop.rows["p6"] |= {"masterCategory": "Accessories", "subCategory": "Watches"}
    shop.rows["p6"]["articleType"] = "Watches"
    engine = ScriptedEngine()
    assert shop.tag(workspace, engine).tagged == 2
    assert engine.asked == []
    assert tables(workspace) == fresh_tables(shop, tmp_path)


def test_a_new_attribute_is_read_alone(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """Readings of the others are kept; a photo that changed meanwhile is asked everything."""
    shop.tag(workspace)
    closure = Attribute("closure", 1, (Option("laces"), Option("straps")))
    grown = replace(TAXONOMY, attributes=(*TAXONOMY.attributes, closure))
    shop.paint("p7", "another colour")
    shop.add("p40")
    engine = ScriptedEngine()
    options = {"taxonomy": grown, "rules": default_rules(grown)}
    assert shop.tag(workspace, engine, **options).tagged == 41
    everything = {a.name for a in grown.read}
    questions = asked(engine)
    assert questions.pop("p7") == questions.pop("p40") == everything
    assert set(map(frozenset, questions.values())) == {frozenset({"closure"})}
    assert tables(workspace) == fresh_tables(shop, tmp_path, **options)


def test_an_attribute_that_was_dropped_keeps_its_readings_as_long_as_the_photo(
    shop: ColourShop, workspace: Workspace
) -> None:
    """They go when a new photo makes them untrue."""
    shop.tag(workspace)
    shrunk = replace(TAXONOMY, attributes=tuple(a for a in TAXONOMY if a.name != "fit"))
    options = {"taxonomy": shrunk, "rules": default_rules(shrunk)}
    shop.paint("p7", "another colour")
    engine = ScriptedEngine()
    shop.tag(workspace, engine, **options)
    assert set(asked(engine)) == {"p7"}
    readings = workspace.read("readings", ["product_id", "attribute"]).to_pylist()
    fits = {r["product_id"] for r in readings if r["attribute"] == "fit"}
    assert fits == set(shop.rows) - {"p7"}


@pytest.mark.parametrize("version", ["1", "2"])
def test_another_engine_version_reads_everything_again(
    shop: ColourShop, workspace: Workspace, tmp_path: Path, version: str
) -> None:
    """The same version reads nothing."""
    shop.tag(workspace, ScriptedEngine(version="1"))
    summary = shop.tag(workspace, ScriptedEngine(version=version))
    assert summary.tagged == (40 if version == "2" else 0)
    expected = fresh_tables(shop, tmp_path, engine=ScriptedEngine(version=version))
    assert tables(workspace) == expected


def test_two_catalogs_share_a_workspace(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """What one catalog does not speak of is left as it is."""
    other = ColourShop(tmp_path / "other")
    other.add("o1")
    shop.tag(workspace)
    assert other.tag(workspace).products == 1
    assert ids(workspace, "attributes") == sorted([*shop.rows, "o1"])


def test_one_photo_that_the_engine_chokes_on_is_one_failure(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """The others of its batch are read one by one; next time it is tried again."""
    summary = shop.tag(workspace, ScriptedEngine(fail_on={"p11"}))
    assert (summary.tagged, summary.failed) == (39, 1)
    assert summary.failures == {"engine_error": 1}
    (row,) = workspace.read("failures").to_pylist()
    assert (row["product_id"], row["stage"]) == ("p11", "engine")
    assert "p11" in row["message"]
    assert shop.tag(workspace).tagged == 1
    assert tables(workspace) == fresh_tables(shop, tmp_path)


def test_an_engine_that_answers_nothing_ends_the_run(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """What it answered before is kept."""
    broken = {f"p{n}" for n in range(8, 40)}
    with pytest.raises(EngineError, match="3 batches"):
        shop.tag(workspace, ScriptedEngine(batch_size=8, fail_on=broken))
    assert set(ids(workspace, "attributes")) == {f"p{n}" for n in range(8)}
    shop.tag(workspace)
    assert tables(workspace) == fresh_tables(shop, tmp_path)


class NotANumberEngine(ScriptedEngine):
    """Answers nonsense for one product."""

    def answer(self, batch: PhotoBatch, attributes: object) -> Answers:
        answers = super().answer(batch, attributes)  # type: ignore[arg-type]
        for row, product_id in enumerate(batch.product_ids):
            if product_id == "p2":
                answers.scores["fit"][row, 1] = np.nan
        return answers


def test_answers_that_are_no_numbers_are_a_failure(shop: ColourShop, workspace: Workspace) -> None:
    """Of that product alone."""
    summary = shop.tag(workspace, NotANumberEngine())
    assert (summary.tagged, summary.failures) == (39, {"garbage": 1})
    assert ids(workspace, "failures") == ["p2"]
    assert "p2" not in ids(workspace, "readings")


def test_batches_do_not_show_in_the_tables(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """Neither the engine's nor those of the commits."""
    shop.tag(workspace, ScriptedEngine(batch_size=7), wave_rows=5, processes=2)
    assert tables(workspace) == fresh_tables(shop, tmp_path)


def test_a_second_run_at_once_stops_and_names_the_first(
    shop: ColourShop, workspace: Workspace
) -> None:
    """Told to wait, it waits."""
    with (
        Workspace(workspace.path).lock(),
        pytest.raises(WorkspaceBusyError, match=f"process {os.getpid()}") as busy,
    ):
        shop.tag(workspace)
    assert "--wait" in busy.value.hint
    lock = workspace.lock()
    lock.__enter__()
    threading.Timer(0.5, lock.__exit__, (None, None, None)).start()
    assert shop.tag(workspace, wait=True).tagged == 40


def test_ctrl_c_keeps_what_was_answered_and_says_so(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """The next run does the rest."""

    class Interrupting(ScriptedEngine):
        def answer(self, batch: PhotoBatch, attributes: object) -> Answers:
            if len(self.asked) == 1:
                os.kill(os.getpid(), signal.SIGINT)
            return super().answer(batch, attributes)  # type: ignore[arg-type]

    before = signal.getsignal(signal.SIGINT)
    summary = shop.tag(workspace, Interrupting(batch_size=8))
    assert signal.getsignal(signal.SIGINT) is before
    assert summary.interrupted
    assert summary.products == summary.tagged == 16
    assert len(ids(workspace, "attributes")) == 16
    summary = shop.tag(workspace)
    assert (summary.tagged, summary.reused, summary.interrupted) == (24, 16, False)
    assert tables(workspace) == fresh_tables(shop, tmp_path)


def test_a_second_ctrl_c_is_not_waited_for(shop: ColourShop, workspace: Workspace) -> None:
    """It aborts the run as Ctrl-C does anywhere."""

    class Impatient(ScriptedEngine):
        def answer(self, batch: PhotoBatch, attributes: object) -> Answers:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            return super().answer(batch, attributes)  # type: ignore[arg-type]

    with pytest.raises(KeyboardInterrupt):
        shop.tag(workspace, Impatient())
    assert shop.tag(workspace).tagged == 40


FULL_DISK = """
import resource, sys
from pathlib import Path
from colour_shop import ColourShop
from hangtag.errors import WorkspaceError
from hangtag.workspace import Workspace
if __name__ == "__main__":
    shop = ColourShop(Path(sys.argv[1]), products=40)
    workspace = Workspace(sys.argv[2])
    shop.tag(workspace, limit=10)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))  # as if the disk were full
    try:
        shop.tag(workspace)
    except WorkspaceError as error:
        print(error)
"""


@pytest.mark.slow
def test_a_full_disk_is_one_clear_error_and_nothing_is_half_written(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """With room again, the same command goes on."""
    script = tmp_path / "full_disk.py"
    script.write_text(FULL_DISK)
    told = subprocess.run(
        [sys.executable, str(script), str(shop.images.parent), str(workspace.path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert "free space" in told
    assert len(ids(workspace, "ledger")) == 10
    assert shop.tag(workspace).tagged == 30
    assert tables(workspace) == fresh_tables(shop, tmp_path)


HANGING = """
import sys
from pathlib import Path
import hangtag.photo_pool as pool
from colour_shop import ColourShop
from hangtag.images import PhotoLimits
from hangtag.workspace import Workspace

shop = ColourShop(Path(sys.argv[1]))
hanging = shop.photo("p3").read_bytes()

def decode(data, *rest, decode=pool.decode, **options):
    while data == hanging:
        pass
    return decode(data, *rest, **options)

pool.decode = decode

if __name__ == "__main__":
    for number in range(5):
        shop.rows[f"p{number}"] = {"id": f"p{number}"}
    for _ in range(2):
        summary = shop.tag(Workspace(sys.argv[2]), limits=PhotoLimits(max_seconds=4))
        print(summary.tagged, summary.reused, summary.failures)
"""


@pytest.mark.slow
def test_a_photo_that_hangs_its_decoder_is_one_failure_and_not_looked_at_again(
    tmp_path: Path, workspace: Workspace
) -> None:
    """The next run knows it by its hash."""
    ColourShop(tmp_path / "hanging", products=5)
    script = tmp_path / "hanging.py"
    script.write_text(HANGING)
    told = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "hanging"), str(workspace.path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert told.splitlines() == ["4 0 {'decoder_hung': 1}", "0 4 {'decoder_hung': 1}"]
    (failure,) = workspace.read("failures").to_pylist()
    assert (failure["product_id"], failure["stage"]) == ("p3", "photo")
    assert "4 seconds" in failure["message"]


def test_the_middle_of_a_run_needs_no_workspace(shop: ColourShop) -> None:
    """Every row that goes in comes out once, with all that the tables need."""
    shop.add("missing", photo=False)
    rules = default_rules(TAXONOMY)
    keys = keys_of(ScriptedEngine(), TAXONOMY, rules)
    with Known(Workspace(shop.images.parent / "no workspace")) as known:
        outcomes = pa.Table.from_batches(
            read_products(
                plan_products(shop.catalog().batches(rows=7), known, keys),
                images=shop.images, engine=ScriptedEngine(), taxonomy=TAXONOMY, rules=rules,
                processes=1,
            )
        )  # fmt: skip
    assert outcomes.schema == outcomes_schema(TAXONOMY)
    rows = {row["product_id"]: row for row in outcomes.to_pylist()}
    assert len(outcomes) == len(rows) == 41
    assert set(rows) == set(shop.rows)
    missing = rows.pop("missing")
    assert (missing["outcome"], missing["readings"], missing["attributes"]) == ("failed", [], None)
    assert missing["failure"]["reason"] == "missing_photo"
    for row in rows.values():
        assert (row["outcome"], row["failure"], row["fresh"]) == ("tagged", None, True)
        assert len(row["readings"]) == ASKED
        assert row["product"]["title"] == "A Blue Tee"


def test_progress_goes_up_to_the_total(shop: ColourShop, workspace: Workspace) -> None:
    """And is told at the end even of a run with nothing to do."""
    told: list[Progress] = []
    shop.tag(workspace, progress=told.append)
    assert told[-1].done == told[-1].tagged == 40
    assert [p.done for p in told] == sorted(p.done for p in told)
    told.clear()
    shop.tag(workspace, progress=told.append)
    assert (told[-1].done, told[-1].reused) == (40, 40)


def test_the_plan_says_what_a_run_would_do_and_touches_nothing(
    shop: ColourShop, workspace: Workspace
) -> None:
    """Before the first run there is not even a folder."""
    engine = ScriptedEngine()
    assert plan_run(shop.catalog(), workspace, engine).new == 40
    assert not workspace.path.exists()
    shop.photo("p3").unlink()
    shop.tag(workspace, engine, limit=30)
    shop.rows["p5"]["productDisplayName"] = "Another Title"
    plan = plan_run(shop.catalog(), workspace, engine)
    assert plan.to_json() == {
        "products": 40, "new": 10, "read": 0, "derive": 1, "failed": 1, "done": 28,
    }  # fmt: skip
    assert plan_run(shop.catalog(), workspace, ScriptedEngine(version="2")).read == 29


def test_an_empty_catalog_makes_empty_tables(tmp_path: Path, workspace: Workspace) -> None:
    """Which any reader can read."""
    summary = ColourShop(tmp_path / "none").tag(workspace)
    assert (summary.products, summary.photos_per_second) == (0, 0.0)
    assert all(not rows for rows in tables(workspace).values())


def test_the_taxonomy_that_a_run_used_is_kept(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """Only where it is not the one that ships."""
    file = tmp_path / "own.yaml"
    file.write_text(
        "name: own\nversion: 1\nattributes:\n  closure: {tier: 1, options: {laces: , straps: }}\n"
    )
    own: Taxonomy = Taxonomy(
        "own", "1", (Attribute("closure", 1, (Option("laces"), Option("straps"))),), {}
    )
    shop.tag(workspace, taxonomy=own, taxonomy_file=file)
    assert workspace.taxonomy().name == "own"
    shop.tag(workspace)
    assert workspace.taxonomy() is TAXONOMY
