"""The figures of finding photos by their titles."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def retrieval() -> Iterator[ModuleType]:
    """The script, which is no part of the package."""
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("retrieval", FOLDER / "retrieval.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(FOLDER))


def test_the_first_answer_found_counts_and_ties_count_against_it(retrieval: ModuleType) -> None:
    """An embedder that gives everything the same vector is last, not first."""
    scores = np.array([[0.9, 0.1, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5], [0.1, 0.2, 0.3, 0.4]])
    answers = [[2, 1], [0], [3, 0]]
    assert retrieval.ranks(scores, answers).tolist() == [3, 4, 1]


def test_a_title_is_one_query_however_many_products_share_it(retrieval: ModuleType) -> None:
    """Products without a title are in the gallery and no answer."""
    assert retrieval.answers_of(["A", "B"], ["B", "A", None, "B"]) == [[1], [0, 3]]


def test_chance_finds_what_chance_finds(retrieval: ModuleType) -> None:
    """One of a hundred at the first place, ten of a hundred among ten."""
    found = retrieval.ranks(retrieval.noise(4000, 100), [[place % 100] for place in range(4000)])
    assert (found == 1).mean() == pytest.approx(0.01, abs=0.005)
    assert (found <= 10).mean() == pytest.approx(0.1, abs=0.015)


def test_bm25_by_hand(retrieval: ModuleType) -> None:
    """A rare word outweighs a common one, a short text a long one; the unknown counts nothing."""
    documents = ["red shirt", "red shirts red", "blue hat", ""]
    scores = retrieval.bm25(documents, ["Red", "t-shirt shirt", "zorb"])
    rarity = np.log(1 + 2.5 / 2.5)
    norm = 1.2 * (0.25 + 0.75 * 2 / (7 / 4))
    assert scores[0, 0] == pytest.approx(rarity * 2.2 / (1 + norm), rel=1e-5)
    assert scores[0, 1] > scores[0, 0]
    assert scores[1, 0] > scores[1, 1] > 0
    assert not scores[2].any()
    assert not scores[:, 3].any()
