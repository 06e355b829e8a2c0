"""Waves of outcomes, and what is left when a run dies between two commits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from colour_shop import ColourShop, ids, tables

from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import TABLES, Workspace


class DiedError(Exception):
    """Stands for a process that is no more."""


class DyingWorkspace(Workspace):
    """Dies before its n-th commit."""

    def __init__(self, path: Path, commits: int):
        super().__init__(path)
        self.commits = commits

    def append(self, *args: Any) -> None:
        self._live()
        super().append(*args)

    def replace(self, *args: Any) -> None:
        self._live()
        super().replace(*args)

    def _live(self) -> None:
        if self.commits == 0:
            raise DiedError
        self.commits -= 1


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    shop = ColourShop(tmp_path / "shop", products=8)
    shop.add("missing", photo=False)
    return shop


def change(shop: ColourShop) -> None:
    """One of each: a new photo, a photo gone, one come back, new metadata, a new product."""
    shop.paint("p1", "another colour")
    shop.photo("p2").unlink()
    shop.paint("missing", "missing")
    shop.rows["p4"]["productDisplayName"] = "Another Title"
    shop.add("p8")


# Each takes some two seconds; one of them stands for all while people wait.
EVERY_COMMIT = [n if n == 4 else pytest.param(n, marks=pytest.mark.slow) for n in range(12)]


@pytest.mark.parametrize("commits", EVERY_COMMIT)
def test_a_first_run_that_dies_before_any_commit_is_taken_up(
    shop: ColourShop, tmp_path: Path, commits: int
) -> None:
    """The tables come out as if it had not died, each row once."""
    path = tmp_path / "workspace"
    try:
        shop.tag(DyingWorkspace(path, commits), wave_rows=5)
    except DiedError:
        assert len(ids(Workspace(path), "ledger")) < 9
    shop.tag(Workspace(path))
    untouched = Workspace(tmp_path / "untouched")
    shop.tag(untouched)
    assert tables(Workspace(path)) == tables(untouched)


@pytest.mark.parametrize("commits", EVERY_COMMIT)
def test_a_later_run_that_dies_before_any_commit_is_taken_up(
    shop: ColourShop, tmp_path: Path, commits: int
) -> None:
    """Even when what had changed was changed back before the next run."""
    path = tmp_path / "workspace"
    shop.tag(Workspace(path))
    photo = shop.photo("p1").read_bytes()
    change(shop)
    try:
        shop.tag(DyingWorkspace(path, commits))
    except DiedError:
        shop.photo("p1").write_bytes(photo)
    shop.tag(Workspace(path))
    untouched = Workspace(tmp_path / "untouched")
    shop.tag(untouched)
    assert tables(Workspace(path)) == tables(untouched)


def test_small_waves_leave_the_same_rows_in_more_files(shop: ColourShop, tmp_path: Path) -> None:
    """And the end of a run makes them few again."""
    workspace = Workspace(tmp_path / "workspace")
    for number in range(8, 40):
        shop.add(f"p{number}")
    shop.tag(workspace, ScriptedEngine(batch_size=1), wave_rows=1, wave_seconds=0)
    assert ids(workspace, "products") == sorted(shop.rows)
    for name in TABLES:
        assert len(workspace.dataset(name).files) <= 24
