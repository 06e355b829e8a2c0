"""Photo and text together, scored beside the photo alone."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from colour_shop import ColourShop
from rich.console import Console

from hangtag.evaluation import Evaluation, blended_table, evaluate, text_table
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()


class Torn(ScriptedEngine):
    """Sees stripes or checks, and can hardly tell which."""

    def _scores(self, product_ids, colours, attribute):  # type: ignore[no-untyped-def]
        scores = super()._scores(product_ids, colours, attribute)
        if attribute.name == "pattern":
            scores[:] = -8.0
            scores[:, attribute.names.index("striped")] = 0.2
            scores[:, attribute.names.index("checkered")] = 0.0
        return scores


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ColourShop:
    """Two tees whose title says checked, one that says nothing, one that says striped."""
    shop = ColourShop(tmp_path_factory.mktemp("blended"))
    shop.add("1", productDisplayName="Men Checked Tee")
    shop.add("2", productDisplayName="Men Checked Tee")
    shop.add("3", productDisplayName="Wondrous")
    shop.add("4", productDisplayName="Men Striped Tee")
    return shop


@pytest.fixture(scope="module")
def both(shop: ColourShop, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("both") / "shop")
    shop.tag(workspace, Torn())
    return workspace


@pytest.fixture(scope="module")
def photo(shop: ColourShop, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("photo") / "shop")
    shop.tag(workspace, Torn(), text=False)
    return workspace


LABELS = (
    "id,attribute,value,source\n1,pattern,checkered,staff\n2,pattern,striped,staff\n"
    "3,pattern,striped,staff\n4,pattern,striped,staff\n"
)


def scored(workspace: Workspace, folder: Path, text: str = LABELS) -> Evaluation:
    labels = folder / "labels.csv"
    labels.write_text(text, encoding="utf-8")
    return evaluate(workspace.path, labels)


def test_the_photo_is_scored_alone_whether_texts_count_or_not(
    both: Workspace, photo: Workspace, tmp_path: Path
) -> None:
    """What the text adds is never in the photo's figures."""
    ((seen,), (alone,)) = (scored(w, tmp_path).attributes for w in (both, photo))
    assert (seen.accuracy, seen.ece, seen.brier) == (alone.accuracy, alone.ece, alone.brier)
    assert seen.accuracy == 0.75


def test_both_together_are_what_the_attributes_table_says(both: Workspace, tmp_path: Path) -> None:
    """The first product is put right by its title, the second is put wrong."""
    (blended,) = scored(both, tmp_path).blended
    said = {r["product_id"]: r["pattern"] for r in both.read("attributes").to_pylist()}
    assert said == {"1": "checkered", "2": "checkered", "3": "striped", "4": "striped"}
    assert (blended.read, blended.accuracy) == (4, 0.75)


def test_where_the_text_speaks_is_counted_apart(both: Workspace, tmp_path: Path) -> None:
    """Three titles say which pattern; two of them say another one than the photo."""
    text = next(t for t in scored(both, tmp_path).texts if not t.source)
    assert (text.said, text.share) == (3, 0.75)
    assert (text.photo, text.accuracy) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert text.sources == {"both": 1, "text": 2}


def test_labels_made_from_texts_do_not_show_how_right_texts_are(
    both: Workspace, tmp_path: Path
) -> None:
    """They would praise the reader for reading. Of the photo alone they tell something."""
    told = LABELS.replace("checkered,staff", "checkered,description")
    evaluation = scored(both, tmp_path, told)
    assert evaluation.attributes[0].read == 4
    assert evaluation.blended[0].read == 3
    assert [t.said for t in evaluation.texts] == [2]
    only = "id,attribute,value,source\n1,pattern,checkered,title\n"
    assert scored(both, tmp_path, only).blended == []
    assert scored(both, tmp_path, only).texts == []


def test_a_run_from_photos_alone_has_nothing_blended(photo: Workspace, tmp_path: Path) -> None:
    """Though its titles are there."""
    evaluation = scored(photo, tmp_path)
    assert (evaluation.blended, evaluation.blended_by_source, evaluation.texts) == ([], [], [])


def test_labels_of_products_that_were_not_read_change_nothing(
    both: Workspace, tmp_path: Path
) -> None:
    """They are counted as labels, and not as read."""
    (blended,) = scored(both, tmp_path, LABELS + "99,pattern,striped,staff\n").blended
    assert (blended.labels, blended.read) == (5, 4)


def test_both_are_told_in_json_and_in_tables_of_eighty_columns(
    both: Workspace, tmp_path: Path
) -> None:
    """Side by side, none in the place of the other."""
    evaluation = scored(both, tmp_path)
    told = json.loads(json.dumps(evaluation.to_json()))
    assert told["attributes"][0]["attribute"] == told["blended"][0]["attribute"] == "pattern"
    assert told["texts"][0]["photo"] == pytest.approx(2 / 3)
    console = Console(width=80, file=StringIO())
    with console.capture() as captured:
        console.print(blended_table(evaluation), text_table(evaluation))
    shown = captured.get()
    assert "…" not in shown
    assert "with text" in shown
