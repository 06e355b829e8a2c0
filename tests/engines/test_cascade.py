"""The cascade: who is asked what, whose answer stands, and what is told of it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from colour_shop import ColourShop, tables

from hangtag.calibration import Calibration, Curve
from hangtag.engines.base import Answers, Engine, PhotoBatch, Stopped, attribute_versions
from hangtag.engines.cascade import CascadeEngine, thresholds
from hangtag.engines.registry import open_engine
from hangtag.errors import EngineError, HangtagWarning, UsageError
from hangtag.readingblock import read_answers
from hangtag.taxonomy import Attribute, Taxonomy, default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.track_record import BySource, Judged, TrackRecord, shipped_record
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
READ = TAXONOMY.read
SURE = {a.name: a.names[0] for a in READ}


def calibration(engine: str = "scripted", version: str = "1", **more: object) -> Calibration:
    """One that changes nothing."""
    curves = {a.name: {32: Curve((1.0,) * len(a.options), (0.0,) * len(a.options))} for a in READ}
    options = {a.name: a.names for a in READ}
    return Calibration(engine, version, "nothing", options, curves, **more)  # type: ignore[arg-type]


def batch(count: int, side: int = 32) -> PhotoBatch:
    chance = np.random.default_rng(3)
    pixels = np.broadcast_to(
        chance.integers(0, 255, (count, 1, 1, 3), np.uint8), (count, side, side, 3)
    )
    return PhotoBatch(
        [f"p{n}" for n in range(count)], pixels.copy(), [{"article_type": "Tshirts"}] * count
    )


class Unsure(ScriptedEngine):
    """Sure of what is scripted, and of nothing else."""

    def answer(self, batch: PhotoBatch, attributes: object) -> Answers:
        told = super().answer(batch, attributes)  # type: ignore[arg-type]
        for row, product in enumerate(batch.product_ids):
            for name, scores in told.scores.items():
                if name not in self.answers.get(product, {}):
                    scores[row] = 0.0
        return told


def first(sure: Mapping[str, Mapping[str, str]]) -> Unsure:
    return Unsure(answers=sure, calibration=calibration())


def test_only_what_the_first_is_unsure_of_goes_on() -> None:
    """Photo by photo: one it is sure of everywhere, one of all but the pattern, one of nothing."""
    nearly = {name: value for name, value in SURE.items() if name != "pattern"}
    cheap = first({"p0": SURE, "p1": nearly})
    costly = ScriptedEngine(version="2")
    cascade = CascadeEngine(TAXONOMY, cheap, costly)
    answers = cascade.answer(batch(3), READ)
    assert [products for products, _ in costly.asked] == [("p1", "p2")]
    expected = costly.answer(batch(3), READ)
    block, sound = read_answers(answers, READ, 32, cascade)
    assert sound.all()
    said = list(block.readings())
    for a in READ:
        assert said[0][a.name].value == (a.names[0],)
        if a.name != "pattern":
            assert said[1][a.name].value == (a.names[0],)
    assert np.array_equal(answers.scores["pattern"][1], expected.scores["pattern"][1])
    for a in READ:
        assert np.array_equal(answers.scores[a.name][2], expected.scores[a.name][2])


def test_nothing_goes_on_where_the_first_is_sure() -> None:
    """The costly engine is not even called."""
    costly = ScriptedEngine(version="2")
    cascade = CascadeEngine(TAXONOMY, first({f"p{n}": SURE for n in range(4)}), costly)
    cascade.answer(batch(4), READ)
    assert not costly.asked
    figures = cascade.report().figures
    assert (figures["photos"], figures["photos_on"], figures["readings_on"]) == (4, 0, 0)


def test_what_does_not_apply_to_a_product_does_not_go_on() -> None:
    """Nobody is asked about the sleeves of a watch."""
    watch = {name: value for name, value in SURE.items() if TAXONOMY[name].applies_to("watch")}
    costly = ScriptedEngine(version="2")
    cascade = CascadeEngine(TAXONOMY, first({"p0": watch}), costly)
    one = batch(1)
    cascade.answer(replace(one, metadata=[{"sub_category": "Watches"}]), READ)
    assert not costly.asked


def test_what_is_not_calibrated_goes_on_and_a_warning_says_so() -> None:
    """How sure an engine is says nothing where nobody has checked it."""
    with pytest.warns(HangtagWarning, match="every product goes on"):
        cascade = CascadeEngine(TAXONOMY, ScriptedEngine(), costly := ScriptedEngine(version="2"))
    cascade.answer(batch(2), READ)
    assert costly.asked == [(("p0", "p1"), tuple(a.name for a in READ))]
    assert cascade.uncalibrated(READ) == [a.name for a in READ]


def test_both_keep_their_own_calibration() -> None:
    """Probabilities and thresholds come from whoever answered."""
    twice = {a.name: {32: Curve((2.0,) * len(a.options), (0.5,) * len(a.options))} for a in READ}
    fit = replace(calibration(version="2"), curves=twice)
    costly = ScriptedEngine(version="2", calibration=fit)
    cascade = CascadeEngine(TAXONOMY, first({"p0": SURE}), costly)
    assert cascade.uncalibrated(READ) == []
    seen = batch(2)
    block, _ = read_answers(cascade.answer(seen, READ), READ, 32, cascade)
    alone, _ = read_answers(costly.answer(seen, READ), READ, 32, costly)
    assert np.array_equal(block.probabilities[1], alone.probabilities[1])
    assert np.array_equal(block.chosen[1], alone.chosen[1])
    assert not np.array_equal(block.probabilities[0], alone.probabilities[0])


def test_an_answer_does_not_depend_on_the_batch() -> None:
    """Alone, or beside others that go on."""

    def cascade() -> CascadeEngine:
        return CascadeEngine(TAXONOMY, first({"p1": SURE}), ScriptedEngine(version="2"))

    whole = cascade().answer(batch(4), READ)
    for row in range(4):
        many = batch(4)
        one = PhotoBatch([many.product_ids[row]], many.pixels[row : row + 1], [many.metadata[row]])
        alone = cascade().answer(one, READ)
        for a in READ:
            assert np.array_equal(alone.scores[a.name][0], whole.scores[a.name][row])


def test_photos_come_at_the_size_that_each_engine_takes() -> None:
    """Decoded at the larger one, made smaller for the other."""
    sizes: list[tuple[str, int]] = []

    class Watching(ScriptedEngine):
        def answer(self, batch: PhotoBatch, attributes: object) -> Answers:
            sizes.append((self.version, batch.side))
            return super().answer(batch, attributes)  # type: ignore[arg-type]

    cheap = Watching(side=32, calibration=calibration())
    cascade = CascadeEngine(TAXONOMY, cheap, Watching(side=64, version="2"), target=1.0)
    assert cascade.sides == (32, 64)
    cascade.answer(batch(2, side=64), READ)
    cascade.answer(batch(2, side=32), READ)
    assert sizes == [("1", 32), ("2", 64), ("1", 32), ("2", 64)]


class Refusing(ScriptedEngine):
    """Cannot read p1, and gives up before p2."""

    def answer(self, batch: PhotoBatch, attributes: object) -> Answers:
        told = super().answer(batch, attributes)  # type: ignore[arg-type]
        row, last = batch.product_ids.index("p1"), batch.product_ids.index("p2")
        for scores in told.scores.values():
            scores[row] = np.nan
        gone = Stopped(frozenset({last}), EngineError("Gone."))
        return replace(told, unread={row: "too dark"}, stopped=gone)


def test_what_the_second_engine_cannot_read_is_told_by_its_row() -> None:
    """And where it gave up, what it had answered stands."""
    cascade = CascadeEngine(TAXONOMY, first({"p0": SURE}), Refusing(version="2"))
    answers = cascade.answer(batch(3), READ)
    assert answers.unread == {1: "too dark"}
    assert answers.stopped is not None
    assert answers.stopped.rows == {2}
    assert np.isnan(answers.scores["pattern"][1]).all()
    assert np.isfinite(answers.scores["pattern"][0]).all()


class ByPhoto(ScriptedEngine):
    """Takes questions photo by photo."""

    wanted: list[list[str]]

    def answer_each(self, batch: PhotoBatch, wanted: list[list[Attribute]]) -> Answers:
        self.wanted = [[a.name for a in attributes] for attributes in wanted]
        return self.answer(batch, READ)


def test_an_engine_that_can_be_asked_photo_by_photo_is_asked_so() -> None:
    """A server is asked no question too many."""
    nearly = {name: value for name, value in SURE.items() if name != "pattern"}
    costly = ByPhoto(version="2")
    CascadeEngine(TAXONOMY, first({"p0": SURE, "p1": nearly}), costly).answer(batch(3), READ)
    assert costly.wanted == [["pattern"], [a.name for a in READ]]


def test_thresholds_follow_from_how_sure_the_first_is_of_labelled_products() -> None:
    """The lowest confidence from which on answers are right often enough on average."""
    sure = (0.5, 0.6, 0.9, 0.99, 0.99, 0.99)
    fit = calibration(sureness={"pattern": sure})
    found = thresholds(fit, TAXONOMY, 0.95)
    assert found["pattern"] == 0.9
    assert np.mean([c for c in sure if c >= 0.9]) >= 0.95 > np.mean([c for c in sure if c >= 0.6])
    assert found["material"] == 0.95
    assert thresholds(fit, TAXONOMY, 0.89)["pattern"] == 0.6
    assert thresholds(None, TAXONOMY, 0.9)["pattern"] == float("inf")


def test_what_was_right_on_labels_counts_for_more_than_what_confidence_says() -> None:
    """An engine that is right more often than it says hands less on; one that boasts, more."""
    sure = np.linspace(0.5, 1, 400)
    for right, stricter in ((sure > 0.6, False), (sure > 0.985, True)):
        record = TrackRecord("compact", "1", "a test", {"pattern": Judged.of(sure, right)}, {})
        found = thresholds(calibration(), TAXONOMY, 0.9, record)
        assert (found["pattern"] > 0.9) is stricter
        assert found["material"] == 0.9  # nobody has judged it


def test_a_cascade_goes_by_the_record_that_ships() -> None:
    """That of the compact engine, at the very version that was judged."""
    record = shipped_record("compact")
    assert record is not None
    cascade = CascadeEngine(TAXONOMY, open_engine("compact", TAXONOMY), ScriptedEngine())
    assert cascade.thresholds["pattern"] == record.photo["pattern"].threshold(0.95)
    assert cascade.thresholds["sleeves"] < 0.95
    by_side = record.least_by_side(TAXONOMY.read, 0.95, text=False)
    assert {k: v["pattern"] for k, v in cascade.thresholds_by_side.items()} == {
        k: v["pattern"] for k, v in by_side.items()
    }
    assert cascade.thresholds_by_side[128]["pattern"] > cascade.thresholds_by_side[224]["pattern"]


def test_small_photos_go_on_by_lines_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sizes were judged apart: as sure of one, the first engine is right less often of it."""
    sure = np.linspace(0.5, 1, 40_000)
    always, seldom = Judged.of(sure, sure > 0), Judged.of(sure, sure > 1)
    record = TrackRecord(
        "scripted", "1", "a test", {"pattern": always, "collar": always}, {},
        {64: BySource({"pattern": seldom}, {}), 96: BySource({"pattern": always}, {})},
    )  # fmt: skip
    monkeypatch.setattr("hangtag.engines.cascade.shipped_record", lambda _name: record)
    going = {}
    for side in (64, 96):
        cheap = first({"p0": SURE})
        cheap.sides = (64, 96)
        costly = ScriptedEngine(version="2")
        cascade = CascadeEngine(TAXONOMY, cheap, costly)
        cascade.answer(batch(1, side=side), READ)
        going[side] = [names for _, names in costly.asked]
    assert going == {64: [("pattern",)], 96: []}
    # What was judged of all sizes together only has the same line everywhere.
    assert {lines["collar"] for lines in cascade.thresholds_by_side.values()} == {
        cascade.thresholds["collar"]
    }
    assert cascade.thresholds["collar"] < 0.95
    assert cascade.report().figures["thresholds_by_side"].keys() == {"64", "96"}


