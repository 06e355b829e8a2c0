"""A share of a whole catalog, from what was found in samples of its parts.

Strata h = 1 … H have N_h products, of which n_h were drawn without putting back and x_h were right.
The share is the stratified (Horvitz and Thompson, 1952) estimate, sum of N_h / N · x_h / n_h.

Its interval is that of Wilson (1927) at the effective number of products: as many as a plain sample
would need for the same variance (Korn and Graubard, 1998, do so with another interval), with
Student's quantile in place of the normal one. In a stratum of few products all may be right by
chance, and its variance would come out as none: each share in the variance is drawn towards that of
the whole, as if two more products of the whole's kind had been seen in the stratum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt

__all__ = ["Part", "Share", "stratified_share"]

# Products' worth of belief that a stratum is like the whole.
_BELIEF = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """A stratum: ``size`` products, ``checked`` of them, ``right`` of those."""

    size: int
    checked: int
    right: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the whole with its 95 % interval.

    ``checked``: products; ``effective``: as many as a plain sample would need to be as precise.
    ``more``: products to check beyond these until the interval is ±0.03.
    """

    share: float
    low: float
    high: float
    checked: int
    effective: float
    more: int


def stratified_share(
    parts: Sequence[Part], *, level: float = 0.95, within: float = 0.03
) -> Share | None:
    """The share of the whole; None where nothing was checked.

    A stratum of which nothing was checked is taken to be like the rest together.
    """
    from scipy.stats import norm, t

    seen = [part for part in parts if part.checked > 0 and part.size > 0]
    if not seen:
        return None
    size = sum(part.size for part in seen)
    whole = sum(part.size for part in parts)
    n = sum(part.checked for part in seen)
    share = sum(part.size / size * part.right / part.checked for part in seen)
    # Of the whole, with a little doubt even where all or nothing was right.
    likely = (share * n + 0.5) / (n + 1)
    variance = mean = 0.0
    for part in seen:
        p = (part.right + _BELIEF * likely) / (part.checked + _BELIEF)
        mean += part.size / size * p
        unseen = 1 - part.checked / part.size
        variance += (part.size / size) ** 2 * unseen * p * (1 - p) / part.checked
    z = float(norm.ppf((1 + level) / 2))
    freedom = n - len(seen)
    student = float(t.ppf((1 + level) / 2, max(freedom, 1)))
    if variance <= 0:
        return Share(share, share, share, n, inf, 0)
    effective = mean * (1 - mean) / variance
    low, high = _wilson(share, effective * (z / student) ** 2, z)
    # A product of this sample is worth so many of a plain one.
    plain = _needed(share, z, within) * n / effective
    # The fewer are left, the less there is to be unsure of.
    needed = min(whole, ceil(plain / (1 + plain / whole)))
    return Share(share, low, high, n, effective, max(0, needed - n))


def _needed(share: float, z: float, within: float) -> float:
    """How many products of a plain sample make an interval of ± ``within``."""
    n = 1.0
    while _half(share, n, z) > within:
        n *= 1.02
    return n


def _wilson(share: float, n: float, z: float) -> tuple[float, float]:
    """The interval of a share of ``n``, which need not be a whole number."""
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = _half(share, n, z)
    return max(0.0, middle - half), min(1.0, middle + half)


def _half(share: float, n: float, z: float) -> float:
    return z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
