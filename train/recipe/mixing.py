"""Views made of two cells: mixup and cutmix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from train.config import Mixing

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Views = NDArray[np.uint8]
    Targets = NDArray[np.float32]


def mix(views: Views, targets: Targets, how: Mixing, rng: Generator) -> tuple[Views, Targets]:
    """A batch mixed with itself in another order, or as it is.

    Args:
        views: shape (N, h, w, 3).
        targets: shares of the classes, shape (N, classes), and of attributes if they are learnt.
        how: kinds and their strengths.
        rng: source of chance; untouched where no kind is on.
    """
    kinds = [kind for kind in ((mixup, how.mixup), (cutmix, how.cutmix)) if kind[1]]
    if not kinds or rng.random() >= how.probability:
        return views, targets
    kind, strength = kinds[int(rng.integers(len(kinds)))]
    share = float(rng.beta(strength, strength))
    return kind(views, targets, share, rng.permutation(len(views)), rng)


def mixup(
    views: Views,
    targets: Targets,
    share: float,
    partners: NDArray[np.int64],
    rng: Generator,  # noqa: ARG001 - as cutmix
) -> tuple[Views, Targets]:
    """`share` of every view and the rest of its partner's; Zhang et al., arXiv:1710.09412."""
    blend = share * views.astype(np.float32) + (1 - share) * views[partners]
    return np.rint(blend).astype(np.uint8), _blended(targets, share, partners)


def cutmix(
    views: Views,
    targets: Targets,
    share: float,
    partners: NDArray[np.int64],
    rng: Generator,
) -> tuple[Views, Targets]:
    """A rectangle of the partner's view in place of 1 - `share` of the own; arXiv:1905.04899.

    The rectangle is cut at the border, and targets are shared by the area that it then has.
    """
    height, width = views.shape[1:3]
    half = np.sqrt(1 - share) / 2
    y, x = rng.uniform(0, 1, 2)
    upper, lower = (round(height * min(max(y + side, 0), 1)) for side in (-half, half))
    left, right = (round(width * min(max(x + side, 0), 1)) for side in (-half, half))
    mixed = views.copy()
    mixed[:, upper:lower, left:right] = views[partners, upper:lower, left:right]
    kept = 1 - (lower - upper) * (right - left) / (height * width)
    return mixed, _blended(targets, kept, partners)


def _blended(targets: Targets, share: float, partners: NDArray[np.int64]) -> Targets:
    blend = share * targets + (1 - share) * targets[partners]
    return blend.astype(np.float32)
