"""Heads from features and labels, and when there is too little to make one."""

from __future__ import annotations

import numpy as np
import pytest

from hangtag.heads import Head, Heads
from hangtag.taxonomy import Attribute, Option
from hangtag.teaching.choosing import next_to_label
from hangtag.teaching.fitting import LEAST, TOTAL, Examples, fit_head

WIDTH = 40
SHAPES = Attribute("shape", 2, (Option("round"), Option("square"), Option("oval")))
EXTRAS = Attribute("extras", 2, (Option("bow"), Option("zip"), Option("rivet")), multiple=True)


def seen(
    n: int, options: list[str], seed: int = 0, noise: float = 1.0
) -> tuple[np.ndarray, list[str]]:
    """Features that lean towards the direction of their option, and the options."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(7).normal(size=(len(options), WIDTH))
    which = rng.integers(len(options), size=n)
    x = centres[which] + noise * rng.normal(size=(n, WIDTH))
    return x.astype(np.float32), [options[i] for i in which]


def examples(x: np.ndarray, said: list[str]) -> Examples:
    return Examples(x, [{option: True} for option in said], [f"p{i}" for i in range(len(said))])


def likely_of(said: list[str]) -> np.ndarray:
    """What somebody says who is quite sure."""
    return np.array([[0.9 if name == option else 0.05 for name in SHAPES.names] for option in said])


def test_what_is_taught_holds_on_products_that_were_not_there() -> None:
    """The figures of the lesson are those that come after."""
    names = list(SHAPES.names)
    lesson = fit_head(SHAPES, examples(*seen(300, names, noise=2.5)))
    assert lesson.head is not None
    assert lesson.left_out == []
    x, said = seen(3000, names, seed=1, noise=2.5)
    likely = lesson.head.probabilities(x, SHAPES)
    right = np.array(SHAPES.names)[likely.argmax(axis=1)] == np.array(said)
    assert lesson.low is not None
    assert lesson.high is not None
    assert lesson.low - 0.03 < right.mean() < lesson.high + 0.03
    assert abs(likely.max(axis=1).mean() - right.mean()) < 0.05
    assert lesson.majority == pytest.approx(1 / 3, abs=0.06)


def test_features_that_tell_nothing_teach_nothing() -> None:
    """However many labels there are: chance alone is not kept as knowledge."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(200, WIDTH)).astype(np.float32)
        said = rng.choice(SHAPES.names, 200).tolist()
        lesson = fit_head(SHAPES, examples(x, said))
        assert lesson.head is None
        assert "nothing can be told" in lesson.refused


