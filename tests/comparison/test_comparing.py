"""Configurations held against each other."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from hangtag.comparison import Found, Query, compare
from hangtag.comparison.measures import measured
from hangtag.comparison.spread import spread_of
from hangtag.errors import UsageError

PRODUCTS = [f"p{i}" for i in range(40)]
QUERIES = [
    Query(f"q{i}", f"query {i}", {f"p{i}": 1, f"p{i + 20}": 1}, "even" if i % 2 == 0 else "odd",
          titled=float(i < 5))
    for i in range(20)
]  # fmt: skip


def right(text: str, k: int) -> Sequence[Found]:
    """Finds both answers first."""
    number = int(text.split()[1])
    first = [f"p{number}", f"p{number + 20}"]
    return ranked([*first, *(p for p in PRODUCTS if p not in first)][:k])


def late(text: str, k: int) -> Sequence[Found]:
    """Finds them behind eleven others."""
    found = [one.product_id for one in right(text, 40)]
    return ranked([*found[2:13], *found[:2], *found[13:]][:k])


def ranked(products: Sequence[str]) -> list[Found]:
    return [Found(product, 1 / (place + 1)) for place, product in enumerate(products)]


def test_measures_by_hand() -> None:
    """Answers at places 1 and 4 of two; nothing found scores 0."""
    queries = [Query("a", "x", {"r": 1, "s": 1}), Query("b", "y", {"r": 1})]
    scores = measured(queries, [["r", "n", "m", "s"], []])
    ideal = 1 + 1 / 1.584962500721156
    assert scores[0] == pytest.approx([0.2, (1 + 1 / 2.321928094887362) / ideal, 1.0, 1.0])
    assert scores[1] == pytest.approx([0, 0, 0, 0])


def test_grades_count_in_ndcg_alone() -> None:
    """The better product behind the lesser one is not ideal."""
    query = Query("a", "x", {"good": 3, "fair": 1})
    best = measured([query], [["good", "fair"]], ["nDCG@10", "P@10"])[0]
    other = measured([query], [["fair", "good"]], ["nDCG@10", "P@10"])[0]
    assert best[0] == 1.0 > other[0]
    assert best[1] == other[1]


def test_every_measure_offered_can_be_had() -> None:
    """With a cutoff of anyone's choice."""
    names = ["RR", "RR@5", "AP", "AP@7", "P@1", "R@3", "nDCG@2", "Success@99999"]
    query = Query("a", "x", {"r": 1})
    assert measured([query], [["r"]], names)[0] == pytest.approx([1.0] * len(names))


@pytest.mark.parametrize("name", ["", "P@@10", "Pee@10", "P(", "nDCG(x=1)@10", "P", "P@0", "P@-1"])
def test_a_measure_that_nobody_knows_is_told_before_any_work(name: str) -> None:
    """Nothing is asked of a ranker."""
    asked: list[str] = []

    def ranker(text: str, k: int) -> list[Found]:
        asked.append(text)
        return []

    with pytest.raises(UsageError, match="There is no measure"):
        compare(QUERIES, {"a": ranker, "b": ranker}, measures=[name])
    assert not asked


def test_a_planted_difference_is_found() -> None:
    """In every group that has it, with its interval above 0."""
    found = compare(QUERIES, {"late": late, "right": right})
    by_group = {(d.group, d.measure): d for d in found.differences}
    assert {d.group for d in found.differences} == {
        "all", "not in titles", "in titles", "even", "odd",
    }  # fmt: skip
    precision = by_group["all", "P@10"]
    assert (precision.a_mean, precision.b_mean) == (0.0, pytest.approx(0.2))
    assert precision.relative is None
    assert precision.p < 0.001
    assert precision.p <= precision.p_holm < 0.01
    assert 0 < precision.low <= precision.difference <= precision.high
    reciprocal = by_group["all", "RR"]
    assert reciprocal.a_mean == pytest.approx(1 / 12)
    assert reciprocal.relative == pytest.approx(11)
    assert by_group["not in titles", "P@10"].queries == 15


