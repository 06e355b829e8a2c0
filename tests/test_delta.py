"""One Delta table."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from hangtag import delta

KEYS = ("product_id",)
SCHEMA = pa.schema([pa.field("product_id", pa.string(), nullable=False), ("seen", pa.int64())])


def rows(*product_ids: str, seen: int = 1) -> pa.Table:
    return pa.table({"product_id": list(product_ids), "seen": [seen] * len(product_ids)}, SCHEMA)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    delta.create(tmp_path / "table", SCHEMA)
    return tmp_path / "table"


def test_columns_that_are_missing_are_added(path: Path) -> None:
    """Rows from before say nothing in them."""
    delta.append(path, KEYS, rows("a"))
    delta.create(path, SCHEMA.append(pa.field("size", pa.string())))
    assert delta.read(path).to_pylist() == [{"product_id": "a", "seen": 1, "size": None}]


def test_writers_that_meet_lose_nothing(path: Path) -> None:
    """Each upsert that meets another one's commit is tried again."""
    delta.append(path, KEYS, rows("both", seen=0))

    def write(name: str) -> None:
        for number in range(5):
            delta.upsert(path, KEYS, rows("both", f"{name}{number}", seen=number))

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    there = delta.read(path).to_pylist()
    assert len(there) == 11
    assert {row["product_id"]: row["seen"] for row in there}["both"] == 4


def test_compacting_keeps_every_row_and_the_files_that_a_reader_may_have_open(path: Path) -> None:
    """Many files become few, in the table; the folder keeps the old ones for a week."""
    for number in range(6):
        delta.append(path, KEYS, rows(f"p{number}"))
    before = delta.dataset(path)
    delta.compact(path, files=10)
    assert len(delta.dataset(path).files) == 6
    delta.compact(path, files=5)
    assert len(delta.dataset(path).files) == 1
    assert delta.count(path) == before.to_table().num_rows == 6


READER = """
import sys
from pathlib import Path
from hangtag import delta
path = Path(sys.argv[1])
for _ in range(3):
    delta.upsert(path, ("product_id",), delta.read(path))
"""


def test_a_process_that_read_and_wrote_a_table_ends_quietly(path: Path) -> None:
    """Arrow reading through deltalake's own file system used to abort it at its end."""
    delta.append(path, KEYS, rows("a", "b"))
    command = [sys.executable, "-c", READER, str(path)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
