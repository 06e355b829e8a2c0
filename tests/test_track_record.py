"""How right readings are by how sure they are, and where to draw the line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hangtag.errors import CalibrationError, UsageError
from hangtag.taxonomy import default_taxonomy
from hangtag.track_record import NEVER, BySource, Judged, TrackRecord, shipped_record

TAXONOMY = default_taxonomy()


def drawn(n: int, seed: int = 0, boast: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Readings that are right as often as they say, or less often by ``boast``."""
    rng = np.random.default_rng(seed)
    confidence = rng.beta(4, 1, n)
    return confidence, rng.random(n) < confidence - boast


@pytest.mark.parametrize("accuracy", [0.85, 0.9, 0.95])
def test_what_stands_is_right_as_often_as_was_wanted(accuracy: float) -> None:
    """On readings that the line was not drawn by, and not much seldomer than it could."""
    least = Judged.of(*drawn(4000)).threshold(accuracy)
    confidence, right = drawn(40_000, seed=1)
    shown = right[confidence >= least]
    assert accuracy - 0.005 < shown.mean() < accuracy + 0.03


def test_an_engine_that_boasts_must_be_surer() -> None:
    """Its labels count for more than what it says of itself."""
    honest = Judged.of(*drawn(4000)).threshold(0.8)
    boasting = Judged.of(*drawn(4000, boast=0.1)).threshold(0.8)
    assert boasting > honest + 0.05
    confidence, right = drawn(40_000, seed=1, boast=0.1)
    assert right[confidence >= boasting].mean() > 0.79


def test_few_labels_keep_more_back_than_many() -> None:
    """Nobody can know from twenty readings that nineteen in twenty are right."""
    few = np.mean([Judged.of(*drawn(60, seed=s)).threshold(0.9) for s in range(40)])
    many = np.mean([Judged.of(*drawn(6000, seed=s)).threshold(0.9) for s in range(5)])
    assert few > many


def test_hardly_any_labels_let_nothing_stand() -> None:
    """And none at all neither."""
    assert Judged.of(np.array([0.99]), np.array([True])).threshold(0.99) == NEVER
    assert Judged.of(np.array([]), np.array([], bool)).threshold(0.5) == NEVER
    sure = np.full(30, 0.6)
    assert Judged.of(sure, np.zeros(30, bool)).threshold(0.5) == NEVER


def test_groups_lose_little_and_never_part_equal_confidences() -> None:
    """Readings of one confidence stand or fall together."""
    confidence, right = drawn(3000)
    whole, grouped = (Judged.of(confidence, right, groups=g) for g in (3000, 100))
    assert len(grouped.n) <= 101
    assert sum(grouped.n) == sum(whole.n) == 3000
    assert sum(grouped.right) == right.sum()
    assert grouped.threshold(0.9) == pytest.approx(whole.threshold(0.9), abs=0.02)
    equal = Judged.of(np.repeat([0.9, 0.8], 500), np.ones(1000, bool), groups=100)
    assert equal.n == (500, 500)
    assert equal.least == pytest.approx((0.9, 0.8), abs=2e-5)
    assert list(grouped.least) == sorted(grouped.least, reverse=True)


def record(version: str = "1") -> TrackRecord:
    judged = {"pattern": Judged.of(*drawn(500))}
    small = {"pattern": Judged.of(*drawn(500, boast=0.1)), "fit": Judged.of(*drawn(500))}
    by_side = {128: BySource(small, {}), 224: BySource(judged, judged)}
    return TrackRecord("scripted", version, "a test", judged, {}, by_side)


def test_a_record_comes_back_as_it_was_kept() -> None:
    """As JSON."""
    kept = json.dumps(record().to_json())
    assert TrackRecord.from_json(kept, "record.json") == record()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("photo"),
        lambda data: data["photo"]["pattern"].pop("n"),
        lambda data: data["photo"]["pattern"]["n"].pop(),
        lambda data: data["photo"]["pattern"]["right"].__setitem__(0, 10_000),
        lambda data: data["photo"].__setitem__("pattern", None),
        lambda data: data["by_side"].__setitem__("large", data["by_side"]["224"]),
        lambda data: data["by_side"]["128"].pop("both"),
    ],
)
def test_a_damaged_record_is_one_clear_error(change) -> None:  # type: ignore[no-untyped-def]
    """It says which file, and how to make another."""
    data = json.loads(json.dumps(record().to_json()))
    change(data)
    with pytest.raises(CalibrationError, match=r"shop/record\.json.*--keep"):
        TrackRecord.from_json(json.dumps(data), "shop/record.json")
    with pytest.raises(CalibrationError):
        TrackRecord.from_json("{", "record.json")


