"""An evaluation as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from hangtag.calibration import uncalibrated_line
from hangtag.evaluation.accuracy import AttributeScore, Evaluation
from hangtag.evaluation.fitting import CalibrationFit

__all__ = [
    "blended_table",
    "evaluation_table",
    "fit_table",
    "noise_table",
    "option_table",
    "selection_table",
    "set_table",
    "text_table",
]


def evaluation_table(evaluation: Evaluation) -> Table:
    """Single-choice attributes, over all labels and by their source."""
    table = _scores(_title(evaluation), evaluation.attributes, evaluation.by_source)
    table.caption = _beneath(_at_fault(evaluation.attributes), _bare(evaluation))
    return table


def blended_table(evaluation: Evaluation) -> Table:
    """The same of photo and text together, without labels that were made from texts."""
    title = "Photo and text together, as attributes has them; no labels made from texts"
    table = _scores(title, evaluation.blended, evaluation.blended_by_source)
    table.caption = _beneath(_at_fault(evaluation.blended), _bare(evaluation))
    return table


def text_table(evaluation: Evaluation) -> Table:
    """Products of whose attribute the text says something: the photo alone, and with the text."""
    table = _plain("Where the text says something")
    table.add_column("attribute", no_wrap=True)
    for name in ("n", "share", "photo", "with text", "95 %", "majority", "by text"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in evaluation.texts:
        table.add_row(
            f"  {score.source}" if score.source else score.attribute,
            f"{score.said:,}", _share(score.share), _share(score.photo), _share(score.accuracy),
            f"{_share(score.low)}–{_share(score.high)}", _share(score.majority),
            f"{score.sources.get('text', 0):,}",
            style="dim" if score.source else "bold",
        )  # fmt: skip
    return table


def selection_table(evaluation: Evaluation) -> Table:
    """What is left when values must be right so often: of what the attributes table shows."""
    text = any(s.text for s in evaluation.selections)
    chosen = [s for s in evaluation.selections if s.text == text]
    wanted = chosen[0].wanted if chosen else 0.0
    what = "photo and text" if text else "the photo alone"
    table = _plain(f"Right in {100 * wanted:g} % of cases or left empty: {what}")
    table.add_column("attribute", no_wrap=True)
    for name in ("n", "sure from", "left", "right", "95 %", "kept"):
        table.add_column(name, justify="right", no_wrap=True)
    marks = {True: "yes", False: "NO", None: "–"}
    for s in chosen:
        table.add_row(
            s.attribute, f"{s.labels:,}", _share(s.least), _share(s.coverage), _share(s.accuracy),
            f"{_share(s.low)}–{_share(s.high)}" if s.accuracy is not None else "–", marks[s.met],
        )  # fmt: skip
    how = "Fitted on four fifths of the products and shown on the other, in turn."
    lists = {option.attribute for option in evaluation.options}
    several = [s.attribute for s in chosen if s.attribute in lists]
    options = f"Of {' and '.join(several)}, every option is a value." if several else ""
    table.caption = _beneath(how, options, _bare(evaluation))
    return table


def fit_table(fits: Sequence[CalibrationFit]) -> Table:
    """What calibrating by these labels does to the engine's probabilities."""
    table = _plain("Calibration: mean gap between how sure and how often right (ECE)")
    table.add_column("attribute", no_wrap=True)
    for name in ("n", "before", "after", "kept"):
        table.add_column(name, justify="right", no_wrap=True)
    for fit in fits:
        kept = "too few" if fit.after is None else "yes" if fit.kept else "no better"
        table.add_row(fit.attribute, f"{fit.labels:,}", _share(fit.before), _share(fit.after), kept)
    table.caption = "Fitted on four fifths of the products and shown on the other, in turn."
    return table


def set_table(evaluation: Evaluation) -> Table:
    """How many options a set must have to hold the right one so often."""
    table = _plain(f"Sets that hold what is right in {100 * evaluation.sets[0].level:g} % of cases")
    table.add_column("attribute", no_wrap=True)
    for name in ("n", "hold it", "95 %", "options", "one only", "none"):
        table.add_column(name, justify="right", no_wrap=True)
    for s in evaluation.sets:
        table.add_row(
            s.attribute, f"{s.labels:,}", _share(s.holds), f"{_share(s.low)}–{_share(s.high)}",
            f"{s.size:.2f}", _share(s.single), _share(s.empty),
        )  # fmt: skip
    return table


def noise_table(evaluation: Evaluation) -> Table:
    """How many labels are wrong themselves."""
    table = _plain("Labels that look wrong")
    table.add_column("attribute", no_wrap=True)
    table.add_column("source", no_wrap=True)
    table.add_column("labels", justify="right", no_wrap=True)
    table.add_column("wrong", justify="right", no_wrap=True)
    table.add_column("look at", overflow="fold")
    for one in evaluation.noise:
        worst = ", ".join(suspect.product_id for suspect in one.suspects[:4])
        source = one.source or "unnamed"
        cells = [one.attribute, source, f"{one.labels:,}", _share(one.wrong), worst]
        table.add_row(*map(Text, cells))
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
    table.caption = _beneath(*left_out, _bare(evaluation))
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


def _bare(evaluation: Evaluation) -> str | None:
    """The mark of confidences that were fitted to no labels."""
    return uncalibrated_line(evaluation.uncalibrated, every=not evaluation.calibrated) or None


def _at_fault(scores: Sequence[AttributeScore]) -> str:
    """The attributes whose confidence is off by more than chance alone would have it."""
    names = [score.attribute for score in scores if score.beyond_chance]
    return f"ECE beyond chance: {', '.join(names)}." if names else ""


def _beneath(*lines: str | None) -> str | None:
    return "\n".join(filter(None, lines)) or None


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
