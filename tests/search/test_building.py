"""The index: made, brought up to date, made anew."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from indexed_shop import IndexedShop

from hangtag.corrections import Corrections, Save
from hangtag.errors import UsageError, WorkspaceBusyError, WorkspaceError
from hangtag.locking import hold
from hangtag.search import (
    IndexProgress,
    about_index,
    build_index,
    configuration,
    index_folder,
)
from hangtag.settling import settle
from hangtag.testing.scripted_embedder import ScriptedEmbedder
from hangtag.workspace import Workspace


def test_every_product_is_indexed_also_without_a_photo(tmp_path: Path) -> None:
    """Those are found by their texts."""
    shop = IndexedShop(tmp_path, 20)
    shop.put(20, photo=False)
    done = shop.indexed()
    assert (done.products, done.photos, done.documents, done.without_photo) == (21, 20, 21, 1)
    assert "p20" in {hit.product_id for hit in shop.searcher().search("Maker2", k=30).hits}
    assert done.megabytes > 0
    assert done.recall is None


def test_a_second_build_embeds_nothing(tmp_path: Path) -> None:
    """Nothing has changed."""
    shop = IndexedShop(tmp_path, 12)
    shop.indexed()
    shop.embedder = ScriptedEmbedder()
    done = shop.indexed()
    assert (done.photos, done.documents, done.removed) == (0, 0, 0)
    assert shop.embedder.photos == 0
    assert shop.embedder.texts == []


def test_what_people_said_is_found_after_the_next_build(tmp_path: Path) -> None:
    """As a value to narrow by, and in the words of the product."""
    shop = IndexedShop(tmp_path, 6)
    shop.indexed()
    answer = {"material": ["metal"]}
    Corrections(shop.workspace).save([Save("1", "p3", answer, "Ann")])
    settle(shop.workspace)
    done = shop.indexed()
    assert (done.photos, done.documents) == (0, 1)
    found = shop.searcher().search("", k=10, filters={"material": ["metal"]})
    assert [hit.product_id for hit in found.hits] == ["p3"]


def test_only_what_has_changed_is_embedded_again(tmp_path: Path) -> None:
    """A new product, another photo, another title."""
    shop = IndexedShop(tmp_path, 12)
    shop.indexed()
    shop.put(12)
    shop.paint("p3", "another colour")
    shop.rows["p4"]["productDisplayName"] = "Zebra Crossing Shirt"
    shop.embedder = ScriptedEmbedder()
    done = shop.indexed()
    assert done.photos == 2
    assert done.documents == 3  # p3 has another photo
    assert done.products == 13
    found = shop.searcher(configuration=configuration("title")).search("zebra", k=1).hits
    assert [hit.product_id for hit in found] == ["p4"]
    assert len(shop.searcher().search("", k=100).hits) == 13


def test_what_a_rule_or_reading_changed_is_found_by_its_new_words(tmp_path: Path) -> None:
    """The photo is the same; its vector is kept."""
    shop = IndexedShop(tmp_path, 8)
    shop.indexed()
    shop.answers["p2"]["pattern"] = "polka dots"
    shop.paint("p2", "p2 again")
    done = shop.indexed()
    assert (done.photos, done.documents) == (1, 1)
    found = shop.searcher().search("polka dots", k=1, understood_as_filters=True)
    assert [hit.product_id for hit in found.hits] == ["p2"]


def test_another_embedder_makes_the_index_anew(tmp_path: Path) -> None:
    """Vectors of two embedders mean nothing to each other."""
    shop = IndexedShop(tmp_path, 6)
    shop.indexed()
    other = ScriptedEmbedder(version="2")
    with pytest.raises(UsageError, match="made with scripted 1") as caught:
        type(shop.searcher())(shop.workspace, other)
    assert "hangtag index" in caught.value.hint
    done = shop.indexed(other)
    assert (done.photos, done.documents) == (6, 6)
    about = about_index(shop.workspace)
    assert about is not None
    assert about["version"] == "2"


def test_a_photo_that_is_gone_since_is_no_error(tmp_path: Path) -> None:
    """Its product is found by text until it is back."""
    shop = IndexedShop(tmp_path, 5)
    shop.tagged()
    shop.photo("p1").unlink()
    shop.photo("p2").write_bytes(b"no photo")
    done = build_index(shop.workspace, embedder=shop.embedder, processes=1)
    assert (done.photos, done.unreadable, done.without_photo) == (3, 2, 2)
    shop.paint("p1", "p1")
    done = build_index(shop.workspace, embedder=shop.embedder, processes=1)
    assert (done.photos, done.unreadable) == (1, 1)


def test_photos_that_have_moved_must_be_named(tmp_path: Path) -> None:
    """The run remembers where they were; that is no longer true."""
    shop = IndexedShop(tmp_path, 3)
    shop.tagged()
    moved = tmp_path / "moved"
    shutil.move(shop.images, moved)
    with pytest.raises(UsageError, match="Where are the photos") as caught:
        build_index(shop.workspace, embedder=shop.embedder)
    assert "--images" in caught.value.hint
    done = build_index(shop.workspace, embedder=shop.embedder, images=moved, processes=1)
    assert done.photos == 3


def test_nothing_tagged_is_nothing_to_index(tmp_path: Path) -> None:
    """One clear error that names the next step."""
    with pytest.raises(WorkspaceError, match="nothing to index") as caught:
        build_index(Workspace(tmp_path / "empty"), embedder=ScriptedEmbedder())
    assert "hangtag tag" in caught.value.hint


def test_two_builds_at_once_do_not_collide(tmp_path: Path) -> None:
    """The second one says who is at it."""
    shop = IndexedShop(tmp_path, 2)
    shop.indexed()
    with (
        hold(index_folder(shop.workspace) / ".lock"),
        pytest.raises(WorkspaceBusyError, match=str(os.getpid())),
    ):
        shop.indexed()


def test_progress_is_told_of_both_stages(tmp_path: Path) -> None:
    """Whoever waits sees how far it is."""
    told: list[IndexProgress] = []
    shop = IndexedShop(tmp_path, 20)
    shop.indexed(progress=told.append)
    assert [p.stage for p in told if p.done == p.total] == ["photos", "documents"]
    assert all(0 <= p.done <= p.total == 20 for p in told)


KILLED = """
import os, signal, sys
from pathlib import Path
from hangtag.search import building, build_index
from hangtag.testing.scripted_embedder import ScriptedEmbedder
from hangtag.workspace import Workspace

