"""How fast a workspace's index is made and asked, and how much disk it takes.

    python benchmarks/search_latency.py --workspace shop/ [--rebuild]
    python benchmarks/search_latency.py --synthetic 1000000

The queries are made of what the workspace itself has: colours, patterns and kinds of its products.
Each takes the whole way, from text over its embedding to hits with reasons. With ``--synthetic``
random vectors take the place of a catalog, and the approximate index is held against exact search.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from hangtag.embedders.registry import open_embedder
from hangtag.search import CONFIGURATIONS, Searcher, build_index, index_folder
from hangtag.search.lance import LanceStore
from hangtag.search.ranking import CANDIDATES
from hangtag.workspace import Workspace

_QUERIES, _CLIENTS = 300, 10


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--rebuild", action="store_true", help="throw the index away first")
    parser.add_argument("--synthetic", type=int, help="so many random vectors instead")
    asked = parser.parse_args()
    if asked.synthetic:
        synthetic(asked.synthetic)
    elif asked.workspace:
        catalog(Workspace(asked.workspace), asked.rebuild)
    else:
        parser.error("Name a --workspace, or a number of --synthetic vectors.")


def catalog(place: Workspace, rebuild: bool) -> None:
    """A real workspace: build, size, queries of one client and of ten."""
    embedder = open_embedder("compact")
    if rebuild:
        shutil.rmtree(index_folder(place), ignore_errors=True)
    done = build_index(place, embedder=embedder)
    print(
        f"{done.products:,} products, {done.megabytes:.0f} MB; {done.photos:,} photos and "
        f"{done.documents:,} texts indexed in {done.seconds:.0f} s\n"
    )
    print("| configuration | filter | p50 | p95 | ten clients p50 | p95 |")
    print("|---|---|---|---|---|---|")
    queries = queries_of(place)
    for name, filters in (
        ("title", {}),
        ("description", {}),
        ("hybrid", {}),
        ("hybrid", {"gender": ["Women"], "pattern": ["striped"]}),
    ):
        searcher = Searcher(place, embedder, configuration=CONFIGURATIONS[name])

        def ask(
            query: str, searcher: Searcher = searcher, only: dict[str, list[str]] = filters
        ) -> None:
            searcher.search(query, k=10, filters=only)

        for query in queries[:20]:
            ask(query)
        alone = [timed(ask, query) for query in queries]
        with ThreadPoolExecutor(_CLIENTS) as clients:
            crowd = list(clients.map(lambda query: timed(ask, query), queries * 2))
        told = ", ".join(f"{k} = {v[0]}" for k, v in filters.items()) or "–"
        print(f"| {name} | {told} | {percentiles(alone)} | {percentiles(crowd)} |")


def queries_of(place: Workspace) -> list[str]:
    """Queries such as shoppers type, of the values that the tables have."""
    rng = np.random.default_rng(0)
    products = place.read("products", ["gender", "base_colour", "article_type"]).to_pylist()
    patterns = place.read("attributes", ["pattern", "sleeves"]).to_pylist()
    found = []
    for _ in range(_QUERIES):
        product = products[rng.integers(len(products))]
        read = patterns[rng.integers(len(patterns))]
        words = [product["base_colour"], read["pattern"], product["article_type"]]
        words += [read["sleeves"], "for", product["gender"]]
        kept = [word for word in words if word and rng.random() < 0.7]
        found.append(" ".join(kept) or "shirt")
    return found


def timed(ask: Callable[[str], None], query: str) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    ask(query)
    return 1000 * (time.perf_counter() - began)


def percentiles(times: Sequence[float]) -> str:
    """Two cells of a table."""
    return f"{statistics.median(times):.1f} ms | {np.percentile(times, 95):.1f} ms"


def synthetic(count: int, dimension: int = 256, k: int = 10) -> None:
    """Random vectors in clusters: what the approximate index costs, and what it finds."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((1000, dimension), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        store = LanceStore(Path(folder) / "lance", approximate_from=1)
        parts = []
        for start in range(0, count, 50_000):
            n = min(50_000, count - start)
            part = centres[rng.integers(1000, size=n)] + rng.standard_normal(
                (n, dimension), np.float32
            )
            part /= np.linalg.norm(part, axis=1, keepdims=True)
            parts.append(part.astype(np.float16))
            ids = [str(start + i) for i in range(n)]
            flat = pa.array(parts[-1].reshape(-1))
            vectors = pa.FixedSizeListArray.from_arrays(flat, dimension)
            store.put_photos(
                pa.table({"product_id": ids, "photo_sha256": ids, "photo_vector": vectors})
            )
        began = time.perf_counter()
        store.finish()
        built = time.perf_counter() - began
        vectors32 = np.concatenate(parts).astype(np.float32)
        table = store._table("photos")
        near, exact, found = [], [], 0
        for row in rng.choice(count, 100, replace=False):
            # As a search does: the index proposes, the vectors decide.
            began = time.perf_counter()
            asked = table.search(vectors32[row]).distance_type("dot").ef(2 * CANDIDATES)
            rows = asked.select(["product_id", "_distance"]).limit(CANDIDATES).to_arrow()
            proposed = rows["product_id"].to_numpy().astype(np.intp)
            nearness = vectors32[proposed] @ vectors32[row]
            best = proposed[np.argsort(-nearness)[:k]]
            near.append(1000 * (time.perf_counter() - began))
            began = time.perf_counter()
            scores = vectors32 @ vectors32[row]
            right = np.argpartition(-scores, k)[:k]
            exact.append(1000 * (time.perf_counter() - began))
            found += len({*best.tolist()} & {*right.tolist()})
        size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / 1e6
    print(
        f"{count:,} vectors × {dimension}: index built in {built:.0f} s, {size:,.0f} MB on disk\n"
        f"approximate {percentiles(near)} a query, exact {percentiles(exact)} (p50 | p95), "
        f"recall@{k} {found / (100 * k):.3f}"
    )


if __name__ == "__main__":
    main()
