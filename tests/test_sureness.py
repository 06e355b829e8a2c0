"""What the likeliest option's confidence says: how often it is right."""

from __future__ import annotations

import numpy as np
import pytest

from hangtag.calibration import Calibration, Curve, uncalibrated
from hangtag.sureness import Sureness, fit_sureness
from hangtag.taxonomy import default_taxonomy


def test_confidence_is_made_to_say_how_often_it_is_right() -> None:
    """Where labels accept several options, the likeliest is right more often than it says."""
    rng = np.random.default_rng(0)
    top = rng.uniform(0.4, 0.99, 20_000)
    right = rng.random(20_000) < 1 / (1 + np.exp(-(0.8 * np.log(top / (1 - top)) + 0.7)))
    fit = fit_sureness(top, right)
    assert (fit.scale, fit.shift) == pytest.approx((0.8, 0.7), abs=0.06)
    few = slice(0, 12)
    drawn = fit_sureness(top[few], right[few], towards=Sureness(), strength=10_000)
    assert (drawn.scale, drawn.shift) == pytest.approx((1.0, 0.0), abs=0.01)


def test_an_option_that_labels_accept_for_another_is_surer() -> None:
    """What may be called by two names is right whichever of them is meant."""
    names = Sureness(accepted=((1.0, 1.0, 0.0), (0.5, 1.0, 0.0), (0.0, 0.0, 1.0)))
    likely = np.array([[0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.1, 0.3, 0.6]])
    assert names.confidence(likely) == pytest.approx([0.9, 0.75, 0.6])
    assert Sureness().confidence(likely) == pytest.approx([0.6, 0.6, 0.6])
    told = names.applied(likely.astype(np.float32))
    assert told.max(axis=1) == pytest.approx([0.9, 0.75, 0.6], abs=1e-6)
    assert told[0] == pytest.approx([0.9, 0.075, 0.025], abs=1e-6)
    assert names.of([2, 0]).accepted == ((1.0, 0.0), (0.0, 1.0))
    assert names.of([1, 0]).accepted == ((1.0, 0.5), (1.0, 1.0))
    assert Sureness.from_json(names.to_json()) == names
    with pytest.raises(ValueError, match="of each option"):
        Sureness.from_json({"scale": 1, "shift": 0, "accepted": [[1.0, 0.0]]})


@pytest.mark.parametrize(
    "sure", [Sureness(), Sureness(0.5, 1.0), Sureness(2.0, -3.0), Sureness(0.2, -4.0)]
)
def test_another_confidence_never_puts_another_option_on_top(sure: Sureness) -> None:
    """The other options share what is left as before, and all add up to one."""
    attribute = default_taxonomy()["pattern"]
    n = len(attribute.options)
    scores = np.random.default_rng(1).normal(0, 3, (500, n)).astype(np.float32)
    scores[0] = 0.0
    scores[1, 0] = 200.0
    plain = uncalibrated(attribute, scores)
    curve = Curve((1.0,) * n, (0.0,) * n, sure=sure)
    names = {"pattern": attribute.names}
    told = Calibration("e", "1", "a test", names, {"pattern": {128: curve}})
    likely = told.probabilities(attribute, 128, scores)
    assert np.isfinite(likely).all()
    assert likely.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (likely >= 0).all()
    clear = np.sort(plain, axis=1)[:, -1] - np.sort(plain, axis=1)[:, -2] > 1e-6
    assert (likely.argmax(axis=1) == plain.argmax(axis=1))[clear].all()
    rising = np.argsort(plain[2])[:-1]
    assert likely[2, rising] / likely[2, rising].sum() == pytest.approx(
        plain[2, rising] / plain[2, rising].sum(), abs=1e-5
    )


@pytest.mark.parametrize(
    "sure",
    [
        Sureness(0.5, -1),
        Sureness(1, 0),
        Sureness(1.4, 0.3, tuple(map(tuple, np.eye(5) * 0.7 + 0.3))),
    ],
)
def test_one_product_s_probabilities_become_what_those_of_many_do(sure: Sureness) -> None:
    """The quick way and the one of arrays agree, at the ends as well."""
    rng = np.random.default_rng(3)
    likely = np.concatenate([rng.dirichlet(np.full(5, 0.4), 200), np.eye(5), np.full((1, 5), 0.2)])
    one_by_one = [sure.applied_to_one(row) for row in likely.tolist()]
    assert np.array(one_by_one) == pytest.approx(sure.applied(likely.astype(np.float64)), abs=1e-5)
