"""``tag --shown-accuracy`` and the labels that it goes by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from colour_shop import ColourShop, tables

from hangtag.cli.entry import run
from hangtag.engines import registry
from hangtag.engines.registry import register_engine
from hangtag.settling import settle
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    register_engine("scripted", lambda taxonomy, **_: ScriptedEngine(taxonomy))
    register_engine("another", lambda taxonomy, **_: ScriptedEngine(taxonomy, version="2"))


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    shop = ColourShop(tmp_path / "shop", products=60)
    shop.catalog()
    return shop


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def tag(shop: ColourShop, out: Path, *more: str, engine: str = "scripted") -> int:
    return run([
        "tag", str(shop.styles), "--images", str(shop.images), "--out", str(out),
        "--engine", engine, "--processes", "1", "--no-text", "--quiet", *more,
    ])  # fmt: skip


def judge(out: Path, folder: Path, sure_right: bool = True) -> Path:
    """Labels by which what is very sure is right, and the rest wrong; or nothing is."""
    labels = ["id,attribute,value"]
    for row in Workspace(out).read("readings").to_pylist():
        if row["attribute"] == "pattern":
            right = sure_right and row["confidence"] >= 0.6
            other = "striped" if row["value"] != ["striped"] else "checkered"
            labels.append(f"{row['product_id']},pattern,{row['value'][0] if right else other}")
    file = folder / "labels.csv"
    file.write_text("\n".join(labels) + "\n", encoding="utf-8")
    return file


def judge_details(out: Path, folder: Path, sure_from: float) -> Path:
    """Labels by which details that are as likely as that are there, and no others."""
    labels = ["id,attribute,value,present"]
    for row in Workspace(out).read("readings").to_pylist():
        if row["attribute"] == "details":
            for option, likely in row["probabilities"]:
                there = str(likely >= sure_from).lower()
                labels.append(f"{row['product_id']},details,{option},{there}")
    file = folder / "details.csv"
    file.write_text("\n".join(labels) + "\n", encoding="utf-8")
    return file


def test_labels_kept_decide_what_is_shown(
    shop: ColourShop, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only values as right as wanted are left, no photo is read again, and it can be undone."""
    assert tag(shop, out) == 0
    before = tables(Workspace(out))
    labels = judge(out, tmp_path)
    assert run(["evaluate", str(out), "--labels", str(labels), "--keep", "--json"]) == 0
    capsys.readouterr()
    assert tag(shop, out, "--shown-accuracy", "0.8", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["tagged"], told["stages"]["model"]) == (60, 0.0)
    assert 0.5 <= told["least"]["pattern"] <= 1
    assert told["least"]["collar"] == 0.5  # nobody has judged it
    shown = Workspace(out).read("attributes").to_pylist()
    wrong = [r for r in shown if r["pattern"] and r["pattern_confidence"] < 0.6]
    right = [r for r in shown if r["pattern"] and r["pattern_confidence"] >= 0.6]
    assert len(right) > 0
    assert len(wrong) <= 0.2 * len(shown)
    assert tables(Workspace(out))["readings"] == before["readings"]
    assert tag(shop, out) == 0
    assert tables(Workspace(out))["attributes"] == before["attributes"]


def test_options_of_a_list_are_shown_where_they_are_right_often_enough(
    shop: ColourShop, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each by its own probability, and still so when a correction has rows derived anew."""
    assert tag(shop, out) == 0
    labels = judge_details(out, tmp_path, sure_from=0.75)
    assert run(["evaluate", str(out), "--labels", str(labels), "--keep"]) == 0
    assert "details" in capsys.readouterr().out
    assert tag(shop, out, "--shown-accuracy", "0.9", "--json") == 0
    line = json.loads(capsys.readouterr().out)["least"]["details"]
    assert 0.5 < line <= 0.85
    place = Workspace(out)
    read = {
        row["product_id"]: dict(row["probabilities"])
        for row in place.read("readings").to_pylist()
        if row["attribute"] == "details"
    }
    shown = {
        (row["product_id"], option)
        for row in place.read("attributes").to_pylist()
        for option in row["details"] or ()
    }
    likely = [read[product][option] for product, option in shown]
    assert likely
    assert min(likely) >= line
    before = tables(place)["attributes"]
    settle(place, list(read))
    assert tables(place)["attributes"] == before


def test_nothing_is_shown_where_nothing_was_right(
    shop: ColourShop, out: Path, tmp_path: Path
) -> None:
    """Left empty, with the readings still there."""
    assert tag(shop, out) == 0
    labels = judge(out, tmp_path, sure_right=False)
    assert run(["evaluate", str(out), "--labels", str(labels), "--keep"]) == 0
    assert tag(shop, out, "--shown-accuracy", "0.9") == 0
    shown = Workspace(out).read("attributes").to_pylist()
    assert {row["pattern"] for row in shown} == {None}
    assert all("unsure:pattern" in row["issues"] for row in shown)


def test_an_engine_that_nobody_has_judged_is_refused(
    shop: ColourShop, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how to judge it."""
    assert tag(shop, out, "--shown-accuracy", "0.95") == 2
    assert "evaluate" in capsys.readouterr().err
    assert not out.exists()


def test_labels_of_another_version_promise_nothing(
    shop: ColourShop, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record is of the model that was judged."""
    assert tag(shop, out) == 0
    assert run(["evaluate", str(out), "--labels", str(judge(out, tmp_path)), "--keep"]) == 0
    register_engine("scripted", lambda taxonomy, **_: ScriptedEngine(taxonomy, version="2"))
    capsys.readouterr()
    assert tag(shop, out, "--shown-accuracy", "0.9") == 1
    assert "not of scripted 2" in capsys.readouterr().err


@pytest.mark.parametrize("accuracy", ["95", "0", "1", "high"])
def test_an_accuracy_that_cannot_be_is_wrong_usage(
    shop: ColourShop, out: Path, accuracy: str
) -> None:
    """Most of all 95, which is meant to be 0.95."""
    assert tag(shop, out, "--shown-accuracy", accuracy) == 2


def test_evaluate_shows_what_is_left(
    shop: ColourShop, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the terminal and as JSON, and keeps nothing unless told to."""
    assert tag(shop, out) == 0
    labels = judge(out, tmp_path)
    capsys.readouterr()
    assert run(["evaluate", str(out), "--labels", str(labels), "--shown-accuracy", "0.8"]) == 0
    assert "Right in 80 % of cases or left empty" in capsys.readouterr().out
    run(["evaluate", str(out), "--labels", str(labels), "--json"])
    (told,) = json.loads(capsys.readouterr().out)["selections"]
    assert (told["attribute"], told["wanted"], told["text"]) == ("pattern", 0.95, False)
    assert not (out / "record.json").exists()
