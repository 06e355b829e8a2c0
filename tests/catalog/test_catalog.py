"""Catalogs of every kind, and what is wrong with them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from hypothesis import given
from hypothesis import strategies as st

from hangtag.catalog import Catalog, open_catalog
from hangtag.errors import CatalogError
from hangtag.readings import CATALOG

KAGGLE = (
    "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,"
    "productDisplayName\n"
)
SHIRT = "7,Men,Apparel,Topwear,Shirts,Blue,Fall,2011,Casual,Dunmore Men Blue Shirt\n"
WATCH = "8,Women,Accessories,Watches,Watches,Gold,NA,2012,,Dunmore Watch\n"


def csv_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "products.csv"
    file.write_bytes(text.encode(encoding))
    return file


def rows(catalog: Catalog, **how: Any) -> list[dict[str, str | None]]:
    return [row for batch in catalog.batches(**how) for row in batch.to_pylist()]


def ids(catalog: Catalog, **how: Any) -> list[str | None]:
    return [row["product_id"] for row in rows(catalog, **how)]


def test_the_kaggle_file_is_recognised_by_itself(tmp_path: Path) -> None:
    """Its columns get our names, and what it does not know is null."""
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + SHIRT + WATCH))
    shirt, watch = rows(catalog)
    assert shirt["title"] == "Dunmore Men Blue Shirt"
    assert shirt["sub_category"] == "Topwear"
    assert (watch["season"], watch["usage"], watch["photo"]) == (None, None, None)
    assert next(catalog.batches()).schema == CATALOG
    assert not catalog.notes


def test_a_surplus_comma_belongs_to_the_title_and_is_counted(tmp_path: Path) -> None:
    """The title is the last column, and the year stands where it should."""
    broken = SHIRT.replace("Blue Shirt", "Blue, Red, and Green Shirt")
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + broken + WATCH))
    assert rows(catalog)[0]["title"] == "Dunmore Men Blue, Red, and Green Shirt"
    assert catalog.notes == {"repaired_lines": 1}


def test_a_line_that_cannot_be_mended_with_certainty_is_left_out_and_counted(
    tmp_path: Path,
) -> None:
    """Too few fields, or a comma that may stand anywhere."""
    short = "9,Men,Apparel\n"
    shifted = "10,Men,Apparel,Topwear, and more,Shirts,Blue,Fall,2011,Casual,Shirt\n"
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + short + shifted + SHIRT))
    assert ids(catalog) == ["7"]
    assert catalog.notes == {"broken_lines": 2}


def test_strict_refuses_a_broken_line_and_names_it(tmp_path: Path) -> None:
    """Nobody's data is guessed who does not want it to be."""
    broken = SHIRT.replace("Blue Shirt", "Blue, Shirt")
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + WATCH + broken), strict=True)
    with pytest.raises(CatalogError, match=r"products\.csv:3: 11 fields"):
        rows(catalog)


def test_the_first_of_two_lines_with_one_id_counts(tmp_path: Path) -> None:
    """Empty and doubled ids are counted, not guessed at; blank lines are nothing."""
    other = SHIRT.replace("Blue Shirt", "Red Shirt")
    empty = SHIRT.replace("7,", " ,", 1)
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + SHIRT + "\n" + other + empty))
    assert [row["title"] for row in rows(catalog)] == ["Dunmore Men Blue Shirt"]
    assert catalog.notes == {"duplicate_ids": 1, "empty_ids": 1}


def test_notes_are_of_the_last_pass(tmp_path: Path) -> None:
    """Counting first and reading then does not count a broken line twice."""
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + SHIRT + SHIRT))
    assert catalog.count() == 1
    assert len(rows(catalog)) == 1
    assert catalog.notes == {"duplicate_ids": 1}


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_seen_in_the_header(tmp_path: Path, delimiter: str) -> None:
    """As spreadsheets write them in half of Europe."""
    text = "sku,image,name\n1,a.jpg,Hat\n".replace(",", delimiter)
    (row,) = rows(open_catalog(csv_file(tmp_path, text)))
    assert (row["product_id"], row["photo"], row["title"]) == ("1", "a.jpg", "Hat")


