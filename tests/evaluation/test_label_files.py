"""Files of labels and ids as people's programs write them, and what is wrong with some."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hangtag.errors import LabelsError
from hangtag.evaluation import contradictions, read_ids, read_labels
from hangtag.taxonomy import default_taxonomy

TAXONOMY = default_taxonomy()
STRIPED = ("7", "pattern", "striped", ["striped"], True, "")


def told(path: Path) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in read_labels(path, TAXONOMY).to_pylist()]


def csv_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def parquet_file(folder: Path, **columns: object) -> Path:
    path = folder / "labels.parquet"
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "id,attribute,value\n7,pattern,striped\n",
        "\ufeffid,attribute,value\r\n7,pattern,striped\r\n",
        "ID,attribute,value\n7,pattern,striped\n",
        "product_id;attribute;value\n7;pattern;striped\n",
        "id\tattribute\tvalue\n7\tpattern\tstriped\n",
        "id, attribute, value\n 7, pattern, striped\n",
        '"id","attribute","value","note, mine"\n7,pattern,striped,"two\nlines"\n',
    ],
)
def test_csv_of_any_program_is_read(tmp_path: Path, text: str) -> None:
    """Byte order marks, line ends, separators, quotes and blanks are the program's own."""
    assert told(csv_file(tmp_path, text)) == [STRIPED]


def test_parquet_of_any_program_is_read(tmp_path: Path) -> None:
    """Whole numbers kept as floats, dictionaries, long strings, lists of accepted options."""
    path = parquet_file(
        tmp_path,
        id=[7.0],
        attribute=pa.array(["pattern"]).dictionary_encode(),
        value=pa.array(["striped"], pa.large_string()),
        accepted=[["striped"]],
    )
    assert told(path) == [STRIPED]


def test_absent_may_be_said_in_many_ways(tmp_path: Path) -> None:
    """Data frames write 0.0 for false where other rows say nothing; nothing is present."""
    words = ("False", "no", "0", "0.0", "TRUE", "1.0", "")
    lines = "".join(f"{i},details,has hood,{word}\n" for i, word in enumerate(words))
    found = told(csv_file(tmp_path, "id,attribute,value,present\n" + lines))
    assert [row[4] for row in found] == [False, False, False, False, True, True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("id,attribute,value\n", "has no rows"),
        ("name,attribute,value\n7,pattern,striped\n", "it has name, attribute, value"),
        ("id,attribute,value,value\n7,pattern,striped,x\n", "two columns named 'value'"),
        ("id,attribute,value\n7,pattern,striped\n,pattern,striped\n", "1 row without an id"),
        ("id,attribute,value\n7,pattern,ray\u00e9\n".encode("latin-1"), "Save it as UTF-8"),
        ("id,attribute,value,present\n7,details,has hood,perhaps\n", "present 'perhaps'"),
        ("id,attribute,value,present\n7,pattern,striped,false\n", "only a multiple choice"),
        ("id,attribute,value\n7,pattern,\n", "holds no label"),
    ],
)
def test_what_cannot_be_understood_is_never_guessed(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    """A label taken for its opposite would spoil a figure, and nobody would see."""
    with pytest.raises(LabelsError, match=said):
        told(csv_file(tmp_path, text))


def test_rows_of_data_frames_without_an_id_are_refused(tmp_path: Path) -> None:
    """They are no product called "nan" or "None"."""
    for nothing in (None, float("nan")):
        path = parquet_file(
            tmp_path, id=[7.0, nothing], attribute=["pattern"] * 2, value=["striped"] * 2
        )
        with pytest.raises(LabelsError, match="1 row without an id"):
            told(path)
        with pytest.raises(LabelsError, match="1 row without an id"):
            read_ids(path)


def test_files_that_are_not_what_they_are_called_are_one_clear_error(tmp_path: Path) -> None:
    """A page saved under the name of the file, or a folder."""
    (tmp_path / "labels.parquet").write_text("<html>", encoding="utf-8")
    with pytest.raises(LabelsError, match="cannot be read"):
        told(tmp_path / "labels.parquet")
    with pytest.raises(LabelsError, match="cannot be read"):
        told(tmp_path)


def test_rows_that_say_the_same_are_one_label(tmp_path: Path) -> None:
    """Files that were put together from others repeat themselves; a label weighs no more for it."""
    text = "id,attribute,value\n7,pattern,striped\n8,pattern,floral\n7,pattern,stripes\n"
    found = read_labels(csv_file(tmp_path, text), TAXONOMY)
    assert found["product_id"].to_pylist() == ["7", "8"]
    assert contradictions(found) == 0


def test_rows_that_accept_different_options_mean_what_all_accept(tmp_path: Path) -> None:
    """In whatever order they stand."""
    lines = ["7,pattern,striped,striped|checkered\n", "7,pattern,,checkered|striped|floral print\n"]
    open_one = [
        "8,pattern,striped,striped|floral print\n",
        "8,pattern,floral print,striped|floral print\n",
    ]
    narrow = ["9,pattern,striped,striped|floral print\n", "9,pattern,floral print,floral print\n"]
    for some in ([lines, open_one, narrow], [lines[::-1], open_one[::-1], narrow[::-1]]):
        rows = "".join(row for pair in some for row in pair)
        found = told(csv_file(tmp_path, "id,attribute,value,accepted\n" + rows))
        said = [(i, value, sorted(accepted)) for i, _, value, accepted, _, _ in found]
        assert said == [
            ("7", "striped", ["checkered", "striped"]),
            ("8", None, ["floral print", "striped"]),
            ("9", "floral print", ["floral print"]),
        ]


def test_rows_that_contradict_each_other_count_for_nothing(tmp_path: Path) -> None:
    """Which one is right nobody knows, and their place in the file does not say it."""
    lines = [
        "7,pattern,striped,,\n", "7,pattern,floral print,,\n", "7,pattern,striped,,\n",
        "7,details,has hood,,true\n", "7,details,has hood,,false\n",
        "7,details,has zipper,,true\n", "8,pattern,floral print,,\n",
    ]  # fmt: skip
    for some in (lines, lines[::-1]):
        path = csv_file(tmp_path, "id,attribute,value,accepted,present\n" + "".join(some))
        found = read_labels(path, TAXONOMY)
        said = zip(found["product_id"].to_pylist(), found["value"].to_pylist(), strict=True)
        assert sorted(said) == [("7", "has zipper"), ("8", "floral print")]
        assert contradictions(found) == 2


def test_sources_that_say_otherwise_are_no_contradiction(tmp_path: Path) -> None:
    """Each is scored by itself."""
    text = "id,attribute,value,source\n7,pattern,striped,ann\n7,pattern,floral print,ben\n"
    found = read_labels(csv_file(tmp_path, text), TAXONOMY)
    assert found["source"].to_pylist() == ["ann", "ben"]
    assert contradictions(found) == 0


def test_a_file_of_nothing_but_contradictions_is_refused(tmp_path: Path) -> None:
    """There is nothing to score against, and the reason is told."""
    text = "id,attribute,value\n7,pattern,striped\n7,pattern,floral print\n"
    with pytest.raises(LabelsError, match="only labels that contradict each other"):
        told(csv_file(tmp_path, text))
