"""The command line: what it prints, where, and how it ends."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from colour_shop import ColourShop

import hangtag
from hangtag.cli.entry import run
from hangtag.engines import registry
from hangtag.engines.registry import register_engine
from hangtag.errors import EngineError
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace


class Interrupting(ScriptedEngine):
    """Somebody presses Ctrl-C while it looks at its first photos."""

    def answer(self, *asked: Any) -> Any:
        if not self.asked:
            signal.raise_signal(signal.SIGINT)
        return super().answer(*asked)


def broken(_taxonomy: Taxonomy, **_options: Any) -> ScriptedEngine:
    raise EngineError("The server is away.", "Start it.")


def faulty(_taxonomy: Taxonomy, **_options: Any) -> ScriptedEngine:
    raise ZeroDivisionError("a mistake of ours")


def stopped(_taxonomy: Taxonomy, **_options: Any) -> ScriptedEngine:
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines for tests; forgotten afterwards."""
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    register_engine("scripted", lambda taxonomy, **_: ScriptedEngine(taxonomy))
    register_engine("interrupting", lambda taxonomy, **_: Interrupting(taxonomy, batch_size=4))
    register_engine("broken", broken)
    register_engine("faulty", faulty)
    register_engine("stopped", stopped)


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    shop = ColourShop(tmp_path / "shop", products=12)
    shop.catalog()
    return shop


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def tag(shop: ColourShop, out: Path, *more: str, engine: str = "scripted") -> int:
    folders = ["--images", str(shop.images), "--out", str(out)]
    how = ["--engine", engine, "--processes", "1"]
    return run(["tag", str(shop.styles), *folders, *how, *more])


def labelled(folder: Path, **pattern: str) -> Path:
    """A labels file that says the pattern of each product."""
    path = folder / "labels.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "attribute", "value")])
        csv.writer(file).writerows((i, "pattern", value) for i, value in pattern.items())
    return path