def test_a_record_is_of_one_version_of_one_engine() -> None:
    """Another model is right in other cases."""
    record().check("scripted", "1")
    for engine, version in (("scripted", "2"), ("compact", "1")):
        with pytest.raises(CalibrationError, match="Judge this engine"):
            record().check(engine, version)


def test_only_what_was_judged_gets_a_line() -> None:
    """An attribute without labels keeps the rules' own."""
    assert set(record().least(TAXONOMY.read, 0.9, text=False)) == {"pattern"}
    assert record().least(TAXONOMY.read, 0.9, text=True) == {}
    for impossible in (0.0, 1.0, 95.0):
        with pytest.raises(UsageError, match=r"0\.95"):
            record().least(TAXONOMY.read, impossible, text=False)


def test_sizes_that_were_judged_apart_have_lines_of_their_own() -> None:
    """Small photos of an engine that boasts of them must be surer."""
    lines = record().least_by_side(TAXONOMY.read, 0.9, text=False)
    assert lines[128]["pattern"] > lines[224]["pattern"] + 0.03
    assert record().least_by_side(TAXONOMY.read, 0.9, text=True)[128] == {}
    left = record().without({"pattern"}).least_by_side(TAXONOMY.read, 0.9, text=False)
    assert {side: set(names) for side, names in left.items()} == {128: {"fit"}, 224: set()}


def test_a_better_promise_than_the_confidence_itself_may_be_given() -> None:
    """Few readings lean on it: who is known to boast must be surer."""
    confidence, right = drawn(60, boast=0.2)
    trusted = Judged.of(confidence, right)
    known = Judged.of(confidence, right, promised=confidence - 0.2)
    assert known.n == trusted.n
    assert sum(known.sure) == pytest.approx(sum(trusted.sure) - 12, abs=0.01)
    assert known.threshold(0.7, 100) > trusted.threshold(0.7, 100) + 0.05


def test_what_confidences_promise_counts_for_more_of_one_size() -> None:
    """Its labels are few, and the promise was fitted to photos of all sizes."""
    few = Judged.of(*drawn(60))
    own = TrackRecord("scripted", "1", "a test", {"fit": few}, {}, {64: BySource({"fit": few}, {})})
    whole = own.least(TAXONOMY.read, 0.9, text=False)["fit"]
    assert own.least_by_side(TAXONOMY.read, 0.9, text=False)[64]["fit"] <= whole


def test_a_record_of_an_earlier_version_knows_no_sizes() -> None:
    """Its lines are one for all photos."""
    data = record().to_json()
    del data["by_side"]
    old = TrackRecord.from_json(json.dumps(data), "record.json")
    assert old.least(TAXONOMY.read, 0.9, text=False) == record().least(
        TAXONOMY.read, 0.9, text=False
    )
    assert old.least_by_side(TAXONOMY.read, 0.9, text=False) == {}


def test_the_record_that_ships_is_of_the_model_that_ships() -> None:
    """Fitting one and forgetting the other would promise what does not hold."""
    from hangtag.engines.registry import open_engine

    shipped = shipped_record("compact")
    assert shipped is not None
    engine = open_engine("compact", TAXONOMY)
    shipped.check(engine.name, engine.version)
    judged = {a.name for a in TAXONOMY.read} - {"details"}
    assert set(shipped.photo) == set(shipped.both) == judged
    assert tuple(shipped.by_side) == tuple(engine.sides)
    assert all(set(part) == judged for apart in shipped.by_side.values() for part in apart)
    assert all(0.3 < least < 1 for least in shipped.least(TAXONOMY.read, 0.95, text=True).values())
    assert shipped_record("vlm") is None
    assert shipped_record("../models/compact") is None