def test_a_threshold_is_never_stricter_than_the_target() -> None:
    """Where labelled products were never sure enough, the target itself is asked for."""
    fit = calibration(sureness={"pattern": (0.2, 0.3)})
    assert thresholds(fit, TAXONOMY, 0.95)["pattern"] == 0.95


def test_heads_that_were_taught_go_by_their_own_probabilities_and_versions() -> None:
    """What ships was judged of the head whose place one takes; the others are not read again."""

    class Taught(ScriptedEngine):
        attribute_versions: Mapping[str, str]

    fit = calibration(sureness={"pattern": (0.99,) * 50})
    versions = []
    lessons: dict[str, str]
    for lessons in ({}, {"pattern": "1"}, {"pattern": "2"}):
        cheap = Taught(calibration=fit)
        cheap.attribute_versions = lessons
        cascade = CascadeEngine(TAXONOMY, cheap, ScriptedEngine(version="2"), target=0.8)
        versions.append((cascade.version, attribute_versions(cascade)))
        assert cascade.thresholds["pattern"] == 0.8
    assert [v for v, _ in versions] == [versions[0][0]] * 3
    assert [lessons for _, lessons in versions] == [{}, {"pattern": "1"}, {"pattern": "2"}]
    record = TrackRecord(
        "compact",
        "1",
        "a test",
        {"pattern": Judged.of(np.linspace(0.5, 1, 400), np.ones(400, bool))},
        {},
    )
    assert thresholds(fit, TAXONOMY, 0.95, record)["pattern"] < 0.95
    assert thresholds(fit, TAXONOMY, 0.95, record, taught={"pattern"})["pattern"] == 0.95
    assert thresholds(None, TAXONOMY, 0.95, None, taught={"pattern"})["pattern"] == 0.95