def test_columns_of_any_name_can_be_mapped(tmp_path: Path) -> None:
    """The user's own pairs come before what is known."""
    file = csv_file(tmp_path, "Nr,title,Bezeichnung\n1,wrong,Hut\n")
    (row,) = rows(open_catalog(file, columns={"product_id": "Nr", "title": "Bezeichnung"}))
    assert (row["product_id"], row["title"]) == ("1", "Hut")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"product_id": "Nrr"}, "Did you mean 'Nr'"),
        ({"identity": "Nr"}, "no column 'identity'"),
        ({}, "looks like a product id"),
    ],
)
def test_a_wrong_column_is_one_clear_error(
    tmp_path: Path, columns: dict[str, str], said: str
) -> None:
    """It lists the columns there are."""
    with pytest.raises(CatalogError, match=said):
        open_catalog(csv_file(tmp_path, "Nr,Bezeichnung\n1,Hut\n"), columns=columns)


def test_a_wrong_encoding_is_one_clear_error_with_its_line(tmp_path: Path) -> None:
    """The hint says how to name the right one, and naming it helps."""
    file = csv_file(tmp_path, "id,title\n1,Hat\n2,Café\n", "cp1252")
    with pytest.raises(CatalogError, match=r"products\.csv:3: .*--encoding"):
        rows(open_catalog(file))
    assert rows(open_catalog(file, encoding="cp1252"))[1]["title"] == "Café"
    with pytest.raises(CatalogError, match="not utf-16"):
        open_catalog(file, encoding="utf-16")
    with pytest.raises(CatalogError, match="no encoding"):
        open_catalog(file, encoding="klingon")
    with pytest.raises(CatalogError, match="--encoding utf-16"):
        open_catalog(csv_file(tmp_path, "id\ttitle\n1\tCafé\n", "utf-16"))


@pytest.mark.parametrize("sign", [";", "\t", ","])
def test_a_spreadsheet_may_say_first_what_separates_its_columns(tmp_path: Path, sign: str) -> None:
    """Its word counts for more than what the header looks like; lines keep their numbers."""
    name = "a,b;c\td|e,f;g\th|i"
    file = csv_file(tmp_path, f'sep={sign}\r\nid{sign}"{name}"\r\n1{sign}Hat\r\n')
    assert rows(open_catalog(file, columns={"title": name}))[0]["title"] == "Hat"
    broken = csv_file(tmp_path, f"SEP={sign}\nid{sign}title\n1{sign}Hat{sign}no{sign}more\n")
    with pytest.raises(CatalogError, match=r"products\.csv:3: 4 fields"):
        rows(open_catalog(broken, strict=True))


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path: Path) -> None:
    """Spreadsheets put it there."""
    assert ids(open_catalog(csv_file(tmp_path, "id,title\n1,Hat\n", "utf-8-sig"))) == ["1"]


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_a_file_without_header_is_refused(tmp_path: Path, text: str) -> None:
    """As is a path where nothing is."""
    with pytest.raises(CatalogError, match="header"):
        open_catalog(csv_file(tmp_path, text))
    with pytest.raises(CatalogError, match="There is no"):
        open_catalog(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1,1,50,Hat", "a decimal comma"),
        ("1,Casual, Sports,Hat", "a comma in the field before"),
    ],
)
def test_a_surplus_comma_before_the_title_is_not_taken_for_the_titles(
    tmp_path: Path, row: str, why: str
) -> None:
    """Such a title would begin in the midst of another field."""
    catalog = open_catalog(csv_file(tmp_path, f"id,other,title\n{row}\n2,b,Cap\n"))
    assert ids(catalog) == ["2"], why
    assert catalog.notes == {"broken_lines": 1}


@pytest.mark.parametrize("more", ["", '99,"Shoe"\n'])
@pytest.mark.parametrize("lines", [3, 30_000])
def test_an_open_quote_costs_its_own_line_only(tmp_path: Path, more: str, lines: int) -> None:
    """Wherever it would have ended: at the next quote, at the end, or beyond what csv can hold."""
    rest = "".join(f"{i},Cap\n" for i in range(100, 100 + lines))
    file = csv_file(tmp_path, 'id,title\n1,"Hat\n' + rest + more)
    catalog = open_catalog(file)
    assert len(ids(catalog)) == lines + bool(more)
    assert catalog.notes == {"broken_lines": 1}
    with pytest.raises(CatalogError, match=r"products\.csv:2: .*quote"):
        rows(open_catalog(file, strict=True))


def test_a_spreadsheet_is_refused_with_a_hint(tmp_path: Path) -> None:
    """Rather than taken for text in another encoding."""
    (tmp_path / "products.xlsx").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(CatalogError, match="Save it as CSV"):
        open_catalog(tmp_path / "products.xlsx")


