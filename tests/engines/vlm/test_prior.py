"""Priors that are measured once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hangtag.engines.vlm.prior import Priors, cache_folder, content_free
from hangtag.engines.vlm.readouts import Choice, asked
from hangtag.taxonomy import default_taxonomy

FIT = asked(default_taxonomy()["fit"], Choice("text"))
LETTERS = asked(default_taxonomy()["fit"], Choice("letters"))
SCORES = {"fit": np.arange(5, dtype=np.float32)}


def priors(folder: Path, version: str = "tiny@1+2", revision: str = "1") -> Priors:
    return Priors(folder, version=version, model="a/tiny", revision=revision)


def test_what_was_measured_is_there_in_the_next_run(tmp_path: Path) -> None:
    """To the last digit that is kept."""
    told = priors(tmp_path).put([FIT], 16, SCORES)
    again = priors(tmp_path).get([FIT], 16)
    assert again is not None
    assert np.array_equal(again["fit"], told["fit"])


def test_it_says_of_which_weights_it_is(tmp_path: Path) -> None:
    """And is of no use to others."""
    priors(tmp_path).put([FIT], 16, SCORES)
    (file,) = (tmp_path / "priors").iterdir()
    assert json.loads(file.read_text())["revision"] == "1"
    assert priors(tmp_path, revision="2").get([FIT], 16) is None
    assert priors(tmp_path, version="tiny@2+2").get([FIT], 16) is None


def test_another_question_or_size_has_another_prior(tmp_path: Path) -> None:
    """Each is measured for itself."""
    known = priors(tmp_path)
    known.put([FIT], 16, SCORES)
    assert known.get([LETTERS], 16) is None
    assert known.get([FIT], 32) is None


def test_two_runs_do_not_lose_each_others_priors(tmp_path: Path) -> None:
    """What the file has got since is kept."""
    one, other = priors(tmp_path), priors(tmp_path)
    one.put([FIT], 16, SCORES)
    other.put([LETTERS], 16, SCORES)
    assert priors(tmp_path).get([FIT], 16) is not None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"priors": 3}'])
def test_a_file_that_is_none_is_measured_anew(tmp_path: Path, text: str) -> None:
    """It is only a cache."""
    priors(tmp_path).put([FIT], 16, SCORES)
    (file,) = (tmp_path / "priors").iterdir()
    file.write_text(text)
    assert priors(tmp_path).get([FIT], 16) is None


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    """The prior is measured again in the next run."""
    (tmp_path / "priors").write_text("in the way")
    told = priors(tmp_path).put([FIT], 16, SCORES)
    assert np.array_equal(told["fit"], SCORES["fit"])


def test_the_cache_lies_where_the_system_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the home folder, unless told otherwise."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "hangtag"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder().name == "hangtag"


def test_empty_photos_are_grey_and_never_black() -> None:
    """Black counts as padding to these models, the very middle may be all zeros."""
    photos = content_free(16)
    assert photos.shape == (3, 16, 16, 3)
    assert 100 < photos.min() < photos.max() < 150