@pytest.mark.parametrize("target", [0.0, -1.0, 1.5])
def test_a_target_that_cannot_be_is_wrong_usage(target: float) -> None:
    """An accuracy is a share."""
    with pytest.raises(UsageError, match="no accuracy"):
        CascadeEngine(TAXONOMY, first({}), ScriptedEngine(), target=target)


def test_the_version_follows_both_engines_their_calibration_and_the_target() -> None:
    """Whatever changes an answer changes it."""

    def version(cheap: Engine, costly: Engine, target: float = 0.95) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HangtagWarning)
            return CascadeEngine(TAXONOMY, cheap, costly, target=target).version

    versions = [
        version(first({}), ScriptedEngine()),
        version(ScriptedEngine(), ScriptedEngine()),
        version(first({}), ScriptedEngine(version="2")),
        version(first({}), ScriptedEngine(calibration=calibration())),
        version(first({}), ScriptedEngine(), 0.9),
    ]
    assert len(set(versions)) == len(versions)
    assert version(first({}), ScriptedEngine()) == versions[0]


def test_it_tells_what_went_on_and_what_to_expect() -> None:
    """Shares, time saved, and the accuracy of what the first answered alone."""
    cheap = first({"p0": SURE, "p1": SURE, "p2": SURE})
    cascade = CascadeEngine(TAXONOMY, cheap, ScriptedEngine(version="2", delay=0.05))
    cascade.answer(batch(4), READ)
    report = cascade.report()
    figures = report.figures
    assert (figures["photos"], figures["photos_on"]) == (4, 1)
    assert figures["share_on"] == dict.fromkeys((a.name for a in READ), 0.25)
    assert figures["saved_seconds"] >= 3 * 0.05
    assert figures["expected_accuracy_first"]["pattern"] > 0.99
    assert "1 of 4 photos (25%) went on" in report.says[0]
    assert any("is not known" in line for line in report.says)


