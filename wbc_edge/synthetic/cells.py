"""The eight recipes: how each kind of cell looks in a stained smear.

A recipe paints one cell into a `Painting`; all lengths are in micrometres. The morphology follows
the descriptions that haematologists use (nucleus, chromatin, granules, cytoplasm), the proportions
and colours those measured on PBC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wbc_edge.synthetic import style as stain
from wbc_edge.synthetic.painting import Painting, mottled
from wbc_edge.synthetic.shapes import Plane, Point


class Recipe(NamedTuple):
    """How one kind of cell is painted, and half the window that it needs."""

    paint: Callable[[Painting], None]
    reach: float


def _turn(points: list[Point], angle: float, shift: Point = (0.0, 0.0)) -> list[Point]:
    """Rotate points by `angle` (radians) around their mean, which is moved to `shift`."""
    z = np.asarray([complex(*point) for point in points])
    z = (z - z.mean()) * np.exp(1j * angle) + complex(*shift)
    return [(float(value.real), float(value.imag)) for value in z]


def _lobed(
    painting: Painting,
    lobes: int,
    *,
    radius: tuple[float, float],
    step: float,
    bend: tuple[float, float],
    bridge: float,
    shift: float,
    warp: float = 0.22,
) -> Plane:
    """Depth of a segmented nucleus: `lobes` oval lobes on a bent chain, joined by thin bridges.

    `bend` is the range of turning angles in radians, `bridge` the radius of the joints.
    """
    rng = painting.rng
    heading, here = 0.0, 0j
    side = rng.choice((-1.0, 1.0))
    spine: list[complex] = []
    radii: list[float] = []
    for lobe in range(lobes):
        size = rng.uniform(*radius)
        forward = np.exp(1j * heading)
        long = rng.uniform(0.25, 0.6) * size
        tilt = np.exp(1j * rng.uniform(-0.7, 0.7))
        spine += [here - long * forward * tilt, here, here + long * forward * tilt]
        radii += [size * 0.88, size, size * 0.88]
        if lobe < lobes - 1:
            heading += side * rng.uniform(*bend)
            there = here + step * rng.uniform(0.9, 1.1) * np.exp(1j * heading)
            spine += [here + (there - here) * t for t in (0.35, 0.5, 0.65)]
            radii += [bridge * 1.3, bridge, bridge * 1.3]
            here = there
    points = _turn(
        [(point.real, point.imag) for point in spine],
        rng.uniform(0, 2 * np.pi),
        _polar(shift, rng),
    )
    return painting.patch.strand(points, radii, warp)


def _folded(
    painting: Painting, *, span: float, arc: float, radius: float, shift: float, warp: float
) -> Plane:
    """Depth of an oval (span 0), indented or horseshoe nucleus: a thick strand along an arc.

    `span` is the angle of the arc in radians, `arc` its radius, `radius` the half-thickness.
    """
    rng = painting.rng
    angles = np.linspace(-span / 2, span / 2, 11)
    points = [(float(arc * np.cos(a)), float(arc * np.sin(a))) for a in angles]
    ends = radius * (1 + rng.uniform(-0.1, 0.1, 2))
    radii = np.interp(angles, [angles[0], 0, angles[-1]], [ends[0], radius * 0.97, ends[1]])
    points = _turn(points, rng.uniform(0, 2 * np.pi), _polar(shift, rng))
    return painting.patch.strand(points, [float(r) for r in radii], warp)


def _polar(length: float, rng: np.random.Generator) -> Point:
    angle = rng.uniform(0, 2 * np.pi)
    return float(length * np.cos(angle)), float(length * np.sin(angle))


def neutrophil(painting: Painting) -> None:
    """Three or four dense lobes on thin bridges; pinkish cytoplasm with fine granules."""
    patch, rng = painting.patch, painting.rng
    cell = patch.outline(rng.uniform(6.3, 7.1), wobble=0.03)
    painting.body(cell, stain.CYTOPLASM_NEUTROPHIL, unevenness=0.2)
    fine = patch.granules(cell - 0.2, int(rng.integers(260, 480)), (0.07, 0.17))
    painting.lay(stain.GRANULE_NEUTROPHIL, 0.7 * fine)
    nucleus = _lobed(
        painting,
        int(rng.integers(3, 5)),
        radius=(1.7, 2.15),
        step=3.9,
        bend=(0.7, 1.5),
        bridge=0.65,
        shift=0.6,
    )
    painting.nucleus(
        np.minimum(nucleus, cell - 0.5),
        dense=stain.CHROMATIN,
        pale=stain.CHROMATIN_PALE,
        openness=0.22,
        grain=0.38,
        contrast=0.8,
    )


def eosinophil(painting: Painting) -> None:
    """Two plump lobes; cytoplasm packed with orange-red granules."""
    patch, rng = painting.patch, painting.rng
    cell = patch.outline(rng.uniform(6.4, 7.3), wobble=0.035)
    painting.body(cell, stain.CYTOPLASM_EOSINOPHIL)
    away = _polar(1.0, rng)
    along = patch.x * away[0] + patch.y * away[1]
    bare = 5.2 - along + np.float32(0.6) * patch.noise(1.2)
    packed = np.minimum(cell - 0.05, bare) + np.float32(0.1) * patch.noise(0.35)
    texture = np.clip(0.45 + 0.5 * patch.noise(0.28) + 0.15 * patch.noise(2), 0, 1)
    granular = mottled(stain.GRANULE_EOSINOPHIL, stain.GRANULE_EOSINOPHIL_PALE, texture)
    painting.lay(granular, 0.95 * patch.cover(packed, 0.35))
    rim = np.minimum(packed, np.float32(0.9) - cell)
    dark = patch.granules(rim, 60, (0.1, 0.2))
    painting.lay(stain.CHROMATIN_PALE, 0.5 * dark)
    light = patch.granules(packed, 120, (0.08, 0.16))
    painting.lay(stain.GRANULE_EOSINOPHIL_PALE * np.float32(0.8), 0.5 * light)
    nucleus = _lobed(
        painting,
        2 if rng.random() < 0.8 else 3,
        radius=(2.25, 2.7),
        step=5.7,
        bend=(0.9, 1.6),
        bridge=0.5,
        shift=1.0,
    )
    painting.nucleus(
        np.minimum(nucleus, cell - 0.35),
        dense=stain.CHROMATIN,
        pale=stain.CHROMATIN_PALE,
        openness=0.27,
        grain=0.36,
        contrast=0.9,
    )


def basophil(painting: Painting) -> None:
    """A blurred lobed nucleus under large, dark purple granules."""
    patch, rng = painting.patch, painting.rng
    cell = patch.outline(rng.uniform(5.6, 6.5), wobble=0.035)
    painting.body(cell, stain.CYTOPLASM_BASOPHIL)
    nucleus = _lobed(
        painting,
        int(rng.integers(2, 4)),
        radius=(2.5, 3.1),
        step=3.7,
        bend=(0.8, 1.9),
        bridge=1.6,
        shift=0.5,
        warp=0.3,
    )
    painting.nucleus(
        np.minimum(nucleus, cell - 0.25),
        dense=stain.CHROMATIN,
        pale=stain.CHROMATIN_PALE,
        openness=0.36,
        grain=0.36,
        contrast=0.6,
    )
    pale = patch.granules(cell - 0.1, 130, (0.12, 0.26))
    painting.lay(stain.GRANULE_BASOPHIL_PALE, 0.75 * pale)
    above = patch.granules(np.minimum(nucleus, cell), int(rng.integers(110, 180)), (0.1, 0.24))
    painting.lay(stain.GRANULE_BASOPHIL, 0.8 * above)
    beside = np.minimum(cell - 0.05, np.float32(0.3) - nucleus)
    dark = patch.granules(beside, int(rng.integers(180, 280)), (0.13, 0.3))
    painting.lay(stain.GRANULE_BASOPHIL, 0.92 * dark)


def monocyte(painting: Painting) -> None:
    """A large folded nucleus of lacy chromatin; grey-blue cytoplasm with vacuoles."""
    patch, rng = painting.patch, painting.rng
    cell = patch.outline(rng.uniform(6.6, 7.6), wobble=0.11)
    cell += np.float32(0.3) * patch.noise(1.8) + np.float32(0.07) * patch.noise(0.35)
    painting.body(cell, stain.CYTOPLASM_MONOCYTE, unevenness=0.32)
    nucleus = _folded(
        painting,
        span=rng.uniform(2.6, 4.0),
        arc=rng.uniform(2.8, 3.3),
        radius=rng.uniform(2.6, 3.0),
        shift=0.9,
        warp=0.4,
    )
    nucleus = np.minimum(nucleus, cell - 0.3)
    painting.nucleus(
        nucleus,
        dense=stain.CHROMATIN_MONOCYTE,
        pale=stain.CHROMATIN_MONOCYTE_PALE,
        openness=0.42,
        grain=0.36,
        contrast=0.6,
    )
    dust = patch.granules(
        np.minimum(cell - 0.2, -nucleus), int(rng.integers(60, 160)), (0.07, 0.13)
    )
    painting.lay(stain.GRANULE_NEUTROPHIL, 0.5 * dust)
    beside = np.minimum(cell - 0.5, -nucleus - 0.1) - np.float32(0.8) * (patch.noise(3) < 0)
    vacuoles = patch.granules(beside, int(rng.integers(6, 22)), (0.2, 0.6))
    painting.lay(stain.VACUOLE, 0.85 * vacuoles)


def lymphocyte(painting: Painting) -> None:
    """A round dense nucleus in a pale line; a thin rim of blue cytoplasm, dark at its edge."""
    patch, rng = painting.patch, painting.rng
    radius = rng.uniform(4.9, 5.6)
    ragged = np.float32(0.09) * patch.noise(0.4) + np.float32(0.12) * patch.noise(1.1)
    cell = patch.outline(radius, wobble=0.06) + ragged
    painting.body(cell, stain.CYTOPLASM_LYMPHOCYTE, unevenness=0.55, border=0.7)
    nucleus = _folded(
        painting, span=0.7, arc=1.4, radius=radius * 0.82, shift=rng.uniform(0.35, 0.7), warp=0.1
    )
    nucleus = np.minimum(nucleus, cell - 0.12)
    painting.lay(stain.CYTOPLASM_LYMPHOCYTE_PALE, 0.5 * patch.cover(nucleus + 0.2, 0.25))
    painting.nucleus(
        nucleus,
        dense=stain.CHROMATIN_LYMPHOCYTE,
        pale=stain.CHROMATIN_OPEN,
        openness=0.33,
        grain=0.34,
        contrast=0.55,
    )


def ig(painting: Painting) -> None:
    """Myelocyte or metamyelocyte: eccentric oval or indented nucleus, purple granules."""
    patch, rng = painting.patch, painting.rng
    radius = rng.uniform(6.4, 7.6)
    cell = patch.outline(radius, wobble=0.05)
    painting.body(cell, stain.CYTOPLASM_IMMATURE, unevenness=0.3)
    indented = rng.random() < 0.4
    nucleus = _folded(
        painting,
        span=rng.uniform(1.8, 2.6) if indented else rng.uniform(0.4, 0.9),
        arc=rng.uniform(2.4, 2.9) if indented else 1.8,
        radius=radius * (0.52 if indented else 0.68),
        shift=1.4,
        warp=0.3,
    )
    painting.nucleus(
        np.minimum(nucleus, cell - 0.3),
        dense=stain.CHROMATIN * np.float32(0.97),
        pale=stain.CHROMATIN_PALE,
        openness=0.36,
        grain=0.36,
        contrast=0.7,
    )
    fine = patch.granules(cell - 0.15, int(rng.integers(300, 520)), (0.08, 0.18))
    painting.lay(stain.GRANULE_IMMATURE, 0.8 * fine)


def erythroblast(painting: Painting) -> None:
    """A small round nucleus, almost black, in smooth grey-blue to pink cytoplasm."""
    patch, rng = painting.patch, painting.rng
    radius = rng.uniform(4.2, 5.5)
    cell = patch.outline(radius, wobble=0.05)
    age = np.float32(rng.uniform(0, 1))
    young, old = stain.CYTOPLASM_ERYTHROBLAST_YOUNG, stain.CYTOPLASM_ERYTHROBLAST
    painting.body(cell, young + age * (old - young), unevenness=0.1)
    size = radius * rng.uniform(0.6, 0.72)
    nucleus = _folded(painting, span=0.2, arc=0.8, radius=size, shift=0.25 * radius, warp=0.08)
    painting.nucleus(
        np.minimum(nucleus, cell - 0.2),
        dense=stain.CHROMATIN,
        pale=stain.CHROMATIN_PALE,
        openness=float(0.2 - 0.16 * age),
        grain=0.42,
        contrast=0.9,
    )


def platelet(painting: Painting) -> None:
    """A small granular purple fragment with a pale ragged border and no nucleus."""
    patch, rng = painting.patch, painting.rng
    radius = rng.uniform(2.2, 2.9)
    cell = patch.outline(radius, wobble=0.07) + np.float32(0.1) * patch.noise(0.7)
    pale: Plane = 1 - np.float32(0.45) * np.clip(1 - cell, 0, 1)
    painting.lay(stain.CYTOPLASM_PLATELET * pale[..., None], patch.cover(cell, 0.4))
    core = patch.outline(radius * 0.8, wobble=0.07) + np.float32(0.15) * patch.noise(0.7)
    texture = np.clip(0.45 + 0.3 * patch.noise(0.34) + 0.2 * patch.noise(0.9), 0, 1)
    painting.lay(stain.GRANULE_PLATELET, texture * patch.cover(core, 0.6))
    granules = patch.granules(core, int(rng.integers(30, 80)), (0.09, 0.18))
    painting.lay(stain.GRANULE_PLATELET, 0.7 * granules)


RECIPES: dict[str, Recipe] = {
    paint.__name__: Recipe(paint, reach)
    for paint, reach in (
        (basophil, 7.8),
        (eosinophil, 8.2),
        (erythroblast, 6.8),
        (ig, 9.0),
        (lymphocyte, 6.8),
        (monocyte, 9.6),
        (neutrophil, 8.2),
        (platelet, 3.8),
    )
}
