"""Rulebook files and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hangtag.errors import TaxonomyError
from hangtag.rules import load_rules
from hangtag.rules.rulebook import read_rulebook
from hangtag.taxonomy import default_taxonomy

HEAD = """\
name: own
consistency:
  jeans:
    says: Jeans are denim.
"""


def complaint(folder: Path, text: str) -> str:
    file = folder / "own.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TaxonomyError) as caught:
        load_rules(file, default_taxonomy())
    return str(caught.value).removeprefix(str(file))


def test_the_shipped_rulebook_is_valid_in_the_strict_way(tmp_path: Path) -> None:
    """A copy of it, as users make one, loads with every name checked."""
    shipped = Path(read_rulebook.__code__.co_filename).with_name("fashion.yaml")
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(shipped.read_bytes())
    assert load_rules(copy, default_taxonomy()).rulebook.consistency


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + "    when: {colar: [Jeans]}\n    expect: {material: [denim]}\n", 5,
         "'colar' cannot stand here; did you mean 'collar'?"),
        (HEAD + "    when: {group: [watches]}\n    expect: {material: [denim]}\n", 5,
         "group has no 'watches'; did you mean 'watch'?"),
        (HEAD + "    when: {usage: [Home]}\n    expect: {material: [denin]}\n", 6,
         "material has no 'denin'; did you mean 'denim'?"),
        (HEAD + "    when: {usage: [Home]}\n    expect: {occasion: [office]}\n", 6,
         "'occasion' cannot stand here"),
        (HEAD + "    when: {usage: [Home]}\n    expect: {usage: [Home]}\n", 6,
         "'usage' cannot stand here"),
        (HEAD + "    when: {usage: []}\n    expect: {material: [denim]}\n", 5, "names nothing"),
        (HEAD + "    when: {usage: [Home]}\n", 3, "expect: Field required"),
        (HEAD + "    when: {usage: [Home]}\n    expcet: {material: [denim]}\n", 3,
         "own.yaml:6: consistency.jeans.expcet: Extra"),
        (HEAD + "    when: {}\n    expect: {material: [denim]}\n", 5, "at least 1"),
        ("name: own\nconfidence:\n  minimum: 2\n", 3, "less than or equal to 1"),
        ("name: own\nconfidence:\n  minimum_for: {fit: 7}\n", 3, "7.0 is not between 0 and 1"),
        ("name: own\nconfidence:\n  minimum_for: {fitt: 0.5}\n", 3, "did you mean 'fit'?"),
        ("name: own\nconfidence:\n  review: [occasion]\n", 3, "'occasion' cannot stand here"),
        ("name: own\ncategory: {alike: [[bag, bagg]]}\n", 2, "group has no 'bagg'"),
        ("name: own\nderive:\n  a-b: {when: {usage: [x]}, add: {occasion: [gym]}}\n", 2,
         "'a-b' cannot be a reason code"),
        ("name: own\nderive:\n  a: {when: {usage: [x]}, add: {material: [metal]}}\n", 3,
         "'material' cannot stand here"),
        ("name: own\notherwise: {occasion: [moon]}\n", 2, "occasion has no 'moon'"),
        ("name: own\ndisbelieve:\n  a:\n    says: x\n    when: {fit: [loose]}\n"
         "    options: {material: [metal]}\n", 5, "'fit' cannot stand here"),
        ("name: [\n", 2, "not valid YAML"),
        ("", 1, "the file is empty"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    """What is wrong, where, and what it could have been."""
    said = complaint(tmp_path, text)
    assert said.startswith(f":{line}:"), said
    assert words in said


def test_a_rulebook_that_is_not_there_is_a_taxonomy_error(tmp_path: Path) -> None:
    """Not a traceback of the file system."""
    with pytest.raises(TaxonomyError, match="cannot be read"):
        load_rules(tmp_path / "none.yaml", default_taxonomy())


def test_an_empty_rulebook_judges_by_confidence_alone(tmp_path: Path) -> None:
    """Every section may be left out."""
    file = tmp_path / "own.yaml"
    file.write_text("name: own\n", encoding="utf-8")
    verdict = load_rules(file, default_taxonomy()).apply({}, {"usage": "Formal"})
    assert verdict.values["occasion"] == ()
    assert verdict.issues == ()