def test_its_batches_grow_when_little_goes_on() -> None:
    """So that the costly engine gets batches worth its while."""
    cascade = CascadeEngine(TAXONOMY, first({f"p{n}": SURE for n in range(60)}), ScriptedEngine())
    small = cascade.batch_size
    cascade.answer(batch(60), READ)
    assert small < cascade.batch_size <= 256


def test_a_whole_run_through_a_cascade_and_a_second_one_that_reads_nothing(tmp_path: Path) -> None:
    """The compact engine first, a scripted one behind it; run.json has the shares."""
    shop = ColourShop(tmp_path / "shop", products=5)
    costly = ScriptedEngine(version="2", side=64)

    def cascade(taxonomy: Taxonomy) -> CascadeEngine:
        return CascadeEngine(taxonomy, open_engine("compact", taxonomy), costly)

    workspace = Workspace(tmp_path / "out")
    summary = shop.tag(workspace, cascade(TAXONOMY))
    assert (summary.tagged, summary.failed) == (5, 0)
    assert summary.engine_figures["photos"] == 5
    assert 0 < summary.engine_figures["readings_on"] < summary.engine_figures["readings"]
    before = tables(workspace)
    asked = len(costly.asked)
    assert shop.tag(workspace, cascade(TAXONOMY)).reused == 5
    assert len(costly.asked) == asked
    assert tables(workspace) == before


def test_options_go_to_the_engine_that_takes_them() -> None:
    """To the second one, where both do."""
    with pytest.raises(UsageError, match="does not take --tiles"):
        open_engine("cascade", TAXONOMY, first="compact", then="compact", tiles=2)
    with pytest.raises(UsageError, match="Add --base-url"):
        open_engine("cascade", TAXONOMY, then="served", threads=1)
    with pytest.raises(UsageError, match="two engines"):
        open_engine("cascade", TAXONOMY, first="cascade", then="compact")
