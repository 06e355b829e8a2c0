"""What people said: kept once, in the order in which it was said, and never lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from colour_shop import ColourShop, tables

from hangtag.corrections import (
    Correction,
    Corrections,
    Save,
    agreement,
    disagreements,
    standing,
)
from hangtag.errors import UsageError
from hangtag.settling import settle
from hangtag.tagging import plan_run
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

ANSWERS = {
    f"p{n}": {"pattern": "striped", "collar": "crew neck", "details": ["has pockets"]}
    for n in range(8)
}


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace, not to be changed."""
    folder = tmp_path_factory.mktemp("corrections")
    shop = ColourShop(folder / "shop", products=8)
    shop.tag(Workspace(folder / "workspace"), ScriptedEngine(answers=ANSWERS))
    return folder / "workspace"


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    """The same products, to be changed."""
    return ColourShop(tmp_path / "shop", products=8)


@pytest.fixture
def place(tagged: Path, tmp_path: Path) -> Workspace:
    """A copy."""
    return Workspace(shutil.copytree(tagged, tmp_path / "workspace"))


def row(place: Workspace, product_id: str) -> dict[str, Any]:
    (found,) = [r for r in place.read("attributes").to_pylist() if r["product_id"] == product_id]
    return {**found, "sources": dict(found["sources"])}


def say(key: str, product_id: str = "p1", person: str = "Ann", **answers: Any) -> Save:
    told = {n: [v] if isinstance(v, str) else v for n, v in answers.items()}
    return Save(key, product_id, told, person)


def test_a_correction_overrides_the_reading_and_leaves_it_as_it_was(place: Workspace) -> None:
    """In attributes, with its description and all that rules derive from it."""
    before = tables(place)
    Corrections(place).save([say("1", pattern="floral print", details=[])])
    assert settle(place) == 1
    found = row(place, "p1")
    assert found["pattern"] == "floral print"
    assert found["pattern_confidence"] == 1
    assert found["details"] == []
    assert found["sources"]["pattern"] == found["sources"]["details"] == "person"
    assert found["sources"]["collar"] == "photo"
    assert "floral" in found["description"]
    assert "striped" not in found["description"]
    after = tables(place)
    assert after["readings"] == before["readings"]
    assert len(set(after["attributes"]) & set(before["attributes"])) == 7


def test_a_row_says_who_said_what_and_what_was_before(place: Workspace) -> None:
    """Enough to find out afterwards how a value came about."""
    store = Corrections(place)
    store.save([say("1", pattern="floral print", collar="crew neck")])
    store.save([say("2", person="  Bob \n Brown ", pattern="striped")])
    first, confirmed, second = sorted(store.rows(), key=lambda r: (r.save_id, -len(r.attribute)))
    assert (first.kind, first.value, first.before) == ("corrected", ("floral print",), ("striped",))
    assert (first.before_source, first.read, first.engine) == ("photo", ("striped",), "scripted")
    assert first.read_confidence == pytest.approx(1, abs=0.01)
    assert (confirmed.attribute, confirmed.kind) == ("collar", "confirmed")
    assert (second.person, second.before) == ("Bob Brown", ("floral print",))
    assert second.before_source == "person"
    assert second.kind == "corrected"


def test_the_last_word_counts_and_both_are_seen(place: Workspace) -> None:
    """Two people who differ are no reason to lose one of them."""
    store = Corrections(place)
    store.save([say("1", person="Ann", pattern="floral print")])
    store.save([say("2", person="Bob", pattern="checkered")])
    assert standing(store.rows())["p1"]["pattern"].value == ("checkered",)
    (found,) = disagreements(store.rows())
    assert found.said == {"Ann": ("floral print",), "Bob": ("checkered",)}
    store.save([say("3", person="Ann", pattern="checkered")])
    assert not disagreements(store.rows())


def test_a_save_taken_back_leaves_the_reading(place: Workspace) -> None:
    """The row in attributes is the one that was there, to the last letter."""
    before = tables(place)["attributes"]
    store = Corrections(place)
    store.save([say("1", pattern="floral print", details=["has zipper"])])
    settle(place, ["p1"])
    taken = store.undo("2", "1", "Bob")
    assert {r.kind for r in taken} == {"reverted"}
    assert settle(place) == 1
    assert tables(place)["attributes"] == before
    assert store.undo("2", "1", "Bob") == taken
    assert store.undo("3", "1", "Bob") == []
    assert len(store.rows()) == 4