def test_tagging_tells_what_was_done_and_what_to_do_next(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person learns the counts, the reasons of failures, the common values and the next step."""
    shop.add("gone", photo=False)
    shop.catalog()
    assert tag(shop, out) == 0
    printed = capsys.readouterr().out
    assert "13 products" in printed
    assert "12 tagged, 0 reused, 1 failed" in printed
    assert "1   failed: missing_photo" in printed
    assert "Pattern" in printed
    assert f"hangtag report {out}" in printed
    assert all(line == line.rstrip() for line in printed.splitlines())


def test_json_is_one_document_and_nothing_else(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What scripts rely on is there."""
    assert tag(shop, out, "--json") == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert document["products"] == document["tagged"] == 12
    assert document["reused"] == document["failed"] == 0
    assert document["seconds"] > 0
    assert document["workspace"] == str(out)


def test_the_same_command_again_goes_on(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limited run is completed by one without the limit."""
    tag(shop, out, "--limit", "5")
    capsys.readouterr()
    tag(shop, out, "--json")
    document = json.loads(capsys.readouterr().out)
    assert (document["reused"], document["tagged"]) == (5, 7)


def test_a_folder_of_photos_is_a_catalog_by_itself(shop: ColourShop, out: Path) -> None:
    """Nothing but the folder and the workspace need to be named."""
    assert run(["tag", str(shop.images), "--out", str(out), "--engine", "scripted"]) == 0
    assert Workspace(out).count("attributes") == 12


def test_a_catalog_file_needs_the_folder_of_its_photos(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --images the command says which folder it wants, and writes nothing."""
    assert run(["tag", str(shop.styles), "--out", str(out)]) == 2
    assert "--images" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--engine", "oracle"], "compact"),
        (["--where", "no_such = 1"], "sub_category"),
        (["--where", "1=1; drop table x"], "--where"),
        (["--columns", "titles"], "OURS=THEIRS"),
        (["--columns", "title=nowhere"], "productDisplayName"),
        (["--limit", "0"], "from 1 on"),
        (["--limit", "many"], "from 1 on"),
        (["--images", "nowhere"], "does not exist"),
        (["--colour"], "--help"),
        (["--encoding", "klingon"], "utf-8"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_right(
    arguments: list[str],
    told: str,
    shop: ColourShop,
    out: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The message goes to standard error, without a traceback."""
    assert tag(shop, out, *arguments) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert "Traceback" not in printed.err
    assert not printed.out


@pytest.mark.parametrize("arguments", [["--where", "no_such = 1"], ["--limit", "0"], ["--colour"]])
def test_with_json_an_error_is_a_document_too(
    arguments: list[str], shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever parses the output can parse the complaint."""
    assert tag(shop, out, "--json", *arguments) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["error"]
    assert document["hint"]


def test_a_run_that_cannot_finish_ends_with_1(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An engine that cannot answer is no mistake in the command."""
    assert tag(shop, out, engine="broken") == 1
    assert capsys.readouterr().err == "hangtag: The server is away.\n  Start it.\n"


def test_a_fault_of_ours_shows_its_traceback_only_when_asked(
    shop: ColourShop,
    out: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """--debug or HANGTAG_DEBUG=1 ask for it."""
    assert tag(shop, out, engine="faulty") == 1
    quiet = capsys.readouterr().err
    assert "ZeroDivisionError: a mistake of ours" in quiet
    assert "--debug" in quiet
    assert "Traceback" not in quiet
    assert tag(shop, out, "--debug", engine="faulty") == 1
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setenv("HANGTAG_DEBUG", "1")
    assert tag(shop, out, engine="faulty") == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_keeps_what_was_done_and_ends_with_130(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same command then does the rest."""
    assert tag(shop, out, engine="interrupting") == 130
    assert "The same command goes on" in capsys.readouterr().out
    done = Workspace(out).count("attributes")
    assert 0 < done < 12
    assert tag(shop, out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["reused"] == done


def test_ctrl_c_before_the_run_has_begun_ends_with_130_too(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback is shown for it."""
    assert tag(shop, out, engine="stopped") == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_dry_run_writes_nothing(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what a run would do, for people and for scripts."""
    assert tag(shop, out, "--dry-run") == 0
    assert "12   are new" in capsys.readouterr().out
    assert tag(shop, out, "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["new"] == 12
    assert not out.exists()


def test_columns_may_be_named_one_by_one_or_joined_by_commas(shop: ColourShop, out: Path) -> None:
    """Both ways of writing them mean the same."""
    assert (
        tag(shop, out, "--columns", "brand=gender,title=baseColour", "--columns", "price=year") == 0
    )
    row = Workspace(out).read("products", ["brand", "title", "price"]).to_pylist()[0]
    assert row == {"brand": "Men", "title": "Blue", "price": "2012"}


def test_limits_on_photos_are_heeded(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Photos beyond them are failures, and the run still ends well."""
    assert tag(shop, out, "--max-photo-pixels", "10", "--json") == 0
    assert json.loads(capsys.readouterr().out)["failures"] == {"too_many_pixels": 12}


def test_a_workspace_in_use_is_left_alone(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second run stops, names the first one and says how to wait for it."""
    workspace = Workspace(out)
    with workspace.lock():
        assert tag(shop, out) == 1
    assert "--wait" in capsys.readouterr().err


def test_all_photos_missing_makes_one_ask_for_the_right_folder(
    shop: ColourShop, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped folder shows at once, though single failures end well."""
    (tmp_path / "empty").mkdir()
    assert tag(shop, out, "--images", str(tmp_path / "empty")) == 0
    assert "Is --images the right folder?" in capsys.readouterr().out


def test_evaluate_prints_accuracy_beside_the_majority(
    shop: ColourShop, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same figures come as JSON; --ids and --split choose products."""
    tag(shop, out)
    capsys.readouterr()
    labels = labelled(tmp_path, p0="striped", p1="striped", p2="checkered")
    assert run(["evaluate", str(out), "--labels", str(labels)]) == 0
    printed = capsys.readouterr().out
    assert "pattern" in printed
    assert "majority" in printed
    ids = tmp_path / "ids.csv"
    ids.write_text("id,split\np0,train\np1,validation\n")
    arguments = ["evaluate", str(out), "--labels", str(labels), "--json", "--ids", str(ids)]
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["products"] == 2
    assert run([*arguments, "--split", "train"]) == 0
    assert json.loads(capsys.readouterr().out)["products"] == 1


def test_a_split_without_its_file_is_refused(
    shop: ColourShop, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the option that is missing."""
    out.mkdir()
    labels = labelled(tmp_path, p0="striped")
    assert run(["evaluate", str(out), "--labels", str(labels), "--split", "train"]) == 2
    assert "--ids" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["evaluate", "report"])
def test_a_folder_that_is_no_workspace_is_refused(
    verb: str, shop: ColourShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written into it."""
    labels = labelled(tmp_path, p0="striped")
    before = sorted(shop.images.iterdir())
    assert run([verb, str(shop.images), "--labels", str(labels)]) == 1
    assert "no workspace" in capsys.readouterr().err
    assert sorted(shop.images.iterdir()) == before


def test_report_says_where_it_lies(
    shop: ColourShop, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By default in the workspace, or where --out says."""
    tag(shop, out)
    capsys.readouterr()
    assert run(["report", str(out), "--images", str(shop.images)]) == 0
    assert str(out / "report.html") in capsys.readouterr().out
    assert (out / "report.html").stat().st_size > 1000
    elsewhere = tmp_path / "mine.html"
    assert run(["report", str(out), "--out", str(elsewhere), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"report": str(elsewhere)}


def test_taxonomy_shows_every_attribute(capsys: pytest.CaptureFixture[str]) -> None:
    """For people and as JSON."""
    names = [attribute.name for attribute in default_taxonomy()]
    assert run(["taxonomy"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in names)
    assert run(["taxonomy", "--json"]) == 0
    assert [a["name"] for a in json.loads(capsys.readouterr().out)["attributes"]] == names


def test_taxonomy_checks_a_file_and_names_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault is wrong usage."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\nversion: 1\nattributes:\n  hue:\n    tier: 9\n    options: {a: , b: }\n"
    )
    assert run(["taxonomy", str(path)]) == 2
    assert "mine.yaml:5" in capsys.readouterr().err


def test_doctor_ends_with_1_where_no_engine_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows the reason and the hint of each engine."""
    monkeypatch.setattr(registry, "_OPENERS", {"broken": broken})
    assert run(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert "The server is away. Start it." in printed
    assert "pip install 'hangtag[train]'" in printed or "torch" not in printed


def test_doctor_ends_with_0_where_one_engine_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Engines that do not run are reported, not fatal."""
    openers = {"broken": broken, "scripted": ScriptedEngine}
    monkeypatch.setattr(registry, "_OPENERS", openers)
    assert run(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {e["name"]: e["runs"] for e in document["engines"]} == {
        "broken": False,
        "scripted": True,
    }
    assert document["healthy"]


@pytest.mark.slow
def test_demo_shows_values_and_accuracy_and_is_honest_about_drawings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says where tables and report lie."""
    out = tmp_path / "demo"
    assert run(["demo", "--out", str(out), "--n", "60", "--engine", "scripted", "--quiet"]) == 0
    printed = capsys.readouterr()
    assert "60 tagged" in printed.out
    assert "by always saying the same" in printed.out
    assert "These are drawings" in printed.out
    assert str(out / "shop" / "report.html") in printed.out
    assert not printed.err


def test_without_a_verb_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to standard error: nothing was done."""
    assert run([]) == 2
    printed = capsys.readouterr()
    assert "Commands:" in printed.err
    assert not printed.out


def test_help_and_version_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    """Both go to standard output."""
    assert run(["--help"]) == 0
    assert run(["tag", "-h"]) == 0
    assert run(["--version"]) == 0
    assert hangtag.__version__ in capsys.readouterr().out


def test_python_m_hangtag_is_the_command() -> None:
    """For environments whose scripts are not on the path."""
    done = subprocess.run(
        [sys.executable, "-m", "hangtag", "--version"], capture_output=True, text=True, check=True
    )
    assert hangtag.__version__ in done.stdout


def test_a_reader_that_has_enough_is_no_reason_to_complain() -> None:
    """As in ``hangtag taxonomy | head -1``."""
    command = [
        sys.executable,
        "-c",
        "import time; time.sleep(0.5); from hangtag.cli import main; main()",
    ]
    with subprocess.Popen(
        [*command, "taxonomy"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_what_a_narrow_console_cannot_show_is_replaced() -> None:
    """An encoding without the dash or the cross is no reason to fail."""
    done = subprocess.run(
        [sys.executable, "-m", "hangtag", "tag", "ö·✗", "--out", "x"],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 2
    assert b"hangtag: There is no" in done.stderr