def test_where_order_and_limit_choose_products(tmp_path: Path) -> None:
    """SQL expressions over our column names."""
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + SHIRT + WATCH))
    assert ids(catalog, where="sub_category = 'Topwear'") == ["7"]
    assert ids(catalog, order="sub_category = 'Watches' DESC, product_id") == ["8", "7"]
    assert ids(catalog, limit=1) == ["7"]
    assert ids(catalog, where="year > '2000'", order="year DESC", limit=1) == ["8"]
    assert catalog.count(where="gender = 'Men'") == 1


@pytest.mark.parametrize(
    "where",
    [
        "sub_categry = 'Topwear'",
        "1 = 1) UNION SELECT * FROM read_csv('/etc/hosts') --",
        "product_id IN (SELECT content FROM read_text('/etc/hosts'))",
        "1 = 1; DROP TABLE catalog",
        "",
    ],
)
def test_an_expression_reads_columns_and_nothing_else(tmp_path: Path, where: str) -> None:
    """No file, no second statement; the error lists the columns."""
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + SHIRT))
    with pytest.raises(CatalogError, match="product_id"):
        rows(catalog, where=where)


def test_a_fault_of_the_file_is_told_as_such_under_where_too(tmp_path: Path) -> None:
    """The line of the file, not the words of the database that read it."""
    catalog = open_catalog(csv_file(tmp_path, KAGGLE + SHIRT + "9,Men\n"), strict=True)
    with pytest.raises(CatalogError, match=r"products\.csv:3"):
        rows(catalog, where="year = '2011'")


def test_parquet_numbers_become_text(tmp_path: Path) -> None:
    """Ids that went through a data frame with gaps are floats: 7.0 is the product 7."""
    table = pa.table(
        {"id": [7.0, 8.0, None], "name": ["Hat", None, "Cap"], "price": [1.5, 2.0, 3.0]}
    )
    pq.write_table(table, tmp_path / "products.parquet")
    catalog = open_catalog(tmp_path / "products.parquet")
    first, second = rows(catalog)
    assert (first["product_id"], first["title"], first["price"]) == ("7", "Hat", "1.5")
    assert (second["product_id"], second["title"]) == ("8", None)
    assert catalog.notes == {"empty_ids": 1}


def test_a_delta_table_is_a_catalog(tmp_path: Path) -> None:
    """As it stands now."""
    write_deltalake(tmp_path / "products", pa.table({"sku": ["a", "b"], "title": ["Hat", "Cap"]}))
    catalog = open_catalog(tmp_path / "products")
    assert catalog.kind == "delta"
    assert ids(catalog) == ["a", "b"]


def test_a_delta_table_may_be_partitioned_and_may_have_grown(tmp_path: Path) -> None:
    """A column that stands in no file, and one that stands in the later files only."""
    first = pa.table({"sku": ["a", "b"], "gender": ["Men", "Men"], "year": [2011, 2011]})
    later = pa.table({"sku": ["c"], "gender": ["Women"], "year": [2012], "title": ["Cap"]})
    folder = tmp_path / "products"
    write_deltalake(folder, first, partition_by=["gender", "year"])
    write_deltalake(folder, later, mode="append", schema_mode="merge")
    found = sorted(rows(open_catalog(folder)), key=lambda row: str(row["product_id"]))
    told = [(row["product_id"], row["gender"], row["year"], row["title"]) for row in found]
    assert told == [
        ("a", "Men", "2011", None),
        ("b", "Men", "2011", None),
        ("c", "Women", "2012", "Cap"),
    ]


def test_floats_that_are_no_numbers_are_nothing(tmp_path: Path) -> None:
    """A product without id is not called "nan", and no number is too large."""
    table = pa.table({"id": [1.0, float("nan")], "price": [float("inf"), 2.0]})
    pq.write_table(table, tmp_path / "products.parquet")
    catalog = open_catalog(tmp_path / "products.parquet")
    (row,) = rows(catalog)
    assert (row["product_id"], row["price"]) == ("1", "inf")
    assert catalog.notes == {"empty_ids": 1}


def test_what_a_number_looks_like_does_not_depend_on_its_neighbours(tmp_path: Path) -> None:
    """Nor on where the batches are cut."""
    pq.write_table(pa.table({"id": [1.0, 2.0, 2.5]}), tmp_path / "p.parquet")
    catalog = open_catalog(tmp_path / "p.parquet")
    assert ids(catalog) == ids(catalog, rows=1) == ["1", "2", "2.5"]