def test_taking_back_the_last_word_lets_the_one_before_stand(place: Workspace) -> None:
    """As if it had not been said."""
    store = Corrections(place)
    store.save([say("1", pattern="floral print")])
    store.save([say("2", person="Bob", pattern="checkered")])
    store.undo("3", "2", "Bob")
    settle(place)
    assert row(place, "p1")["pattern"] == "floral print"


def test_a_save_sent_twice_is_one(place: Workspace) -> None:
    """Here and in another process, which has not seen the first."""
    store, other = Corrections(place), Corrections(place)
    first = store.save([say("1", pattern="floral print")])
    assert store.save([say("1", pattern="floral print")]) == first
    assert other.save([say("1", pattern="floral print")]) == first
    assert len(Corrections(place).rows()) == 1


@pytest.mark.parametrize(
    ("save", "says"),
    [
        (say("1", pattern="plaid"), "option"),
        (say("1", neckline="deep"), "attribute"),
        (say("1", pattern=["striped", "checkered"]), "one option"),
        (say("1", style_keywords=["athletic", "sporty", "vintage", "modern"]), "up to 3"),
        (say("1", "nobody", pattern="striped"), "product"),
        (say("1"), "nothing"),
        (say("", pattern="striped"), "key"),
        (say("1", person=" \n", pattern="striped"), "Who"),
        (say("1", person="x" * 81, pattern="striped"), "Who"),
        (say("taken", pattern="checkered"), "another save"),
        (Save("1", "p1", {"pattern": ["striped"]}, "Ann", note="x" * 2001), "note"),
    ],
)
def test_a_save_that_makes_no_sense_is_refused_whole(
    place: Workspace, save: Save, says: str
) -> None:
    """With its companions: a save is kept with all it says or not at all."""
    store = Corrections(place)
    store.save([say("taken", pattern="striped")])
    with pytest.raises(UsageError, match=says):
        store.save([say("good", "p2", pattern="striped"), save])
    assert len(store.rows()) == 1
    with pytest.raises(UsageError, match="no such save"):
        store.undo("9", "never said", "Ann")


def test_hostile_names_are_only_text(place: Workspace) -> None:
    """Keys, people and notes go into the table as they are."""
    key = "'; DROP TABLE corrections; --\\"
    store = Corrections(place)
    note = "<script>alert(1)</script>"
    store.save([Save(key, "p1", {"pattern": ["striped"]}, "O'Hara' OR '1'='1", note=note)])
    (found,) = Corrections(place).of_save(key)
    assert (found.person, found.note) == ("O'Hara' OR '1'='1", note)


def test_corrections_survive_tagging_again(shop: ColourShop, place: Workspace) -> None:
    """New photo, new metadata, a new engine: the person's word stays on top of what is read."""
    store = Corrections(place)
    store.save([say("1", "p1", pattern="floral print"), say("2", "p2", pattern="checkered")])
    store.save([say("3", "p3", pattern="polka dots")])
    settle(place)
    shop.paint("p1", "another colour")
    shop.rows["p2"]["productDisplayName"] = "Another Title"
    shop.tag(place, ScriptedEngine(answers=ANSWERS))
    assert row(place, "p1")["pattern"] == "floral print"
    assert row(place, "p2")["pattern"] == "checkered"
    shop.tag(place, ScriptedEngine(answers={}, version="2"))
    for product_id, value in (("p1", "floral print"), ("p2", "checkered"), ("p3", "polka dots")):
        assert row(place, product_id)["pattern"] == value
        assert row(place, product_id)["sources"]["pattern"] == "person"
    assert settle(place) == 0
    store.undo("4", "3", "Ann")
    settle(place)
    untouched = Workspace(place.path.parent / "untouched")
    shop.tag(untouched, ScriptedEngine(answers={}, version="2"))
    assert row(place, "p3") == row(untouched, "p3")


def test_what_was_said_before_a_run_could_see_it_is_in_its_rows(
    shop: ColourShop, place: Workspace
) -> None:
    """Said and not settled: a server died in between. The next run makes it good for its rows."""
    Corrections(place).save([say("1", pattern="floral print")])
    shop.tag(place, ScriptedEngine(answers=ANSWERS, version="2"))
    assert row(place, "p1")["pattern"] == "floral print"


def test_corrections_are_no_work_for_a_run(shop: ColourShop, place: Workspace) -> None:
    """Nothing is read again because a person said something."""
    Corrections(place).save([say("1", pattern="floral print")])
    settle(place)
    plan = plan_run(shop.catalog(), place, ScriptedEngine(answers=ANSWERS))
    assert (plan.done, plan.read, plan.derive) == (8, 0, 0)


