"""Words of a shop's own titles and descriptions, taught from labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from colour_shop import ColourShop

from hangtag.cli.entry import run
from hangtag.errors import CalibrationError
from hangtag.readings import Reading
from hangtag.settling import deriving_of
from hangtag.taxonomy import Taxonomy, default_taxonomy, load_taxonomy
from hangtag.teaching import teach
from hangtag.teaching.fitting import Held
from hangtag.teaching.words import WordLesson, learn_words
from hangtag.texts import Texts
from hangtag.texts.taught import load_taught_words, taught_words_bytes
from hangtag.workspace import Workspace

OWN = """
extends: fashion
name: heels
version: 1
attributes:
  heel:
    tier: 2
    options:
      block:
      wedge:
"""
# As a shop in Vienna calls them; no phrase of any taxonomy says so.
CALLED = {"block": "Blockabsatz", "wedge": "Keilabsatz"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("own") / "own.yaml"
    file.write_text(OWN, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def taxonomy(own: Path) -> Taxonomy:
    return load_taxonomy(own)


def heel(number: int) -> str:
    return "block" if number % 3 else "wedge"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ColourShop:
    """A hundred shoes whose photos show a colour, and whose titles name the heel."""
    shop = ColourShop(tmp_path_factory.mktemp("shoes"))
    for number in range(100):
        title = f"Schuh Modell {chr(97 + number % 26)}{number} mit {CALLED[heel(number)]}"
        shop.add(f"p{number}", productDisplayName=title)
    shop.catalog()
    return shop


@pytest.fixture(scope="module")
def labels(shop: ColourShop) -> Path:
    """Of the first seventy."""
    file = shop.styles.parent / "labels.csv"
    rows = [f"p{n},heel,{heel(n)}" for n in range(70)]
    file.write_text("\n".join(["id,attribute,value", *rows]) + "\n")
    return file


@pytest.fixture
def workspace(shop: ColourShop, tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "out")
    assert shop.tag_by_command(workspace) == 0
    return workspace


def held(options: tuple[str, ...], right: np.ndarray, sure: float = 0.6) -> Held:
    """What photos say that are right by chance only."""
    n = len(right)
    likely = np.full((n, len(options)), (1 - sure) / (len(options) - 1), np.float32)
    likely[np.arange(n), np.random.default_rng(1).integers(len(options), size=n)] = sure
    return Held(np.arange(n), options, right, np.arange(n) % 5, likely)


def taught(metadata: list[dict[str, str]], right: np.ndarray, taxonomy: Taxonomy) -> WordLesson:
    attribute = taxonomy["heel"]
    return learn_words(attribute, held(attribute.names, right), metadata, Texts.shipped(taxonomy))


def readings_of(taxonomy: Taxonomy) -> dict[str, Reading]:
    """Every single choice as a photo has it that shows hardly anything."""
    found: dict[str, Reading] = {}
    for attribute in taxonomy.read:
        if not attribute.multiple:
            share = 1 / len(attribute.names)
            likely = dict.fromkeys(attribute.names, share)
            found[attribute.name] = Reading(attribute.name, attribute.names[:1], share, likely)
    return found


RIGHT = np.arange(90) % 2


def named(*names: str) -> list[dict[str, str]]:
    return [{"title": f"Schuh {names[i]} a{number}"} for number, i in enumerate(RIGHT)]


def test_what_photos_do_not_show_is_read_from_the_shop_s_own_words(
    shop: ColourShop,
    labels: Path,
    own: Path,
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the shop's own language; and no photo is read again for it."""
    told = ["--labels", str(labels), "--taxonomy", str(own), "--processes", "1"]
    assert run(["teach", str(workspace.path), *told]) == 0
    said = capsys.readouterr().out
    assert "Photo and text together, before and with words of your own texts" in said
    assert "Tag the catalog again" in said
    assert shop.tag_by_command(workspace) == 0
    rows = {row["product_id"]: row for row in workspace.read("attributes").to_pylist()}
    new = range(70, 100)
    assert np.mean([rows[f"p{n}"]["heel"] == heel(n) for n in new]) > 0.9
    assert {dict(rows[f"p{n}"]["sources"])["heel"] for n in new} <= {"text", "both"}
    capsys.readouterr()
    others = workspace.path.parent / "others.csv"
    others.write_text("\n".join(["id,attribute,value", *(f"p{n},heel,{heel(n)}" for n in new)]))
    assert run(["evaluate", str(workspace.path), "--labels", str(others), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)["blended"]
    assert [one["accuracy"] > 0.9 for one in scores if one["attribute"] == "heel"] == [True]
    assert shop.tag_by_command(workspace, "--json") == 0
    assert json.loads(capsys.readouterr().out)["reused"] == 100


def test_words_count_from_the_next_run_on(
    labels: Path, taxonomy: Taxonomy, own: Path, workspace: Workspace, shop: ColourShop
) -> None:
    """Until then corrections are settled by what the tables were derived with."""
    turns: list[tuple[str, int, int]] = []
    teach(
        workspace, labels, taxonomy=taxonomy, taxonomy_file=own, processes=1,
        at_lesson=lambda *turn: turns.append(turn),
    )  # fmt: skip
    assert turns == [("heel", 0, 1)]
    before = deriving_of(workspace).texts
    assert shop.tag_by_command(workspace) == 0
    after = deriving_of(workspace).texts
    assert before is not None
    assert after is not None
    assert (set(before.taught), set(after.taught)) == (set(), {"heel"})


def test_photos_alone_teach_no_words(
    labels: Path, taxonomy: Taxonomy, workspace: Workspace
) -> None:
    """And a colour says nothing of a heel."""
    done = teach(workspace, labels, taxonomy=taxonomy, text=False, processes=1)
    assert (done.taught, done.words_taught, done.words) == ([], [], {})
    assert workspace.taught_words() == {}


def test_labels_made_from_texts_teach_no_words(
    labels: Path, taxonomy: Taxonomy, workspace: Workspace, tmp_path: Path
) -> None:
    """They would say again what whoever made them has read there."""
    rows = labels.read_text().splitlines()
    circular = tmp_path / "circular.csv"
    circular.write_text(
        "\n".join([f"{rows[0]},source", *(f"{row},title" for row in rows[1:])]) + "\n"
    )
    done = teach(workspace, circular, taxonomy=taxonomy, processes=1)
    assert done.words["heel"].refused.startswith("0 products have a text and a label")
    assert done.taught == done.words_taught == []


def test_another_lesson_keeps_words_of_other_attributes(
    labels: Path, taxonomy: Taxonomy, own: Path, workspace: Workspace, tmp_path: Path
) -> None:
    """Each attribute has words of its own."""
    teach(workspace, labels, taxonomy=taxonomy, taxonomy_file=own, processes=1)
    file = tmp_path / "patterns.csv"
    file.write_text(
        labels.read_text().replace("heel", "pattern").replace("block", "striped")
        .replace("wedge", "floral print")
    )  # fmt: skip
    done = teach(workspace, file, processes=1)
    assert done.words_taught == ["pattern"]
    assert set(workspace.taught_words()) == {"heel", "pattern"}


def test_words_are_judged_on_products_held_out(taxonomy: Taxonomy) -> None:
    """What each product has for itself alone is no knowledge."""
    lesson = taught(named("Blockabsatz", "Keilabsatz"), RIGHT, taxonomy)
    assert lesson.words is not None
    assert lesson.accuracy is not None
    assert lesson.before is not None
    assert lesson.accuracy > 0.95
    assert lesson.before < 0.7
    assert dict(lesson.words.about)["labels"] == lesson.labels == 90
    shuffled = np.random.default_rng(0).permutation(RIGHT)
    nothing = taught(named("Blockabsatz", "Keilabsatz"), shuffled, taxonomy)
    assert nothing.words is None
    assert "add nothing" in nothing.refused


def test_a_brand_is_a_word_like_others_in_its_own_shop(taxonomy: Taxonomy) -> None:
    """Who makes a shoe says much of it, there; what ships knows no brands."""
    makers = ("Adlerhorst", "Birkenau")
    metadata = [
        {"title": f"{makers[i]} Schuh a{number}", "brand": makers[i]}
        for number, i in enumerate(RIGHT)
    ]
    lesson = taught(metadata, RIGHT, taxonomy)
    assert lesson.words is not None
    known = set(lesson.words.words.words["title"])
    assert any(word.startswith("adlerhorst") for word in known)


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ([{"title": "Schuh"}] * 30 + [{}] * 60, "30 products have a text"),
        ([{"title": f"a{number}"} for number in range(90)], "no word is known of enough"),
    ],
)
def test_too_little_text_is_refused_with_what_there_is(
    metadata: list[dict[str, str]], says: str, taxonomy: Taxonomy
) -> None:
    """Nothing changes then."""
    lesson = taught(metadata, RIGHT, taxonomy)
    assert lesson.words is None
    assert says in lesson.refused


