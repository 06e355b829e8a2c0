"""How right the compact engine is on products that nothing was fitted to: the tables of the README.

    python benchmarks/accuracy.py --catalog styles.csv --labels labels.parquet --split split.csv
        --images "224 px=images-224" --images "60×80 px=images-60x80" [--texts descriptions.parquet]

Tags the products of the split ``validation`` in a workspace that is thrown away, from the photo
alone, once for each folder of photos, and prints Markdown. Then their titles count too and, with
``--texts`` (columns id, brand, description), their descriptions: the same figures of photo and text
together stand in tables of their own, without labels that were made from texts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from validation import arguments, described, ece, products_with_photos, tagged

from hangtag.evaluation import AttributeScore, Evaluation, evaluate


def main() -> None:
    """Print a table a folder of photos."""
    asked = arguments(__doc__, texts=True).parse_args()
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        products = products_with_photos(asked.catalog, Path(folder), asked.split)
        if asked.texts:
            products = described(products, asked.texts)
        with tempfile.TemporaryDirectory() as place:
            photo, both = measured(products, Path(folder), asked.labels, Path(place))
        print(markdown(name, photo))
        print(with_text(name, both))


def measured(
    products: pa.Table, images: Path, labels: Path, place: Path
) -> tuple[Evaluation, Evaluation]:
    """Tag these products: scores of the photo alone, and with texts."""
    photo = evaluate(tagged(products, images, place, text=False).path, labels)
    return photo, evaluate(tagged(products, images, place).path, labels)


def markdown(name: str, evaluation: Evaluation) -> str:
    """The figures of the photo alone as tables."""
    lines = [
        f"**{name}**, {evaluation.products:,} validation products, "
        f"{evaluation.engine} {evaluation.engine_version}",
        "",
        *rows_of(evaluation.attributes, evaluation.by_source),
        "",
        "| detail | with | without | recall | specificity | balanced | ECE |",
        "|---|---|---|---|---|---|---|",
        f"| **mean** | | | | | **{figure(evaluation.balanced('details'))}** | |",
    ]
    lines += [
        f"| {o.option} | {o.present:,} | {o.absent:,} | {figure(o.recall)} "
        f"| {figure(o.specificity)} | {figure(o.balanced)} | {figure(o.ece)} |"
        for o in evaluation.options
    ]
    return "\n".join([*lines, ""])


def with_text(name: str, evaluation: Evaluation) -> str:
    """The figures of photo and text together as tables."""
    lines = [
        f"**{name}, photo and text**, without labels made from texts",
        "",
        *rows_of(evaluation.blended, evaluation.blended_by_source),
        "",
        "Where the text says something:",
        "",
        "| attribute | labels | n | share | photo alone | with text (95 %) | majority | macro-F1 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for score in evaluation.texts:
        lines.append(
            f"| {'' if score.source else score.attribute} | {score.source or 'all'} "
            f"| {score.said:,} | {score.share:.3f} | {score.photo:.3f} "
            f"| {score.accuracy:.3f} ({score.low:.3f}–{score.high:.3f}) "
            f"| {score.majority:.3f} | {score.macro_f1:.3f} |"
        )
    return "\n".join([*lines, ""])


def rows_of(scores: Sequence[AttributeScore], by_source: Sequence[AttributeScore]) -> list[str]:
    """A table of single-choice attributes, over all labels and by their source."""
    lines = [
        "| attribute | labels | n | accuracy (95 %) | majority | macro-F1 | ECE (by chance) "
        "| shown | right if shown |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for score in scores:
        parts = [s for s in by_source if s.attribute == score.attribute]
        for some in (score, *(parts if len(parts) > 1 else ())):
            lines.append(
                f"| {some.attribute if some is score else ''} | {some.source or 'all'} "
                f"| {some.read:,} | {some.accuracy:.3f} ({some.low:.3f}–{some.high:.3f}) "
                f"| {some.majority:.3f} | {some.macro_f1:.3f} "
                f"| {ece(some)} "
                f"| {figure(some.coverage)} | {figure(some.accuracy_shown)} |"
            )
    return lines


def figure(value: float | None) -> str:
    """Three digits, or a dash where there is nothing to measure."""
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
