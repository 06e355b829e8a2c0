"""The API: what is asked is answered, whatever it is."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from api_client import HOSTILE, Client
from odd_shop import png

from hangtag.cli.entry import run
from hangtag.embedders.registry import open_embedder
from hangtag.search import Searcher
from hangtag.serve.fastapi_app import create_app
from hangtag.serve.shop import Shop
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace

ANYTHING = [
    "👗🧥✨👩🏽‍🦰",
    "'; DROP TABLE products; --",
    '" OR 1=1 /* * : ^ ~ ( ) [ ] { } \\ + - AND OR NOT NEAR',
    "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "ارتداء قميص 格子衬衫",
    "a\x00b",
    "striped shirt " * 720,
    "é" * 10_000,
    "   ",
    "",
]


def test_results_tell_what_was_understood_and_why_each_product_is_there(client: Client) -> None:
    """A result explains itself: which words it answers, and who says so."""
    answer = client.get("/api/search", q="striped dress with pockets", k=3).json()
    meanings = {meaning["words"]: meaning for meaning in answer["meanings"]}
    assert meanings["striped"]["column"] == "pattern"
    assert meanings["dress"]["values"] == ["Dresses"]
    best = answer["hits"][0]
    assert (best["product_id"], best["rank"]) == ("5", 1)
    reasons = {reason["words"]: reason for reason in best["reasons"]}
    assert reasons["dress"]["source"] == "catalog"
    assert reasons["dress"]["confidence"] is None
    assert reasons["striped"]["source"] == "reading"
    assert 0.5 < reasons["striped"]["confidence"] <= 1
    assert reasons["pockets"]["values"] == ["has pockets"]
    assert reasons["pockets"]["source"] == "reading"


def test_pages_follow_each_other_and_the_last_one_says_so(client: Client) -> None:
    """No product stands on two pages, none is left out."""
    pages, offset, more = [], 0, True
    while more:
        answer = client.get("/api/search", q="shirt", k=5, offset=offset).json()
        assert [hit["rank"] for hit in answer["hits"]] == [
            offset + place + 1 for place in range(len(answer["hits"]))
        ]
        pages += [hit["product_id"] for hit in answer["hits"]]
        offset, more = offset + 5, answer["more"]
    assert len(pages) == len(set(pages)) == 13


def test_an_empty_query_shows_everything(client: Client) -> None:
    """Browsing is searching for nothing."""
    assert len(client.found(k=100)) == 13


def test_values_of_a_column_are_alternatives_and_columns_add_up(client: Client) -> None:
    """As people expect of boxes to tick."""
    found = client.found(
        k=100, filter=["article_type:Shirts", "article_type:Dresses", "gender:Women"]
    )
    assert sorted(found) == ["2", "4", "5"]


def test_a_condition_in_sql_narrows_results(client: Client) -> None:
    """It is an expression over the columns of the index."""
    found = client.found(k=100, where="gender = 'Women' AND pattern = 'striped'")
    assert sorted(found) == ["12", "5", "no/13 ?#é"]


def test_strictly_all_understood_words_must_be_so(client: Client) -> None:
    """Wishes become conditions when the caller asks for it."""
    assert client.found(q="striped dress", strict="true", k=100) == ["5"]
    assert len(client.found(q="striped dress", k=100)) > 1


@pytest.mark.parametrize("query", ANYTHING, ids=range(len(ANYTHING)))
def test_any_query_gets_an_answer(client: Client, query: str) -> None:
    """Emoji, SQL, HTML, 10 kB: words like others. They come back as they were."""
    for path in ("/api/search", "/api/compare", "/api/facets"):
        answer = client.get(path, q=query)
        assert answer.status_code == 200, answer.text
    assert client.get("/api/search", q=query).json()["query"] == query


@pytest.mark.parametrize(
    ("path", "parameters", "word"),
    [
        ("/api/search", {"k": 0}, "k:"),
        ("/api/search", {"k": 101}, "k:"),
        ("/api/search", {"k": "many"}, "k:"),
        ("/api/search", {"offset": -1}, "offset:"),
        ("/api/search", {"q": "x" * 20_001}, "q:"),
        ("/api/search", {"where": "x" * 2001}, "where:"),
        ("/api/search", {"where": "gender = "}, "filter"),
        ("/api/search", {"where": "1=1; DROP TABLE documents"}, "filter"),
        ("/api/search", {"where": "read_text('/etc/passwd') = ''"}, "filter"),
        ("/api/search", {"filter": "gender"}, "no filter"),
        ("/api/search", {"filter": "shoe_size:7"}, "shoe_size"),
        ("/api/search", {"filter": ["gender:Women"] * 101}, "filter"),
        ("/api/search", {"configuration": "best"}, "best"),
        ("/api/compare", {"q": "shirt", "a": "best"}, "best"),
        ("/photos/1", {"width": 77}, "77"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(
    client: Client, path: str, parameters: dict[str, object], word: str
) -> None:
    """Never a stack trace, always something to go on with."""
    answer = client.get(path, **parameters)
    assert answer.status_code == 422
    said = answer.json()
    assert word in said["error"]
    assert "Traceback" not in answer.text
    assert said["hint"]


def test_counts_of_a_column_do_not_hang_on_its_own_filter(client: Client) -> None:
    """Otherwise nobody could add a second value."""
    facets = {
        facet["column"]: {one["value"]: one["count"] for one in facet["values"]}
        for facet in client.get("/api/facets", filter="gender:Women").json()["facets"]
    }
    assert facets["gender"] == {"Men": 5, "Women": 8}
    assert facets["article_type"]["Shirts"] == 1


def test_a_value_that_nothing_has_can_still_be_seen_to_be_chosen(client: Client) -> None:
    """So that it can be taken off again."""
    facets = client.get("/api/facets", filter="gender:Nobody").json()["facets"]
    gender = next(facet for facet in facets if facet["column"] == "gender")
    assert {"value": "Nobody", "count": 0} in gender["values"]


def test_look_alikes_come_nearest_first_and_without_the_product_itself(client: Client) -> None:
    """Products 12 and 13 have the same photo."""
    assert client.found("/api/like/12", k=1) == ["no/13 ?#é"]
    assert "12" not in client.found("/api/like/12", k=100)
    assert client.found("/api/like/12", k=100, filter="gender:Men")


def test_a_photo_finds_its_product(client: Client) -> None:
    """Sent as it is; nothing around it."""
    answer = client.ask("POST", "/api/photo", params={"k": 2}, content=png((250, 90, 160)))
    assert answer.status_code == 200
    assert answer.json()["hits"][0]["product_id"] == "12"


@pytest.mark.parametrize("body", [b"", b"no photo", png((1, 1, 1))[:60]])
def test_what_is_no_photo_is_refused_with_a_sentence(client: Client, body: bytes) -> None:
    """Empty, something else, cut off."""
    answer = client.ask("POST", "/api/photo", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


def test_a_body_may_not_go_on_for_ever(client: Client) -> None:
    """Whether its length is told beforehand or not."""

    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(21):
            yield b"\xff" * 2**20

    assert client.ask("POST", "/api/photo", content=chunks()).status_code == 413
    told = client.ask("POST", "/api/photo", content=b"", headers={"content-length": "999999999"})
    assert told.status_code == 413
    assert "20 MiB" in told.json()["error"]


def test_a_product_has_its_readings_and_what_the_catalog_knows(client: Client) -> None:
    """With the probability of every option."""
    product = client.get("/api/products/5").json()
    readings = {reading["attribute"]: reading for reading in product["readings"]}
    assert readings["pattern"]["value"] == ["striped"]
    assert readings["pattern"]["shown"]
    assert (readings["pattern"]["source"], readings["pattern"]["words"]) == ("both", ["striped"])
    assert readings["sleeves"]["words"] == []
    assert readings["pattern"]["probabilities"]["striped"] == readings["pattern"]["confidence"]
    assert product["metadata"]["gender"] == {"title": "Gender", "value": "Women"}
    assert product["title"] == "Exe Striped Dress"
    assert product["failure"] is None


def test_confidences_that_no_labels_were_fitted_to_are_marked(
    client: Client, tagged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of readings, of reasons, and once for all fields; by the API and in the terminal."""

    def asked(client: Client) -> dict[str, bool | None]:
        (hit, *_) = client.get("/api/search", q="striped blue long sleeve").json()["hits"]
        reasons = {reason["column"]: reason["calibrated"] for reason in hit["reasons"]}
        assert reasons["base_colour"] is None  # what the catalog says has no confidence
        return reasons

    every = [attribute.name for attribute in default_taxonomy().read]
    assert client.get("/api/about").json()["uncalibrated"] == sorted(every)
    readings = client.get("/api/products/5").json()["readings"]
    assert not any(reading["calibrated"] for reading in readings)
    found = asked(client)
    assert (found["pattern"], found["sleeves"]) == (False, False)

    shutil.copytree(tagged / "shop", tmp_path / "shop")
    place = Workspace(tmp_path / "shop")
    place.keep_terms({**place.terms(), "uncalibrated": ["sleeves"]})
    shop = Shop(place, Searcher(place, open_embedder("compact")), images=None)
    half = Client(create_app(shop, hosts=frozenset({"127.0.0.1"})))
    assert half.get("/api/about").json()["uncalibrated"] == ["sleeves"]
    readings = half.get("/api/products/5").json()["readings"]
    assert [r["attribute"] for r in readings if not r["calibrated"]] == ["sleeves"]
    found = asked(half)
    assert (found["pattern"], found["sleeves"]) == (True, False)

    assert run(["search", str(place.path), "striped long sleeve"]) == 0
    said = r"striped [\d.]+, long sleeve [\d.]+ \(uncalibrated\)"
    assert re.search(said, " ".join(capsys.readouterr().out.split()))
    assert run(["search", str(place.path), "striped long sleeve", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["uncalibrated"] == ["sleeves"]
    reasons = {reason["column"]: reason["calibrated"] for reason in told["hits"][0]["reasons"]}
    assert reasons == {"pattern": True, "sleeves": False} | dict.fromkeys(
        reasons.keys() - {"pattern", "sleeves"}
    )


def test_a_product_whose_photo_could_not_be_read_says_why(client: Client) -> None:
    """It is in the catalog all the same."""
    product = client.get("/api/products/9").json()
    assert product["failure"]
    assert product["readings"] == []


def test_ids_may_hold_what_addresses_do_not(client: Client) -> None:
    """Slashes, question marks, letters of all kinds, as browsers write them."""
    odd = "no%2F13%20%3F%23%C3%A9"
    assert client.get(f"/api/products/{odd}").json()["product_id"] == "no/13 ?#é"
    assert client.found(f"/api/like/{odd}", k=1) == ["12"]
    assert client.get(f"/photos/{odd}").status_code == 200


@pytest.mark.parametrize("path", ["/api/products/14", "/api/like/14", "/photos/14"])
def test_a_product_that_is_not_there_is_not_found(client: Client, path: str) -> None:
    """404, with the id in the sentence."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert "14" in answer.json()["error"]


def test_comparing_tells_what_two_lists_have_in_common(client: Client) -> None:
    """Titles against all there is."""
    answer = client.get("/api/compare", q="striped", a="title", b="hybrid", k=4).json()
    lists = [[hit["product_id"] for hit in answer[side]["hits"]] for side in ("a", "b")]
    assert answer["a"]["configuration"] == "title"
    assert answer["b"]["configuration"] == "hybrid"
    assert answer["common"] == len(set(lists[0]) & set(lists[1]))
    # Only two titles have the word; the readings know more.
    assert len(lists[0]) < len(lists[1]) == 4


def test_titles_come_back_as_they_are(client: Client) -> None:
    """JSON is no markup; escaping is up to whoever makes some."""
    assert client.get("/api/products/8").json()["title"] == HOSTILE


def test_ten_callers_at_once_get_what_one_gets(client: Client) -> None:
    """One searcher serves all threads."""
    queries = ["striped shirt", "red dress", "floral", "black top", "pockets"] * 8
    alone = {query: client.found(q=query, k=5) for query in set(queries)}
    with ThreadPoolExecutor(10) as callers:
        together = list(callers.map(lambda query: client.found(q=query, k=5), queries))
    assert together == [alone[query] for query in queries]
