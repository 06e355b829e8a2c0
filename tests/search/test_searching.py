"""Queries: what they find, under filters, of whatever is typed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from indexed_shop import IndexedShop

from hangtag.errors import PhotoError, UsageError, WorkspaceError
from hangtag.search import CONFIGURATIONS, Searcher, configuration
from hangtag.workspace import Workspace

COUNT = 120


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexedShop]:
    shop = IndexedShop(tmp_path_factory.mktemp("shop"), COUNT)
    shop.put(COUNT, photo=False)
    shop.indexed()
    return shop


@pytest.fixture
def searcher(shop: IndexedShop) -> Searcher:
    return shop.searcher()


def test_what_is_asked_for_comes_first_and_says_why(searcher: Searcher) -> None:
    """Pattern from the photo, colour and kind from the catalog."""
    found = searcher.search("red checked shirts", k=3)
    first = found.hits[0]
    assert first.fields["pattern"] == "checkered"
    assert first.fields["base_colour"] == "Red"
    assert first.fields["article_type"] == "Shirts"
    told = {reason.column: reason for reason in first.reasons}
    assert told["pattern"].words == "checked"
    assert told["pattern"].confidence == pytest.approx(1, abs=0.01)
    assert told["base_colour"].confidence is None
    assert found.hits == sorted(found.hits, key=lambda hit: -hit.score)


def test_what_was_negated_does_not_come(searcher: Searcher) -> None:
    """Nobody who says "without pockets" wants pockets, unless there is nothing else."""
    found = searcher.search("jeans without pockets", k=10)
    assert {hit.fields["article_type"] for hit in found.hits} == {"Jeans"}
    pockets = "list_contains(details, 'has pockets')"
    none_left = searcher.search("without pockets", k=5, where=pockets)
    assert len(none_left.hits) == 5
    assert not [hit for hit in found.hits if "has pockets" in hit.fields.get("details", [])]


def test_what_was_understood_can_be_made_a_must(searcher: Searcher) -> None:
    """Then nothing else is shown, however near it is."""
    found = searcher.search("striped shirts", k=COUNT, understood_as_filters=True)
    assert len(found.hits) == 10
    assert {(h.fields["pattern"], h.fields["article_type"]) for h in found.hits} == {
        ("striped", "Shirts")
    }


@pytest.mark.parametrize(
    "where",
    ["gender = 'Women' and pattern = 'striped'", "product_id = 'p7'",
     "list_contains(details, 'has pockets')", "title like '%119'",
     "pattern_confidence > 0.5 and base_colour in ('Red', 'Blue')"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["description", "hybrid", "metadata"])
def test_a_filter_leaves_k_results_whenever_there_are_k(
    shop: IndexedShop, where: str, name: str
) -> None:
    """And the same ones that looking at every product would give."""
    searcher = shop.searcher(configuration=configuration(name))
    everything = searcher.search("blue thing", k=COUNT + 1)
    left = {hit.product_id for hit in searcher.search("", k=COUNT + 1, where=where).hits}
    assert left
    for k in (1, 3, 10, COUNT):
        found = searcher.search("blue thing", k=k, where=where).hits
        assert len(found) == min(k, len(left))
        assert {hit.product_id for hit in found} <= left
    assert len(everything.hits) == COUNT + 1


def test_nearness_under_filters_is_that_of_exact_search(shop: IndexedShop) -> None:
    """Held against cosines that NumPy makes of all photos."""
    searcher, rng = shop.searcher(), np.random.default_rng(3)
    corpus = searcher._corpus
    vectors = corpus.vectors("photo")
    for _ in range(20):
        allowed = rng.random(corpus.size) < rng.choice([0.02, 0.2, 0.9])
        vector = rng.standard_normal(16).astype(np.float32)
        rows, scores = corpus.nearest("photo", vector, allowed, 10)
        exact = np.where(allowed & ~np.isnan(vectors[:, 0]), vectors @ vector, -np.inf)
        best = np.sort(exact[exact > -np.inf])[::-1][:10]
        assert scores == pytest.approx(best, abs=1e-5)
        assert allowed[rows].all()


def test_an_approximate_index_finds_what_exact_search_does(tmp_path: Path) -> None:
    """It proposes, the vectors decide, and a filter leaves k whenever there are k."""
    shop = IndexedShop(tmp_path, 80)
    done = shop.indexed(approximate_from=50)
    assert done.recall is not None
    assert done.recall > 0.95
    exact, near = shop.searcher(), shop.searcher(approximate_from=50)
    for where in (None, "gender = 'Women'", "product_id in ('p3', 'p50', 'p71')"):
        one, other = (s.like("p5", k=3, where=where).hits for s in (exact, near))
        assert [h.product_id for h in one] == [h.product_id for h in other]


@pytest.mark.parametrize(
    "query",
    ["", " ", "🙂🙂", "'; DROP TABLE documents; --", "<script>alert(1)</script>", '"',
     "AND OR NOT (", "a" * 10_000, "shirt " * 2_000, "\x00", "%", "title:x^2 ~", "\\", "ШИРТ",
     "シャツ"],
)  # fmt: skip
@pytest.mark.parametrize("name", sorted(CONFIGURATIONS))
def test_whatever_is_typed_gets_an_answer(shop: IndexedShop, name: str, query: str) -> None:
    """Not a stack trace."""
    found = shop.searcher(configuration=configuration(name)).search(query, k=5)
    assert found.query == query
    assert len(found.hits) <= 5
    if name != "title":
        assert len(found.hits) == 5


@pytest.mark.parametrize(
    "where",
    ["no_such_column = 1", "pattern = ", "1; drop table x", "read_csv('/etc/passwd')", "pattern",
     "(select 1 from read_text('/etc/passwd')) = 1"],
)  # fmt: skip
def test_a_wrong_filter_is_one_clear_error(searcher: Searcher, where: str) -> None:
    """It names the columns, and reads no file."""
    with pytest.raises(UsageError, match="cannot be understood") as caught:
        searcher.search("shirt", where=where)
    assert "base_colour" in caught.value.hint


def test_a_filter_for_a_column_that_is_not_there_names_those_that_are(searcher: Searcher) -> None:
    """Filters of a page come from outside too."""
    with pytest.raises(UsageError, match="no column 'price; --'") as caught:
        searcher.search("shirt", filters={"price; --": ["1"]})
    assert "pattern" in caught.value.hint
    assert searcher.search("shirt", filters={"pattern": ["no such pattern"]}).hits == []


def test_filters_of_one_column_are_alternatives(searcher: Searcher) -> None:
    """Of several, all must hold."""
    filters = {"base_colour": ["Red", "Green"], "gender": ["Women"]}
    found = searcher.search("", k=COUNT, filters=filters).hits
    assert {hit.fields["base_colour"] for hit in found} == {"Red", "Green"}
    assert {hit.fields["gender"] for hit in found} == {"Women"}


def test_facets_count_what_choosing_them_would_give(searcher: Searcher) -> None:
    """Those of a column without its own filter; with a query, of what it proposes."""
    filters = {"pattern": ["striped"]}
    counts = searcher.facets(columns=["pattern", "gender", "details"], filters=filters)
    assert set(counts["pattern"]) == {"striped", "checkered", "solid color", "floral print"}
    assert sum(counts["gender"].values()) == counts["pattern"]["striped"]
    women = searcher.search("", k=COUNT, filters={**filters, "gender": ["Women"]}).hits
    assert counts["gender"]["Women"] == len(women)
    assert list(counts["pattern"].values()) == sorted(counts["pattern"].values(), reverse=True)
    assert sum(searcher.facets("shirts", ["gender"])["gender"].values()) <= COUNT + 1


def test_pages_follow_each_other_without_gap_or_repetition(searcher: Searcher) -> None:
    """The same list, cut anywhere."""
    whole = [hit.product_id for hit in searcher.search("striped shirts", k=30).hits]
    parts = [
        hit.product_id
        for start in range(0, 30, 10)
        for hit in searcher.search("striped shirts", k=10, offset=start).hits
    ]
    assert parts == whole


def test_look_alikes_have_the_colour_of_the_photo(searcher: Searcher, shop: IndexedShop) -> None:
    """Nearest first, never the product itself; by text where there is no photo."""
    found = searcher.like("p5", k=4)
    assert "p5" not in {hit.product_id for hit in found.hits}
    assert [h.score for h in found.hits] == sorted((h.score for h in found.hits), reverse=True)
    assert len(searcher.like(f"p{COUNT}", k=4).hits) == 4
    with pytest.raises(UsageError, match="no product 'p9999'"):
        searcher.like("p9999")


def test_a_photo_from_anywhere_finds_its_twin(searcher: Searcher, shop: IndexedShop) -> None:
    """Given as bytes; damaged ones say what is wrong."""
    found = searcher.photo(shop.photo("p8").read_bytes(), k=1)
    assert found.hits[0].score == pytest.approx(1, abs=1e-3)
    with pytest.raises(PhotoError):
        searcher.photo(b"<html>", k=1)


def test_what_is_indexed_meanwhile_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody restarts a server for a new product."""
    monkeypatch.setattr("hangtag.search.searching._SECONDS", 0.0)
    shop = IndexedShop(tmp_path, 4)
    shop.indexed()
    searcher = shop.searcher()
    assert searcher.size == 4
    shop.put(4)
    shop.indexed()
    assert len(searcher.search("", k=10).hits) == searcher.size == 5


