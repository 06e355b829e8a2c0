"""What went through a cascade: shares, seconds, and the accuracy to be expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.taxonomy import Attribute

__all__ = ["CascadeTally"]


@dataclass
class CascadeTally:
    """Counts photos, and readings by attribute. Only what applies to a product counts.

    ``sure``: attribute → the sum of the confidences of single choices, ``sure_kept`` of those where
    the first engine's answer stands; a confidence, when calibrated, is the chance of being right.
    """

    photos: int = 0
    photos_on: int = 0
    first_seconds: float = 0.0
    then_seconds: float = 0.0
    readings: Counter[str] = field(default_factory=Counter)
    readings_on: Counter[str] = field(default_factory=Counter)
    sure: dict[str, float] = field(default_factory=dict)
    sure_kept: dict[str, float] = field(default_factory=dict)

    @property
    def share_on(self) -> float:
        """The share of photos that goes on, as far as is known; a half to begin with."""
        return (self.photos_on + 1) / (self.photos + 2)

    def add(
        self,
        applying: Sequence[Sequence[Attribute]],
        on: Mapping[int, Sequence[Attribute]],
        sureness: Mapping[str, NDArray[np.float32]],
        seconds: tuple[float, float],
    ) -> None:
        """A batch went through: by row, what was to be read; of it, what went on."""
        self.photos += len(applying)
        self.photos_on += len(on)
        self.first_seconds += seconds[0]
        self.then_seconds += seconds[1]
        for row, attributes in enumerate(applying):
            gone = {a.name for a in on.get(row, ())}
            for a in attributes:
                self.readings[a.name] += 1
                self.readings_on[a.name] += a.name in gone
                if a.multiple:
                    continue
                sure = float(sureness[a.name][row])
                self.sure[a.name] = self.sure.get(a.name, 0.0) + sure
                kept = 0.0 if a.name in gone else sure
                self.sure_kept[a.name] = self.sure_kept.get(a.name, 0.0) + kept

    def figures(self, first: Collection[str], whole: Collection[str]) -> dict[str, Any]:
        """For ``run.json``.

        ``first``: attributes of which the first engine's confidence is calibrated; ``whole``: of
        which that of every answer is. The confidence of the others tells no accuracy.
        """
        each = self.then_seconds / self.photos_on if self.photos_on else 0.0
        return {
            "photos": self.photos,
            "photos_on": self.photos_on,
            "readings": self.readings.total(),
            "readings_on": self.readings_on.total(),
            "share_on": {
                name: round(self.readings_on[name] / count, 4)
                for name, count in self.readings.items()
            },
            "first_seconds": round(self.first_seconds, 3),
            "then_seconds": round(self.then_seconds, 3),
            "saved_seconds": round(each * (self.photos - self.photos_on), 3),
            "expected_accuracy_first": _only(self._kept(), first),
            "expected_accuracy": _only(self._whole(), whole),
        }

    def says(
        self, first_name: str, then_name: str, first: Collection[str], whole: Collection[str]
    ) -> list[str]:
        """The same in sentences."""
        if not self.photos:
            return []
        figures = self.figures(first, whole)
        count, on = figures["readings"], figures["readings_on"]
        says = [
            f"{self.photos_on:,} of {self.photos:,} photos ({self.photos_on / self.photos:.0%}) "
            f"went on to {then_name}, with {on:,} of {count:,} readings "
            f"({on / max(1, count):.0%}). That saved about {figures['saved_seconds']:,.0f} s."
        ]
        if kept := figures["expected_accuracy_first"]:
            says.append(f"Expected accuracy of what {first_name} was sure of: {_told(kept)}.")
        if every := figures["expected_accuracy"]:
            says.append(f"Expected accuracy of all: {_told(every)}.")
        unknown = [name for name in self.sure if self.readings_on[name] and name not in whole]
        if unknown:
            which = ", ".join(unknown) if every else "any attribute"
            says.append(
                f"How right {then_name} is on the rest is not known of {which}: "
                "its confidence is uncalibrated."
            )
        return says

    def _kept(self) -> dict[str, float]:
        return {
            name: round(sure / stays, 4)
            for name, sure in self.sure_kept.items()
            if (stays := self.readings[name] - self.readings_on[name])
        }

    def _whole(self) -> dict[str, float]:
        return {name: round(sure / self.readings[name], 4) for name, sure in self.sure.items()}


def _only(figures: Mapping[str, float], names: Collection[str]) -> dict[str, float]:
    return {name: figure for name, figure in figures.items() if name in names}


def _told(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in figures.items())