def test_taught_words_take_the_place_of_what_ships_for_their_attribute() -> None:
    """All other attributes read texts as before."""
    taxonomy = default_taxonomy()
    pattern = taxonomy["pattern"]
    right = np.array([pattern.names.index("striped" if i else "floral print") for i in RIGHT])
    lesson = learn_words(
        pattern, held(pattern.names, right), named("Blumig", "Gestreift"), Texts.shipped(taxonomy)
    )
    assert lesson.words is not None
    shipped, mine = Texts.shipped(taxonomy), Texts.shipped(taxonomy, {"pattern": lesson.words})
    assert shipped.version != mine.version
    told = {"title": "Schuh Gestreift", "description": "A soft cotton oxford with long sleeves"}
    photo = {
        name: one
        for name, one in readings_of(taxonomy).items()
        if name in ("pattern", "material", "sleeves")
    }
    one, other = shipped.blend(photo, told), mine.blend(photo, told)
    assert other.readings["pattern"].value == ("striped",)
    assert one.readings["pattern"].value != ("striped",)
    assert one.readings["material"] == other.readings["material"]
    assert one.readings["sleeves"] == other.readings["sleeves"]


def test_words_of_options_that_the_taxonomy_has_no_more_are_silent(
    taxonomy: Taxonomy, tmp_path: Path
) -> None:
    """A run with another taxonomy goes by what it knows."""
    lesson = taught(named("Blockabsatz", "Keilabsatz"), RIGHT, taxonomy)
    assert lesson.words is not None
    file = tmp_path / "other.yaml"
    file.write_text(OWN.replace("wedge", "wedge heel"), encoding="utf-8")
    other = load_taxonomy(file)
    assert Texts.shipped(other, {"heel": lesson.words}).version == Texts.shipped(other).version


def test_words_come_back_as_they_were_kept(taxonomy: Taxonomy, tmp_path: Path) -> None:
    """And anything else is one clear error."""
    lesson = taught(named("Blockabsatz", "Keilabsatz"), RIGHT, taxonomy)
    assert lesson.words is not None
    file = tmp_path / "taught-words.npz"
    file.write_bytes(taught_words_bytes({"heel": lesson.words, "toe": lesson.words}))
    back = load_taught_words(file)
    assert list(back) == ["heel", "toe"]
    assert back["toe"].weight == lesson.words.weight
    assert back["toe"].sure == lesson.words.sure
    again = {"heel": back["heel"]}
    assert (
        Texts.shipped(taxonomy, again).version
        == Texts.shipped(taxonomy, load_taught_words(file)).version
    )
    whole = file.read_bytes()
    for broken in (b"", b"words", whole[: len(whole) // 2]):
        file.write_bytes(broken)
        with pytest.raises(CalibrationError, match="holds no words"):
            load_taught_words(file)
