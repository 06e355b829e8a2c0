"""Spot checks: a sample drawn with known chances, and what it says about the whole catalog."""

from hangtag.sampling.drawing import Drawn, Stratum, draw, sample_names
from hangtag.sampling.estimating import Estimate, SampleEstimate, estimate
from hangtag.sampling.strata import Part, Share, stratified_share

__all__ = [
    "Drawn",
    "Estimate",
    "Part",
    "SampleEstimate",
    "Share",
    "Stratum",
    "draw",
    "estimate",
    "sample_names",
    "stratified_share",
]
