"""The whole way on a catalog of drawings: draw, tag, evaluate, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.errors import UsageError
from hangtag.evaluation import Evaluation, evaluate
from hangtag.report import write_report
from hangtag.summary import Progress, RunSummary
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.testing import (
    DrawnCatalogFiles,
    DrawnProduct,
    drawn_catalog,
    write_drawn_catalog,
)
from hangtag.testing.drawn_catalog import SMALLEST
from hangtag.workspace import Workspace

__all__ = ["SHOWN", "Demo", "ReadProduct", "run_demo"]

SHOWN = ("pattern", "material", "collar", "sleeves")
"""The attributes of ``Demo.products``."""

_FEW = 12

# Left in the folder, so that a second demo knows that it may draw over what is there.
_MARK = ".hangtag-demo"


@dataclass(frozen=True)
class ReadProduct:
    """One product for people to look at: attribute → what the tables say, and what was drawn."""

    title: str
    said: Mapping[str, str | None]
    truth: Mapping[str, str]


@dataclass(frozen=True)
class Demo:
    """Where everything lies and how it went; ``report`` and figures only of a run that ended.

    ``products``: a few of them, evenly from the whole catalog and not the best.
    """

    catalog: DrawnCatalogFiles
    workspace: Workspace
    run: RunSummary
    products: Sequence[ReadProduct] = ()
    evaluation: Evaluation | None = None
    report: Path | None = None


def run_demo(
    folder: Path,
    *,
    n: int = 72,
    engine: str = "compact",
    progress: Callable[[Progress], None] | None = None,
) -> Demo:
    """Draw ``n`` products into ``folder``/catalog and tag them into ``folder``/shop.

    Raises UsageError when ``folder`` holds anything but an earlier demo, or ``n`` is too small.
    """
    if n < SMALLEST:
        raise UsageError(f"{n} products are too few.", f"All options have room from {SMALLEST} on.")
    _claim(folder)
    files = write_drawn_catalog(folder / "catalog", n)
    taxonomy = default_taxonomy()
    workspace = Workspace(folder / "shop")
    run = tag(
        open_catalog(files.styles),
        files.images,
        workspace,
        open_engine(engine, taxonomy),
        taxonomy=taxonomy,
        progress=progress,
    )
    if run.interrupted:
        return Demo(files, workspace, run)
    return Demo(
        catalog=files,
        workspace=workspace,
        run=run,
        products=_some(drawn_catalog(n), workspace),
        evaluation=evaluate(workspace.path, files.labels),
        report=write_report(workspace.path, labels=files.labels, images=files.images),
    )


def _claim(folder: Path) -> None:
    """Make the folder, or see that it is one of ours: what is drawn replaces what is there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / _MARK).exists():
            raise UsageError(f"{folder} holds other things.", "Name a new folder with --out.")
        (folder / _MARK).touch()
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}.", "Name another folder with --out."
        ) from error


def _some(drawn: Sequence[DrawnProduct], workspace: Workspace) -> list[ReadProduct]:
    table = workspace.read("attributes", ["product_id", *SHOWN])
    said = {row.pop("product_id"): row for row in table.to_pylist()}
    return [
        ReadProduct(
            title=product.metadata["title"],
            said=said[product.id],
            truth={name: product.truth[name][0] for name in SHOWN if name in product.truth},
        )
        for product in drawn[:: max(1, len(drawn) // _FEW)]
        if product.id in said
    ]
