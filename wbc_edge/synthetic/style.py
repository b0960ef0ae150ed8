"""The laboratory of a drawn cell: its stain, its microscope and its camera.

The default is that of the PBC data set. Its colours are medians measured on 60 to 120 images a
class of 360x363 px (May-Grünwald-Giemsa, CellaVision DM96; Acevedo et al., Data in Brief 30 (2020)
105474, CC BY 4.0): the field and the red cells over the frame, the rest near the centres of six
clusters of the pixels inside the central cell.

Colours are mixed as optical densities, the way stains add up in transmitted light (Beer-Lambert),
so that a stronger stain or a bluer field changes every colour of the picture consistently.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wbc_edge.errors import UsageError

Colour = tuple[float, float, float]
Density = NDArray[np.float32]
"""Optical density of the three channels, shape (3,)."""

FIELD: Final[Colour] = (255, 228, 202)


def density(colour: Colour) -> Density:
    """Optical density that turns the measured field `FIELD` into `colour` (RGB, 0 to 255)."""
    return np.asarray(-np.log(np.asarray(colour) / np.asarray(FIELD)), dtype=np.float32)


RED_CELL: Final = density((202, 164, 165))
RED_CELL_WARM: Final = density((208, 158, 148))

CHROMATIN: Final = density((68, 25, 126))
"""Condensed chromatin: the darkest cluster of every class."""
CHROMATIN_OPEN: Final = density((116, 67, 148))
CHROMATIN_PALE: Final = density((138, 92, 154))
CHROMATIN_LYMPHOCYTE: Final = density((74, 29, 126))
CHROMATIN_MONOCYTE: Final = density((82, 32, 133))
CHROMATIN_MONOCYTE_PALE: Final = density((132, 86, 157))

CYTOPLASM_NEUTROPHIL: Final = density((216, 179, 182))
CYTOPLASM_EOSINOPHIL: Final = density((199, 149, 169))
CYTOPLASM_BASOPHIL: Final = density((206, 163, 180))
CYTOPLASM_IMMATURE: Final = density((190, 155, 178))
CYTOPLASM_MONOCYTE: Final = density((172, 146, 178))
CYTOPLASM_LYMPHOCYTE: Final = density((136, 120, 170))
CYTOPLASM_LYMPHOCYTE_PALE: Final = density((168, 168, 190))
CYTOPLASM_ERYTHROBLAST_YOUNG: Final = density((116, 96, 158))
CYTOPLASM_ERYTHROBLAST: Final = density((171, 142, 167))
CYTOPLASM_PLATELET: Final = density((173, 140, 176))
VACUOLE: Final = density((250, 225, 205))

GRANULE_NEUTROPHIL: Final = density((160, 108, 160))
GRANULE_EOSINOPHIL: Final = density((162, 89, 131))
GRANULE_EOSINOPHIL_PALE: Final = density((194, 122, 140))
GRANULE_BASOPHIL: Final = density((66, 24, 122))
GRANULE_BASOPHIL_PALE: Final = density((120, 52, 136))
GRANULE_IMMATURE: Final = density((115, 62, 146))
GRANULE_PLATELET: Final = density((100, 44, 141))


@dataclass(frozen=True, kw_only=True)
class Style:
    """What differs between laboratories. Raises `UsageError` for values that cannot be drawn."""

    field: Colour = FIELD
    """Colour of the empty field, RGB, 0 to 255."""
    stain: float = 1.0
    """Strength of the stain: a factor on every optical density."""
    scale: float = 1.0
    """Magnification. 1 is PBC's: 10 px per micrometre when the frame is 360 px wide."""
    blur: float = 0.9
    """Standard deviation of the defocus, in px of a 360 px frame."""
    sharpening: float = 0.4
    """Share of the high-pass that the camera adds; it leaves PBC's thin pale halo round a cell."""
    vignette: float = 0.02
    """Loss of light in the corners, 0 to 1."""
    noise: float = 0.5
    """Standard deviation of the sensor noise, in levels of 255."""

    def __post_init__(self) -> None:
        if len(self.field) != 3 or not all(0 < level <= 255 for level in self.field):
            raise UsageError(f"the field colour must be three levels in 1 to 255, not {self.field}")
        for name, low, high in (
            ("stain", 0.0, 10.0),
            ("scale", 0.1, 10.0),
            ("blur", 0.0, 20.0),
            ("sharpening", 0.0, 5.0),
            ("vignette", 0.0, 1.0),
            ("noise", 0.0, 100.0),
        ):
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise UsageError(f"{name} must lie between {low:g} and {high:g}, not {value}")


PBC: Final = Style()
