"""A small shop to review, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from review_shop import Review, make_review_shop, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def reviewed_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of ``make_review_shop``, not to be changed."""
    folder = tmp_path_factory.mktemp("review")
    make_review_shop(folder)
    return folder


@pytest.fixture
def folder(reviewed_shop: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    shutil.copytree(reviewed_shop / "shop", tmp_path / "shop")
    (tmp_path / "images").symlink_to(reviewed_shop / "images")
    return tmp_path


@pytest.fixture
def review(folder: Path) -> Iterator[Review]:
    """Its server, without a socket."""
    opened = Review(folder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def refusing(reviewed_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    """A server to which nothing is said that it keeps."""
    folder = tmp_path_factory.mktemp("refusing")
    shutil.copytree(reviewed_shop / "shop", folder / "shop")
    opened = Review(folder)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    from real_browser import launched

    with launched() as chromium:
        yield chromium


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """Where a server of the copy answers."""
    with served(folder) as (told, _):
        yield told
