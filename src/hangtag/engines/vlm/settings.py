"""How a vision-language model is to be asked: defaults, and a YAML file that overrules them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from hangtag.engines.vlm.readouts import Choice, Readout
from hangtag.errors import UsageError
from hangtag.prompts import Wording
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.yamlfile import read_yaml

__all__ = ["DEFAULT_MODEL", "Mode", "Settings", "settings_from"]

DEFAULT_MODEL = "HuggingFaceTB/SmolVLM-Instruct"

Mode = Literal["score", "generate"]


@dataclass(frozen=True)
class Settings:
    """``tiles``: photos are cut into at most tiles × tiles, beside the whole one.

    ``exact_photos``: resized as the model has seen photos, which takes longer than shrinking JPEGs
    while they are decoded. ``choices``: attribute → how it is asked, where that is not the usual
    way.
    """

    mode: Mode = "score"
    tiles: int = 1
    wording: Wording = "short"
    exact_photos: bool = True
    single: Choice = field(default_factory=lambda: Choice("text"))
    multiple: Choice = field(default_factory=lambda: Choice("yes_no"))
    choices: Mapping[str, Choice] = field(default_factory=dict)

    def choice(self, attribute: Attribute) -> Choice:
        """How this attribute is asked."""
        usual = self.multiple if attribute.multiple else self.single
        return self.choices.get(attribute.name, usual)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _ChoiceFile(_Strict):
    readout: Readout | None = None
    wording: Wording | None = None
    rotations: int | None = Field(default=None, ge=1, le=26)
    prior: float | None = Field(default=None, ge=0, le=1)


# A readouts file, whole:
#
#   prior: 1.0              # how much of what it says of an empty photo is taken off
#   single: text            # text, start, letters or yes_no, for single-choice attributes
#   multiple: yes_no
#   photos: exact           # or fast: JPEGs are shrunk while they are decoded
#   attributes:
#     pattern: {readout: letters, rotations: 6, wording: long}
#     details: {prior: 0.5}
class _ReadoutsFile(_Strict):
    photos: Literal["exact", "fast"] = "exact"
    prior: float = Field(default=1.0, ge=0, le=1)
    single: Readout = "text"
    multiple: Readout = "yes_no"
    attributes: dict[str, _ChoiceFile] = Field(default_factory=dict)


def settings_from(
    taxonomy: Taxonomy,
    *,
    mode: str = "score",
    tiles: int = 1,
    wording: str = "short",
    readouts: Path | None = None,
) -> Settings:
    """Settings from what a user gave. ``readouts``: a YAML file, see above.

    Raises UsageError for a mode, a wording or an attribute that there is not, for letters beyond
    26 options, and for a multiple choice asked as one question; TaxonomyError where the file is
    not valid, with its line.
    """
    _expect("mode", mode, get_args(Mode))
    _expect("wording", wording, get_args(Wording))
    file = read_yaml(Path(readouts), _ReadoutsFile) if readouts else _ReadoutsFile()
    settings = Settings(
        mode=mode,  # type: ignore[arg-type]
        tiles=tiles,
        wording=wording,  # type: ignore[arg-type]
        exact_photos=file.photos == "exact",
        single=Choice(file.single, wording, prior=file.prior),  # type: ignore[arg-type]
        multiple=Choice(file.multiple, wording, prior=file.prior),  # type: ignore[arg-type]
    )
    known = {attribute.name: attribute for attribute in taxonomy.read}
    choices = {}
    for name, own in file.attributes.items():
        if name not in known:
            raise UsageError(
                f"{readouts} speaks of an attribute {name!r} that is not read.",
                f"There are: {', '.join(known)}.",
            )
        given = own.model_dump(exclude_none=True)
        choices[name] = replace(settings.choice(known[name]), **given)
    settings = replace(settings, choices=choices)
    for attribute in taxonomy.read:
        _check(attribute, settings.choice(attribute))
    return settings


def _expect(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise UsageError(f"There is no {what} {given!r}.", f"Choose {' or '.join(known)}.")


def _check(attribute: Attribute, choice: Choice) -> None:
    if attribute.multiple and choice.readout != "yes_no":
        raise UsageError(
            f"{attribute.name} may have several values, so every option is a question of its own.",
            "Choose the readout yes_no for it.",
        )
    if choice.readout == "letters" and len(attribute.options) > 26:
        raise UsageError(
            f"{attribute.name} has more options than there are letters.",
            "Choose another readout for it.",
        )
