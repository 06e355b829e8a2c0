"""Shares of a whole catalog: unbiased, with intervals that cover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from hangtag.sampling import Part, Share, stratified_share

# Sizes of strata, how often each is right, how many are drawn of each.
CATALOGS = {
    "three bands": ([15000, 15000, 14000], [0.7, 0.92, 0.98], [22, 15, 13]),
    "many strata": ([4000, 3000, 2000] * 2 + [1500] * 6 + [500] * 6, [0.7, 0.9, 0.98] * 6,
                    [4, 3, 2] * 6),
    "hardly wrong": ([15000, 15000, 14000], [0.93, 0.97, 0.99], [20, 15, 15]),
    "almost never wrong": ([15000, 15000, 14000], [0.98, 0.99, 0.999], [20, 15, 15]),
    "often wrong": ([4000, 30000, 10000], [0.3, 0.8, 0.9], [30, 50, 20]),
    "drawn unevenly": ([4000, 40000], [0.5, 0.97], [30, 20]),
    "half of a small catalog": ([40, 40, 40], [0.7, 0.9, 0.95], [20, 20, 20]),
}  # fmt: skip


def drawn(
    sizes: Sequence[int], rates: Sequence[float], counts: Sequence[int], times: int
) -> tuple[float, list[Share]]:
    """The truth of a catalog, and what so many samples of it say."""
    rng = np.random.default_rng(5)
    right = [round(size * rate) for size, rate in zip(sizes, rates, strict=True)]
    found = np.stack(
        [
            rng.hypergeometric(good, size - good, n, times)
            for good, size, n in zip(right, sizes, counts, strict=True)
        ],
        axis=1,
    )
    known: dict[tuple[int, ...], Share] = {}
    shares = []
    for seen in map(tuple, found.tolist()):
        if seen not in known:
            parts = [Part(*part) for part in zip(sizes, counts, seen, strict=True)]
            share = stratified_share(parts)
            assert share is not None
            known[seen] = share
        shares.append(known[seen])
    return sum(right) / sum(sizes), shares


# Three of them stand for all while people wait.
QUICK = ("three bands", "almost never wrong", "drawn unevenly")


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in CATALOGS]
)
def test_intervals_cover_as_often_as_they_say(name: str) -> None:
    """Of four hundred samples some 95 % cover the truth, and the mean of all is the truth."""
    truth, shares = drawn(*CATALOGS[name], times=400)
    covered = np.mean([share.low <= truth <= share.high for share in shares])
    assert covered >= 0.92
    spread = np.std([share.share for share in shares]) / np.sqrt(len(shares))
    assert np.mean([share.share for share in shares]) == pytest.approx(truth, abs=4 * spread)


def test_an_unweighted_share_would_be_wrong_where_draws_are_uneven() -> None:
    """What weighting is for."""
    truth, shares = drawn(*CATALOGS["drawn unevenly"], times=300)
    plain = (0.5 * 30 + 0.97 * 20) / 50
    assert abs(plain - truth) > 0.2
    assert np.mean([share.share for share in shares]) == pytest.approx(truth, abs=0.02)


def test_so_many_more_as_it_says_make_the_interval_as_narrow_as_it_says() -> None:
    """Within a fifth: how right the next ones are is not known."""
    sizes, rates = [15000, 15000, 14000], [0.7, 0.9, 0.98]
    _, (first, *_) = drawn(sizes, rates, [22, 15, 13], times=1)
    factor = (first.checked + first.more) / first.checked
    _, later = drawn(sizes, rates, [round(22 * factor), round(15 * factor), round(13 * factor)], 50)
    assert np.mean([(one.high - one.low) / 2 for one in later]) == pytest.approx(0.03, rel=0.2)


def test_where_all_was_checked_nothing_is_left_to_doubt() -> None:
    """The share is the share."""
    share = stratified_share([Part(10, 10, 9), Part(5, 5, 5)])
    assert share is not None
    assert share.low == share.share == share.high == pytest.approx(14 / 15)
    assert share.more == 0


def test_nothing_checked_says_nothing_and_a_stratum_left_out_is_as_the_rest() -> None:
    """Half way through a sample there is an estimate already."""
    assert stratified_share([Part(10, 0, 0), Part(0, 0, 0)]) is None
    share = stratified_share([Part(1000, 20, 18), Part(3000, 0, 0)])
    assert share is not None
    assert share.share == pytest.approx(0.9)
    assert share.low < 0.9 < share.high
    assert 20 < share.checked + share.more < 4000


def test_all_right_so_far_is_not_all_right() -> None:
    """The interval says how little a few products tell."""
    share = stratified_share([Part(10000, 10, 10), Part(10000, 10, 10)])
    assert share is not None
    assert share.share == share.high == 1
    assert 0.75 < share.low < 0.9
