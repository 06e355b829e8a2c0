"""What the tests on Spark share: a session, a shop, and workers that find the tests' modules."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from colour_shop import ColourShop
from spark_settings import SETTINGS

TESTS = Path(__file__).parent


@pytest.fixture(scope="session")
def environment() -> Iterator[dict[str, str]]:
    """Of a process whose Spark workers import what the tests import; this one's as well."""
    paths = os.pathsep.join([str(TESTS), *filter(None, sys.path)])
    told = {"PYTHONPATH": paths, "PYSPARK_PYTHON": sys.executable}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        yield {**os.environ, **told}


@pytest.fixture(scope="session")
def session(environment: dict[str, str]) -> Iterator[Any]:
    """A Spark session on this machine, with two places that execute tasks."""
    from hangtag.spark.session import open_session

    # A task is tried four times, as on a cluster: Spark lends workers that a test has killed.
    with open_session("local[2, 4]", SETTINGS) as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    """Two hundred products; one has no photo, one a broken one."""
    shop = ColourShop(tmp_path / "shop", products=200)
    shop.add("missing", photo=False)
    shop.add("broken")
    shop.photo("broken").write_bytes(b"no photo" * 20)
    return shop
