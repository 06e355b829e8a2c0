"""Products in a DataFrame in, what was read of them out: lazily, on whatever cluster it lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hangtag.catalog.columns import match_columns
from hangtag.catalog.texts import as_told, trimmed
from hangtag.errors import CatalogError, MissingExtraError
from hangtag.images import PhotoLimits
from hangtag.outcomes import outcomes_schema
from hangtag.readings import CATALOG
from hangtag.rules import Rules, default_rules
from hangtag.spark.job import ReadingJob
from hangtag.spark.run import photo_source
from hangtag.spark.workers import reading_rows
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.texts import TaughtWords
from hangtag.texts.taught import load_taught_words

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["attributes_of", "failures_of", "readings_of", "tag"]

# Of no meaning where there are no tables.
_NOT_TOLD = ("photo_side", "fresh", "keeps")


def tag(
    products: DataFrame,
    engine: str = "compact",
    *,
    images: Path | str | None = None,
    columns: Mapping[str, str] | None = None,
    content: str | None = "content",
    options: Mapping[str, Any] | None = None,
    taxonomy: Taxonomy | None = None,
    rules: Rules | None = None,
    text: bool = True,
    words: Path | str | Mapping[str, TaughtWords] | None = None,
    processes: int = 1,
    threads: int = 1,
    limits: PhotoLimits | None = None,
    allow_outside: bool = False,
) -> DataFrame:
    """One row out for each row in: ``product_id``, ``outcome``, ``readings``, ``attributes``, ….

    Columns are recognised as those of a catalog are; ``columns`` (ours → theirs) names others. The
    photo is in the binary column ``content`` where there is one, as ``binaryFile`` makes it; then a
    column ``path`` will do for an id. Otherwise it lies in the folder or below the URL ``images``;
    without that, each product's path or URL is taken as it stands, so the table must be yours.

    With ``text``, titles and descriptions count; ``words``: a workspace's ``taught-words.npz``, or
    what was loaded from it, that `hangtag teach` learned of the shop's own. Heads are an option:
    ``{"taught": file}``.

    ``outcome`` is ``tagged`` or ``failed``; see ``readings_of``, ``attributes_of``, ``failures_of``
    for tables like those of a workspace. Nothing is kept or compared: the same rows are read again
    each time the result is computed. Raises CatalogError when no column looks like an id,
    CalibrationError when ``words`` are none.
    """
    try:
        from pyspark.sql import functions as f
        from pyspark.sql.pandas.types import from_arrow_schema
    except ImportError as error:
        raise MissingExtraError("pyspark", "spark") from error
    taxonomy = taxonomy or default_taxonomy()
    kinds = {field.name: field.dataType.typeName() for field in products.schema.fields}
    has_content = content is not None and kinds.get(content) == "binary"
    plain = [n for n, kind in kinds.items() if kind not in ("binary", "array", "map", "struct")]
    chosen = _matched(plain, columns, has_content)
    texts = [
        _text(f, chosen[name], kinds).alias(name) if name in chosen
        else f.lit(None).cast("string").alias(name)
        for name in CATALOG.names
    ]  # fmt: skip
    if "product_id" not in chosen:
        stem = f.regexp_extract(f.col("path"), r"([^/\\]+?)(?:\.[^./\\]*)?$", 1)
        texts[0] = stem.alias("product_id")
    rows = products.select(*texts, *([f.col(f"`{content}`").alias("content")] * has_content))
    job = ReadingJob(
        engine, taxonomy, rules or default_rules(taxonomy), photo_source(images, allow_outside),
        dict(options or {}), limits or PhotoLimits(), processes, threads, text,
        load_taught_words(Path(words)) if isinstance(words, Path | str) else words or {},
    )  # fmt: skip
    told = pa.schema([field for field in outcomes_schema(taxonomy) if field.name not in _NOT_TOLD])
    return rows.mapInArrow(_Reading(job.to_bytes()), from_arrow_schema(told))


class _Reading:
    """The function that runs in the workers."""

    def __init__(self, job: bytes):
        self._job = job

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in reading_rows(self._job)(_told(batch) for batch in batches):
            yield batch.drop_columns(list(_NOT_TOLD))


def _told(batch: pa.RecordBatch) -> pa.RecordBatch:
    """As a catalog says it: trimmed, null where it says nothing."""
    columns = [
        (trimmed if name == "product_id" else as_told)(batch[name].cast(pa.string()))
        for name in CATALOG.names
    ]
    fields = list(CATALOG)
    if "content" in batch.schema.names:
        columns.append(batch["content"].cast(pa.binary()))
        fields.append(pa.field("content", pa.binary()))
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def _matched(
    plain: list[str], columns: Mapping[str, str] | None, has_content: bool
) -> dict[str, str]:
    try:
        return match_columns(plain, columns)
    except CatalogError:
        # What binaryFile reads has no id but the file's name.
        if columns or not has_content or "path" not in plain:
            raise
        return {}


def _text(f: Any, name: str, kinds: Mapping[str, str]) -> Any:
    """A column as text; whole numbers that went through a float are whole again."""
    column = f.col(f"`{name}`")
    if kinds[name] in ("float", "double"):
        whole = (column == f.round(column)) & (f.abs(column) < 2.0**53)
        return f.when(f.isnan(column), None).otherwise(
            f.when(whole, column.cast("long").cast("string")).otherwise(column.cast("string"))
        )
    return column.cast("string")


def readings_of(tagged: DataFrame) -> DataFrame:
    """Of what ``tag`` returns: one row a product and attribute, as in a workspace's readings."""
    from pyspark.sql import functions as f

    rows = tagged.select("product_id", f.explode("readings").alias("reading"))
    return rows.select("product_id", "reading.*")


def attributes_of(tagged: DataFrame) -> DataFrame:
    """Of what ``tag`` returns: one row a product that was read, as in a workspace's attributes."""
    return tagged.where("outcome = 'tagged'").select("product_id", "attributes.*")


def failures_of(tagged: DataFrame) -> DataFrame:
    """Of what ``tag`` returns: one row a product that was not, as in a workspace's failures."""
    return tagged.where("outcome = 'failed'").select("product_id", "failure.*")