building._PHOTOS = building._DOCUMENTS = 4
seen = []

def progress(told):
    seen.append(told)
    if told.stage == sys.argv[2] and told.done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    build_index(Workspace(sys.argv[1]), embedder=ScriptedEmbedder(), processes=1, progress=progress)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "done"), [("photos", 8), ("photos", 24), ("documents", 30)])
def test_a_build_that_was_killed_is_gone_on_with(tmp_path: Path, stage: str, done: int) -> None:
    """The index comes out as if nothing had happened."""
    shop = IndexedShop(tmp_path, 30)
    shop.tagged()
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(shop.workspace.path), stage, str(done)]
    ended = subprocess.run(command, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    shop.indexed()
    fresh = IndexedShop(tmp_path / "fresh", 30)
    fresh.indexed()
    for query in ("striped red shirts", "Maker3", "jeans without pockets", ""):
        one, other = (s.searcher().search(query, k=30).hits for s in (shop, fresh))
        assert sorted((h.product_id, round(h.score, 4)) for h in one) == sorted(
            (h.product_id, round(h.score, 4)) for h in other
        )


def test_an_index_says_what_made_it(tmp_path: Path) -> None:
    """A file that anybody can read; one that nobody can is no index."""
    shop = IndexedShop(tmp_path, 2)
    assert about_index(shop.workspace) is None
    shop.indexed()
    file = index_folder(shop.workspace) / "about.json"
    assert json.loads(file.read_text()) == {
        "embedder": "scripted",
        "version": "1",
        "dimension": "16",
    }
    file.write_text("[")
    assert about_index(shop.workspace) is None
    assert shop.indexed().documents == 2
