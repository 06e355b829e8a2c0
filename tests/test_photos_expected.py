"""What keeps a run over the wrong folder from undoing what is done."""

from __future__ import annotations

from pathlib import Path

import pytest
from colour_shop import ColourShop, ids, tables

from hangtag.errors import UsageError
from hangtag.workspace import Workspace


def test_an_empty_folder_takes_no_tag_away(tmp_path: Path) -> None:
    """A disk that is not mounted looks like this."""
    shop, workspace = ColourShop(tmp_path / "shop", products=20), Workspace(tmp_path / "tables")
    shop.tag(workspace)
    before = tables(workspace)
    shop.images = tmp_path / "elsewhere"
    shop.images.mkdir()
    with pytest.raises(UsageError, match="none of the 20 products") as caught:
        shop.tag(workspace)
    assert "--allow-missing" in caught.value.hint
    assert tables(workspace) == before


def test_photos_that_are_really_gone_can_be_said_to_be(tmp_path: Path) -> None:
    """Then their products fail, as any that has no photo."""
    shop, workspace = ColourShop(tmp_path / "shop", products=5), Workspace(tmp_path / "tables")
    shop.tag(workspace)
    for product in shop.rows:
        shop.photo(product).unlink()
    summary = shop.tag(workspace, allow_missing=True)
    assert summary.failures == {"missing_photo": 5}
    assert ids(workspace, "attributes") == []


def test_one_photo_that_is_still_there_is_enough(tmp_path: Path) -> None:
    """Products that lose their photos are everyday life."""
    shop, workspace = ColourShop(tmp_path / "shop", products=5), Workspace(tmp_path / "tables")
    shop.tag(workspace)
    for product in list(shop.rows)[1:]:
        shop.photo(product).unlink()
    assert shop.tag(workspace).failures == {"missing_photo": 4}


def test_another_catalog_may_have_its_photos_elsewhere(tmp_path: Path) -> None:
    """Two catalogs with a folder each can share a workspace."""
    men, women = ColourShop(tmp_path / "men", products=3), ColourShop(tmp_path / "women")
    for number in range(3):
        women.add(f"w{number}")
    workspace = Workspace(tmp_path / "tables")
    men.tag(workspace)
    assert women.tag(workspace).tagged == 3
    assert len(ids(workspace, "attributes")) == 6
