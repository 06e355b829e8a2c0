"""What a workspace was taught, in the job and in the served model."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import deltalake
import numpy as np
import pytest
from colour_shop import ColourShop, tables
from test_cloud_run import cloud, rows_of

from hangtag.calibration import Curve
from hangtag.databricks.answering import Answering
from hangtag.databricks.taught import Taught
from hangtag.errors import CalibrationError, UsageError
from hangtag.heads import Head, Heads
from hangtag.onnxfile import load_network, shipped
from hangtag.sureness import Sureness
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.drawn_catalog import drawn_catalog
from hangtag.texts import TaughtWords
from hangtag.texts.bag import WordOdds
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()


def always(option: str, other: str, features: int) -> Head:
    """Whatever the photo shows."""
    return Head(
        (option, other), False, np.zeros((features, 2), np.float32),
        np.array([6, 0], np.float32), Curve((1.0, 1.0), (0.0, 0.0)), {},
    )  # fmt: skip


def teach(workspace: Workspace, network: str | None = None) -> Path:
    """Everything is leather; what is blue by its title is striped; there is a heel type as well."""
    compact = load_network(shipped("compact.onnx"), threads=1)
    features = 1152 + sum(map(len, compact.about["heads"].values()))
    heads = {
        "material": always("leather", "knit fabric", features),
        "heel_type": always("block", "wedge", features),
    }
    workspace.keep_taught(Heads(network or compact.version, heads).to_bytes(), None)
    options = TAXONOMY["pattern"].names
    weights = np.array([[30.0 if option == "striped" else 0.0 for option in options]])
    words = WordOdds(
        {"pattern": options}, {"title": {"blue": 0}, "description": {}}, np.ones(1), np.ones(2),
        weights, np.zeros(len(options)), np.full(len(options), -np.log(len(options))),
    )  # fmt: skip
    weight = {"words": 1.0, "photo_and_words": 1.0}
    workspace.keep_taught_words({"pattern": TaughtWords(words, weight, Sureness(), {})}, None)
    return workspace.path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "taught").mkdir()
    return Workspace(tmp_path / "taught")


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A drawn product."""
    file = BytesIO()
    next(iter(drawn_catalog(60))).photo(320).save(file, "JPEG")
    return file.getvalue()


def told(answering: Any, photo: bytes) -> dict[str, Any]:
    """Attributes of a blue shirt."""
    (answer,) = answering.answer([{"photo": photo, "title": "A blue shirt"}])
    found: dict[str, Any] = json.loads(answer["attributes"])
    return found


def test_a_served_model_goes_by_what_was_taught(workspace: Workspace, photo: bytes) -> None:
    """Heads and words, and what ships for everything else."""
    plain = told(Answering(), photo)
    found = told(Answering(taught=teach(workspace)), photo)
    assert (found["material"], found["pattern"]) == ("leather", "striped")
    assert found["sources"]["pattern"] in ("text", "both")
    assert found["collar"] == plain["collar"]


def test_attributes_that_nothing_reads_are_told(workspace: Workspace) -> None:
    """Heads of one's own attributes have no column in the job's tables."""
    taught = Taught.load(teach(workspace), TAXONOMY)
    assert taught.unread == ("heel_type",)
    assert taught.heads == workspace.taught_file
    assert list(taught.words) == ["pattern"]


def test_either_of_the_two_files_will_do(workspace: Workspace) -> None:
    """A lesson may have taught words alone, or heads alone."""
    teach(workspace)
    words = workspace.path / "taught-words.npz"
    kept = words.read_bytes()
    words.unlink()
    assert Taught.load(workspace.path, TAXONOMY).words == {}
    words.write_bytes(kept)
    workspace.taught_file.unlink()
    assert Taught.load(workspace.path, TAXONOMY).heads is None


def test_a_folder_without_lessons_is_refused(tmp_path: Path) -> None:
    """Rather than read by what ships, as if nothing had been asked."""
    with pytest.raises(UsageError, match="Nothing was taught in"):
        Answering(taught=tmp_path)


def test_heads_of_another_network_are_refused(workspace: Workspace) -> None:
    """They would answer nonsense."""
    with pytest.raises(CalibrationError, match="taught on compact of old"):
        Answering(taught=teach(workspace, "compact of old"))


@pytest.mark.spark
def test_the_job_gives_the_tables_of_a_workspace_that_was_taught(
    session: Any, shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """And reads everything anew when it is told of lessons for the first time."""
    shop.catalog()
    assert shop.tag_by_command(workspace) == 0
    folder, images = tmp_path / "cloud", str(shop.images)
    run, _, waves = cloud(session, folder)
    run.load(str(shop.styles))
    run.tag(images)
    assert "leather" not in materials(folder)
    waves.clear()
    run.tag(images, taught=Taught.load(teach(workspace), TAXONOMY))
    assert sum(wave.products for wave in waves) == 202
    assert materials(folder) == {"leather"}
    assert shop.tag_by_command(workspace) == 0
    expected = tables(workspace)
    for name in ("readings", "attributes", "failures"):
        assert rows_of(folder, name) == expected[name], name


def materials(folder: Path) -> set[str]:
    """Of everything that has one."""
    table = deltalake.DeltaTable(str(folder / "attributes")).to_pyarrow_table(columns=["material"])
    return set(table["material"].to_pylist()) - {None}


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # of MLflow, about itself
def test_a_saved_model_takes_along_what_was_taught_and_nothing_else(
    workspace: Workspace, photo: bytes, tmp_path: Path
) -> None:
    """It answers by it where the workspace is no more."""
    import pandas as pd
    from mlflow import pyfunc

    from hangtag.databricks.mlflow_model import save_compact

    teach(workspace)
    (workspace.path / "corrections.jsonl").write_text("who said what")
    save_compact(tmp_path / "model", workspace.path)
    saved = {path.name for path in (tmp_path / "model" / "artifacts").rglob("*") if path.is_file()}
    assert saved == {"taught.npz", "taught-words.npz"}
    workspace.taught_file.unlink()
    model = pyfunc.load_model(str(tmp_path / "model"))
    rows = model.predict(pd.DataFrame([{"photo": photo, "title": "A blue shirt"}]))
    assert json.loads(rows["attributes"][0])["material"] == "leather"
