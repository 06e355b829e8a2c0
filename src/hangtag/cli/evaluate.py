"""The verb ``evaluate``."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import AMOUNT, FILE, LABELS_FILE, common, workspace

if TYPE_CHECKING:
    from hangtag.evaluation import CalibrationFit, Evaluation

__all__ = ["evaluate", "print_evaluation"]


@click.command(short_help="Score what was read against labels.")
@workspace
@click.option(
    "--labels", type=LABELS_FILE, required=True,
    help="The truth: Parquet or CSV; or reviews, for what people said in `hangtag review`.",
)  # fmt: skip
@click.option(
    "--sample", metavar="NAME",
    help="With --labels reviews: estimate for the whole catalog from this sample.",
)  # fmt: skip
@click.option("--ids", type=FILE, help="Score only the products of this file's column id.")
@click.option("--split", help="Of those, only the ones whose column split says so.")
@click.option(
    "--shown-accuracy", type=AMOUNT, default=0.95, show_default=True,
    help="How often values shall be right; what that leaves is shown.",
)  # fmt: skip
@click.option(
    "--sets", type=AMOUNT, metavar="0.9",
    help="Sets of options that hold the right one so often (extra trust).",
)  # fmt: skip
@click.option(
    "--taught", is_flag=True, help="Labels as well that `hangtag teach` was given; see below."
)
@click.option("--label-noise", is_flag=True, help="How many labels are wrong (extra trust).")
@click.option(
    "--fit-calibration", is_flag=True,
    help="Calibrate an engine that is not, by these labels, from the next `tag` on.",
)  # fmt: skip
@click.option("--keep", is_flag=True, help="Let `tag --shown-accuracy` go by these labels here.")
@common
def evaluate(
    *,
    workspace: Path,
    labels: Path,
    sample: str | None,
    ids: Path | None,
    split: str | None,
    shown_accuracy: float,
    sets: float | None,
    taught: bool,
    label_noise: bool,
    fit_calibration: bool,
    keep: bool,
    as_json: bool,
    quiet: bool,  # noqa: ARG001 - there is no progress to keep quiet about
) -> None:
    """Say how right the readings of WORKSPACE are.

    Labels have the columns id, attribute, value and, if you like, accepted, present and source; or
    id and a column an attribute. Beside each accuracy stands the majority: what always giving the
    same answer would reach. "kept" says whether what is left is as right as it should be, as far as
    so many labels can tell.

    Labels that were taught here are left out: what was learnt by heart says nothing of other
    products. How right it is on labels held out, `hangtag teach` has told.
    """
    if sample is not None:
        if str(labels) != "reviews":
            raise click.UsageError("--sample needs --labels reviews.")
        _estimate(workspace, sample, as_json)
        return

    from hangtag.evaluation import evaluate as evaluate_workspace
    from hangtag.evaluation import read_ids
    from hangtag.workspace import Workspace

    if split is not None and ids is None:
        raise click.UsageError("--split needs --ids, the file with the columns id and split.")
    only = None if ids is None else read_ids(ids, split)
    evaluation = evaluate_workspace(
        workspace, labels, only=only, shown_accuracy=shown_accuracy, sets=sets,
        noise=label_noise, taught=taught,
    )  # fmt: skip
    if keep and evaluation.record is not None:
        Workspace(workspace).keep_track_record(evaluation.record)
    fits = _calibrated(workspace, labels, only) if fit_calibration else []
    if as_json:
        told = {"calibration": [asdict(fit) for fit in fits]} if fit_calibration else {}
        click.echo(json.dumps({**evaluation.to_json(), **told}, indent=1))
        return
    print_evaluation(evaluation)
    if fit_calibration:
        _print_fits(fits, workspace)


def _calibrated(
    workspace: Path, labels: Path, only: Collection[str] | None
) -> list[CalibrationFit]:
    from hangtag.evaluation import fit_calibration as fit
    from hangtag.workspace import Workspace

    calibration, fits = fit(workspace, labels, only=only)
    if calibration is not None:
        Workspace(workspace).keep_calibration(calibration)
    return fits


def _print_fits(fits: Sequence[CalibrationFit], workspace: Path) -> None:
    from hangtag.cli.tables import print_rich
    from hangtag.evaluation import fit_table

    print_rich(fit_table(fits))
    if any(fit.kept for fit in fits):
        kept = workspace / "calibration.json"
        click.echo(f"The next hangtag tag of this workspace goes by {kept}.")


def _estimate(workspace: Path, sample: str, as_json: bool) -> None:
    from hangtag.cli.sample import print_estimate
    from hangtag.sampling import estimate
    from hangtag.workspace import Workspace

    found = estimate(Workspace(workspace), sample)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1))
    else:
        print_estimate(found, workspace)


def print_evaluation(evaluation: Evaluation) -> None:
    """Tables of accuracy, and the checks on the whole."""
    from hangtag.cli.tables import print_rich, print_table, share
    from hangtag.evaluation import (
        blended_table,
        contradicting_line,
        evaluation_table,
        noise_table,
        option_table,
        selection_table,
        set_table,
        taught_line,
        text_table,
    )

    if evaluation.attributes or not evaluation.taught:
        print_rich(evaluation_table(evaluation))
    if evaluation.blended:
        print_rich(blended_table(evaluation))
        print_rich(text_table(evaluation))
    if evaluation.selections:
        print_rich(selection_table(evaluation))
    if evaluation.sets:
        print_rich(set_table(evaluation))
    if evaluation.noise:
        print_rich(noise_table(evaluation))
    if evaluation.options:
        print_rich(option_table(evaluation))
    if evaluation.contradicting:
        click.echo(contradicting_line(evaluation.contradicting))
    if evaluation.taught:
        click.echo(taught_line(evaluation.taught))
    if evaluation.unmeasured:
        click.echo(f"Read, but without labels to score: {', '.join(evaluation.unmeasured)}.")
    marks = {True: "holds", False: "LOOK", None: "–"}
    checks = [
        (
            marks[check.holds],
            check.says,
            "–" if check.share is None else share(check.share),
            f"of {check.products:,}, expected {share(check.least)} to {share(check.most)}",
        )
        for check in evaluation.checks
    ]
    if checks:
        click.echo("\nChecks on the whole catalog, without labels")
        print_table(checks, numbers=[2])
