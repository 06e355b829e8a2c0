"""One Delta table."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from hangtag import delta

SCHEMA = pa.schema([pa.field("product_id", pa.string(), nullable=False), ("seen", pa.int64())])


def rows(*product_ids: str, seen: int = 1) -> pa.Table:
    return pa.table({"product_id": list(product_ids), "seen": [seen] * len(product_ids)}, SCHEMA)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    delta.create(tmp_path / "table", SCHEMA)
    return tmp_path / "table"


def test_columns_that_are_missing_are_added(path: Path) -> None:
    """Rows from before say nothing in them."""
    delta.append(path, rows("a"))
    delta.create(path, SCHEMA.append(pa.field("size", pa.string())))
    assert delta.read(path).to_pylist() == [{"product_id": "a", "seen": 1, "size": None}]


def test_writers_that_meet_lose_nothing(path: Path) -> None:
    """A commit that meets another one is tried again."""
    delta.append(path, rows("both", seen=0))

    def write(name: str) -> None:
        for number in range(5):
            new = ("both", f"{name}{number}")
            delta.replace(path, delta.among("product_id", new), rows(*new, seen=number))

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
        delta.append(path, rows(f"p{number}"))
    before = delta.dataset(path)
    delta.compact(path, files=10)
    assert len(delta.dataset(path).files) == 6
    delta.compact(path, files=5)
    assert len(delta.dataset(path).files) == 1
    assert delta.count(path) == before.to_table().num_rows == 6


def test_text_can_be_filtered_after_rows_were_replaced(path: Path) -> None:
    """By Arrow and by duckdb; neither could after a MERGE, for its files are typed string_view."""
    delta.append(path, rows("a", "b"))
    delta.replace(path, delta.among("product_id", ["a", "c"]), rows("c"))
    wanted = pc.field("product_id").isin(["a", "c"])
    assert delta.read(path, ["product_id"], wanted).to_pylist() == [{"product_id": "c"}]
    with duckdb.connect() as database:
        database.register("products", delta.dataset(path))
        query = "SELECT product_id FROM products WHERE product_id = 'b'"
        assert database.execute(query).fetchall() == [("b",)]


def test_rows_can_go_without_others_in_their_place(path: Path) -> None:
    """The last one, too; and replacing nothing by nothing is fine."""
    delta.append(path, rows("a", "b"))
    for gone in (["a"], ["nobody"], ["b"], ["b"]):
        delta.replace(path, delta.among("product_id", gone), rows())
    assert delta.count(path) == 0


def test_ids_are_quoted(path: Path) -> None:
    """Whatever is in them, it stays one id."""
    odd = ["o'neill", "') OR ('' = '", "\\", "läden %_", 'a"b', "--", "a\nb"]
    delta.append(path, rows(*odd, "other"))
    for seen, product_id in enumerate(odd):
        where = delta.among("product_id", [product_id])
        delta.replace(path, where, rows(product_id, seen=seen))
    there = {row["product_id"]: row["seen"] for row in delta.read(path).to_pylist()}
    assert there == {"other": 1} | {product_id: seen for seen, product_id in enumerate(odd)}


def test_a_path_may_have_spaces_and_letters_of_any_kind(tmp_path: Path) -> None:
    """As folders of people do."""
    path = tmp_path / "Café 50% #1" / "läden"
    delta.create(path, SCHEMA)
    delta.append(path, rows("a"))
    delta.replace(path, delta.among("product_id", ["a"]), rows("a", seen=2))
    assert delta.read(path).to_pylist() == [{"product_id": "a", "seen": 2}]


READER = """
import sys
from pathlib import Path
from hangtag import delta
path = Path(sys.argv[1])
for _ in range(3):
    delta.replace(path, "product_id IN ('a', 'b')", delta.read(path))
"""


def test_a_process_that_read_and_wrote_a_table_ends_quietly(path: Path) -> None:
    """Arrow reading through deltalake's own file system used to abort it at its end."""
    delta.append(path, rows("a", "b"))
    command = [sys.executable, "-c", READER, str(path)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_as_many_products_as_one_likes_are_replaced_at_once(path: Path) -> None:
    """A long list of them once overflowed the stack, and the process was gone without a word."""
    many = [f"product {number}" for number in range(25_000)]
    delta.append(path, rows(*many))
    delta.replace(path, delta.among("product_id", many), rows(*many, seen=2))
    assert delta.read(path).group_by("seen").aggregate([("seen", "count")]).to_pylist() == [
        {"seen": 2, "seen_count": 25_000}
    ]
