"""tag → describe → embed, each in waves that end in merges: whatever dies, the next run goes on.

A product is done when ``done`` has its row with the key of now: a hash of its columns, of what
reads it and of the rules. That row is merged after all the others of its wave. Photos are known by
their path here; one that was replaced at the same path is read again with ``again``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hangtag.catalog import open_catalog
from hangtag.databricks.search_rows import Describing, Embedding, vector_schema
from hangtag.databricks.tables import Tables, table_schemas
from hangtag.databricks.taught import Taught
from hangtag.engines.registry import engine_parts
from hangtag.errors import HangtagError, MissingExtraError
from hangtag.images import PhotoLimits
from hangtag.readings import CATALOG, METADATA
from hangtag.rules import Rules
from hangtag.search.documents import document_schema
from hangtag.spark.dataframe import tag
from hangtag.spark.job import ReadingJob
from hangtag.spark.run import photo_source
from hangtag.spark.session import translated
from hangtag.spark.workers import looking
from hangtag.taxonomy import Taxonomy

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["CloudRun", "Wave"]

_ROWS = 10_000
# Waves of a run at most, however many products there are.
_MOST_WAVES = 100


@dataclass(frozen=True)
class Wave:
    """What one wave did."""

    step: str
    products: int
    failed: int = 0


@dataclass
class CloudRun:
    """The steps of a run over ``tables``; each does what is missing, and tells of every wave."""

    session: SparkSession
    tables: Tables
    taxonomy: Taxonomy
    rules: Rules
    wave_rows: int = 20_000
    told: Callable[[Wave], None] = lambda _: None

    def load(self, products: str) -> int:
        """Bring the table of products up to a catalog, a file or a table; how many there are.

        Products that the catalog no longer has stay. Raises CatalogError when it cannot be read.
        """
        self._create()
        if "/" not in products:
            f = _functions()
            rows = self.session.table(products)
            texts = [
                f.col(name).cast("string").alias(name)
                if name in rows.columns else f.lit(None).cast("string").alias(name)
                for name in CATALOG.names
            ]  # fmt: skip
            named = rows.select(*texts).where("product_id IS NOT NULL")
            self.tables.merge("products", named.dropDuplicates(["product_id"]))
            return int(self.tables.read("products").count())
        waiting: list[pa.RecordBatch] = []
        for batch in open_catalog(Path(products)).batches():
            waiting.append(batch)
            if sum(b.num_rows for b in waiting) >= _ROWS:
                self._put(waiting)
        self._put(waiting)
        return int(self.tables.read("products").count())

    def _put(self, waiting: list[pa.RecordBatch]) -> None:
        if waiting:
            rows = pa.Table.from_batches(waiting).select(CATALOG.names)
            waiting.clear()
            # As plain rows: sessions differ in whether they take Arrow tables.
            told = self.session.createDataFrame(
                [tuple(row.values()) for row in rows.to_pylist()],
                ", ".join(f"{name} string" for name in CATALOG.names),
            )
            self.tables.merge("products", told)

    def tag(
        self, images: str, engine: str = "compact", *,
        options: dict[str, Any] | None = None, taught: Taught | None = None,
        again: bool = False, retry: bool = True,
    ) -> None:  # fmt: skip
        """Read what is not done. ``again``: all of it; ``retry``: what has failed as well.

        ``taught``: words count for every engine, heads where ``compact`` reads; their file is one
        that the workers see. Raises what the engine does when it does not open or gives up.
        """
        f = _functions()
        self._create()
        done = self.tables.read("done")
        if again or retry:
            self.tables.delete("done", done if again else done.where("outcome = 'failed'"))
        taught, options = taught or Taught(), dict(options or {})
        if taught.heads is not None and "compact" in engine_parts(engine, options):
            options["taught"] = taught.heads
        job = ReadingJob(
            engine, self.taxonomy, self.rules, photo_source(images), options, PhotoLimits(),
            words=taught.words,
        )  # fmt: skip
        keyed = self._keyed(self._run_key(job))
        known = self.tables.read("done").select("product_id", "done_key")
        pending = keyed.join(known, ["product_id", "done_key"], "left_anti")
        for wave in self._waves(pending):
            count = int(wave.count())
            outcomes = tag(
                wave, engine, images=images, content=None, options=options,
                taxonomy=self.taxonomy, rules=self.rules, words=taught.words,
            )  # fmt: skip
            staged = self.tables.stage("outcomes", outcomes)
            tagged = staged.where("outcome = 'tagged'")
            failed = staged.where("outcome = 'failed'")
            # Attributes that a taxonomy has lost go as well, so readings are not merged alone.
            self.tables.delete("readings", staged)
            exploded = tagged.select("product_id", f.explode("readings").alias("r"))
            self.tables.merge("readings", exploded.select("product_id", "r.*"))
            self.tables.merge("attributes", tagged.select("product_id", "attributes.*"))
            self.tables.delete("attributes", failed)
            self.tables.merge("failures", failed.select("product_id", "failure.*"))
            self.tables.delete("failures", tagged)
            ledger = staged.select("product_id", "outcome", "image_sha256").join(
                wave.select("product_id", "done_key"), "product_id"
            )
            self.tables.merge("done", ledger)
            self.told(Wave("tag", count, int(failed.count())))

    def describe(self) -> None:
        """Bring the search table's texts up to products and attributes; all in one merge."""
        f = _functions()
        self._create()
        p, a = self.tables.read("products").alias("p"), self.tables.read("attributes").alias("a")
        d = self.tables.read("done").alias("d")
        ours = [n for n in self.tables.read("attributes").columns if n not in ("product_id",)]
        known = [f.col(f"p.{n}").alias(n if n != "description" else "shop_text") for n in METADATA]
        derived = [f.col(f"a.{n}").alias(n) for n in ours]
        rows = p.join(a, "product_id").join(d, "product_id").select(
            "product_id", f.col("p.photo"), *known, *derived,
            f.col("d.image_sha256").alias("photo_sha256"),
        )  # fmt: skip
        documents = rows.mapInArrow(
            Describing(self.taxonomy), _spark(document_schema(self.taxonomy))
        )
        there = self.tables.read("search").select("product_id", "document_key")
        changed = documents.join(there, ["product_id", "document_key"], "left_anti")
        staged = self.tables.stage("documents", changed)
        self.tables.merge("search", staged)
        gone = self.tables.read("search").join(a, "product_id", "left_anti")
        self.tables.delete("search", self.tables.stage("gone", gone.select("product_id")))
        self.told(Wave("describe", int(staged.count())))

    def embed(self, images: str, embedder: str = "compact") -> None:
        """Give vectors to rows of the search table that have none, or those of an older text."""
        self._create()
        embedding = Embedding(photo_source(images), embedder)
        rows = self.tables.read("search")
        stale = rows.where("vector_key IS NULL OR vector_key <> document_key")
        wanted = stale.select("product_id", "photo", "description_text", "document_key")
        for part in self._waves(wanted):
            vectors = part.mapInArrow(embedding, _spark(vector_schema()))
            staged = self.tables.stage("vectors", vectors)
            self.tables.merge("search", staged)
            failed = int(staged.where("photo_vector IS NULL").count())
            self.told(Wave("embed", int(staged.count()), failed))

    def _waves(self, rows: DataFrame) -> Iterator[DataFrame]:
        """The same rows, each once, in parts of ``wave_rows`` or so, or of a hundredth.

        What is left to do is looked for once, and not before every wave. Every merge passes over
        its table, so there are never more than so many waves.
        """
        f = _functions()
        pending = self.tables.stage("pending", rows)
        waves = min(_MOST_WAVES, math.ceil(pending.count() / self.wave_rows))
        if not waves:
            return
        number = f.pmod(f.xxhash64("product_id"), f.lit(waves)).cast("int")
        # In the order of waves, so that each is found in few of the files.
        ordered = pending.withColumn("wave", number).repartitionByRange(waves, "wave")
        parts = self.tables.stage("waves", ordered.sortWithinPartitions("wave"))
        for wave in range(waves):
            part = parts.where(f.col("wave") == wave).drop("wave")
            if not part.isEmpty():
                yield part

    def _create(self) -> None:
        for name, schema in table_schemas(self.taxonomy).items():
            self.tables.create(name, schema)

    def _keyed(self, run_key: str) -> DataFrame:
        """Products, each with the key that ``done`` will have of it."""
        f = _functions()
        told = [f.coalesce(f.col(name), f.lit("\x00")) for name in CATALOG.names]
        key = f.sha2(f.concat_ws("\x1f", f.lit(run_key), *told), 256)
        return self.tables.read("products").withColumn("done_key", key)

    def _run_key(self, job: ReadingJob) -> str:
        """Of engine, definitions and rules, as the workers have them. A worker opens the engine."""
        ask = looking(job.to_bytes(), Path("/"))
        try:
            rows = self.session.range(0, 1, 1, 1).mapInArrow(ask, "card string, sees boolean")
            (row,) = rows.collect()
        except Exception as error:
            ours = translated(error)
            if ours is None:
                raise HangtagError(
                    f"The engine {job.engine} does not open in a worker: {error}"[:500],
                    "See whether the cluster has what it needs: memory, a GPU, its libraries.",
                ) from error
            raise ours from error
        return json.dumps(json.loads(row["card"])["keys"], sort_keys=True)


def _spark(schema: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def _functions() -> Any:
    try:
        from pyspark.sql import functions
    except ImportError as error:
        raise MissingExtraError("pyspark", "spark") from error
    return functions
