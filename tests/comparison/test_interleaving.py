"""Simulated clicks on interleaved lists."""

from __future__ import annotations

import numpy as np
import pytest

from hangtag.comparison.interleaving import CLICK_MODELS, interleave, simulate

CHANCE = np.random.default_rng(0)


def test_both_sides_put_in_their_best_in_turns() -> None:
    """Never a product twice, and after each round both have put in as many."""
    a, b = list("abcdef"), list("badcxy")
    for seed in range(50):
        shown, of_b = interleave(a, b, 6, np.random.default_rng(seed))
        assert len(shown) == len(set(shown)) == 6
        assert sum(of_b) == 3
        assert all(sum(of_b[: 2 * k]) == k for k in range(4))
        assert [one for one, is_b in zip(shown, of_b, strict=True) if not is_b] == sorted(
            one for one, is_b in zip(shown, of_b, strict=True) if not is_b
        )


def test_who_begins_a_round_is_decided_by_lot() -> None:
    """Each side in about half of the lists."""
    first = [interleave(["a"], ["b"], 2, CHANCE)[0][0] for _ in range(1000)]
    assert 420 < first.count("a") < 580


def test_a_side_that_has_run_out_leaves_the_rest_to_the_other() -> None:
    """And an empty list comes from two empty sides."""
    shown, of_b = interleave(["a"], ["a", "b", "c"], 10, CHANCE)
    assert sorted(shown) == ["a", "b", "c"]
    assert of_b[-1]
    assert interleave([], [], 10, CHANCE) == ([], [])


@pytest.mark.parametrize("model", CLICK_MODELS)
def test_the_side_that_finds_the_right_products_wins(model: str) -> None:
    """With every kind of shopper; and when sides are swapped, so is the result."""
    right, wrong = [f"r{i}" for i in range(10)], [f"w{i}" for i in range(10)]
    truths = [dict.fromkeys(right, 1)] * 30
    found = simulate(truths, [wrong] * 30, [right] * 30, model=model)
    assert found.b_wins > 5 * found.a_wins
    assert found.lists == found.a_wins + found.b_wins + found.ties == 600
    assert (found.queries_a, found.queries_b) == (0, 30)
    assert found.p == pytest.approx(2 / 2**30)
    swapped = simulate(truths, [right] * 30, [wrong] * 30, model=model)
    assert swapped.a_wins > 5 * swapped.b_wins


def test_two_equal_sides_win_about_as_often() -> None:
    """Nobody profits from being called a."""
    ranking = [f"p{i}" for i in range(20)]
    truths = [{f"p{i}": 1 for i in range(k % 9)} for k in range(100)]
    found = simulate(truths, [ranking] * 100, [ranking] * 100, lists=40)
    assert 0.45 < found.a_wins / (found.a_wins + found.b_wins) < 0.55


def test_a_shopper_who_never_errs_clicks_nothing_wrong() -> None:
    """Lists without a right product are ties."""
    found = simulate([{"z": 1}], [["a", "b"]], [["c", "d"]], model="perfect")
    assert found.ties == found.lists
    assert found.p == 1.0
