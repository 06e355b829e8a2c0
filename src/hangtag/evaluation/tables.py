"""An evaluation as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from hangtag.evaluation.accuracy import AttributeScore, Evaluation

__all__ = ["blended_table", "evaluation_table", "option_table", "text_table"]


def evaluation_table(evaluation: Evaluation) -> Table:
    """Single-choice attributes, over all labels and by their source."""
    return _scores(_title(evaluation), evaluation.attributes, evaluation.by_source)


def blended_table(evaluation: Evaluation) -> Table:
    """The same of photo and text together, without labels that were made from texts."""
    title = "Photo and text together, as attributes has them; no labels made from texts"
    return _scores(title, evaluation.blended, evaluation.blended_by_source)


def text_table(evaluation: Evaluation) -> Table:
    """Products of whose attribute the text says something: the photo alone, and with the text."""
    table = _plain("Where the text says something")
    table.add_column("attribute", no_wrap=True)
    for name in ("n", "share", "photo", "with text", "95 %", "majority", "by text"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in evaluation.texts:
        parts = sum(s.attribute == score.attribute for s in evaluation.texts)
        if score.source and parts <= 2:  # of one source only
            continue
        table.add_row(
            f"  {score.source}" if score.source else score.attribute,
            f"{score.said:,}", _share(score.share), _share(score.photo), _share(score.accuracy),
            f"{_share(score.low)}–{_share(score.high)}", _share(score.majority),
            f"{score.sources.get('text', 0):,}",
            style="dim" if score.source else "bold",
        )  # fmt: skip
    return table


def _scores(
    title: str, scores: Sequence[AttributeScore], by_source: Sequence[AttributeScore]
) -> Table:
    table = _plain(title)
    table.add_column("attribute", no_wrap=True)
    for name in ("n", "accuracy", "95 %", "majority", "macro-F1", "ECE", "shown", "right"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in scores:
        table.add_row(*_cells(score, score.attribute), style="bold")
        sources = [s for s in by_source if s.attribute == score.attribute]
        for some in sources if len(sources) > 1 else ():
            table.add_row(*_cells(some, f"  {some.source or 'unnamed'}"), style="dim")
    return table


def option_table(evaluation: Evaluation) -> Table:
    """Options of multiple-choice attributes."""
    table = _plain("")
    table.add_column("attribute", no_wrap=True)
    for name in ("with", "without", "recall", "specificity", "balanced", "F1", "ECE"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in dict.fromkeys(option.attribute for option in evaluation.options):
        mean = _share(evaluation.balanced(name))
        table.add_row(name, "", "", "", "", mean, style="bold")
        for option in evaluation.options:
            if option.attribute == name:
                table.add_row(
                    f"  {option.option}", f"{option.present:,}", f"{option.absent:,}",
                    _share(option.recall), _share(option.specificity),
                    _share(option.balanced), _share(option.f1), _share(option.ece),
                )  # fmt: skip
    left_out = [f"{o.option}: {o.why_not}, not scored." for o in evaluation.options if o.why_not]
    table.caption = "\n".join(left_out) or None
    return table


def _plain(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
        collapse_padding=True,
    )


def _title(evaluation: Evaluation) -> str:
    mark = "" if evaluation.calibrated else ", uncalibrated"
    return (
        f"{evaluation.engine} {evaluation.engine_version}{mark}: the photo alone, "
        f"{evaluation.products:,} products of {evaluation.labels}"
    )


def _cells(score: AttributeScore, name: str) -> list[str]:
    return [
        name,
        f"{score.read:,}",
        _share(score.accuracy),
        f"{_share(score.low)}–{_share(score.high)}",
        _share(score.majority),
        _share(score.macro_f1),
        _share(score.ece),
        _share(score.coverage),
        _share(score.accuracy_shown),
    ]


def _share(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}".removeprefix("0") if value < 0.9995 else "1.00"