def test_no_difference_is_found_where_there_is_none() -> None:
    """The same ranking under two names."""
    found = compare(QUERIES, {"a": right, "b": right})
    assert all(d.p_holm == 1.0 and d.difference == d.low == d.high == 0 for d in found.differences)
    assert not found.gained_most("b")
    assert not found.lost_most("b")


def test_products_nobody_judged_are_taken_out_before_scoring() -> None:
    """The ranking goes on as far below as they take room."""
    wrong_first = [f"u{i}" for i in range(10)]
    query = Query("q", "x", {"r": 1}, unjudged=frozenset(wrong_first))
    asked: list[int] = []

    def ranker(text: str, k: int) -> list[Found]:
        asked.append(k)
        return ranked([*wrong_first, "r", "n"][:k])

    found = compare([query], {"a": ranker, "b": ranker}, depth=2)
    assert asked == [12, 12]
    assert found.outcomes[0].scores["a"][2] == 1.0
    assert [one.product_id for one in found.outcomes[0].found["a"]] == wrong_first


def test_titles_as_queries_are_a_group_of_their_own() -> None:
    """A title says its own words; it would blur both groups."""
    titles = [Query(f"t{i}", f"query {i}", {f"p{i}": 1}, "title", titled=1.0) for i in range(3)]
    found = compare([*QUERIES, *titles], {"a": late, "b": right})
    sizes = {d.group: d.queries for d in found.differences}
    assert sizes["all but titles"] == 20
    assert sizes["title"] == 3
    assert sizes["in titles"] == 5
    assert "all" not in sizes


def test_queries_of_one_group_are_told_once() -> None:
    """Not under each name they have."""
    queries = [Query(str(i), f"query {i}", {f"p{i}": 1}) for i in range(4)]
    found = compare(queries, {"a": late, "b": right})
    assert {d.group for d in found.differences} == {"all"}


def test_what_gained_most_comes_first() -> None:
    """And what lost, where the sides are swapped."""
    mixed = {"query 3": right, "query 7": right}
    found = compare(QUERIES, {"a": late, "b": lambda text, k: mixed.get(text, late)(text, k)})
    assert [one.query.text for one in found.gained_most("b")] == ["query 3", "query 7"]
    assert not found.lost_most("b")
    swapped = compare(QUERIES, {"b": lambda text, k: mixed.get(text, late)(text, k), "a": late})
    assert [one.query.text for one in swapped.lost_most("a", 1)] == ["query 3"]


def test_three_configurations_are_each_held_against_the_first() -> None:
    """And the correction is for all the tests together."""
    found = compare(QUERIES, {"a": late, "b": right, "c": late})
    assert {(d.a, d.b) for d in found.differences} == {("a", "b"), ("a", "c")}
    assert list(found.interleavings) == ["b", "c"]


def test_one_configuration_is_nothing_to_compare() -> None:
    """Two of the same name are one."""
    with pytest.raises(UsageError, match="nothing to compare"):
        compare(QUERIES, {"a": right})


def test_the_result_is_json_and_progress_is_told() -> None:
    """A line a query, and figures for every difference."""
    steps: list[tuple[int, int]] = []
    found = compare(
        QUERIES, {"a": late, "b": right}, progress=lambda done, of: steps.append((done, of))
    )
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert len(told["scores"]) == 20
    assert told["scores"][0]["b"]["RR"] == 1.0
    assert set(told["simulated_interleaving"]) == {"b"}
    assert steps[-1] == (40, 40)


def test_the_spread_is_of_the_first_ten() -> None:
    """Shares of the first score; queries that find fewer do not count."""
    spread = spread_of([[1.0, *[0.9] * 8, 0.75, 0.1], [2.0] * 10, [1.0] * 9, [0.0] * 10])
    assert spread.queries == 2
    assert spread.median == pytest.approx(0.125)
    assert spread_of([]).median is None