def test_a_product_that_failed_since_gets_no_row_and_keeps_its_words(
    shop: ColourShop, place: Workspace
) -> None:
    """And has them again when its photo is back."""
    Corrections(place).save([say("1", pattern="floral print")])
    photo = shop.photo("p1").read_bytes()
    shop.photo("p1").write_bytes(b"none")
    shop.tag(place, ScriptedEngine(answers=ANSWERS))
    assert settle(place) == 0
    assert "p1" not in place.read("attributes")["product_id"].to_pylist()
    shop.photo("p1").write_bytes(photo)
    shop.tag(place, ScriptedEngine(answers=ANSWERS))
    assert row(place, "p1")["pattern"] == "floral print"


def test_many_threads_lose_and_double_nothing(place: Workspace) -> None:
    """Two stores, as two servers have them, each asked by several threads, each save sent twice."""
    stores = (Corrections(place), Corrections(place))
    saves = [say(f"s{n}", f"p{n % 8}", person=f"P{n % 3}", pattern="striped") for n in range(16)]

    def send(n: int) -> int:
        return len(stores[n % 2].save([saves[n // 2]])[0])

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(send, range(32))) == {1}
    for store in (*stores, Corrections(place)):
        store.refresh()
        assert sorted(r.save_id for r in store.rows()) == sorted(f"s{n}" for n in range(16))


SAVING = """
import sys
from hangtag.corrections import Corrections, Save
from hangtag.workspace import Workspace
store = Corrections(Workspace(sys.argv[1]))
for n in range(6):
    own = Save(f"{sys.argv[2]}-{n}", f"p{n}", {"pattern": ["striped"]}, sys.argv[2])
    same = Save(f"same-{n}", f"p{n}", {"collar": ["V-neck"]}, "Both")
    store.save([own])
    store.save([same])
"""


@pytest.mark.slow
def test_several_processes_lose_and_double_nothing(place: Workspace) -> None:
    """Each with saves of its own, and all of them with the same ones."""
    names = ["a", "b", "c"]
    running = [
        subprocess.Popen([sys.executable, "-c", SAVING, str(place.path), name]) for name in names
    ]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    found = sorted(row.save_id for row in Corrections(place).rows())
    expected = [f"{name}-{n}" for name in [*names, "same"] for n in range(6)]
    assert found == sorted(expected)


def correction(product_id: str, person: str, value: str, at: int) -> Save:
    return say(f"{product_id}{person}{at}", product_id, person, pattern=value)


def test_agreement_is_what_is_left_of_it_after_chance(place: Workspace) -> None:
    """Four products, three the same: kappa as by hand, (.75 - .5) / (1 - .5)."""
    store = Corrections(place)
    ann = ["striped", "striped", "checkered", "checkered"]
    bob = ["striped", "striped", "checkered", "striped"]
    for n, (a, b) in enumerate(zip(ann, bob, strict=True)):
        store.save([correction(f"p{n}", "Ann", a, 0), correction(f"p{n}", "Bob", b, 1)])
    store.save([say("alone", "p7", "Ann", pattern="striped")])
    (found,) = agreement(store.rows(), place.taxonomy())
    assert (found.attribute, found.people, found.products) == ("pattern", ("Ann", "Bob"), 4)
    assert found.agree == 0.75
    assert found.kappa == pytest.approx(0.5)


def test_agreement_where_nothing_varies_is_none(place: Workspace) -> None:
    """Not a division by nothing; and options of a multiple choice are decisions each."""
    store = Corrections(place)
    store.save([correction("p1", "Ann", "striped", 0), correction("p1", "Bob", "striped", 1)])
    store.save([say("d1", "p1", "Ann", details=["has zipper"])])
    store.save([say("d2", "p1", "Bob", details=["has zipper", "has hood"])])
    found = {one.attribute: one for one in agreement(store.rows(), place.taxonomy())}
    assert found["pattern"].kappa is None
    assert found["pattern"].agree == 1
    assert found["details"].agree == pytest.approx(5 / 6)
    assert found["details"].kappa is not None


@pytest.mark.slow
def test_rows_are_small_and_many_saves_are_few_files(place: Workspace) -> None:
    """A workspace that people work on all year stays quick to open."""
    store = Corrections(place)
    for n in range(70):
        store.save([say(f"s{n}", f"p{n % 8}", pattern="striped")])
    store.tidy()
    assert len(place.dataset("corrections").files) < 24
    assert isinstance(store.rows()[0], Correction)
    assert len(Corrections(place).rows()) == 70
