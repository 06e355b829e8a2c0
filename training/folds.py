"""Two networks, and the products that each of them never saw: what confidence is fitted to.

What a network says of products that it was trained on tells nothing of how right it is on others.
The one that ships never saw 7 % of ``train``, by title; among them are 245 patterns of 224 px,
which are too few. So another network is trained in the same way without another 15 %. It is used
for nothing else: how sure the likeliest option is, what texts are worth and what is on record are
fitted to what either network says of the products that it never saw, taken together.
(Cross-fitting; scikit-learn does so in ``CalibratedClassifierCV(ensemble=False)``.)

Which options a network leans to is its own, so the curves of options (``training.calibrate``) are
fitted to each alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MODELS = Path(__file__).parents[1] / "src/hangtag/models"


@dataclass(frozen=True)
class Fold:
    """``held_out``: from which to which share of titles are left out; ``steps``: of each phase.

    ``place``: where its checkpoints lie, below the folder of all work.
    """

    name: str
    held_out: tuple[float, float]
    steps: Mapping[str, int]
    place: str
    ships: bool = False

    def work(self, work: Path) -> Path:
        """Where its checkpoints lie, and what it made of photos."""
        return work / self.place

    def models(self, work: Path) -> Path:
        """Where its network lies, and all that is fitted beside it."""
        return MODELS if self.ships else self.work(work)

    def network(self, work: Path) -> Path:
        """The network."""
        return self.models(work) / "compact.onnx"


SHIPPED = Fold(
    "shipped", (0.0, 0.07), {"small": 2600, "both": 2200, "words": 2400}, ".", ships=True
)
# In three quarters of the steps: it need not be the best there is, only made in the same way.
SECOND = Fold("second", (0.07, 0.22), {"small": 1900, "both": 1700, "words": 1800}, "second")
FOLDS = {fold.name: fold for fold in (SHIPPED, SECOND)}
