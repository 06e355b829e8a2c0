"""Tests and intervals of paired differences, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hangtag.comparison.statistics import bootstrap_interval, holm, randomisation_test


def drawn(n: int, shift: float, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 0.5, (n, 2))


def test_three_queries_all_better_is_one_pattern_of_four() -> None:
    """All three positive: of 8 sign patterns two are as far from 0."""
    assert randomisation_test(np.array([[0.1], [0.2], [0.3]])) == pytest.approx([2 / 8])


def test_equal_differences_are_counted_as_ties() -> None:
    """Sums in another order may differ in the last digit; that is no farther from 0."""
    differences = np.full((12, 1), 0.1)
    differences[::2] = 0.3
    assert randomisation_test(differences) == pytest.approx([2 / 2**12])


@pytest.mark.parametrize("n", [2, 5, 14])
def test_few_queries_get_the_exact_p_value(n: int) -> None:
    """The one that scipy finds by going through all patterns."""
    differences = drawn(n, 0.2)
    theirs = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf, axis=0
    )
    assert randomisation_test(differences) == pytest.approx(theirs.pvalue)


def test_many_queries_get_nearly_the_t_tests_p_value() -> None:
    """With a hundred queries both tests agree; each measure is tested by itself."""
    differences = drawn(100, 0.1)
    ours = randomisation_test(differences, rounds=40_000)
    assert ours == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)
    assert randomisation_test(differences[:, :1], rounds=40_000) == pytest.approx(ours[:1])


def test_a_planted_difference_is_found_and_none_where_there_is_none() -> None:
    """A p-value from drawn patterns is never 0."""
    assert randomisation_test(drawn(200, 0.3), rounds=20_000) == pytest.approx(1 / 20_001)
    assert (randomisation_test(drawn(200, 0.0)) > 0.05).all()
    assert randomisation_test(np.zeros((50, 1))) == pytest.approx([1.0])


def test_where_there_is_no_difference_p_is_below_5_percent_in_5_percent_of_the_cases() -> None:
    """So the test does not cry wolf more often than it says."""
    chance = np.random.default_rng(5)
    p_values = randomisation_test(chance.normal(0, 1, (30, 1000)), rounds=2000)
    assert 0.03 < (p_values < 0.05).mean() < 0.07


def test_the_interval_is_scipys() -> None:
    """Percentile bootstrap of the mean."""
    differences = drawn(80, 0.1)
    low, high = bootstrap_interval(differences)
    theirs = stats.bootstrap(
        (differences,), np.mean, axis=0, method="percentile"
    ).confidence_interval
    assert low == pytest.approx(theirs.low, abs=0.01)
    assert high == pytest.approx(theirs.high, abs=0.01)


def test_no_queries_have_no_interval_and_prove_nothing() -> None:
    """Rather than an error in the middle of a table."""
    low, high = bootstrap_interval(np.zeros((0, 2)))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    assert randomisation_test(np.zeros((0, 2))) == pytest.approx([1, 1])


def test_the_same_seed_gives_the_same_figures() -> None:
    """A figure that is quoted can be had again."""
    differences = drawn(40, 0.1)
    assert (randomisation_test(differences) == randomisation_test(differences)).all()
    for one, other in zip(
        bootstrap_interval(differences), bootstrap_interval(differences), strict=True
    ):
        assert (one == other).all()


def test_holm_by_hand() -> None:
    """Times 4, 3, 2, 1 from the least on, never less than the one before, never above 1."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.6]) == pytest.approx([1.0, 1.0])
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
