"""Of which products labels were taught, so that nobody judges by them unawares."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.workspace import Workspace

__all__ = ["remember"]


def remember(
    workspace: Workspace,
    told: pa.Table,
    heads: Collection[str],
    words: Collection[str],
    *,
    forget: bool = True,
) -> None:
    """Keep whose labels ``told`` are, of the attributes that have new heads or new words by them.

    What an attribute was taught before is forgotten, unless its head or words of then stand.
    Without ``forget`` nothing is: so before the new ones are written, for it may not come to that.
    """
    stand = _standing(workspace, heads, words) if forget else {*heads, *words}
    before = workspace.taught_labels()
    labelled = {
        name: _products(told, name) | (_products(before, name) if name in stand else set())
        for name in {*heads, *words}
    }
    if labelled:
        workspace.keep_taught_labels(labelled)


def _standing(workspace: Workspace, heads: Collection[str], words: Collection[str]) -> set[str]:
    """The attributes whose head, or words, are of an earlier lesson."""
    taught = workspace.taught()
    all_heads = set(taught.heads) if taught is not None else set()
    return (all_heads - set(heads)) | (workspace.taught_words().keys() - set(words))


def _products(labels: pa.Table, attribute: str) -> set[str]:
    mine = labels.filter(pc.equal(labels["attribute"], attribute))
    return set(mine["product_id"].to_pylist())
