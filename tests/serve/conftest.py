"""The odd shop, made once, and a client for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from api_client import Client
from odd_shop import make_odd_shop

from hangtag.embedders.registry import open_embedder
from hangtag.search import Searcher
from hangtag.serve.fastapi_app import create_app
from hangtag.serve.shop import Shop
from hangtag.workspace import Workspace


@pytest.fixture(scope="session")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of ``make_odd_shop``."""
    folder = tmp_path_factory.mktemp("serve")
    make_odd_shop(folder)
    return folder


@pytest.fixture(scope="session")
def shop(tagged: Path) -> Shop:
    place = Workspace(tagged / "shop")
    return Shop(place, Searcher(place, open_embedder("compact")), images=tagged / "images")


@pytest.fixture
def client(shop: Shop) -> Client:
    return Client(create_app(shop, hosts=frozenset({"127.0.0.1", "localhost"})))
