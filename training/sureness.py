"""Fit what confidence says: how often the likeliest option of a single choice is right.

    python -m training.sureness --catalog DIR --images DIR [--images DIR ...] --work DIR

On the calibration part of ``train``, from photos of each folder; the fit of each attribute is drawn
towards that of all together. Where labels accept two names for much of what there is, each option
has a shift of its own. Adds to ``models/compact.calibration.json``. Run it after
``training.calibrate``, and ``training.text_evidence`` and ``training.track_record`` after it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from hangtag.calibration import Calibration
from hangtag.sureness import fit_sureness
from hangtag.taxonomy import default_taxonomy
from training.asking import asked_for
from training.labels import split_ids
from training.text_evidence import photo_readings

FILE = Path(__file__).parents[1] / "src/hangtag/models/compact.calibration.json"
# How many products the fit of all attributes counts for.
STRENGTH = 100
# What is "formal" is called "business casual" as well. For prints, too, several options are
# accepted; there it gained nothing on validation.
SEVERAL_ACCEPTED = ("formality",)


def main() -> None:
    """Fit, write and print."""
    asked = asked_for(__doc__)
    before = Calibration.load(FILE)
    # An older fit would be fitted on.
    plain = replace(
        before,
        curves={
            name: {side: replace(curve, sure=None) for side, curve in sides.items()}
            for name, sides in before.curves.items()
        },
    )
    plain.save(FILE)
    products = set(map(int, split_ids(asked.catalog)["calibration"]))
    rows = pd.read_parquet(asked.catalog / "labels.parquet")
    rows = rows[rows.id.isin(products)]
    columns = (rows[name].tolist() for name in ("id", "attribute", "accepted"))
    labels = {
        (int(product), str(name)): frozenset(str(accepted).split("|"))
        for product, name, accepted in zip(*columns, strict=True)
    }
    single = {a.name: a.names for a in default_taxonomy().read if not a.multiple}
    told: dict[str, list[tuple[float, bool, int]]] = defaultdict(list)
    for n, folder in enumerate(asked.images):
        found = photo_readings(asked.catalog, folder, products, asked.work / f"texts-{n}")
        for key, reading in found.readings.items():
            if key in labels and key[1] in single:
                value = reading.value[0]
                place = single[key[1]].index(value)
                told[key[1]].append((reading.confidence, value in labels[key], place))
    arrays = {
        name: [np.array(column) for column in zip(*told[name], strict=True)] for name in single
    }
    pooled = fit_sureness(
        np.concatenate([confidence for confidence, _, _ in arrays.values()]),
        np.concatenate([right for _, right, _ in arrays.values()]),
    )
    print(f"{'all':12} {pooled}")
    curves = dict(plain.curves)
    for name, (confidence, right, option) in arrays.items():
        sure = fit_sureness(
            confidence, right, towards=pooled, strength=STRENGTH,
            option=option if name in SEVERAL_ACCEPTED else None, options=len(single[name]),
        )  # fmt: skip
        print(f"{name:12} {sure} from {len(right):,} photos")
        curves[name] = {
            side: replace(curve, sure=sure) for side, curve in plain.curves[name].items()
        }
    replace(plain, curves=curves).save(FILE)


if __name__ == "__main__":
    main()
