"""Batch sizes that are found while working."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hangtag.engines.vlm.batching import BatchSize, Mean


def work(batch: BatchSize, seconds: Callable[[int], float], batches: int = 40) -> None:
    for _ in range(batches):
        batch.took(batch.size, seconds(batch.size))


def test_it_grows_while_photos_get_faster() -> None:
    """And stays where a larger batch gains nothing."""
    batch = BatchSize(1, most=64)
    work(batch, lambda n: max(8, n) / 100)
    assert batch.size == 8
    assert batch.settled


def test_it_does_not_grow_beyond_what_is_allowed() -> None:
    """However fast."""
    batch = BatchSize(1, most=24)
    work(batch, lambda _: 1.0)
    assert batch.size == 16


def test_the_first_batch_of_a_size_does_not_count() -> None:
    """Kernels are chosen then: it is slow and says nothing."""
    batch = BatchSize(4, most=8)
    batch.took(4, 0.1)
    batch.took(4, 0.1)
    assert batch.size == 8
    batch.took(8, 60.0)
    assert batch.size == 8
    batch.took(8, 0.1)
    assert batch.size == 8


def test_a_batch_that_is_not_full_says_nothing() -> None:
    """The last one of a run is small."""
    batch = BatchSize(4, most=64)
    for _ in range(9):
        batch.took(1, 0.5)
    assert batch.size == 4


def test_running_out_of_memory_halves_it_for_good() -> None:
    """Down to one photo, and then it is over."""
    batch = BatchSize(8, most=64)
    assert batch.ran_out(8)
    assert batch.size == 4
    work(batch, lambda _: 1.0)
    assert batch.size == 4
    assert batch.ran_out(4)
    assert batch.ran_out(2)
    assert not batch.ran_out(1)


def test_a_mean_needs_no_values_kept() -> None:
    """In parts of any size."""
    mean = Mean()
    assert mean.value == 0
    mean.add(np.array([1, 2], np.float32))
    mean.add(np.array([6], np.float32))
    assert mean.value == pytest.approx(3)
