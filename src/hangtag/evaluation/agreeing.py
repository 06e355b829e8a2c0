"""Several labels of one thing: what repeats counts once, what contradicts counts for nothing."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["agreeing", "contradicting_line", "contradictions"]

# Under this name the count travels with the labels.
_CONTRADICTING = b"contradicting"


def agreeing(labels: pa.Table, multiple: frozenset[str]) -> pa.Table:
    """Labels with one row at most for what one source says of an attribute of a product.

    ``multiple``: names of multiple-choice attributes, where it is one row an option. Rows that
    accept different options of a single choice mean those that all of them accept. Where there is
    none, or an option is both present and absent, nobody knows which row is right, and the place in
    a file must not decide: none of them is kept; see ``contradictions``. Sources are kept apart,
    since each is scored by itself. In the order of their first rows.
    """
    columns = (labels[name].to_pylist() for name in labels.column_names)
    said: dict[tuple[str, ...], list[tuple[str | None, list[str], bool]]] = {}
    for product_id, name, value, accepted, present, source in zip(*columns, strict=True):
        key = (product_id, name, source, value if name in multiple else "")
        said.setdefault(key, []).append((value, accepted, present))
    kept, contradicting = [], 0
    for (product_id, name, source, _), rows in said.items():
        value, accepted, present = rows[0]
        if any(row != rows[0] for row in rows):
            common = [o for o in accepted if all(o in others for _, others, _ in rows)]
            if not common or len({there for _, _, there in rows}) > 1:
                contradicting += 1
                continue
            meant = {one for one, _, _ in rows} - {None}
            value = meant.pop() if len(meant) == 1 else None
            accepted = common
            if value not in common:
                value = common[0] if len(common) == 1 else None
        kept.append((product_id, name, value, accepted, present, source))
    told = zip(*kept, strict=True) if kept else [[] for _ in labels.column_names]
    schema = labels.schema.with_metadata({_CONTRADICTING: str(contradicting).encode()})
    return pa.table([list(column) for column in told], schema=schema)


def contradictions(labels: pa.Table) -> int:
    """Of how many attributes of products the labels contradicted each other and were left out."""
    return int((labels.schema.metadata or {}).get(_CONTRADICTING, b"0"))


def contradicting_line(n: int) -> str:
    """What a person is told of them.

    >>> contradicting_line(1)
    'In 1 case rows of the labels contradict each other; none of them counts.'
    """
    cases = "1 case" if n == 1 else f"{n:,} cases"
    return f"In {cases} rows of the labels contradict each other; none of them counts."