def test_many_may_ask_at_once(searcher: Searcher) -> None:
    """Everybody gets the answer that they would get alone."""
    queries = ["red shirts", "striped jeans", "women blue", "long sleeves"] * 4
    alone = {q: [h.product_id for h in searcher.search(q).hits] for q in set(queries)}
    found: list[bool] = []

    def ask(query: str) -> None:
        found.append([h.product_id for h in searcher.search(query).hits] == alone[query])

    threads = [threading.Thread(target=ask, args=(query,)) for query in queries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * len(queries)


def test_no_index_is_one_clear_error(tmp_path: Path) -> None:
    """It names the command that makes one."""
    shop = IndexedShop(tmp_path, 1)
    shop.tagged()
    with pytest.raises(WorkspaceError, match="no index") as caught:
        shop.searcher()
    assert "hangtag index" in caught.value.hint
    assert Workspace(shop.workspace.path).count("products") == 1


def test_a_configuration_that_is_not_known_names_those_that_are() -> None:
    """A typing mistake is mended at once."""
    with pytest.raises(UsageError, match="no configuration named 'best'") as caught:
        configuration("best")
    assert "hybrid" in caught.value.hint


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_ranking_alone_is_that_of_the_hits(searcher: Searcher, name: str) -> None:
    """The same products with the same scores, in every configuration, for any query."""
    how = configuration(name)
    for query in ("red checked shirts", "jeans without pockets", "zorb", ""):
        hits = searcher.search(query, k=30, configuration=how).hits
        told = [(hit.product_id, hit.score) for hit in hits]
        assert searcher.rank(query, k=30, configuration=how) == told
