"""What a workspace holds, in a few lines: the most common values of every attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hangtag.workspace import Workspace

__all__ = ["Common", "most_common", "waiting_for_review"]


@dataclass(frozen=True)
class Common:
    """The options that most products have.

    ``said``: how many products have a value; a list of nothing is one.
    """

    title: str
    said: int
    options: Sequence[tuple[str, int]]


def most_common(workspace: Workspace, top: int = 3) -> list[Common]:
    """For every attribute its ``top`` options by number of products, the most common first."""
    import pyarrow.compute as pc

    found = []
    for attribute in workspace.taxonomy():
        # One column at a time: a table of millions of products need not fit into memory.
        values = workspace.read("attributes", [attribute.name])[attribute.name]
        said = len(values) - values.null_count
        if attribute.multiple:
            values = pc.list_flatten(values)
        counts = [
            (str(pair["values"]), int(pair["counts"]))
            for pair in pc.value_counts(pc.drop_null(values)).to_pylist()
        ]
        counts.sort(key=lambda pair: (-pair[1], pair[0]))
        found.append(Common(attribute.title, said, counts[:top]))
    return found


def waiting_for_review(workspace: Workspace) -> int:
    """How many products a person should look at."""
    import pyarrow.compute as pc

    flags = workspace.read("attributes", ["needs_review"])["needs_review"]
    return int(pc.sum(flags).as_py() or 0)
