"""Whole runs with a tiny model: tagged, killed, taken up again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hangtag.cli.entry import run
from hangtag.querying import opened
from hangtag.testing import DrawnCatalogFiles, write_drawn_catalog
from hangtag.workspace import Workspace

pytestmark = pytest.mark.vlm

RUN = """
import sys, time
from pathlib import Path
from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace

if __name__ == "__main__":
    styles, images, out, model = sys.argv[1:]
    engine = open_engine("vlm", default_taxonomy(), model=model, device="cpu", threads=1)
    answer, calls = engine.answer, 0

    def held(batch, attributes):
        # Answers are handed over every second, to be committed; after eight it waits to be killed.
        global calls
        calls += 1
        time.sleep(0.4 if calls <= 8 else 600)
        return answer(batch, attributes)

    engine.answer = held
    tag(open_catalog(Path(styles)), Path(images), Workspace(Path(out)), engine,
        processes=1, wave_rows=8)
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DrawnCatalogFiles:
    return write_drawn_catalog(tmp_path_factory.mktemp("drawn"), 60)


def tag(drawn: DrawnCatalogFiles, out: Path, model: Path, *more: str) -> int:
    return run(
        ["tag", str(drawn.styles), "--images", str(drawn.images), "--out", str(out), "--engine",
         "vlm", "--model", str(model), "--device", "cpu", "--threads", "1", "--processes", "1",
         "--json", *more]
    )  # fmt: skip


def readings(out: Path) -> list[tuple[object, ...]]:
    """All that was read, without the time."""
    with opened(Workspace(out)) as tables:
        return tables.sql(
            "select product_id, attribute, value, round(confidence, 3), engine_version "
            "from readings order by product_id, attribute"
        ).fetchall()


def test_a_catalog_is_tagged_and_tagged_again(
    drawn: DrawnCatalogFiles,
    checkpoint: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The second run finds everything done."""
    out, model = tmp_path / "shop", checkpoint("smolvlm")
    assert tag(drawn, out, model) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["products"], first["tagged"], first["failed"]) == (60, 60, 0)
    assert first["engine"] == "vlm"
    assert not first["calibrated"]
    assert tag(drawn, out, model) == 0
    second = json.loads(capsys.readouterr().out)
    assert (second["tagged"], second["reused"]) == (0, 60)


def test_a_killed_run_is_taken_up_where_it_was(
    drawn: DrawnCatalogFiles,
    checkpoint: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Kill -9 in the midst of it: the next run does the rest, and the tables are the same."""
    model, out = checkpoint("idefics3"), tmp_path / "killed"
    script = tmp_path / "run.py"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(drawn.styles), str(drawn.images), str(out)]
    killed = subprocess.Popen(
        [*command, str(model)], env=dict(os.environ), stderr=subprocess.DEVNULL
    )
    log, end = out / "ledger" / "_delta_log", time.monotonic() + 240
    while len(list(log.glob("*.json"))) < 2:
        assert killed.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert tag(drawn, out, model) == 0
    rest = json.loads(capsys.readouterr().out)
    assert rest["products"] == 60
    assert 8 <= rest["reused"] < 60
    assert rest["tagged"] + rest["reused"] == 60
    left_alone = tmp_path / "left alone"
    assert tag(drawn, left_alone, model) == 0
    assert readings(out) == readings(left_alone)


def test_another_model_reads_everything_anew(
    drawn: DrawnCatalogFiles,
    checkpoint: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """So does another number of tiles; and a fall-back is said on standard error."""
    out = tmp_path / "shop"
    assert tag(drawn, out, checkpoint("smolvlm"), "--limit", "6") == 0
    assert tag(drawn, out, checkpoint("smolvlm"), "--limit", "6", "--tiles", "2") == 0
    capsys.readouterr()
    assert tag(drawn, out, checkpoint("recurrent"), "--limit", "6") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["tagged"] == 6
    assert "hangtag: " in told.err
    assert "by the way 'fork', which is slower." in told.err


def test_answers_that_are_none_become_failures(
    drawn: DrawnCatalogFiles,
    checkpoint: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A model that babbles when it is let to write loses no product: each has its row."""
    out = tmp_path / "shop"
    how = ("--mode", "generate", "--limit", "2", "--where", "sub_category = 'Topwear'")
    assert tag(drawn, out, checkpoint("smolvlm"), *how) == 0
    assert json.loads(capsys.readouterr().out)["failures"] == {"engine_error": 2}
    with opened(Workspace(out)) as tables:
        told = tables.sql("select distinct message from failures").fetchall()
    assert all("cannot be used" in message for (message,) in told)


def test_a_calibration_fitted_to_labels_counts_from_the_next_run_on(
    drawn: DrawnCatalogFiles,
    checkpoint: Callable[[str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """For this model; another one is refused until it has one of its own, or the file is gone."""
    out = tmp_path / "shop"
    assert tag(drawn, out, checkpoint("idefics3")) == 0
    assert not json.loads(capsys.readouterr().out)["calibrated"]
    asked = ["evaluate", str(out), "--labels", str(drawn.labels), "--fit-calibration", "--json"]
    assert run(asked) == 0
    fits = {fit["attribute"]: fit for fit in json.loads(capsys.readouterr().out)["calibration"]}
    assert any(fit["kept"] for fit in fits.values())
    assert tag(drawn, out, checkpoint("idefics3")) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["calibrated"]
    assert again["tagged"] == 60
    assert run(["evaluate", str(out), "--labels", str(drawn.labels)]) == 0
    assert "uncalibrated" not in capsys.readouterr().out
    # A cascade behind whose first engine it stands takes it, too.
    cascade = ("--engine", "cascade", "--limit", "4")
    assert tag(drawn, out, checkpoint("idefics3"), *cascade) == 0
    told = json.loads(capsys.readouterr().out)
    kept = {name for name, fit in fits.items() if fit["kept"]}
    assert kept.isdisjoint(told["uncalibrated"])
    assert told["engine_figures"]["photos_on"] > 0
    assert told["engine_figures"]["expected_accuracy"].keys() <= kept
    for engine in ("vlm", "cascade"):
        assert tag(drawn, out, checkpoint("smolvlm"), "--engine", engine) == 1
        told = json.loads(capsys.readouterr().out)
        assert "The calibration was fitted for vlm" in told["error"]
        assert "calibration.json" in told["hint"]
