"""An evaluation as tables for the terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table

from hangtag.evaluation.accuracy import AttributeScore, Evaluation

__all__ = ["evaluation_table", "option_table"]


def evaluation_table(evaluation: Evaluation) -> Table:
    """Single-choice attributes, over all labels and by their source."""
    table = _plain(_title(evaluation))
    table.add_column("attribute", no_wrap=True)
    for name in ("n", "accuracy", "95 %", "majority", "macro-F1", "ECE", "shown", "right"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in evaluation.attributes:
        table.add_row(*_cells(score, score.attribute), style="bold")
        sources = [s for s in evaluation.by_source if s.attribute == score.attribute]
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
