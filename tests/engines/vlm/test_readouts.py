"""From likelihoods of answers to scores of options."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hangtag.engines.vlm.readouts import READOUTS, Choice, asked, scores_of, without_prior
from hangtag.taxonomy import Attribute, Option, default_taxonomy

TAXONOMY = default_taxonomy()
FIT = TAXONOMY["fit"]


def likelihoods(one: object, liking: dict[str, float]) -> np.ndarray:
    """What a model would say that likes options so much, whatever the question."""
    told = []
    for prompt in one.prompts:
        for answer, option in zip(prompt.answers, prompt.options, strict=True):
            like = liking[one.attribute.names[option]]
            told.append(np.log1p(-np.exp(like)) if answer == "No" else like)
    return np.array([told], np.float32)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("order", [1, -1])
def test_every_way_of_asking_finds_the_option_a_model_likes(readout: str, order: int) -> None:
    """In the order of the taxonomy's options, whatever order they were asked in."""
    attribute = replace(FIT, options=FIT.options[::order])
    liking = {name: np.log(0.1 + 0.05 * n) for n, name in enumerate(FIT.names)}
    one = asked(attribute, Choice(readout))
    scores, outside = scores_of(one, likelihoods(one, liking))
    assert scores.shape == (1, len(attribute.names))
    ranked = [attribute.names[i] for i in np.argsort(-scores[0])]
    assert ranked == sorted(liking, key=liking.__getitem__, reverse=True)
    assert 0 <= outside[0] <= 1


def test_letters_are_asked_in_several_orders() -> None:
    """At most as many as there are options; a liking for a letter evens out."""
    one = asked(FIT, Choice("letters", rotations=9))
    assert len(one.prompts) == len(FIT.options)
    for_a = [0.0 if letter == "A" else -2.0 for p in one.prompts for letter in p.answers]
    scores, _ = scores_of(one, np.array([for_a], np.float32))
    assert np.ptp(scores) == pytest.approx(0, abs=1e-6)


def test_the_mass_outside_the_options_is_told() -> None:
    """It is another thing than being unsure between options."""
    one = asked(FIT, Choice("text"))
    even = {name: np.log(0.01) for name in FIT.names}
    _, outside = scores_of(one, likelihoods(one, even))
    assert outside[0] == pytest.approx(1 - 0.01 * len(FIT.names))


def test_a_prior_is_taken_off() -> None:
    """As much of it as was chosen."""
    whole, half, none = (asked(FIT, Choice("text", prior=p)) for p in (1.0, 0.5, 0.0))
    scores = {"fit": np.ones((2, 5), np.float32)}
    prior = {"fit": np.arange(5, dtype=np.float32)}
    for one, share in ((whole, 1.0), (half, 0.5), (none, 0.0)):
        assert np.allclose(without_prior([one], scores, prior)["fit"], 1 - share * prior["fit"])


def test_a_multiple_choice_is_a_question_an_option() -> None:
    """Two answers each, and the log-odds between them."""
    details = TAXONOMY["details"]
    one = asked(details, Choice("yes_no"))
    assert one.lines == 2 * len(details.options)
    liking = {name: np.log(0.9 if name == "has hood" else 0.2) for name in details.names}
    scores, _ = scores_of(one, likelihoods(one, liking))
    assert (scores[0] > 0).tolist() == [name == "has hood" for name in details.names]


def test_an_attribute_of_two_options_can_be_asked_in_every_way() -> None:
    """The smallest there is."""
    small = Attribute("mood", 1, (Option("calm"), Option("loud")))
    for readout in READOUTS:
        assert asked(small, Choice(readout)).lines in (2, 4)