def test_a_column_that_is_no_text_is_refused_where_it_was_asked_for(tmp_path: Path) -> None:
    """With its name and type; where only its name looks like one of ours it is left alone."""
    table = pa.table({"id": ["a"], "title": [["x", "y"]], "image": [{"bytes": b"", "path": "x"}]})
    pq.write_table(table, tmp_path / "p.parquet")
    (row,) = rows(open_catalog(tmp_path / "p.parquet"))
    assert (row["title"], row["photo"]) == (None, None)
    with pytest.raises(CatalogError, match="'title' holds list"):
        open_catalog(tmp_path / "p.parquet", columns={"title": "title"})


def test_parquet_is_known_by_its_bytes(tmp_path: Path) -> None:
    """Whatever the file is called."""
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "products")
    assert open_catalog(tmp_path / "products").kind == "parquet"


def test_a_file_that_only_calls_itself_parquet_is_refused(tmp_path: Path) -> None:
    """One clear error."""
    (tmp_path / "p.parquet").write_text("id,title\n")
    with pytest.raises(CatalogError, match="cannot be read as Parquet"):
        open_catalog(tmp_path / "p.parquet")


def test_a_bare_folder_of_photos_is_a_catalog(tmp_path: Path) -> None:
    """File names are ids; hidden and other files are none."""
    for name in ("b/hat.JPG", "a/cap.png", "notes.txt", "._hat.jpg"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
    catalog = open_catalog(tmp_path)
    assert [(r["product_id"], r["photo"]) for r in rows(catalog)] == [
        ("cap", "a/cap.png"),
        ("hat", "b/hat.JPG"),
    ]


def test_files_keep_their_names_and_hidden_folders_are_left_alone(tmp_path: Path) -> None:
    """A name with blanks at its ends, or like a missing value, is a name all the same."""
    for name in (" 7 .jpg", "NA.jpg", ".thumbnails/7.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = [(row["product_id"], row["photo"]) for row in rows(open_catalog(tmp_path))]
    assert found == [(" 7 ", " 7 .jpg"), ("NA", "NA.jpg")]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes there")
def test_a_file_name_that_is_no_utf8_is_left_out_and_counted(tmp_path: Path) -> None:
    """It could not be kept in a table."""
    for name in (b"7.jpg", b"8\xff.jpg"):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(b"x")  # noqa: PTH118
    catalog = open_catalog(tmp_path)
    assert ids(catalog) == ["7"]
    assert catalog.notes == {"unreadable_names": 1}


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """Rather than a run over nothing."""
    with pytest.raises(CatalogError, match="no photo"):
        open_catalog(tmp_path)


@given(
    parts=st.lists(
        st.text(st.characters(exclude_characters='",\r\n', exclude_categories=("Cs", "Cc", "Z"))),
        min_size=2,
        max_size=6,
    )
)
def test_whatever_the_title_its_commas_come_back(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    """Joining what a comma took apart gives the title that stood there."""
    title = "Shirt " + ",".join(parts) + " end"
    line = SHIRT.rsplit(",", 1)[0] + "," + title + "\n"
    folder = tmp_path_factory.mktemp("catalog")
    assert rows(open_catalog(csv_file(folder, KAGGLE + line)))[0]["title"] == title


@pytest.mark.parametrize("later", ["", "id,title\n7,A Shirt\n"])
def test_a_file_that_has_become_another_one_is_not_read(tmp_path: Path, later: str) -> None:
    """Its columns would be taken for those of the first, or there are none."""
    file = csv_file(tmp_path, KAGGLE + SHIRT)
    catalog = open_catalog(file)
    assert ids(catalog) == ["7"]
    file.write_text(later, encoding="utf-8")
    with pytest.raises(CatalogError, match="has changed since") as caught:
        rows(catalog)
    assert "nothing writes it" in caught.value.hint


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_names_of_columns_may_go_on_into_other_lines(tmp_path: Path, end: str) -> None:
    """Spreadsheets have such headers, and write them quoted."""
    path = tmp_path / "styles.csv"
    lines = ['id,"price', 'in EUR",title', "1,9,Shirt", "2,8,Skirt", ""]
    path.write_text(end.join(lines), encoding="utf-8", newline="")
    (batch,) = open_catalog(path).batches()
    assert batch["product_id"].to_pylist() == ["1", "2"]
    assert batch["title"].to_pylist() == ["Shirt", "Skirt"]


def test_a_quote_left_open_in_the_header_swallows_no_products(tmp_path: Path) -> None:
    """Its line is taken as it stands, and what it makes of the names is told."""
    path = tmp_path / "styles.csv"
    path.write_text('title,"id\nShirt,1\n"Skirt",2\n', encoding="utf-8")
    with pytest.raises(CatalogError):
        list(open_catalog(path).batches())
