"""What the review answers: products in their order, to one person each, and what is said kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from api_client import HOSTILE
from colour_shop import ColourShop
from review_shop import PRODUCTS, SURE, Review

from hangtag.sampling import draw
from hangtag.settling import settle
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace


def test_every_queue_has_its_order(review: Review) -> None:
    """Unsure products first, odd ones alone, random ones in an order that is always the same."""
    assert set(review.ids("a", 2, queue="unsure")) == {"p3", "p4"}
    everything = review.ids("a", 10)
    assert len(set(everything)) == 10
    assert everything != sorted(everything)
    assert review.ids("a", 10) == everything
    assert review.next("a", 10, queue="second")["total"] == 0
    odd = review.next("a", 10, queue="conflicts")
    rows = review.place.read("attributes", ["product_id", "issues"]).to_pylist()
    issues = {r["product_id"]: [i for i in r["issues"] if not i.startswith("unsure")] for r in rows}
    assert odd["total"] == sum(bool(found) for found in issues.values())


def test_a_queue_of_one_attribute_asks_only_that(review: Review) -> None:
    """Of one kind of products, where that is wanted too."""
    found = review.next("a", 10, attribute="pattern", category="Shirts")
    assert found["total"] == 6
    assert {r["attribute"] for card in found["products"] for r in card["readings"]} == {"pattern"}
    review.save("1", found["products"][0]["product_id"], collar="crew neck")
    assert review.next("a", attribute="pattern", category="Shirts")["left"] == 6
    review.save("2", found["products"][0]["product_id"], pattern="striped")
    assert review.next("a", attribute="pattern", category="Shirts")["left"] == 5


def test_two_people_never_have_the_same_product(review: Review) -> None:
    """Until a claim is let go, or its time is over."""
    ann, bob = review.ids("ann", 5), review.ids("bob", 5)
    assert not set(ann) & set(bob)
    rest = review.ids("cid", 10)
    assert not set(rest) & {*ann, *bob}
    assert len(rest) == PRODUCTS - 10
    assert review.ids("dan", 3) == []
    review.post("/api/release", session="session-ann")
    assert sorted(review.ids("dan", 10)) == sorted(ann)
    assert review.next("eve")["here"] == ["bob", "cid", "dan"]


def test_a_page_keeps_what_it_holds_and_is_told_what_it_lost(review: Review) -> None:
    """It may have slept, and others have gone on."""
    ann = review.ids("ann", 2)
    assert review.next("ann", 0, holding=ann)["held"] == ann
    review.post("/api/release", session="session-ann")
    bob = review.ids("bob", 1)
    assert bob == ann[:1]
    assert review.next("ann", 0, holding=ann)["held"] == ann[1:]


def test_a_page_does_not_hold_what_others_have_reviewed_meanwhile(review: Review) -> None:
    """It slept, its claims ended, and somebody else was quicker: a stale look is no second word."""
    ann = review.ids("ann", 2)
    review.post("/api/release", session="session-ann")
    assert review.ids("bob", 1) == ann[:1]
    review.save("1", ann[0], "bob", pattern="checkered")
    assert review.next("ann", 0, holding=ann)["held"] == ann[1:]


def test_a_product_whose_save_is_undone_stays_with_the_page_that_undid_it(review: Review) -> None:
    """It is shown there again, so that nobody else may get it, first in the queue as it is."""
    (first,) = review.ids("ann")
    review.save("1", first, "ann", pattern="checkered")
    undo = {"save_id": "undo-key-1", "undone": "the save 1", "person": "ann"}
    review.post("/api/undo", session="session-ann", **undo)
    assert first not in review.ids("bob", 10)
    assert review.ids("ann") == [first]


def test_what_was_reviewed_or_skipped_does_not_come_back(review: Review) -> None:
    """A skipped product goes to others."""
    first, second = review.ids("ann", 2)
    assert review.save("1", first, "ann", pattern="checkered").json() == {
        "save_id": "the save 1", "confirmed": 0, "corrected": 1, "reverted": 0,
    }  # fmt: skip
    review.post("/api/skip", person="ann", session="session-ann", product_id=second)
    left = review.ids("ann", 10)
    assert first not in left
    assert second not in left
    review.post("/api/release", session="session-ann")
    assert second in review.ids("bob", 10) + review.ids("bob", 10)
    assert review.spoken == [{first}]


def test_a_save_sent_again_is_one_and_an_undo_takes_it_back(review: Review) -> None:
    """An answer that got lost on the way costs nothing."""
    for _ in range(2):
        assert review.save("1", "p1", pattern="checkered", collar="crew neck").status_code == 200
    told = review.client.get("/api/product", product_id="p1").json()
    pattern = next(r for r in told["readings"] if r["attribute"] == "pattern")
    assert (pattern["value"], pattern["source"]) == (["checkered"], "person")
    for _ in range(2):
        answer = review.post("/api/undo", save_id="undo-key-1", undone="the save 1", person="Ann")
        assert answer.json()["reverted"] == 2
    entries = review.client.get("/api/history", product_id="p1").json()["entries"]
    assert [entry["kind"] for entry in entries].count("reverted") == 2
    assert len(entries) == 4
    told = review.client.get("/api/product", product_id="p1").json()
    pattern = next(r for r in told["readings"] if r["attribute"] == "pattern")
    assert (pattern["value"], pattern["source"]) == (["striped"], "photo")
    assert review.client.get("/api/progress").json()["reviewed"] == 0


def test_a_second_opinion_is_asked_of_another_who_does_not_see_the_first(review: Review) -> None:
    """Not even after the first one stands in the tables."""
    review.save("1", "p1", "Ann", pattern="checkered")
    settle(review.place)
    assert review.next("Ann", queue="second")["left"] == 0
    (card,) = review.next("Bob", queue="second")["products"]
    assert card["product_id"] == "p1"
    pattern = next(r for r in card["readings"] if r["attribute"] == "pattern")
    assert (pattern["value"], pattern["source"]) == (["striped"], "photo")
    assert "checkered" not in str({**pattern, "probabilities": None})
    review.save("2", "p1", "Bob", pattern="striped", queue="second")
    assert review.next("Bob", queue="second")["left"] == 0
    told = review.client.get("/api/agreement").json()
    assert told["pairs"][0]["people"] == ["Ann", "Bob"]
    (difference,) = told["differences"]
    assert difference["said"] == [["Ann", ["checkered"]], ["Bob", ["striped"]]]


def test_progress_tells_who_did_what(review: Review) -> None:
    """Reviewed products, values that changed, and by whom."""
    review.save("1", "p1", "Ann", pattern="checkered", collar="crew neck")
    review.save("2", "p2", "Bob", pattern="striped")
    told = review.client.get("/api/progress").json()
    assert (told["products"], told["reviewed"], told["corrections"]) == (PRODUCTS, 2, 1)
    assert [(p["person"], p["confirmed"], p["corrected"]) for p in told["people"]] == [
        ("Ann", 1, 1),
        ("Bob", 1, 0),
    ]


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/api/next", {"queue": "../x"}, "no queue"),
        ("/api/next", {"attribute": "neckline"}, "no attribute"),
        ("/api/next", {"person": ""}, "person"),
        ("/api/next", {"n": 11}, "n"),
        ("/api/save", {"answers": {"pattern": ["plaid"]}}, "no option"),
        ("/api/save", {"answers": {}}, "says nothing"),
        ("/api/save", {"product_id": "nobody"}, "nobody"),
        ("/api/save", {"save_id": "short"}, "save_id"),
        ("/api/save", {"person": "x" * 81}, "person"),
        ("/api/save", {"surprise": 1}, "surprise"),
        ("/api/undo", {}, "no such save"),
    ],
)
def test_what_makes_no_sense_is_told_and_kept_nowhere(
    refusing: Review, path: str, body: dict[str, object], says: str
) -> None:
    """As a sentence, with a status that says whose fault it is."""
    usual: dict[str, dict[str, object]] = {
        "/api/next": {"person": "Ann", "session": "session-1", "queue": "random"},
        "/api/save": {
            "save_id": "save-key", "person": "Ann", "session": "session-1", "product_id": "p1",
            "answers": {"pattern": ["striped"]},
        },
        "/api/undo": {"save_id": "undo-key", "undone": "never", "person": "Ann"},
    }  # fmt: skip
    answer = refusing.post(path, **{**usual[path], **body})
    assert answer.status_code == 422, answer.text
    assert says in answer.json()["error"]
    assert refusing.store.rows() == []


def test_hostile_text_is_data_all_the_way(review: Review) -> None:
    """From a catalog and from people; in JSON, which no page takes for markup."""
    card = review.client.get("/api/product", product_id="p5")
    assert card.headers["content-type"] == "application/json"
    assert card.json()["title"] == HOSTILE
    assert card.json()["metadata"]["base_colour"]["value"] == HOSTILE
    name = "<b onclick=alert(1)>Ann</b>'; DROP TABLE corrections"
    assert review.save("1", "p5", name, pattern="striped").status_code == 200
    assert review.client.get("/api/progress").json()["people"][0]["person"] == name


def test_products_and_photos_that_are_not_there_are_not_found(review: Review) -> None:
    """Whatever the id looks like."""
    for product_id in ("nobody", "../shop/run.json", "p1\0"):
        assert review.client.get("/api/product", product_id=product_id).status_code == 404
        assert review.client.get("/api/history", product_id=product_id).status_code == 404
    assert review.client.get("/photos/nobody").status_code == 404
    assert review.client.get("/photos/p1", width=128).headers["content-type"] == "image/jpeg"


def test_what_other_processes_say_is_seen(review: Review, folder: Path) -> None:
    """Two servers of one workspace, or an import beside a server."""
    other = Review(folder)
    try:
        other.save("1", "p1", pattern="checkered")
        assert review.next("Ann")["left"] == PRODUCTS - 1
        assert review.save("1", "p1", pattern="checkered").status_code == 200
        assert len(review.store.rows()) == 1
    finally:
        other.close()


def test_the_page_its_api_and_its_health_are_served(review: Review) -> None:
    """With what it shares with the search page."""
    for path in ("/", "/agreement", "/static/review.js", "/static/elements.js", "/docs"):
        answer = review.client.get(path)
        assert answer.status_code == 200, path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert review.client.get("/healthz").json() == {"status": "ok", "products": PRODUCTS}
    assert "hangtag_products 12" in review.client.get("/metrics").text
    about = review.client.get("/api/about").json()
    assert [queue["name"] for queue in about["queues"]] == [
        "unsure",
        "conflicts",
        "random",
        "second",
    ]
    assert about["categories"][0] == {"name": "Shirts", "products": 6}


def test_words_that_speak_for_a_value_are_told(tmp_path: Path) -> None:
    """Where texts count; nobody has to read a description to see why."""
    shop = ColourShop(tmp_path, 2)
    shop.rows["p1"]["productDisplayName"] = "A Tee with Stripes"
    engine = ScriptedEngine(answers=dict.fromkeys(("p0", "p1"), SURE))
    shop.tag(Workspace(tmp_path / "shop"), engine)
    review = Review(tmp_path)
    try:
        told = review.client.get("/api/product", product_id="p1").json()["readings"]
        words = {one["attribute"]: (one["source"], one["words"]) for one in told}
        assert words["pattern"] == ("both", ["stripes"])
        assert words["collar"] == ("photo", [])
    finally:
        review.close()


def test_a_sample_is_reviewed_without_its_confidence(review: Review) -> None:
    """In its random order; what was said elsewhere does not count for it, and is not asked less."""
    drawn = draw(review.place, 5, name="check", seed=1)
    review.save("1", "p1", pattern="checkered")
    queue = "sample:check"
    assert queue in {one["name"] for one in review.client.get("/api/about").json()["queues"]}
    told = review.next("Ann", 10, queue=queue)
    rows = review.place.read("samples").sort_by("position").to_pylist()
    assert [card["product_id"] for card in told["products"]] == [r["product_id"] for r in rows]
    assert (told["total"], told["left"]) == (drawn.products, drawn.products)
    for card in told["products"]:
        assert card["issues"] == []
        for reading in card["readings"]:
            hidden = ("confidence", "source", "shown", "probabilities")
            assert {reading[name] for name in hidden} == {None}
            assert reading["words"] == []
    review.save("2", rows[0]["product_id"], "Ann", pattern="striped", queue=queue)
    assert review.next("Ann", 0, queue=queue)["left"] == drawn.products - 1
