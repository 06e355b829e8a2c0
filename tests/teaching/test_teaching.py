"""Teaching a workspace: from labels to what the next run reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from colour_shop import ColourShop
from PIL import Image

from hangtag.cli.entry import run
from hangtag.errors import (
    CalibrationError,
    LabelsError,
    TaxonomyError,
    UsageError,
    WorkspaceError,
)
from hangtag.evaluation import evaluate, fit_calibration
from hangtag.heads import Heads
from hangtag.taxonomy import load_taxonomy
from hangtag.teaching import teach
from hangtag.testing.scripted import ScriptedEngine
from hangtag.track_record import Judged, TrackRecord
from hangtag.workspace import Workspace

OWN = """
extends: fashion
name: shades
version: 1
attributes:
  shade:
    tier: 2
    options:
      dark: {synonyms: [black]}
      light:
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ColourShop:
    """Ninety products, every other one dark; the last thirty are not labelled."""
    shop = ColourShop(tmp_path_factory.mktemp("shades"))
    rng = np.random.default_rng(0)
    for number in range(90):
        shop.add(f"p{number}", photo=False, productDisplayName=f"Tee {number}")
        colour = rng.integers(0, 90, 3) + (0 if number % 2 else 150)
        Image.new("RGB", (24, 32), tuple(colour.tolist())).save(shop.photo(f"p{number}"))
    shop.catalog()
    return shop


@pytest.fixture(scope="module")
def files(shop: ColourShop) -> Path:
    """``own.yaml`` and ``labels.csv``."""
    folder = shop.styles.parent
    (folder / "own.yaml").write_text(OWN, encoding="utf-8")
    rows = [f"p{n},shade,{'black' if n % 2 else 'light'}" for n in range(60)]
    (folder / "labels.csv").write_text("\n".join(["id,attribute,value", *rows]) + "\n")
    return folder


@pytest.fixture
def workspace(shop: ColourShop, tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "out")
    shop.tag(workspace, ScriptedEngine())
    return workspace


