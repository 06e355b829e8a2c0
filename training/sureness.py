"""Fit what confidence says: how often the likeliest option of a single choice is right.

    python -m training.sureness --catalog DIR --images DIR [--images DIR ...] --work DIR

On what each network of ``training.folds`` says of the products that it never saw, from photos of
each folder; the fit of each attribute is drawn towards that of all together. Which other options
labels accept beside the one they mean is counted on the labels of the training part. Adds to the
``compact.calibration.json`` beside either network. Run it after ``training.calibrate``, and
``training.text_evidence`` and ``training.track_record`` after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from hangtag.calibration import Calibration
from hangtag.sureness import Sureness, fit_sureness
from hangtag.taxonomy import default_taxonomy
from training.asking import asked_for
from training.calibrate import beside
from training.folds import FOLDS
from training.labels import Targets, build_part, split_ids
from training.text_evidence import seen_apart
from training.train import vocabulary

# How many products the fit of all attributes counts for.
STRENGTH = 100
# Labels that mean a print often accept any. There it gained nothing on validation at 224 px, and a
# print that is made surer is harder to correct for the words of a title.
AS_IT_IS = ("pattern",)


def accepting(targets: Targets) -> tuple[tuple[float, ...], ...]:
    """Row by row: how often labels accept the option when they mean each of them.

    A label that accepts several means each of these equally often. Nothing where none does.
    """
    accepted = targets.accepted[targets.weight[:, 0] > 0]
    means = accepted / accepted.sum(1, keepdims=True)
    share = accepted.T @ means / means.sum(0).clip(1e-9)
    np.fill_diagonal(share, 1.0)
    if (share - np.eye(len(share)) < 0.005).all():
        return ()
    return tuple(tuple(round(float(one), 3) for one in row) for row in share)


def with_sureness(calibration: Calibration, sure: Mapping[str, Sureness | None]) -> Calibration:
    """The same curves, with another sureness of the attributes that are named."""
    curves = {
        name: {
            side: replace(curve, sure=sure.get(name, curve.sure)) for side, curve in sides.items()
        }
        for name, sides in calibration.curves.items()
    }
    return replace(calibration, curves=curves)


def without_sureness(calibration: Calibration) -> Calibration:
    """The same curves as they were fitted first."""
    return with_sureness(calibration, dict.fromkeys(calibration.curves))


def main() -> None:
    """Fit, write and print."""
    asked = asked_for(__doc__)
    files = {name: beside(fold.network(asked.work)) for name, fold in FOLDS.items()}
    plain = {name: without_sureness(Calibration.load(file)) for name, file in files.items()}
    for name, file in files.items():
        plain[name].save(file)  # an older fit would be fitted on
    rows = pd.read_parquet(asked.catalog / "labels.parquet")
    columns = (rows[name].tolist() for name in ("id", "attribute", "accepted"))
    labels = {
        (int(product), str(name)): frozenset(str(accepted).split("|"))
        for product, name, accepted in zip(*columns, strict=True)
    }
    single = {a.name: a.names for a in default_taxonomy().read if not a.multiple}
    told: dict[str, list[tuple[list[float], bool]]] = defaultdict(list)
    for found in (seen for fold in FOLDS.values() for seen in seen_apart(asked, fold)):
        for key, reading in found.readings.items():
            if key in labels and key[1] in single:
                likely = [reading.probabilities[option] for option in single[key[1]]]
                told[key[1]].append((likely, reading.value[0] in labels[key]))
    train = build_part(asked.catalog, split_ids(asked.catalog)["train"], vocabulary(), {})
    arrays = {}
    for name in single:
        unfitted = Sureness(accepted=() if name in AS_IT_IS else accepting(train.heads[name]))
        likely_of, right_of = map(np.array, zip(*told[name], strict=True))
        arrays[name] = unfitted.accepted, unfitted.confidence(likely_of), right_of
    pooled = fit_sureness(
        np.concatenate([confidence for _, confidence, _ in arrays.values()]),
        np.concatenate([right for *_, right in arrays.values()]),
    )
    print(f"{'all':12} {pooled}")
    sure = {}
    for name, (accepted, confidence, right) in arrays.items():
        fit = fit_sureness(confidence, right, towards=pooled, strength=STRENGTH)
        print(f"{name:12} {fit} from {len(right):,} photos")
        sure[name] = replace(fit, accepted=accepted)
    for name, file in files.items():
        with_sureness(plain[name], sure).save(file)


if __name__ == "__main__":
    main()
