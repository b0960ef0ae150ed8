"""A patch on which one cell is painted, layer by layer, in optical density."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wbc_edge.synthetic.shapes import Patch, Plane
from wbc_edge.synthetic.style import Density


class Painting:
    """A patch and the optical density (h, w, 3) painted on it so far."""

    def __init__(self, patch: Patch) -> None:
        self.patch = patch
        self.rng = patch.rng
        self.density = np.zeros((*patch.shape, 3), dtype=np.float32)

    def lay(self, colour: Density | NDArray[np.float32], cover: Plane) -> None:
        """Replace what lies below by `colour` ((3,) or (h, w, 3)) where `cover` is 1."""
        self.density += cover[..., None] * (colour - self.density)

    def body(
        self, depth: Plane, colour: Density, *, unevenness: float = 0.12, border: float = 0.22
    ) -> None:
        """Cytoplasm: soft edge, slightly uneven, denser by the share `border` at its edge."""
        patch = self.patch
        texture = 0.5 * patch.noise(1.4) + 0.4 * patch.noise(0.32)
        strength = np.maximum(1 + np.float32(unevenness) * texture, np.float32(0.3))
        strength += np.float32(border) * np.exp(-((depth - np.float32(0.25)) ** 2) * 12)
        cover = patch.cover(depth, 0.16)
        self.lay(colour * strength[..., None], cover)

    def nucleus(
        self,
        depth: Plane,
        *,
        dense: Density,
        pale: Density,
        openness: float,
        grain: float,
        contrast: float,
    ) -> None:
        """Nucleus: clumped chromatin in a dark membrane.

        `openness` in 0 to 1 is the share of pale euchromatin, `grain` the size of its specks in
        micrometres, `contrast` how sharply they stand against the dense part.
        """
        patch = self.patch
        texture = 0.7 * patch.noise(grain) + 0.5 * patch.noise(grain * 0.6)
        texture += np.float32(0.18) * patch.noise(grain * 4)
        share = np.clip(0.5 + contrast * (texture + np.float32(3 * (openness - 0.5))), 0, 1.3)
        share *= np.clip((depth - np.float32(0.12)) * 2.6, 0, 1)
        self.lay(mottled(dense, pale, share), patch.cover(depth, 0.14))


def mottled(first: Density, second: Density, share: Plane) -> NDArray[np.float32]:
    """Density (h, w, 3) between two: `first` where `share` is 0, `second` where it is 1."""
    return first + share[..., None] * (second - first)
