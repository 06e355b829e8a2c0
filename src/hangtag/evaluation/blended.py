"""What photo and text say together of labelled products, to be scored beside the photo alone.

Labels that somebody made from a text cannot show how right texts are: they are left out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hangtag.readings import Reading
from hangtag.taxonomy import Taxonomy
from hangtag.texts import Source, TaughtWords, Texts

if TYPE_CHECKING:
    import duckdb

__all__ = ["FROM_TEXTS", "Answer", "Blended", "blended_readings", "with_answers"]

# Sources of labels that were made from the very texts.
FROM_TEXTS = ("description", "text", "title")

_ROWS = 4096


class Answer(NamedTuple):
    """What photo and text say together. ``spoken``: whether the text says something of it."""

    option: str
    confidence: float
    source: Source
    spoken: bool


class Blended(NamedTuple):
    """Attribute → product → what photo and text say, where a text has a part in it."""

    single: Mapping[str, dict[str, Answer]]
    multiple: Mapping[str, dict[str, Reading]]


def blended_readings(
    tables: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, taught: Mapping[str, TaughtWords]
) -> Blended | None:
    """Of labelled products; None where texts do not count in the table ``attributes``.

    ``tables`` has a view ``labels``; ``taught``: words of the workspace's own.
    """
    if not _texts_count(tables):
        return None
    texts = Texts.shipped(taxonomy, taught)
    asked = {a.name: a.multiple for a in taxonomy.read}
    found = Blended(
        {name: {} for name, multiple in asked.items() if not multiple},
        {name: {} for name, multiple in asked.items() if multiple},
    )
    for product_id, rows in groupby(_readings(tables), itemgetter("product_id")):
        told = list(rows)
        readings = {
            row["attribute"]: Reading(
                row["attribute"], tuple(row["value"]), row["confidence"], dict(row["probabilities"])
            )
            for row in told
            if row["attribute"] in asked
        }
        blend = texts.blend(readings, told[0])
        for name, photo in readings.items():
            reading = blend.readings[name]
            if name not in blend.said and reading == photo:
                continue
            if asked[name]:
                found.multiple[name][product_id] = reading
            else:
                found.single[name][product_id] = Answer(
                    reading.value[0], reading.confidence, blend.sources[name], name in blend.said
                )
    return found


def with_answers(pairs: pa.Table, answers: Mapping[str, Answer]) -> pa.Table:
    """Pairs of labels and readings, with the answers in the place of the photo's.

    ``spoken``: whether the text says something; ``photo_right``: whether the photo alone was right;
    ``speaks``: who speaks for the value. Without labels made from texts.
    """
    pairs = pairs.filter(pc.invert(pc.is_in(pairs["source"], pa.array(FROM_TEXTS))))
    here = [answers.get(product_id) for product_id in pairs["product_id"].to_pylist()]
    columns = {name: pairs[name].to_pylist() for name in ("said", "confidence", "right")}
    accepted = pairs["accepted"].to_pylist()
    for place, answer in enumerate(here):
        if answer is not None and pairs["read"][place].as_py():
            columns["said"][place] = answer.option
            columns["confidence"][place] = answer.confidence
            columns["right"][place] = answer.option in accepted[place]
    for name, values in columns.items():
        kind = pairs.schema.field(name)
        if name == "right":
            pairs = pairs.append_column("photo_right", pairs["right"])
        pairs = pairs.set_column(
            pairs.schema.get_field_index(name), kind, [pa.array(values, kind.type)]
        )
    spoken = [answer is not None and answer.spoken for answer in here]
    pairs = pairs.append_column("spoken", [np.array(spoken, bool)])
    speaks = [None if answer is None else answer.source for answer in here]
    return pairs.append_column("speaks", pa.array(speaks, pa.string()))


def _texts_count(tables: duckdb.DuckDBPyConnection) -> bool:
    columns = {name for name, *_ in tables.execute("DESCRIBE attributes").fetchall()}
    if "sources" not in columns:
        return False
    ((count,),) = tables.execute(
        "SELECT count(*) FROM attributes WHERE list_has_any(map_values(sources), ['text', 'both'])"
    ).fetchall()
    return bool(count)


def _readings(tables: duckdb.DuckDBPyConnection) -> Iterator[Mapping[str, Any]]:
    """Readings with labels, each with what its product's texts say, product by product."""
    reader = tables.sql(
        "SELECT r.product_id, attribute, value, confidence, probabilities, "
        "p.title, p.brand, p.description FROM readings r JOIN products p USING (product_id) "
        "SEMI JOIN labels l ON r.product_id = l.product_id AND r.attribute = l.attribute "
        "ORDER BY r.product_id"
    ).to_arrow_reader(_ROWS)
    for batch in reader:
        yield from batch.to_pylist()