def test_what_was_taught_is_read_by_the_next_run(
    shop: ColourShop, files: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside everything else, without another word; and only what is new is read."""
    assert shop.tag_by_command(workspace) == 0
    told = ["--labels", str(files / "labels.csv"), "--taxonomy", str(files / "own.yaml")]
    place = str(workspace.path)
    assert run(["teach", place, *told, "--processes", "1", "--json", "--next", "4"]) == 0
    done = json.loads(capsys.readouterr().out.split("\n{", 1)[-1].join(["{", ""]))
    assert (done["taught"], done["looked_at"]) == (["shade"], 90)
    following = {row["product_id"] for row in done["next_to_label"]["shade"]}
    assert len(following) == 4
    assert following <= {f"p{n}" for n in range(60, 90)}
    before = read_at(workspace)
    assert shop.tag_by_command(workspace) == 0
    rows = workspace.read("readings").to_pylist()
    shades = {r["product_id"]: r for r in rows if r["attribute"] == "shade"}
    right = [shades[f"p{n}"]["value"] == ["dark" if n % 2 else "light"] for n in range(60, 90)]
    assert np.mean(right) > 0.9
    assert shades["p0"]["engine_version"].count("+") == 2
    kept = read_at(workspace)
    assert all(kept[key] == at for key, at in before.items())
    attributes = {r["product_id"]: r["shade"] for r in workspace.read("attributes").to_pylist()}
    assert attributes["p61"] == "dark"
    capsys.readouterr()
    assert shop.tag_by_command(workspace, "--json") == 0
    assert json.loads(capsys.readouterr().out)["reused"] == 90


def test_labels_that_were_taught_judge_nobody_unless_asked(
    shop: ColourShop,
    files: Path,
    workspace: Workspace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They are known by heart: what is right of them says nothing of other products."""
    told = ["--labels", str(files / "labels.csv"), "--taxonomy", str(files / "own.yaml")]
    place = str(workspace.path)
    assert run(["teach", place, *told, "--processes", "1", "--quiet"]) == 0
    assert shop.tag_by_command(workspace) == 0
    capsys.readouterr()
    assert run(["evaluate", place, *told[:2]]) == 0
    out = capsys.readouterr().out
    assert "taught and known by heart: labels of 60 products (shade)." in out
    assert "without labels to score" in out
    assert run(["evaluate", place, *told[:2], "--taught", "--json"]) == 0
    all_of_them = json.loads(capsys.readouterr().out)
    assert [score["labels"] for score in all_of_them["attributes"]] == [60]
    assert (all_of_them["products"], all_of_them["taught"]) == (60, {})
    labels = tmp_path / "more.csv"
    rows = [f"p{n},shade,{'dark' if n % 2 else 'light'}" for n in range(50, 90)]
    labels.write_text("\n".join(["id,attribute,value", *rows]) + "\n")
    assert run(["evaluate", place, "--labels", str(labels), "--json"]) == 0
    others = json.loads(capsys.readouterr().out)
    assert [score["labels"] for score in others["attributes"]] == [30]
    assert (others["products"], others["taught"]) == (30, {"shade": 10})
    assert run(["report", place, "--labels", str(labels)]) == 0
    page = (workspace.path / "report.html").read_text("utf-8")
    assert "labels of 10 products (shade)" in page


def test_what_was_read_without_the_lesson_is_judged_by_all_labels(
    shop: ColourShop, files: Path, workspace: Workspace, tmp_path: Path
) -> None:
    """Before the next run, and by an engine that takes no heads; its calibration is fitted so."""
    labels = tmp_path / "patterns.csv"
    rows = [f"p{n},pattern,{'striped' if n % 2 else 'solid color'}" for n in range(60)]
    labels.write_text("\n".join(["id,attribute,value", *rows]) + "\n")
    assert teach(workspace, labels, processes=1, images=shop.images).taught == ["pattern"]
    other = evaluate(workspace.path, labels)
    assert (other.taught, other.products) == ({}, 60)
    _, fits = fit_calibration(workspace.path, labels)
    assert [(fit.attribute, fit.labels) for fit in fits] == [("pattern", 60)]
    compact = Workspace(tmp_path / "compact")
    assert shop.tag_by_command(compact) == 0
    teach(compact, labels, processes=1)
    assert evaluate(compact.path, labels).taught == {}
    assert shop.tag_by_command(compact) == 0
    assert evaluate(compact.path, labels).taught == {"pattern": 60}


def test_a_lesson_that_is_cut_short_forgets_no_labels(
    shop: ColourShop, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those of the heads that stand nor those of the heads that were about to come."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    def remembered() -> set[str]:
        return set(workspace.taught_labels()["product_id"].to_pylist())

    files = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for file, start in zip(files, (0, 20), strict=True):
        rows = [f"p{n},pattern,{'striped' if n % 2 else 'solid color'}" for n in range(start, 60)]
        file.write_text("\n".join(["id,attribute,value", *rows]) + "\n")
    teach(workspace, files[0], processes=1, images=shop.images)
    with monkeypatch.context() as cut:
        cut.setattr(Workspace, "keep_taught", killed)
        with pytest.raises(KeyboardInterrupt):
            teach(workspace, files[1], processes=1, images=shop.images)
    assert remembered() == {f"p{n}" for n in range(60)}
    teach(workspace, files[1], processes=1, images=shop.images)
    assert remembered() == {f"p{n}" for n in range(20, 60)}


def test_photos_are_looked_at_once_and_again_where_they_change(
    shop: ColourShop, files: Path, workspace: Workspace
) -> None:
    """A second lesson takes seconds, and the same labels teach the same."""
    own = load_taxonomy(files / "own.yaml")
    first = teach(workspace, files / "labels.csv", taxonomy=own, processes=1)
    assert first.contradicting == first.to_json()["contradicting"] == 0
    again = teach(workspace, files / "labels.csv", taxonomy=own, processes=1)
    assert (first.looked_at, again.looked_at) == (60, 0)
    assert [one.accuracy for one in first.lessons] == [one.accuracy for one in again.lessons]
    photo = shop.photo("p3").read_bytes()
    try:
        Image.new("RGB", (24, 32), (250, 250, 250)).save(shop.photo("p3"))
        shop.tag(workspace, ScriptedEngine())
        changed = teach(workspace, files / "labels.csv", taxonomy=own, processes=1)
        assert changed.looked_at == 1
        assert workspace.count("embeddings") == 60
    finally:
        shop.photo("p3").write_bytes(photo)


def test_another_lesson_keeps_what_was_taught_before(
    files: Path, workspace: Workspace, tmp_path: Path
) -> None:
    """And takes the place of the lesson on the same attribute."""
    file = tmp_path / "two.yaml"
    file.write_text(OWN + "  depth:\n    tier: 2\n    options: {dark: , light: }\n")
    own = load_taxonomy(file)
    teach(workspace, files / "labels.csv", taxonomy=own, taxonomy_file=file, processes=1)
    labels = tmp_path / "labels.csv"
    labels.write_text(
        (files / "labels.csv").read_text().replace("shade", "depth").replace("black", "dark")
    )
    teach(workspace, labels, processes=1)  # of the taxonomy of the last lesson
    heads = workspace.taught()
    assert heads is not None
    assert set(heads.heads) == {"shade", "depth"}
    assert workspace.taught_labels()["attribute"].to_pylist().count("shade") == 60


def test_labels_of_a_lesson_that_is_over_judge_again(
    files: Path, workspace: Workspace, tmp_path: Path
) -> None:
    """A head that took another's place knows nothing of what that one was taught."""
    own = load_taxonomy(files / "own.yaml")
    teach(workspace, files / "labels.csv", taxonomy=own, processes=1)
    labels = tmp_path / "labels.csv"
    header, *rows = (files / "labels.csv").read_text().splitlines()
    labels.write_text("\n".join([header, *rows[:50]]) + "\n")
    teach(workspace, labels, taxonomy=own, processes=1)
    assert len(workspace.taught_labels()) == 50
    labels.write_text("\n".join([header, *rows[10:20]]) + "\n")
    assert teach(workspace, labels, taxonomy=own, processes=1).taught == []
    assert len(workspace.taught_labels()) == 50
    (workspace.path / "taught-labels.parquet").write_bytes(b"PAR")
    with pytest.raises(WorkspaceError, match="taught-labels"):
        teach(workspace, files / "labels.csv", taxonomy=own, processes=1)


def test_what_was_judged_of_other_heads_is_forgotten(files: Path, workspace: Workspace) -> None:
    """A new head is right in other cases; what is known of other attributes stays."""
    judged = Judged.of(np.full(50, 0.9), np.ones(50, bool))
    both = {"shade": judged, "pattern": judged}
    workspace.keep_track_record(TrackRecord("compact", "1", "a test", both, both))
    teach(workspace, files / "labels.csv", taxonomy=load_taxonomy(files / "own.yaml"), processes=1)
    record = workspace.track_record()
    assert record is not None
    assert set(record.photo) == set(record.both) == {"pattern"}


def test_what_ships_says_nothing_of_how_right_a_taught_head_is(
    shop: ColourShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From which confidence on a value is shown was judged of the head whose place it takes."""
    workspace, labels = Workspace(tmp_path / "out"), tmp_path / "patterns.csv"
    rows = [f"p{n},pattern,{'striped' if n % 2 else 'solid color'}" for n in range(60)]
    labels.write_text("\n".join(["id,attribute,value", *rows]) + "\n")
    wanted = ("--shown-accuracy", "0.95", "--json")
    least = []
    for lesson in (False, True):
        if lesson:
            assert teach(workspace, labels, processes=1).taught == ["pattern"]
        capsys.readouterr()
        assert shop.tag_by_command(workspace, *wanted) == 0
        least.append(json.loads(capsys.readouterr().out)["least"])
    assert least[0]["pattern"] > 0.8
    assert least[1]["pattern"] == 0.5
    assert least[1]["collar"] == least[0]["collar"]


def read_at(workspace: Workspace) -> dict[tuple[str, str], object]:
    """Product and attribute → when it was read."""
    rows = workspace.read("readings").to_pylist()
    return {(r["product_id"], r["attribute"]): r["read_at"] for r in rows}


def test_what_the_engine_says_by_itself_is_taken_as_it_was_read(
    shop: ColourShop, tmp_path: Path
) -> None:
    """By the calibration of the photo's size: words are weighed beside just that."""
    workspace = Workspace(tmp_path / "out")
    assert shop.tag_by_command(workspace) == 0
    done = teach(
        workspace, f"readings:{workspace.path}", sure=0.0, attributes=["material"], processes=1
    )
    (lesson,) = done.lessons
    assert "the engine's own head in 100.0%" in lesson.refused
    assert lesson.held is not None
    rows = workspace.read("readings").to_pylist()
    read = {r["product_id"]: dict(r["probabilities"]) for r in rows if r["attribute"] == "material"}
    ids = sorted(read)
    for row, likely in zip(lesson.held.rows, lesson.held.likely, strict=True):
        expected = [read[ids[row]][option] for option in lesson.held.options]
        assert likely == pytest.approx(expected, abs=0.02)  # features are kept in 16 bits


def test_readings_of_a_costly_engine_are_labels_too(
    shop: ColourShop, files: Path, workspace: Workspace, tmp_path: Path
) -> None:
    """Those that it is sure of; the cheap engine learns to say the same."""
    own = load_taxonomy(files / "own.yaml")
    answers = {f"p{n}": {"shade": "dark" if n % 2 else "light"} for n in range(60)}
    costly = Workspace(tmp_path / "costly")
    engine = ScriptedEngine(own, answers=answers)
    shop.tag(costly, engine, taxonomy=own, taxonomy_file=files / "own.yaml")
    done = teach(
        workspace, f"readings:{costly.path}", taxonomy=own, sure=0.9999, processes=1,
        attributes=["shade"],
    )  # fmt: skip
    assert done.taught == ["shade"]
    assert done.lessons[0].labels == 60  # of the others nobody is sure
    with pytest.raises(LabelsError, match="as sure as"):
        teach(workspace, f"readings:{costly.path}", taxonomy=own, sure=1.1, processes=1)


def test_too_little_is_refused_and_changes_nothing(
    files: Path, workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is missing, and ends with 1; what to label next is said all the same."""
    labels = tmp_path / "few.csv"
    labels.write_text("\n".join((files / "labels.csv").read_text().splitlines()[:21]) + "\n")
    told = ["--labels", str(labels), "--taxonomy", str(files / "own.yaml"), "--processes", "1"]
    assert run(["teach", str(workspace.path), *told, "--next", "3", "--quiet"]) == 1
    said = capsys.readouterr().out
    assert "20 labels; at least 40 are needed" in said
    assert "Label these next, for shade" in said
    assert workspace.taught() is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,attribute,value\np1,heel,flat\n", "extends: fashion"),
        ("id,attribute,value\nnobody,shade,dark\n", "None of the labels"),
        ("id,attribute,value\np1,shade,\n", "holds no label"),
    ],
)
def test_labels_that_do_not_fit_are_one_clear_error(
    files: Path, workspace: Workspace, tmp_path: Path, text: str, says: str
) -> None:
    """With what to write."""
    labels = tmp_path / "labels.csv"
    labels.write_text(text)
    own = load_taxonomy(files / "own.yaml")
    with pytest.raises(LabelsError, match=says):
        teach(workspace, labels, taxonomy=own, processes=1)
    with pytest.raises(UsageError, match="no labels of fit"):
        teach(workspace, files / "labels.csv", taxonomy=own, attributes=["fit"], processes=1)


def test_heads_of_another_network_are_refused(
    shop: ColourShop, files: Path, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would answer anything. A new lesson begins anew."""
    own = load_taxonomy(files / "own.yaml")
    options = {"taxonomy": own, "taxonomy_file": files / "own.yaml", "processes": 1}
    teach(workspace, files / "labels.csv", **options)
    heads = workspace.taught()
    assert heads is not None
    workspace.keep_taught(Heads("old", heads.heads).to_bytes(), None)
    assert shop.tag_by_command(workspace) == 1
    assert "Teach them again" in capsys.readouterr().err
    with pytest.raises(CalibrationError):
        Heads("old", {}).check("new")
    assert teach(workspace, files / "labels.csv", **options).taught == ["shade"]
    assert shop.tag_by_command(workspace) == 0


def test_an_extension_adds_to_ours_and_may_take_its_place(tmp_path: Path) -> None:
    """Groups of ours may be named; what is wrong is told with its line."""
    file = tmp_path / "own.yaml"
    file.write_text(
        OWN + "    only_for: [footwear]\n  pattern:\n    tier: 1\n    options: {plain: , other: }\n"
    )
    own = load_taxonomy(file)
    assert own["shade"].only_for == {"footwear"}
    assert own["pattern"].names == ("plain", "other")
    assert own["collar"].names
    assert len([a for a in own if a.name == "pattern"]) == 1
    assert own.version.endswith("+1")
    file.write_text(OWN + "    only_for: [sandwiches]\n")
    with pytest.raises(TaxonomyError, match=r"own\.yaml:\d+: .*sandwiches"):
        load_taxonomy(file)
    file.write_text(OWN.replace("fashion", "furniture"))
    with pytest.raises(TaxonomyError, match="extends"):
        load_taxonomy(file)
