"""What is indexed of each product: texts to search, columns to narrow by. From the tables."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from hangtag.querying import opened
from hangtag.readings import METADATA
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["TEXTS", "document_of", "document_schema", "documents", "facet_columns"]

# The searched texts, each with all of the one before it.
TEXTS = ("title", "metadata", "description")
# Metadata to narrow by; the others are words.
_FACETS = ("gender", "master_category", "sub_category", "article_type", "base_colour", "season",
           "year", "usage", "brand", "price")  # fmt: skip
_SPOKEN = ("gender", "base_colour", "article_type", "sub_category", "usage", "season", "brand")
_NOTHING = frozenset({"", "na", "n/a", "nan", "none", "null", "unknown"})
_TAG = re.compile(r"<[^<>]{0,400}>")
# Of a shop's own text about a product; what comes later is care and delivery.
_CHARACTERS = 800
_TOLD = frozenset(("product_id", "photo", "photo_sha256", "document_key", "title", *_FACETS))


def facet_columns(taxonomy: Taxonomy) -> list[str]:
    """The columns that results can be narrowed by: metadata, then attributes."""
    return [*_FACETS, *(attribute.name for attribute in taxonomy)]


def document_schema(taxonomy: Taxonomy) -> pa.Schema:
    """One row a product. ``photo_sha256``: of the photo it was tagged from, null without one.

    ``document_key``: a hash of all the others.
    """
    fields = [pa.field("product_id", pa.string(), nullable=False)]
    fields += [pa.field(f"{name}_text", pa.string()) for name in TEXTS]
    fields += [pa.field(name, pa.string()) for name in ("title", *_FACETS)]
    for attribute in taxonomy:
        if attribute.multiple:
            fields.append(pa.field(attribute.name, pa.list_(pa.string())))
        else:
            fields.append(pa.field(attribute.name, pa.string()))
            fields.append(pa.field(f"{attribute.name}_confidence", pa.float32()))
    fields += [
        pa.field("description", pa.string()),
        pa.field("needs_review", pa.bool_()),
        pa.field("photo", pa.string()),
        pa.field("photo_sha256", pa.string()),
        pa.field("document_key", pa.string()),
    ]
    return pa.schema(fields)


def documents(place: Workspace, taxonomy: Taxonomy, rows: int = 4096) -> Iterator[pa.RecordBatch]:
    """Every product that a run has seen, also those whose photo could not be read."""
    schema = document_schema(taxonomy)
    derived = [name for name in schema.names if name not in _TOLD and not name.endswith("_text")]
    told = ", ".join(f'a."{name}"' for name in derived)
    known = ", ".join(f'p."{name}"' for name in METADATA)
    query = (
        f"SELECT p.product_id, p.photo, {known}, {told}, "  # noqa: S608 - names of our columns
        "CASE WHEN l.outcome = 'tagged' THEN l.image_sha256 END AS photo_sha256 "
        "FROM products p LEFT JOIN attributes a USING (product_id) "
        "LEFT JOIN ledger l USING (product_id)"
    )
    with opened(place) as tables:
        for batch in tables.sql(_renamed(query)).to_arrow_reader(rows):
            yield pa.RecordBatch.from_pylist(
                [document_of(row, schema) for row in batch.to_pylist()], schema=schema
            )


def _renamed(query: str) -> str:
    # Both tables have a description: the shop's, and ours.
    return query.replace('p."description"', 'p."description" AS shop_text')


def document_of(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """A row of ``document_schema`` from a product's and its attributes'.

    ``row``: the shop's own text is ``shop_text`` in it, for ``description`` is ours.
    """
    title = row["title"] or ""
    spoken = [row[name] for name in _SPOKEN if (row[name] or "").casefold() not in _NOTHING]
    metadata = " ".join([title, *spoken, _plain(row.pop("shop_text") or "")]).strip()
    document = {
        **row,
        "title": title,
        "title_text": title,
        "metadata_text": metadata,
        "description_text": f"{metadata} {row['description'] or ''}".strip(),
    }
    document["document_key"] = _key(document, schema.names)
    return document


def _plain(text: str) -> str:
    """Text without markup; it comes from a catalog and is data."""
    return " ".join(html.unescape(_TAG.sub(" ", text[: 4 * _CHARACTERS])).split())[:_CHARACTERS]


def _key(document: Mapping[str, Any], names: Sequence[str]) -> str:
    told = "\x1f".join(repr(document.get(name)) for name in names if name != "document_key")
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]
