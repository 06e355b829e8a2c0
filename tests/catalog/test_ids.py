"""Which ids were there already."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hangtag.catalog.ids import SeenIds


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=20))
def test_an_id_is_new_once(batches: list[list[str]]) -> None:
    """As a set would say, within a batch and across them."""
    seen, known = SeenIds(), set[str]()
    for batch in batches:
        expected = []
        for product_id in batch:
            expected.append(product_id not in known)
            known.add(product_id)
        assert seen.first_seen(batch).tolist() == expected


def test_a_large_catalog_takes_few_bytes_an_id() -> None:
    """And does not slow down with every batch."""
    seen = SeenIds()
    for start in range(0, 200_000, 1000):
        assert seen.first_seen([str(i) for i in range(start, start + 1000)]).all()
    assert not seen.first_seen([str(i) for i in range(0, 200_000, 7)]).any()
    assert sum(run.nbytes for run in seen._runs) == 8 * 200_000
    assert len(seen._runs) < 20