def test_products_that_differ_in_colour_only_do_not_vouch_for_each_other() -> None:
    """Ten photos of each of a few shoes are a few examples, and noise that repeats is noise."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(20, WIDTH))
    said = rng.choice(["round", "square"], 20).tolist()
    x = np.repeat(noise, 10, axis=0) + 0.01 * rng.normal(size=(200, WIDTH))
    told = [{option: True} for option in said for _ in range(10)]
    shoes = [f"shoe {i // 10}" for i in range(200)]
    alone = [f"p{i}" for i in range(200)]
    fooled = fit_head(SHAPES, Examples(x.astype(np.float32), told, alone))
    assert fooled.accuracy is not None
    assert fooled.accuracy > 0.95
    assert fit_head(SHAPES, Examples(x.astype(np.float32), told, shoes)).head is None


def test_too_few_labels_are_refused_with_what_there_is_and_what_it_takes() -> None:
    """A person knows how many more to label."""
    x, said = seen(TOTAL - 1, ["round", "square"])
    assert (
        fit_head(SHAPES, examples(x, said)).refused == f"{TOTAL - 1} labels; at least 40 are needed"
    )
    x, _ = seen(60, ["round"])
    refused = fit_head(SHAPES, examples(x, ["round"] * 57 + ["oval"] * 3)).refused
    assert refused == "at least two options need 8 products each; there are: round 57, oval 3"


def test_an_option_with_too_few_products_is_left_out_and_never_answered() -> None:
    """The others are taught."""
    x, said = seen(120, ["round", "square"])
    said[: LEAST - 1] = ["oval"] * (LEAST - 1)
    lesson = fit_head(SHAPES, examples(x, said))
    assert lesson.head is not None
    assert lesson.left_out == ["oval"]
    assert lesson.head.probabilities(x, SHAPES)[:, 2].max() < 1e-6


def test_a_head_no_better_than_the_one_there_is_is_refused() -> None:
    """Ours stays where few labels cannot do better."""
    x, said = seen(120, list(SHAPES.names), noise=3.0)
    knows = likely_of(said)
    lesson = fit_head(SHAPES, examples(x, said), before=knows)
    assert (lesson.head, lesson.before) == (None, 1.0)
    assert "the engine's own head in 100.0%" in lesson.refused
    assert lesson.held is not None
    assert np.array_equal(lesson.held.likely, knows[lesson.held.rows])
    assert fit_head(SHAPES, examples(x, said), before=likely_of(["round"] * 120)).head is not None


def test_options_of_a_multiple_choice_are_taught_one_by_one() -> None:
    """Each from the products of which somebody said that it is there or not."""
    x, said = seen(200, ["bow", "zip"], noise=1.5)
    told = [{"bow": option == "bow", "zip": option == "zip"} for option in said]
    told[0]["rivet"] = True
    alone = [f"p{i}" for i in range(200)]
    lesson = fit_head(EXTRAS, Examples(x, told, alone))
    assert lesson.head is not None
    assert lesson.head.multiple
    assert lesson.left_out == ["rivet"]
    assert lesson.accuracy is not None
    assert lesson.accuracy > 0.85
    likely = lesson.head.probabilities(x, EXTRAS)
    has = np.array([option == "bow" for option in said])
    assert likely[has, 0].mean() > 0.8
    assert likely[~has, 0].mean() < 0.2
    assert likely[:, 2].max() < 1e-6
    some = Examples(x[:2], told[:2], alone[:2])
    assert "an option needs 40 labels" in fit_head(EXTRAS, some).refused


def test_the_same_labels_teach_the_same_head() -> None:
    """So that nothing is read again after a lesson that changed nothing."""
    x, said = seen(120, list(SHAPES.names))
    one, other = (fit_head(SHAPES, examples(x, said)).head for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.version == other.version
    said[0] = "oval" if said[0] != "oval" else "round"
    changed = fit_head(SHAPES, examples(x, said)).head
    assert changed is not None
    assert changed.version != one.version


def test_the_next_to_label_are_doubtful_and_unlike_each_other() -> None:
    """Between two shapes, not in the midst of one; and no photo twice."""
    names = ["round", "square"]
    head = fit_head(SHAPES, examples(*seen(200, names, noise=1.5))).head
    assert isinstance(head, Head)
    x, _ = seen(400, names, seed=3, noise=1.5)
    pool = {f"q{i:03}": row for i, row in enumerate(x)}
    pool |= {f"same{i}": x[0] for i in range(40)}
    chosen = next_to_label(SHAPES, head, pool, 10)
    assert len(chosen) == 10
    everyone = head.probabilities(np.stack(list(pool.values())), SHAPES).max(axis=1)
    assert np.mean([sure for _, sure in chosen]) < everyone.mean()
    assert len({pool[i].tobytes() for i, _ in chosen}) == 10
    assert [sure for _, sure in chosen] == sorted(sure for _, sure in chosen)
    assert next_to_label(SHAPES, head, pool, 10) == chosen
    assert len(next_to_label(SHAPES, None, pool, 5)) == 5
    assert next_to_label(SHAPES, head, {}, 5) == []


def test_heads_come_back_as_they_were_kept(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """And a file that holds something else is one clear error."""
    from hangtag.errors import CalibrationError

    x, said = seen(120, list(SHAPES.names))
    head = fit_head(SHAPES, examples(x, said)).head
    assert head is not None
    file = tmp_path / "taught.npz"
    file.write_bytes(Heads("net+1", {"shape": head}).to_bytes())
    found = Heads.load(file)
    found.check("net+1")
    assert found.heads["shape"].version == head.version
    assert np.array_equal(found.heads["shape"].scores(x, SHAPES), head.scores(x, SHAPES))
    with pytest.raises(CalibrationError, match="Teach them again"):
        found.check("net+2")
    for damaged in (b"", b"no archive", file.read_bytes()[:200]):
        file.write_bytes(damaged)
        with pytest.raises(CalibrationError, match="holds no heads"):
            Heads.load(file)
